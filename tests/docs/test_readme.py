"""What the README and the other documents say is so."""

import re
import shlex
from pathlib import Path

import click
import pytest

import montecarlo as mc
from montecarlo import models, strategies
from montecarlo.accounting import rows
from montecarlo.data import sources
from montecarlo.experiments.selection_bias import FOLLOWED, VALIDATED
from montecarlo.experiments.sweep_tally import COLUMNS as SWEEP_COLUMNS
from montecarlo.statistics import summary
from spotmc.cli import cli
from spotmc.readme_tables import with_tables

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def explained(name: str) -> bool:
    """Whether a row of a table is about ``name`` and says something."""
    return re.search(rf"^\| `{re.escape(name)}` \| .{{4,}}", README, re.MULTILINE) is not None


@pytest.mark.parametrize("name", [*rows.COLUMNS, *rows.ORDER_COLUMNS])
def test_every_column_of_a_path_is_explained(name):
    assert explained(name)


@pytest.mark.parametrize("name", [*summary.WITH_TRADES, *SWEEP_COLUMNS, *VALIDATED, *FOLLOWED])
def test_every_column_and_statistic_is_explained(name):
    assert explained(name)


def test_every_statistic_of_a_backtest_is_explained():
    backtest = mc.backtest(mc.load_history("AAPL", source="sample"), mc.SmaCrossover())
    assert [name for name in backtest.summary["statistic"] if not explained(name)] == []


@pytest.mark.parametrize("name", [*sources.SOURCES, *models.MODELS, *strategies.STRATEGIES])
def test_every_source_model_and_strategy_is_explained(name):
    assert explained(name)


@pytest.mark.parametrize("name", cli.commands)
def test_every_subcommand_is_in_the_table(name):
    assert re.search(rf"^\| `spotmc {name}( JOB)?` \| ", README, re.MULTILINE)


@pytest.mark.parametrize("line", [line for line in README.splitlines() if line.startswith("spotmc ")])
def test_the_commands_shown_are_understood(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("INTC.csv").touch()
    name, *arguments = shlex.split(line, comments=True)
    command, within = cli, click.Context(cli, info_name=name, **cli.context_settings)
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.commands[name]
        within = click.Context(command, parent=within, info_name=name)
    assert command.make_context(name, arguments, parent=within.parent).params


def test_the_example_of_the_library_runs():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    assert isinstance(names["result"], mc.Result)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)#]+)", document.read_text())
    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert missing == []


def test_the_tables_are_those_of_what_is_declared():
    assert with_tables(README) == README, "run: .venv/bin/python -m spotmc.readme_tables"


def test_every_decision_is_in_the_list():
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
