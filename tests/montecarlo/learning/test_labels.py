"""Labels: how a trade after a signal would have ended."""

import itertools

import numpy as np
import pytest

from montecarlo.accounting.broker import carry_out
from montecarlo.accounting.fill_costs import slippage_of_days
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars
from montecarlo.learning.labels import STOP, TARGET, TIME, outcomes
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES
from montecarlo.trained import Barrier

TEN = {"stop_loss": 0.1, "take_profit": 0.1}


def one_bar(bar: tuple[float, float, float, float], side: str = "long", **told: object) -> int:
    """How a trade ends that entered at 100, at the close before the bar, and may hold for it alone."""
    columns = np.array([(100.0, 100.0, 100.0, 100.0), bar])
    bars = Bars(*(column[:, None] for column in columns.T))
    barrier = Barrier(**{**TEN, "max_holding": 1, "fill": "same-close", **told})
    return int(outcomes(bars, barrier, side)[0, 0])


@pytest.mark.parametrize(
    ("bar", "end", "at_best"),
    [
        ((100, 108, 92, 105), TIME, TIME),
        ((100, 112, 95, 111), TARGET, TARGET),
        ((100, 105, 88, 104), STOP, STOP),
        ((85, 112, 84, 100), STOP, STOP),
        ((115, 116, 80, 90), TARGET, TARGET),
        ((100, 112, 88, 100), STOP, TARGET),
        ((100, 110.01, 95, 100), TARGET, TARGET),
        ((100, 105, 89.99, 100), STOP, STOP),
    ],
)
def test_the_worked_examples_of_the_conventions(bar, end: int, at_best: int) -> None:
    assert one_bar(bar) == end
    assert one_bar(bar, intrabar="target-first") == at_best
    opened, high, low, close = bar
    mirrored = (200 - opened, 200 - low, 200 - high, 200 - close)
    assert one_bar(mirrored, "short") == end
    assert one_bar(mirrored, "short", intrabar="target-first") == at_best


@pytest.mark.parametrize("fill", ["same-close", "next-close", "next-open"])
@pytest.mark.parametrize("intrabar", ["stop-first", "target-first"])
def test_trades_end_as_with_the_broker(random_bars, fill: str, intrabar: str) -> None:
    path = random_bars(160, 1, seed=11, volatility=0.25, gaps=True)
    bars = Bars(*(each[:, 0] for each in path))
    rules = Rules(fill=fill, intrabar=intrabar, commission=0, slippage=0)
    slippage, none = slippage_of_days(bars.close, rules), np.full(161, np.nan)
    ends = {"target": TARGET, "time": TIME, "stop": STOP}
    seen = set()
    for side, (stop, target, holding) in itertools.product(("long", "short"), ((0.03, 0.04, 5), (0.02, 0.02, 2))):
        found = outcomes(path, Barrier(stop, target, holding, intrabar, fill), side)[:, 0]
        for day in range(0, len(found), 4):
            targets = np.zeros(161, np.int8)
            targets[day] = 1 if side == "long" else -1
            orders = Orders(none, none + 0, none + 0, none + 0)
            for given, value in zip(orders[1:], (stop, target, holding), strict=True):
                given[:] = value
            trades = carry_out(bars, targets, orders, 0, rules, slippage=slippage, signals=ENTRIES).trades
            assert ends[trades[0].reason] == found[day], (side, day, trades[0])
            seen.add((trades[0].reason, trades[0].ambiguous))
    assert {("target", False), ("stop", False), ("time", False)} <= seen


def test_only_signals_whose_whole_span_is_known_have_a_label(random_bars) -> None:
    bars = random_bars(30, 2, seed=1)
    for fill, delay in (("same-close", 0), ("next-close", 1), ("next-open", 1)):
        barrier = Barrier(max_holding=7, fill=fill)
        assert barrier.span == 7 + delay
        assert outcomes(bars, barrier, "long").shape == (31 - 7 - delay, 2)
    assert outcomes(bars, Barrier(max_holding=40), "long").shape == (0, 2)


@pytest.mark.parametrize("fill", ["same-close", "next-close", "next-open"])
def test_a_label_looks_at_the_days_of_its_span_and_no_further(random_bars, fill: str) -> None:
    """Whatever comes after the span, and whatever was before the fill, may be anything."""
    barrier, day = Barrier(0.02, 0.02, 4, fill=fill), 9
    bars = random_bars(40, 50, seed=2, volatility=0.15)
    label = outcomes(bars, barrier, "long")[day]

    def changed(rows: slice) -> np.ndarray:
        other = Bars(*(each.copy() for each in bars))
        for each, factor in zip(other, (1, 5, 0.2, 1), strict=True):
            each[rows] *= factor
        return outcomes(other, barrier, "long")[day]

    first = day + barrier.delay + (fill != "next-open")
    np.testing.assert_array_equal(changed(slice(0, first)), label)
    np.testing.assert_array_equal(changed(slice(day + barrier.span + 1, None)), label)
    for row in (first, day + barrier.span):
        assert (changed(slice(row, row + 1)) != label).any()
