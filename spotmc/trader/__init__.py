"""``spotmc trader``: a strategy on paper, day by day, beside its backtest."""

from importlib import import_module

import click

COMMANDS = (
    "dry-run",
    "create",
    "run",
    "list",
    "status",
    "report",
    "kill",
    "release",
    "resume",
    "delete",
    "credentials",
)


@click.group()
def command() -> None:
    """Trade a strategy on paper, with orders that are neither lost nor doubled, and compare it with its backtest.

    Nothing here can trade real money: there is no option for it, and an account that is not for paper is refused.
    """


for _name in COMMANDS:
    command.add_command(import_module(f"spotmc.trader.{_name.replace('-', '_')}").command, _name)
