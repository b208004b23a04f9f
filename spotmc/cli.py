"""``spotmc``: the face of it all."""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

COMMANDS = (
    "run",
    "backtest",
    "sweep",
    "submit",
    "jobs",
    "status",
    "results",
    "cancel",
    "failed",
    "redrive",
    "worker",
    "web",
    "local",
    "plan",
    "publish",
    "deploy",
    "destroy",
    "cost",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True})
@click.version_option(package_name="spot-montecarlo", prog_name="spotmc")
def cli() -> None:
    """Stress-test a trading rule on millions of simulated price histories."""


for _name in COMMANDS:
    cli.add_command(import_module(f"spotmc.{_name}").command, _name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; what a person got wrong is one line on standard error, without a stack trace."""
    try:
        sys.exit(cli.main(arguments, prog_name="spotmc", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "spotmc"
        click.echo(f"{command}: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("spotmc: interrupted", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
