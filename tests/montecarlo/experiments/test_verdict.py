"""The verdict on a rule: real and simulated histories are compared on equal terms, and skill shows only where it is."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.bars import Bars
from montecarlo.data.history import check_history
from montecarlo.engine.lanes import LANES
from montecarlo.experiments.scores_on_paths import areas_on_paths, clustered_area
from montecarlo.experiments.verdict import Verdict, compared, verdict
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import Logistic
from tests.montecarlo.any_forecast import random_model, random_trees
from tests.montecarlo.given_bars import ReplayedBars

DAYS, SEEN = 700, 400


def history_of(closes, random):
    """Bars around closes, with gaps; on weekdays."""
    opens = np.concatenate([closes[:1], closes[:-1]]) * np.exp(random.normal(0, 0.004, len(closes)))
    reach = np.exp(np.abs(random.normal(0, 0.006, (2, len(closes)))))
    highs, lows = np.maximum(opens, closes) * reach[0], np.minimum(opens, closes) / reach[1]
    columns = {"open": opens, "high": highs, "low": lows, "close": closes}
    return check_history(pd.DataFrame(columns, index=pd.bdate_range("2001-01-01", periods=len(closes))), "T", "csv")


def wandering(seed=5, memory=0.0):
    random = np.random.default_rng(seed)
    returns = random.normal(0.0004, 0.012, DAYS)
    for day in range(1, DAYS):
        returns[day] += memory * returns[day - 1]
    return history_of(100 * np.exp(np.cumsum(returns)), random)


def forecast(history, seed=3, **model):
    """By a random model that has seen SEEN closes of the history."""
    first, last, unseen = (history.bars.index[row].date() for row in (0, SEEN - 1, SEEN))
    made = random_model(seed, **model)
    return MlForecast(replace(made, trained_on=replace(made.trained_on, first=first, last=last, unseen_from=unseen)))


RULES = (
    {},
    {"fill": "same-close", "intrabar": "target-first"},
    {"fill": "next-open", "commission_model": "per-share", "commission_per_share": 0.01, "risk_free": 0.03},
    {"slippage_model": "volatility", "slippage_volatility": 0.1, "interest": True, "risk_free": 0.03},
)


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_a_history_that_is_the_real_one_again_has_the_same_result(rules):
    """So start, costs, fills, days and statistics are the same in both: what is left to differ is the days."""
    history = wandering()
    unseen = Bars(*(np.repeat(each[SEEN - 1 :, None], LANES, axis=1) for each in history.adjusted_bars))
    again = ReplayedBars(1.0, 0.0, 0.0, replayed=unseen)
    found = verdict(
        history, forecast(history), model=again, iterations=LANES, seed=0, scored=2, rules=mc.Rules(**rules)
    )
    assert found.days == DAYS - SEEN
    assert found.paths["trades"].iloc[0] > 5
    assert list(found.table["statistic"]) == ["return", "sharpe", "expectancy"]
    np.testing.assert_allclose(found.table["median"], found.table["real"], rtol=1e-9)


def test_a_rule_in_a_market_with_memory_does_better_than_without_it():
    rule, history = mc.Momentum(1, shorting=True), wandering(memory=0.6)
    found = verdict(history, rule, unseen_from=history.bars.index[SEEN].date(), iterations=1000, seed=1)
    assert found.real > 0
    assert found.share[2] < 0.01
    assert found.sentence.endswith(" did at least as well: luck alone seldom gives that.")
    assert found.areas.empty


@pytest.mark.parametrize("model", [None, "gbm"])
def test_that_the_drift_is_known_roughly_is_no_doubt_where_both_have_the_same(model):
    history = wandering()
    unseen_from = history.bars.index[SEEN].date()
    found = verdict(history, mc.Momentum(1), model=model, unseen_from=unseen_from, iterations=64, seed=1)
    assert "the drift of" in " ".join(found.backtest.warnings)
    assert "the drift of" in " ".join(found.simulation.model.warnings)
    assert "the drift of" not in " ".join(found.warnings)


def test_of_a_rule_that_never_traded_there_is_nothing_to_judge():
    history = wandering()
    rule = mc.Momentum(1, entry_limit=0.5)  # which no day reaches
    found = verdict(history, rule, unseen_from=history.bars.index[SEEN].date(), iterations=64, seed=1)
    assert found.sentence == "On the 300 days it had not seen, the rule never traded: there is nothing to judge."


def test_histories_have_the_nights_of_the_unseen_days_where_a_rule_enters_at_the_open():
    """Even a rule that gives no orders: else it would be filled at the close of its signal in all of them."""
    history, rule = wandering(), mc.Momentum(1)
    unseen_from = history.bars.index[SEEN].date()
    found = verdict(history, rule, unseen_from=unseen_from, iterations=256, seed=1, fill="next-open")
    bars = found.simulation.model.bars(1, 0, 1, found.days)
    assert (bars.open[1:] != bars.close[:-1]).mean() > 0.9
    assert found.simulation.draws_bars
    assert not any("open at the close before" in each for each in found.warnings)


def test_it_is_told_where_a_model_has_no_nights():
    found = verdict(wandering(), forecast(wandering()), model="gbm", iterations=64, seed=1, scored=2, fill="next-open")
    assert any("open at the close before" in each for each in found.warnings)


def test_where_nothing_is_remembered_the_real_one_is_one_of_many():
    shares = []
    for seed in range(12):
        history = wandering(seed)
        unseen_from = history.bars.index[SEEN].date()
        found = verdict(history, mc.Momentum(1, shorting=True), unseen_from=unseen_from, iterations=256, seed=1)
        shares.append(found.share[0])
    assert 0.2 < np.mean(shares) < 0.8  # evenly spread: twelve have an error of 0.08
    assert min(shares) < 0.35
    assert max(shares) > 0.65


@pytest.mark.parametrize("model", [None, "gbm", "normal"])
def test_unseen_days_and_simulated_ones_drift_and_vary_alike(model):
    history = wandering()
    found = verdict(history, forecast(history), model=model, iterations=256, seed=1, scored=2).simulation
    returns = np.diff(np.log(history.closes[SEEN - 1 :]))
    expected = np.log(found.model.expected_price(DAYS - SEEN) / history.closes[SEEN - 1])
    assert expected == pytest.approx(returns.sum() + len(returns) * returns.var() / 2, abs=0.02)
    assert found.model.volatility == pytest.approx(returns.std() * np.sqrt(252), rel=0.02)
    assert found.model.start_price == history.closes[SEEN - 1]
    assert found.warm_up == tuple(history.closes[SEEN - 17 : SEEN - 1])


@pytest.mark.parametrize("model", [None, "gbm"])
def test_scores_rank_nothing_on_days_that_know_nothing_of_each_other(model):
    """Four standard errors, and the seed is fixed."""
    history = wandering()
    strategy = forecast(history, sides=("long", "short"))
    areas = verdict(history, strategy, model=model, iterations=256, seed=1, scored=100).areas
    assert list(areas["side"]) == ["long", "short"]
    assert (areas["signals"] == 100 * (DAYS - SEEN + 1 - 11)).all()
    for each in areas.itertuples():
        assert each.high - each.low < 0.03
        assert abs(each.auc - 0.5) < (each.high - each.low)


def test_they_do_where_a_model_remembers():
    """Days that alternate between calm and wild blocks, and a score that is the volatility: trades end in time on calm
    days alone."""
    random = np.random.default_rng(3)
    wild = np.repeat(random.random(DAYS // 50) < 0.5, 50)
    history = history_of(100 * np.exp(np.cumsum(random.normal(0, np.where(wild, 0.02, 0.002), DAYS))), random)
    rule = forecast(history, kind=lambda random, n: of_volatility(n), take_profit=0.04, stop_loss=0.04)
    found = verdict(history, rule, model=mc.fit(history, "bootstrap", bars=True), iterations=256, seed=1, scored=40)
    assert found.areas["low"].iloc[0] > 0.55


def of_volatility(n):
    return Logistic(0.0, (0.0,) * (2 * n - 1) + (1.0,))


def test_the_interval_of_an_area_comes_from_the_paths():
    """Copies of a path tell nothing new: twice the signals, and the same interval."""
    random = np.random.default_rng(2)
    scores = random.normal(size=(60, 30))
    labels = scores + random.normal(0, 2, scores.shape) > 0
    one, two = clustered_area(scores, labels), clustered_area(np.tile(scores, (2, 1)), np.tile(labels, (2, 1)))
    np.testing.assert_allclose(two, one, rtol=1e-12)
    assert 0.5 < one.low < one.value < one.high
    by_hand = np.mean(scores[labels][:, None] > scores[~labels])
    assert one.value == pytest.approx(by_hand, rel=1e-12)
    assert all(np.isnan(clustered_area(scores, np.ones_like(labels))))


def test_a_rule_without_a_model_has_no_scores():
    simulation = mc.Simulation(model=mc.GbmModel(50.0, 0.1, 0.2), strategy=mc.Momentum(2), seed=1)
    assert areas_on_paths(simulation, 5).empty


def test_shares_count_ties_and_leave_out_what_is_undefined():
    paths = pd.DataFrame({"return": [0.1, 0.2, 0.2, 0.3], "sharpe": [np.nan, 1.0, 2.0, np.nan]})
    table = compared({"return": 0.2, "sharpe": np.nan}, paths).set_index("statistic")
    assert table.loc["return", ["real", "median", "share", "histories"]].tolist() == [0.2, 0.2, 0.75, 4]
    assert table.loc["sharpe", ["median", "histories"]].tolist() == [1.5, 2]
    assert table.loc["sharpe", ["share", "low", "high"]].isna().all()


def test_the_same_seed_gives_the_same_verdict_and_the_sentence_says_it():
    history = wandering()
    one, two = (verdict(history, forecast(history), iterations=256, seed=4, scored=2) for _ in range(2))
    assert one.table.equals(two.table)
    assert str(one) == one.sentence == two.sentence
    assert one.sentence.startswith("On the 300 days it had not seen, the rule ")
    assert "; of 256 histories without any memory " in one.sentence


def test_a_rule_whose_fills_are_not_those_of_its_training_is_told():
    history = wandering()
    found = verdict(history, forecast(history), iterations=256, seed=4, scored=2, fill="next-open")
    assert "the model random was trained for fill next-close, and is judged with next-open" in found.warnings


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"unseen_from": None}, "unseen_from must be given, because only a trained model says what it has seen"),
        ({"unseen_from": "2002"}, "unseen_from must be a date, not '2002'"),
        ({"unseen_from": date(2003, 8, 1)}, "unseen_from 2003-08-01 leaves 26 days to judge by, and it takes 60"),
        ({"unseen_from": date(2001, 1, 2)}, "unseen_from 2001-01-02 has 1 close before it, and momentum needs 10"),
        ({"unseen_from": date(2002, 1, 1), "iterations": 2_000_000}, "iterations must be 1,000,000 at most"),
        ({"unseen_from": date(2002, 1, 1), "scored": 1}, "scored must be a whole number from 2"),
        ({"unseen_from": date(2002, 1, 1), "model": "moon"}, "model must be one of"),
    ],
)
def test_what_cannot_be_judged_is_refused(told, message):
    with pytest.raises(mc.ParameterError, match=f"^{message}"):
        verdict(wandering(), mc.Momentum(9), **told)


def test_a_forecast_is_judged_from_the_day_that_its_model_says():
    history = wandering()
    found = verdict(history, forecast(history, kind=random_trees), iterations=256, seed=1, scored=2)
    assert isinstance(found, Verdict)
    assert found.unseen_from == history.bars.index[SEEN].date()
    assert len(found.backtest.equity) == DAYS - SEEN + 1 + 16
