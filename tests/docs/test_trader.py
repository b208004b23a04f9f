"""What docs/trader.md says is so."""

import re
import shlex

import click
import pytest

from fleet.keys import TRADER_ACCOUNTS
from fleet.traders import keys
from fleet.traders.days import REPORT_COLUMNS
from fleet.traders.settings import Limits
from montecarlo.parameters import declared
from spotmc.cli import cli, main
from spotmc.trader import COMMANDS
from spotmc.trader.errors import HALTED_STATUS, HELD_STATUS, KILLED_STATUS
from spotmc.trader.options import SHARES
from tests.programs import ROOT
from trader.alpaca.feed import HISTORY_FROM, ORDERS_FROM
from trader.lease import SECONDS
from trader.sending import MOST_ATTEMPTS

TEXT = (ROOT / "docs/trader.md").read_text()
PLAIN = " ".join(TEXT.split())


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def lines() -> list[list[str]]:
    """The commands that are shown, in blocks and in tables."""
    shown = re.findall(r"^(spotmc trader .+)$", TEXT, re.MULTILINE)
    shown += [each for each in re.findall(r"`(spotmc trader [^`]+)`", TEXT) if "NAME" not in each]
    return [shlex.split(each, comments=True)[1:] for each in shown]


@pytest.mark.parametrize("line", lines(), ids=" ".join)
def test_the_commands_shown_are_understood(line: list[str]) -> None:
    command: click.Command = cli
    within = click.Context(cli, info_name="spotmc", **cli.context_settings)
    name, *arguments = line
    while isinstance(command, click.Group):
        command = command.commands[name]
        if isinstance(command, click.Group):
            within = click.Context(command, parent=within, info_name=name)
            name, *arguments = arguments
    assert command.make_context(name, arguments, parent=within).params is not None


def test_every_subcommand_is_shown() -> None:
    shown = {line[1] for line in lines()} | set(re.findall(r"`spotmc trader ([a-z-]+) NAME`", TEXT))
    assert {*COMMANDS} <= shown | set(re.findall(r"`([a-z]+)` puts the switch back", TEXT))


@pytest.mark.thorough
def test_the_first_five_minutes_print_what_the_page_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    [shown] = re.findall(r"```text\n(.*?)```", section("The first five minutes"), re.DOTALL)
    with pytest.raises(SystemExit) as left:
        main(["trader", "dry-run", "--last", "0"])
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert left.value.code == 0
    assert printed[:-1] == shown.splitlines()
    assert printed[-1].startswith("spotmc trader create NAME")


def test_limits_are_there_with_their_defaults() -> None:
    for name, each in declared(Limits).items():
        default = "none" if each.default is None else each.default
        assert re.search(
            rf"^\| `--{name.replace('_', '-')}` \| .+ \| {default} \|$",
            section("Limits, halts and the kill switch"),
            re.M,
        )


def test_columns_keys_and_statuses_are_those_of_the_program() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section("The daily report"), re.MULTILINE) == list(REPORT_COLUMNS)
    told = section("What lies in the bucket")
    assert keys.__doc__
    names = re.findall(r"^(?:traders/(?:<name>/)?|)(\S+)  ", keys.__doc__, re.MULTILINE)
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in told and f"`traders/{name}`" not in told] == []
    assert f"`{TRADER_ACCOUNTS}<account>/<symbol>.json`" in told
    statuses = re.findall(r"^\| ([0-9, ]+) \| ", section("A trader that is kept"), re.MULTILINE)
    assert statuses == ["0", str(HALTED_STATUS), str(KILLED_STATUS), str(HELD_STATUS), "1, 2"]


def test_numbers_are_those_of_the_program() -> None:
    assert f"`--shares`, {SHARES} unless you say otherwise" in PLAIN
    assert MOST_ATTEMPTS == 3
    assert "three at most" in PLAIN
    assert (SECONDS, "within two minutes" in PLAIN) == (120, True)
    assert f"Bars come at {ORDERS_FROM:%H:%M} New York time" in PLAIN
    assert f"It has bars since {HISTORY_FROM:%Y}" in PLAIN
