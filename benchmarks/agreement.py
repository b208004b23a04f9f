"""Nothing is timed whose results disagree."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

import montecarlo as mc
from benchmarks import workshop
from benchmarks.learned import BRACKET, LOGISTIC, PEER_MODEL, PEER_PATHS, PEER_RULES, TREES, learned, peer_bars
from benchmarks.learned import simulation as with_bars
from benchmarks.peers import with_backtesting, with_backtrader, with_learning, with_vectorbt
from benchmarks.recommended import (
    DAYS,
    MODELS,
    MOMENTUM,
    OWN_MOMENTUM,
    SEED,
    STRATEGY,
    WINDOWS,
    WITH_BARS,
    model,
    simulation,
)
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import rule_at_hand

TOLERANCE = 1e-9  # relative
PATHS = 100
FEW_PATHS = 20
RICH = 10_000_000.0  # cash for any number of shares: peers have ways of their own where there is too little


class DisagreementError(Exception):
    """Two ways to the same result that lead to different ones."""


def fixed_size() -> mc.Rules:
    """A hundred shares with costs, filled at the next close: what every peer understands."""
    return mc.Rules(capital=RICH, shares=workshop.SHARES)


def price_paths(paths: int) -> NDArray[np.float64]:
    """Of the recommended job, shape (days + 1, paths): for peers that are given prices."""
    return reference.simulate_prices(model("normal"), SEED, 0, paths, DAYS)


def check() -> None:
    """Compare the results of everything that will be timed.

    Raises:
        DisagreementError: naming what disagrees, and by how much.
    """
    _check_reference()
    _check_peers()
    _check_threads()
    _check_sweep()
    _check_own_rule()
    _check_within_days()


def _check_reference() -> None:
    for name in MODELS:
        job = simulation(name)
        ours, theirs = simulate_rows(job, 0, PATHS), reference.simulate_rows(job, 0, PATHS)
        for column in theirs:
            _require(f"{column} of the NumPy reference, {name} model", ours[column], theirs[column])


def _check_peers() -> None:
    prices = price_paths(PATHS)
    short, long = STRATEGY.short, STRATEGY.long
    values = with_vectorbt.final_values(pd.DataFrame(prices), short, long, mc.Rules())
    _require("final values of vectorbt", _final_values(mc.Rules()), values)
    by_frames = [workshop.final_value(path, STRATEGY, RICH) for path in prices.T.tolist()]
    _require("final values of the workshop's loop", _final_values(workshop.rules(RICH)), by_frames)
    # backtesting.py does not decide on the first day: take paths on which there is nothing to decide.
    idle = np.flatnonzero(STRATEGY.targets(prices)[STRATEGY.first_decision] == 0)[:3]
    for name, peer in ("backtrader", with_backtrader), ("backtesting.py", with_backtesting):
        by_path = [peer.final_value(prices[:, path], short, long, fixed_size()) for path in idle]
        _require(f"final values of {name}", _final_values(fixed_size())[idle], by_path)


def _check_threads() -> None:
    one, two = (mc.simulate(model("normal"), STRATEGY, days=DAYS, seed=SEED, threads=threads) for threads in (1, 2))
    if not one.summary.equals(two.summary):
        raise DisagreementError("the summary by two threads is not the one by one thread")


def _check_sweep() -> None:
    swept = mc.sweep(model("normal"), STRATEGY, WINDOWS, days=DAYS, iterations=PATHS, seed=SEED)
    windows = swept.table[["short", "long"]].astype(int).to_numpy()
    alone = [
        mc.simulate(model("normal"), mc.SmaCrossover(*pair), days=DAYS, iterations=PATHS, seed=SEED).summary
        for pair in windows.tolist()
    ]
    means = [summary.set_index("statistic")["value"]["return_mean"] for summary in alone]
    _require("mean returns of single runs and a sweep", means, swept.table["return_mean"])


def _check_own_rule() -> None:
    """Bit for bit, in this process and in one of its own."""
    with rule_at_hand(RuleFile.read(OWN_MOMENTUM)) as limited:
        rules = {"compiled": MOMENTUM, "in this process": mc.strategy_from(OWN_MOMENTUM), "in its own": limited}
        found = {
            how: mc.simulate(model("normal"), rule, days=DAYS, iterations=PATHS, seed=SEED).paths
            for how, rule in rules.items()
        }
    for how, rows in found.items():
        if not rows.equals(found["compiled"]):
            raise DisagreementError(f"the rows of a person's own rule {how} are not those of the same rule compiled")


def _check_within_days() -> None:
    """Beside the plain broker; and beside peers that are told by the libraries themselves what a forecast wants."""
    forecasts = {method: learned(method) for method in (LOGISTIC, TREES)}
    for name in WITH_BARS:
        for strategy in (BRACKET, *(each.strategy for each in forecasts.values())):
            job = with_bars(name, strategy)
            ours, theirs = simulate_rows(job, 0, FEW_PATHS), reference.simulate_rows(job, 0, FEW_PATHS)
            for column in theirs:
                _require(f"{column} of the plain broker, {name} model, {strategy.name}", ours[column], theirs[column])
    bars, rules = peer_bars(), PEER_RULES
    told = {
        "vectorbt with stop and target": (
            BRACKET,
            with_learning.crossover_values(bars, BRACKET, rules),
        )
    }
    for method, each in forecasts.items():
        told[f"vectorbt told by {method}"] = each.without_time, with_learning.forecast_values(bars, each, rules)
    for what, (strategy, values) in told.items():
        ours = simulate_rows(with_bars(PEER_MODEL, strategy, rules), 0, PEER_PATHS)["final_value"]
        _require(f"final values of {what}", ours, values)


def _final_values(rules: mc.Rules) -> NDArray[np.float64]:
    return simulate_rows(simulation(rules=rules), 0, PATHS)["final_value"]


def _require(what: str, ours: ArrayLike, theirs: ArrayLike) -> None:
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    same = np.isclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    if not same.all():
        place = int(np.argmin(same))
        raise DisagreementError(
            f"{what}: {np.count_nonzero(~same)} of {len(same)} differ from ours; "
            f"the first is {theirs[place]:.12g} where ours is {ours[place]:.12g}."
        )
