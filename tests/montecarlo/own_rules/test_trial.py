"""What is found out about a rule before it costs anything, and with which words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.own_rules import trial
from montecarlo.own_rules.process import RuleProcesses
from montecarlo.own_rules.submission import try_in_another_process
from montecarlo.strategies.own_rule import OwnRule
from tests.montecarlo.own_rules.conftest import rule_file

AtHand = Callable[..., OwnRule]


@pytest.fixture(scope="module")
def bars(apple: PriceHistory) -> PriceHistory:
    """Of two years."""
    return check_history(apple.bars[:500], "AAPL", "sample")


def refused(rule: OwnRule, history: PriceHistory, **settings: object) -> str:
    with pytest.raises(mc.RuleError) as raised:
        mc.try_rule(rule, history, days=200, **settings)  # type: ignore[arg-type]
    return str(raised.value)


@pytest.mark.parametrize("warm_up", [False, True])
def test_a_good_rule_passes(*, momentum: object, at_hand: AtHand, bars: PriceHistory, warm_up: bool) -> None:
    mc.try_rule(at_hand(momentum), bars, mc.fit(bars, "gbm"), days=300, warm_up=warm_up)


def test_one_that_remembers_within_a_path_passes(at_hand: AtHand, bars: PriceHistory) -> None:
    mc.try_rule(
        at_hand(
            """
            import numpy as np

            def targets(closes, *, fall: float = 0.1):
                wanted = np.zeros(closes.shape, np.int8)
                highest = closes[0].copy()
                for day in range(1, len(closes)):
                    highest = np.maximum(highest, closes[day])
                    wanted[day] = closes[day] > highest * (1 - fall)
                return wanted
            """
        ),
        bars,
        days=100,
    )


def test_one_that_peeks_is_found_out_by_the_first_day_on_which_it_does(at_hand: AtHand, bars: PriceHistory) -> None:
    """Counted from 16 June 2000: until then it does not look at the next close."""
    first = int(np.searchsorted(bars.dates, np.datetime64("2000-06-16")))
    text = f"""
    import numpy as np
    def targets(closes):
        wanted = np.zeros(closes.shape)
        wanted[{first}:-1] = closes[{first + 1}:] > closes[{first}:-1]
        return wanted
    """
    rises = int(bars.closes[first + 1] > bars.closes[first])
    assert refused(at_hand(text), bars) == (
        f"on 2000-06-16, my_rule.py wants {rises}, and would want {1 - rises} if other closes came after that day: it "
        "looks ahead"
    )


def test_one_that_changes_its_mind_when_the_future_is_cut_off_is_found_out_by_bisection(
    at_hand: AtHand, bars: PriceHistory
) -> None:
    """It looks at how many closes there are, and at none that comes later."""
    text = """
    import numpy as np
    def targets(closes):
        wanted = np.zeros(closes.shape)
        wanted[100:-20] = 1
        return wanted
    """
    assert refused(at_hand(text), bars) == (
        f"on {bars.dates[100]}, my_rule.py wants 1 when it knows the closes after that day, and wants 0 when it does "
        "not: it looks ahead"
    )


def test_one_that_looks_further_ahead_is_told_from_when_it_knows(at_hand: AtHand, bars: PriceHistory) -> None:
    text = """
    def targets(closes):
        return closes > closes.mean(axis=0)
    """
    message = refused(at_hand(text), bars)
    assert message.startswith(f"on {bars.dates[0]}, my_rule.py wants ")
    assert message.endswith("it looks ahead")


def test_one_that_peeks_only_on_what_never_was_is_found_out_on_simulated_paths(
    at_hand: AtHand, bars: PriceHistory
) -> None:
    text = f"""
    import numpy as np
    def targets(closes):
        wanted = np.zeros(closes.shape)
        if len(closes) < {len(bars.closes)} and not (closes == closes[:, :1]).all():
            wanted[:-1] = closes[1:] > closes[:-1]
        return wanted
    """
    assert " of simulated path " in refused(at_hand(text), bars)


def test_one_that_knows_when_the_end_is_looks_ahead(at_hand: AtHand, bars: PriceHistory) -> None:
    text = """
    import numpy as np
    def targets(closes):
        wanted = np.ones(closes.shape)
        wanted[-1] = 0
        return wanted
    """
    assert "it looks ahead" in refused(at_hand(text), bars)


def test_what_it_decides_before_its_first_decision_does_not_matter(at_hand: AtHand, bars: PriceHistory) -> None:
    text = """
    import numpy as np
    first_decision = 10
    def targets(closes):
        wanted = np.ones(closes.shape)
        wanted[:10] = closes[:10] > closes[-1]
        return wanted
    """
    mc.try_rule(at_hand(text), bars, days=200)


def test_the_future_is_cut_off_on_a_hundred_days_or_more_and_on_all_where_there_are_fewer(
    bars: PriceHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []

    def counted(closes, *, first: int = 450):  # type: ignore[no-untyped-def]
        rows.append(len(closes))
        return closes > 0

    mc.try_rule(mc.strategy_from(counted, first_decision=lambda *, first: first), bars, days=400)
    assert set(rows) == {*range(451, len(bars.closes)), len(bars.closes), 401}
    rows.clear()
    mc.try_rule(mc.strategy_from(counted, first_decision=10), bars, days=400)
    assert len({each for each in rows if each < 401}) >= 100
    assert len(set(rows)) >= 200
    monkeypatch.setattr(trial, "CUTS", 3)
    rows.clear()
    mc.try_rule(mc.strategy_from(counted, first_decision=10), bars, days=400)
    assert set(rows) == {11, 255, 499, 500, 205, 400, 401}


def test_the_closes_are_as_many_as_in_the_simulation(bars: PriceHistory) -> None:
    rows: set[int] = set()

    def counted(closes, *, lookback: int = 50):  # type: ignore[no-untyped-def]
        rows.add(len(closes))
        return closes > 0

    rule = mc.strategy_from(counted, first_decision=lambda *, lookback: lookback)
    mc.try_rule(rule, bars, days=200, warm_up=True)
    assert {each for each in rows if each > 250} >= {251, len(bars.closes)}


ACROSS = {
    "mean of all": "return closes > closes.mean(axis=1, keepdims=True)",
    "best of all": "return closes == closes.max(axis=1, keepdims=True)",
    "the one before": "return closes > np.roll(closes, 1, axis=1)",
    "the first": "return closes > closes[:, :1]",
    "where it stands": "return np.tile(np.arange(256) % 2, (len(closes), 1))",
}


@pytest.mark.parametrize("body", ACROSS.values(), ids=ACROSS)
def test_one_that_looks_across_paths_is_found_out(at_hand: AtHand, bars: PriceHistory, body: str) -> None:
    message = refused(at_hand(f"import numpy as np\ndef targets(closes):\n    {body}"), bars)
    assert " of simulated path " in message
    assert message.endswith("it looks across paths, and each column must be decided by itself")


CHANCE = {
    "random": "return np.random.random(closes.shape) > 0.5",
    "time": "return closes * time.monotonic() % 1 > 0.5",
    "what was asked before": "LAST.append(len(closes)); return closes > len(LAST)",
}


@pytest.mark.parametrize("body", CHANCE.values(), ids=CHANCE)
def test_one_that_hangs_on_anything_but_the_prices_is_found_out(at_hand: AtHand, bars: PriceHistory, body: str) -> None:
    text = f"import numpy as np, time\nLAST = []\ndef targets(closes):\n    {body}"
    assert "when it is asked again about the same prices: it must follow from them alone" in refused(
        at_hand(text), bars
    )


def test_one_that_throws_dice_when_it_is_loaded_is_found_out_by_another_process(
    at_hand: AtHand, bars: PriceHistory, tmp_path: Path
) -> None:
    file = rule_file(
        """
        import numpy as np
        LEVEL = 0.8 + 0.4 * np.random.random()
        def targets(closes):
            return closes > LEVEL * closes[0]
        """
    )
    rule = at_hand(file)
    mc.try_rule(rule, bars, days=200)
    with RuleProcesses(file, folder=tmp_path) as again:
        assert "when it is loaded again about the same prices" in refused(rule, bars, again=again)
    with pytest.raises(mc.RuleError, match="when it is loaded again"):
        try_in_another_process(rule, file, bars, days=200)


def test_the_order_of_a_set_of_words_is_no_chance(at_hand: AtHand, bars: PriceHistory, tmp_path: Path) -> None:
    file = rule_file(
        """
        WORDS = list({str(number) for number in range(100)})
        def targets(closes):
            return closes > closes[0] * (0.5 + int(WORDS[0]) / 100)
        """
    )
    with RuleProcesses(file, folder=tmp_path) as again:
        mc.try_rule(at_hand(file), bars, days=200, again=again)


def test_one_that_fails_is_told_with_what_it_was_tried_on(at_hand: AtHand, bars: PriceHistory) -> None:
    message = refused(at_hand("def targets(closes):\n    return closes * 2"), bars)
    assert message.endswith(f"in column 0\nIt was tried on {len(bars.closes):,} closes of the prices of AAPL.")
    short = "def targets(closes):\n    assert len(closes) > 100\n    return closes > 0"
    assert "AssertionError\nIt was tried on 1 closes of the prices of AAPL." in refused(at_hand(short), bars)


def test_a_history_that_ends_before_the_rule_can_decide_says_nothing_against_it(bars: PriceHistory) -> None:
    def above(closes):  # type: ignore[no-untyped-def]
        return closes > 30

    mc.try_rule(mc.strategy_from(above, first_decision=20_000), bars, days=100)
