"""Whatever can be hosted, and whatever can be sent."""

from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

import montecarlo as mc
from container.errors import HostingError
from container.hosted import hosted_from
from montecarlo.data.history import PriceHistory
from montecarlo.strategies import Strategy
from tests.container.hosting import CSV, JSON, Endpoint, artefacts, both_sides, endpoint
from tests.container.library import bars_of, check_days


@pytest.mark.thorough
@pytest.mark.parametrize(
    "strategy",
    [
        mc.SmaCrossover(5, 20, stop_loss=0.02, entry_limit=0.01),
        mc.EmaCrossover(),
        mc.Breakout(10),
        mc.BollingerReversion(),
        mc.Momentum(20),
        mc.DailyBreakout(3, take_profit=0.05, max_holding=10),
        mc.BuyAndHold(),
    ],
    ids=lambda strategy: strategy.name,
)
def test_every_strategy_is_hosted(
    strategy: Strategy, tmp_path: Path, free_port: Callable[[], int], history: PriceHistory
) -> None:
    with endpoint(artefacts(tmp_path, strategy), free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="2") as served:
        check_days(served, strategy, history)
        refused = served.ask({"instances": [[1.0]]})
        assert (refused.status, "send daily bars" in refused.problem) == (400, True)


RULE = b"""
def targets(bars, *, lookback=5, factor=1.0):
    if bars.close[0, 0] == 7.0:
        raise ValueError("seven is no price")
    above = bars.close > factor * bars.open
    return {"targets": above, "stop_loss": 0.02}

def first_decision(lookback, factor):
    return lookback
"""


@pytest.mark.thorough
def test_a_rule_of_ones_own_is_hosted_where_that_is_allowed(
    tmp_path: Path, free_port: Callable[[], int], history: PriceHistory
) -> None:
    (tmp_path / "own.py").write_bytes(RULE)
    rule = mc.strategy_from(tmp_path / "own.py", lookback=9)
    folder = artefacts(tmp_path, rule) / "model"
    with pytest.raises(HostingError, match="SPOTMC_OWN_RULES=allow"):
        hosted_from(folder, {})
    allowed = {"SPOTMC_OWN_RULES": "allow"}
    with pytest.raises(HostingError, match="cannot be had"):
        hosted_from(folder, allowed)
    (folder / "rule.py").write_bytes(RULE + b"\n")
    with pytest.raises(HostingError, match="another text"):
        hosted_from(folder, allowed)
    (folder / "rule.py").write_bytes(RULE)
    with endpoint(tmp_path, free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="2", **allowed) as served:
        check_days(served, rule, history)
        seven = dict.fromkeys(("close", "adjusted_close"), 7.0) | {"open": 6.9, "high": 7.1, "low": 6.8}
        refused = served.ask({"bars": [{**bar, **seven} for bar in bars_of(history)]})
        assert (refused.status, "seven is no price" in refused.problem) == (400, True)
        check_days(served, rule, history)


NAMES = both_sides().at_hand.feature_names
MANY = [{"date": f"2020-01-{day:02d}", "close": 1.0} for day in range(1, 21)]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([0.5, *MANY]),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.sampled_from([*NAMES, "date", "open"]), inner),
    max_leaves=40,
)
REQUESTS = st.fixed_dictionaries({}, optional={"instances": ANYTHING, "bars": ANYTHING, "last": ANYTHING})
LINES = st.lists(
    st.sampled_from(["date", "close", "high", "2020-01-02", "2020-01-03", "1", "-1e5", "nan", "", "\n", '"'])
)


@pytest.mark.thorough
@hypothesis.settings(max_examples=1500, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(
    sent=st.binary() | LINES.map(lambda cells: ",".join(cells).encode()) | REQUESTS, given=st.sampled_from([CSV, JSON])
)
def test_no_request_at_all_is_a_mistake_of_the_program(
    hosted: Endpoint, sent: bytes | dict[str, object], given: str
) -> None:
    answered = hosted.ask(sent, given)
    assert answered.status in (200, 400, 413)
    assert answered.status == 200 or answered.problem
