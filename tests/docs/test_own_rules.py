"""What docs/own-rules.md says of rules is so."""

import re

import pytest

import montecarlo as mc
from fleet.settings import ALLOW, OWN_RULES
from montecarlo.own_rules.process import GIB, LOADING_SECONDS, Limits
from montecarlo.own_rules.rule_file import LARGEST, RuleFile
from montecarlo.own_rules.submission import submitted_rule
from montecarlo.strategies.strategy import COLUMNS
from tests.programs import ROOT
from worker.own_rules import SHARE_OF_MEMORY

TEXT = (ROOT / "docs/own-rules.md").read_text()
README = (ROOT / "README.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def rule_of(text: str, takes: str = "closes") -> RuleFile:
    written = (block for language in ("py", "python") for block in blocks(text, language))
    [block] = [block for block in written if f"def targets({takes}" in block]
    return RuleFile("my_rule.py", block.encode())


@pytest.mark.parametrize("text", [TEXT, README], ids=["its page", "the README"])
def test_the_example_passes_a_trial_and_is_momentum_with_a_band(text: str) -> None:
    history = mc.load_history("AAPL", "sample")
    with submitted_rule(rule_of(text), {"lookback": "90"}, history, days=300) as rule:
        found = mc.backtest(history, rule).summary
    assert found.equals(mc.backtest(history, mc.Momentum(lookback=90, band=0.02)).summary)


@pytest.mark.thorough
def test_the_example_with_orders_passes_a_trial_and_its_trades_end_by_them() -> None:
    history = mc.load_history("AAPL", "sample")
    with submitted_rule(rule_of(TEXT, "bars"), {"days": "10"}, history, days=300) as rule:
        reasons = mc.backtest(history, rule).trades["exit_reason"]
    assert {"stop", "target", "time"} <= set(reasons) <= {"stop", "target", "time", "end"}


def test_the_lines_for_a_notebook_work(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # type: ignore[arg-type]
    with open("my_rule.py", "wb") as file:
        file.write(rule_of(TEXT).source)
    history = mc.load_history("AAPL", "sample")
    names = {"mc": mc, "history": history, "model": mc.fit(history, "gbm")}
    [lines] = [block for block in blocks(TEXT, "python") if "strategy_from" in block]
    exec(lines, names)


def test_the_limits_are_those_of_the_program() -> None:
    assert f"{Limits.seconds:.0f} s for the targets of {COLUMNS} paths, {LOADING_SECONDS:.0f} s to be loaded" in TEXT
    assert f"{Limits.most_bytes / GIB:.0f} GiB; on a worker less, where {SHARE_OF_MEMORY:.0%}" in TEXT.replace(
        " %", "%"
    )
    assert f"{LARGEST:,} bytes" in TEXT
    assert f"`{OWN_RULES}={ALLOW}`" in TEXT
