"""``spotmc``: the face of it all."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

import click

from spotmc import interruption, standard_output

COMMANDS: dict[str, str | None] = {
    "run": "prices",
    "backtest": "prices",
    "sweep": "prices",
    "portfolio": "prices",
    "frontier": "prices",
    "train": "learning",
    "submit": "prices",
    "jobs": None,
    "status": None,
    "results": None,
    "compare": None,
    "cancel": None,
    "models": None,
    "history": "prices",
    "failed": None,
    "redrive": None,
    "check": None,
    "worker": "worker",
    "web": "web",
    "local": "local",
    "plan": "deploy",
    "publish": "deploy",
    "deploy": "deploy",
    "stack": "deploy",
    "destroy": "deploy",
    "sagemaker": "deploy",
    "trader": "trader",
    "rehearse": "deploy",
    "cost": "deploy",
}
"""Each with the extra of this package that brings what it needs, if it needs any."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True})
@click.version_option(package_name="spot-montecarlo", prog_name="spotmc")
def cli() -> None:
    """Stress-test a trading rule on millions of simulated price histories."""


for _name in COMMANDS:
    cli.add_command(import_module(f"spotmc.{_name}").command, _name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; what a person got wrong is one line on standard error, without a stack trace."""
    standard_output.name_standard_output()
    try:
        try:
            status = _run(arguments)
        finally:
            standard_output.flush()
    except BrokenPipeError:
        standard_output.forget()
        status = 1
    except OSError as error:
        if error.filename != standard_output.NAME:
            raise
        standard_output.forget()
        click.echo(f"spotmc: cannot write to {error.filename}: {error.strerror}", err=True)
        status = 1
    sys.exit(status)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        return cli.main(arguments, prog_name="spotmc", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "spotmc"
        click.echo(f"{command}: {error.format_message()}", err=True)
        return error.exit_code
    except click.Abort:
        click.echo("spotmc: interrupted", err=True)
        return interruption.STATUS
    except ModuleNotFoundError as error:
        hint = _what_to_install(error, sys.argv[1:] if arguments is None else arguments)
        if hint is None:  # then it is a mistake of ours
            raise
        click.echo(hint, err=True)
        return 1


def _what_to_install(error: ModuleNotFoundError, arguments: Sequence[str]) -> str | None:
    """What a person can do who has installed this package without the extra that the command needs."""
    name = next((word for word in arguments if not word.startswith("-")), "")
    package = (error.name or "").partition(".")[0]
    extra = COMMANDS.get(name)
    if extra is None or not package or find_spec(package):
        return None
    return f'spotmc {name}: {package} is not installed; it comes with: pip install "spot-montecarlo[{extra}]"'


if __name__ == "__main__":  # as the processes of a local stack are started
    main()
