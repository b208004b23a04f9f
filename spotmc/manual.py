"""The help of all subcommands as one page: ``python -m spotmc.manual > docs/cli.md``."""

from collections.abc import Iterator

import click

from spotmc.cli import cli

WIDTH = 100  # columns, whatever the terminal of whoever runs this


def page() -> str:
    """The page in Markdown."""
    with click.Context(cli, info_name="spotmc", terminal_width=WIDTH, **cli.context_settings) as all_of_it:
        sections = [f"# The command line\n\n```\n{cli.get_help(all_of_it)}\n```", *_sections(cli, all_of_it)]
    return "\n\n".join(sections) + "\n"


def _sections(group: click.Group, above: click.Context) -> Iterator[str]:
    for name, command in group.commands.items():
        with click.Context(command, parent=above, info_name=name) as context:
            yield f"## {context.command_path.removeprefix('spotmc ')}\n\n```\n{command.get_help(context)}\n```"
            if isinstance(command, click.Group):
                yield from _sections(command, context)


if __name__ == "__main__":
    click.echo(page(), nl=False)
