"""The commands and the list of holdings in docs/portfolio.md are understood."""

import re
import shlex
from pathlib import Path

import click
import pytest

from fleet.chosen_holdings import ChosenHoldings
from fleet.holdings_file import COLUMNS, read_holdings
from spotmc.cli import cli

PAGE = (Path(__file__).parents[2] / "docs" / "portfolio.md").read_text()
(HOLDINGS,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text(HOLDINGS)
    (tmp_path / "sap.csv").touch()
    return tmp_path


@pytest.mark.parametrize("line", [line for line in PAGE.splitlines() if line.startswith("spotmc ")])
def test_the_commands_shown_are_understood(line, folder):
    _, name, *arguments = shlex.split(line)
    with click.Context(cli, info_name="spotmc", **cli.context_settings) as above:
        assert cli.commands[name].make_context(name, arguments, parent=above).params


def test_the_list_of_holdings_is_read_and_has_all_columns(folder):
    lines = read_holdings(folder / "mine.csv")
    assert HOLDINGS.splitlines()[0] == ",".join(COLUMNS)
    chosen = ChosenHoldings.of(lines, {})
    assert [each.weight for each in chosen.holdings] == [0.4, 0.3, 0.2]
    assert [each.source for each in chosen.holdings] == ["yfinance", "csv", "s3"]
    assert chosen.reserve == pytest.approx(0.1)
