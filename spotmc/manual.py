"""The help of all subcommands as one page: ``python -m spotmc.manual > docs/cli.md``."""

import click

from spotmc.cli import cli

WIDTH = 100  # columns, whatever the terminal of whoever runs this


def page() -> str:
    """The page in Markdown."""
    with click.Context(cli, info_name="spotmc", terminal_width=WIDTH, **cli.context_settings) as all_of_it:
        sections = [f"# The command line\n\n```\n{cli.get_help(all_of_it)}\n```"]
        for name, command in cli.commands.items():
            with click.Context(command, parent=all_of_it, info_name=name) as context:
                sections.append(f"## {name}\n\n```\n{command.get_help(context)}\n```")
    return "\n\n".join(sections) + "\n"


if __name__ == "__main__":
    click.echo(page(), nl=False)
