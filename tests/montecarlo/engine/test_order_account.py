"""The compiled order account does what the plain broker does, trade for trade, whatever the bars, orders and rules."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting.broker import carry_out
from montecarlo.accounting.fill_costs import affordable, cost, slippage_of_days
from montecarlo.accounting.order_rows import rows_of_outcomes
from montecarlo.accounting.rows import ORDER_COLUMNS
from montecarlo.data.bars import Bars
from montecarlo.engine.lanes import LANES
from montecarlo.experiments.paths import simulate_rows
from montecarlo.strategies.strategy import ENTRIES, POSITIONS
from tests.montecarlo.given_bars import GivenTargets, ReplayedBars

DAYS = 40
OF_TRADES = {*ORDER_COLUMNS, "gains", "losses", "days_held"}
COUNTS = ("trades", "unfilled", "wins", "longest_drawdown", "longest_losing_streak", "ambiguous_bars", "path")
RATIOS = ("sharpe", "sortino", "calmar", "annual_volatility", "sqn")  # of numbers that may be hardly more than rounding


def random_bars(random, kind):
    """Of DAYS days and LANES paths; prices are whole numbers where ties with stops and limits are wanted."""
    shape = (DAYS + 1, LANES)
    closes = 100 * np.exp(np.cumsum(random.normal(0, 0.04, shape), axis=0))
    before = np.vstack([closes[:1], closes[:-1]])
    opens = before * np.exp(random.normal(0, 0.03, shape)) if kind != "no gaps" else before
    wide = {"zero ranges": 0.0, "wide": 0.2}.get(kind, 0.03)
    highs = np.maximum(opens, closes) * (1 + np.abs(random.normal(0, wide, shape)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(random.normal(0, wide, shape)))
    found = [opens, highs, lows, closes]
    if kind == "ties":
        found = [np.maximum(np.round(each / 5) * 5, 5) for each in found]
    if kind == "collapse":
        day = random.integers(2, DAYS, LANES)
        fallen = np.arange(DAYS + 1)[:, None] >= day
        opens, highs, lows, closes = (np.where(fallen, 0.0, each) for each in found)
        at = (day, np.arange(LANES))
        opens[at], highs[at] = found[0][at], found[1][at]
        found = [opens, highs, lows, closes]
    return Bars(*found)


def random_targets(random, first, kinds):
    """That stay the same for some days."""
    wanted = random.choice(kinds, (DAYS + 1, LANES)).astype(np.int8)
    for day in range(1, DAYS + 1):
        wanted[day] = np.where(random.random(LANES) < 0.6, wanted[day - 1], wanted[day])
    wanted[:first] = 0
    return wanted


COMMISSIONS = (
    {"commission": 0.0},
    {"commission": 0.002},
    {"commission_model": "per-share", "commission_per_share": 0.05},
    {"commission_model": "per-share", "commission_per_share": 0.01, "commission_minimum": 5.0},
)
SLIPPAGES = ({"slippage": 0.0}, {"slippage": 0.003}, {"slippage_model": "volatility", "slippage_volatility": 0.2})

RULES = {
    "shares": st.sampled_from([None, None, 2.0, 9.0]),
    "fill": st.sampled_from(["next-close", "same-close", "next-open"]),
    "risk_free": st.sampled_from([0.0, 0.5]),
    "interest": st.booleans(),
    "intrabar": st.sampled_from(["stop-first", "target-first"]),
}
ORDERS = {
    "meaning": st.sampled_from([POSITIONS, ENTRIES]),
    "first": st.sampled_from([0, 3]),
    "entry_limit": st.sampled_from([None, None, 0.0, 0.01, 0.05]),
    "stop_loss": st.sampled_from([None, 0.01, 0.05, 0.05, 1e-20]),
    "take_profit": st.sampled_from([None, 0.01, 0.05, 0.1, 1.5]),
    "max_holding": st.sampled_from([None, 1, 5]),
}
CASES = {
    "seed": st.integers(0, 2**32),
    "bars": st.sampled_from(["gaps", "no gaps", "wide", "zero ranges", "ties", "collapse"]),
    "wants": st.sampled_from([(0, 1), (0, 1, -1), (1, -1)]),
    "commission": st.sampled_from(COMMISSIONS),
    "slippage": st.sampled_from(SLIPPAGES),
}


def simulation_of(case, rules, orders):
    random = np.random.default_rng(case["seed"])
    bars = random_bars(random, case["bars"])
    return mc.Simulation(
        model=ReplayedBars(100.0, 0.0, 0.0, replayed=bars),
        strategy=GivenTargets(wanted=random_targets(random, orders["first"], case["wants"]), **orders),
        rules=mc.Rules(capital=1000.0, **rules, **case["commission"], **case["slippage"]),
        days=DAYS,
        iterations=LANES,
        seed=0,
    )


def hold_value(bars, first, slippage, rules, idle):
    """Of buying at the first possible fill."""
    cash = rules.capital * idle**first
    price = (bars.open if rules.fill == "next-open" and first > 0 else bars.close)[first]
    shares = affordable(price, cash, slippage[first], rules)
    left = cash - shares * price - cost(shares, price, slippage[first], rules) if shares else cash
    left = 0.0 if shares and rules.shares is None else left
    return shares * bars.close[-1] + left * idle ** (DAYS - first)


def expected_rows(simulation):
    """What the broker makes of each path."""
    rules, strategy, bars = simulation.rules, simulation.strategy, simulation.model.replayed
    idle, outcomes, held_on = rules.idle_growth(252), [], []
    for lane in range(LANES):
        of_path = Bars(*(each[:, lane] for each in bars))
        with np.errstate(all="ignore"):
            slippage = np.nan_to_num(slippage_of_days(of_path.close, rules))
        outcome = carry_out(
            of_path,
            strategy.wanted[:, lane],
            strategy.ordered(bars)[1].of_path(lane),
            simulation.first_fill,
            rules,
            slippage=slippage,
            idle=idle,
            signals=strategy.signals,
        )
        outcomes.append(outcome)
        held_on.append(hold_value(of_path, simulation.first_fill, slippage, rules, idle))
    hold, first_fill = np.array(held_on), simulation.first_fill
    return rows_of_outcomes(outcomes, bars.close, hold, first_fill, rules, bars_per_year=252)


@settings(max_examples=200, deadline=None)
@given(*map(st.fixed_dictionaries, (CASES, RULES, ORDERS)))
def test_every_column_is_that_of_the_broker(case, rules, orders):
    simulation = simulation_of(case, rules, orders)
    got, expected = simulate_rows(simulation, 0, LANES), expected_rows(simulation)
    assert got.keys() == expected.keys() - (set() if simulation.keeps_orders else OF_TRADES)
    for name in got.keys() & set(COUNTS):
        np.testing.assert_array_equal(got[name], expected[name], name)
    for name in got.keys() - set(COUNTS):
        digits = 1e-6 if name in RATIOS else 1e-9
        np.testing.assert_allclose(got[name], expected[name], rtol=digits, atol=1e-9, err_msg=name)
