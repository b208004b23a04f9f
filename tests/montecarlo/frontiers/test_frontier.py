"""Random weightings, the efficient frontier, the band of other draws, and what is said of them."""

import re

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.joint_history import align
from montecarlo.frontiers.elsewhere import band_of
from montecarlo.frontiers.moments import Moments
from montecarlo.frontiers.solver import Solver
from montecarlo.models.joint import fit_joint
from tests.montecarlo.frontiers.exact import bounds

MEASURES = ["expected_return", "volatility", "sharpe"]


def measured(joint, weights, risk_free=0.0):
    """By pandas, of the history itself."""
    returns = pd.DataFrame(joint.closes).pct_change().dropna()
    mixed = returns.to_numpy() @ np.asarray(weights)
    expected, volatility = mixed.mean() * 252, mixed.std(ddof=1) * np.sqrt(252)
    return expected, volatility, (expected - risk_free) / volatility


def test_the_band_begins_where_nearly_all_draws_have_a_weighting_that_is_so_calm():
    draws = [Moments(np.array([0.1, 0.2]), size * np.array([[0.04, 0.01], [0.01, 0.09]]), 0.0) for size in range(1, 22)]
    solvers = [Solver(draw, bounds(symbols=("A", "B"))) for draw in draws]
    least = sorted(draw.weighting(solver.calmest()).volatility for draw, solver in zip(draws, solvers, strict=True))
    band = band_of(solvers, draws, 3.0, tell=lambda done: None)
    assert band["volatility"].iloc[[0, -1]].tolist() == [least[19], 3.0]  # 20 of 21


def test_each_weighting_has_the_moments_that_its_days_have(joint, found):
    rows = pd.concat([found.random.head(3), found.efficient.iloc[[0, 9, -1]]])
    for row in rows.itertuples(index=False):
        np.testing.assert_allclose(row[:3], measured(joint, row[3:]), rtol=1e-9)
    for each in (found.best, found.calmest, found.equal, found.best_random, *found.alone):
        found_by_days = measured(joint, each.weights)
        np.testing.assert_allclose((each.expected_return, each.volatility, each.sharpe), found_by_days, rtol=1e-9)


def test_the_best_and_the_calmest_of_the_random_ones_are_those(found):
    assert found.best_random.sharpe == found.random["sharpe"].max()
    assert found.calmest_random.volatility == found.random["volatility"].min()
    row = found.random.loc[found.random["sharpe"].idxmax()]
    assert found.best_random.weights == tuple(row[list(found.symbols)])


def test_no_random_weighting_is_better_than_the_frontier(found):
    assert found.best.sharpe >= found.best_random.sharpe
    assert found.calmest.volatility <= found.calmest_random.volatility
    at = np.interp(found.random["volatility"], found.efficient["volatility"], found.efficient["expected_return"])
    assert (found.random["expected_return"] <= at + 0.01).all(), (
        "a line between points lies a little below the frontier"
    )
    returns = found.efficient["expected_return"]
    np.testing.assert_allclose(returns, np.linspace(found.calmest.expected_return, returns.iloc[-1], 20), atol=1e-6)
    assert returns.iloc[-1] == max(each.expected_return for each in found.alone)
    assert found.efficient["volatility"].is_monotonic_increasing
    assert found.efficient["sharpe"].max() <= found.best.sharpe + 1e-9


def test_cash_of_what_was_asked_earns_the_risk_free_rate(joint):
    found = mc.frontier(joint, weightings=10, points=2, draws=20, asked=(0.5, 0.1, 0.1, 0.2), risk_free=0.04, seed=7)
    expected, volatility, _ = measured(joint, found.asked.weights)
    assert found.asked.expected_return == pytest.approx(expected + 0.1 * 0.04)
    assert found.asked.sharpe == pytest.approx((expected + 0.1 * 0.04 - 0.04) / volatility)


def test_the_band_holds_what_each_draw_allows(joint, found):
    """At three volatilities, asked of each draw anew."""
    returns, covariances = fit_joint(joint, "normal").redrawn_moments(7, 0, 60)
    draws = [Moments(*each, 0.0) for each in zip(returns, covariances, strict=True)]
    within = bounds(symbols=found.symbols)
    for row in found.band.iloc[[3, 8, 14]].itertuples():
        richest = []
        for draw in draws:
            solver = Solver(draw, within)
            most = draw.weighting(solver.richest())
            if draw.weighting(solver.calmest()).volatility > row.volatility:
                continue
            enough = most.volatility <= row.volatility
            richest.append(most if enough else draw.weighting(solver.richest_at(row.volatility)))
        low, median, high = np.quantile([each.expected_return for each in richest], (0.05, 0.5, 0.95))
        np.testing.assert_allclose((row.low, row.median, row.high), (low, median, high), rtol=1e-6)
    assert found.band["volatility"].is_monotonic_increasing
    assert found.band.iloc[-1]["volatility"] == pytest.approx(found.efficient.iloc[-1]["volatility"])


def test_elsewhere_each_draw_is_its_own_judge(joint, found):
    returns, covariances = fit_joint(joint, "normal").redrawn_moments(7, 0, 60)
    elsewhere = found.elsewhere
    assert len(elsewhere) == 60
    weights = elsewhere[list(found.symbols)].to_numpy()
    for column, held in (
        ("best_sharpe", weights),
        ("sharpe", np.tile(found.best.weights, (60, 1))),
        ("equal_sharpe", np.full((60, 4), 0.25)),
        ("asked_sharpe", np.tile(found.asked.weights, (60, 1))),
    ):
        above = (held * returns).sum(axis=1) / np.sqrt(np.einsum("ij,ijk,ik->i", held, covariances, held))
        np.testing.assert_allclose(elsewhere[column], above, rtol=1e-9)
    for column in ("sharpe", "equal_sharpe", "asked_sharpe"):
        assert (elsewhere["best_sharpe"] >= elsewhere[column] - 1e-9).all()
    assert (elsewhere["best_here"] <= found.best.sharpe + 1e-9).all()
    np.testing.assert_allclose(elsewhere["kept"], np.minimum(weights, found.best.weights).sum(axis=1))
    within = bounds(symbols=found.symbols)
    own = [Solver(Moments(*each, 0.0), within).calmest() for each in zip(returns, covariances, strict=True)]
    np.testing.assert_allclose(elsewhere["calmest_kept"], np.minimum(own, found.calmest.weights).sum(axis=1))


def test_the_sentence_has_the_figures(found):
    text, elsewhere = found.sentence(), found.elsewhere
    assert text == str(found)
    assert f"has a Sharpe ratio of {found.best.sharpe:.2f} (equal weights: {found.equal.sharpe:.2f})" in text
    kept = re.search(r"leaves ([\d.]+) % of the money where this one has it, on the median, and ([\d.]+) %", text)
    assert float(kept[1]) == pytest.approx(100 * elsewhere["kept"].median(), abs=0.5)
    assert float(kept[2]) == pytest.approx(100 * elsewhere["kept"].quantile(0.05), abs=0.5)
    calmest = elsewhere["calmest_kept"].median()
    assert calmest > elsewhere["kept"].median()
    assert f"that of the least volatility, is known better: it leaves {100 * calmest:.0f} % where it is." in text
    low, high = elsewhere["equal_sharpe"].quantile([0.05, 0.95])
    assert f"equal weights {low:.2f} to {high:.2f}" in text
    ahead = (elsewhere["sharpe"] > elsewhere["equal_sharpe"]).mean()
    assert f"ahead of them in {100 * ahead:.0f} %" in text
    assert f"asked about has {found.asked.sharpe:.2f} here" in text
    assert "AAPL alone has" in text
    assert " ".join(found.paragraphs()) == text
    assert [each.split()[0] for each in found.paragraphs()] == ["On", "In", "Whoever", "The"]


def test_where_nothing_beats_the_risk_free_rate_none_is_called_best(joint):
    found = mc.frontier(joint, weightings=10, points=2, draws=20, risk_free=0.9, seed=7)
    # Below the rate a higher Sharpe ratio is only more volatility: it is the highest return, and is called that.
    assert list(found.table["weighting"][:2]) == ["highest return", "least volatility"]
    assert found.best.expected_return == max(each.expected_return for each in found.alone)
    text = found.sentence()
    assert text.startswith(
        "On this history no weighting had more than the risk-free rate, so that none is best; AAPL 100 %"
    )


def test_equal_weights_that_are_asked_about_are_told_once(joint):
    equal = (1 / len(joint.symbols),) * len(joint.symbols)
    asked = mc.frontier(joint, weightings=10, points=2, draws=20, asked=equal, seed=7)
    assert asked.sentence() == mc.frontier(joint, weightings=10, points=2, draws=20, seed=7).sentence()


def test_one_symbol_has_nothing_to_weight():
    alone = align([mc.load_history("IBM", source="sample")])
    found = mc.frontier(alone, weightings=10, points=3, draws=20, asked=(0.4,), seed=7)
    assert found.best.weights == found.calmest.weights == (1.0,)
    assert found.sentence() == "With IBM alone there is nothing to weight."
    assert len(found.efficient) == 3


def test_the_same_seed_gives_the_same_and_the_seed_is_told(joint, found):
    again = mc.frontier(joint, weightings=2000, points=20, draws=60, asked=(0.5, 0.1, 0.1, 0.2), seed=7)
    for name in ("random", "efficient", "band", "elsewhere"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))
    unasked = mc.frontier(joint, weightings=10, points=2, draws=20)
    repeated = mc.frontier(joint, weightings=10, points=2, draws=20, seed=unasked.seed)
    pd.testing.assert_frame_equal(unasked.elsewhere, repeated.elsewhere)
    assert unasked.asked is None
    assert "asked_sharpe" not in unasked.elsewhere


def test_all_that_is_wrong_is_said_at_once(joint):
    with pytest.raises(mc.ParameterError) as error:
        mc.frontier(
            joint, weightings=0, points=1, draws=3, lowest=0.9, risk_free=7, asked=(0.9, 0.9, 0.1, 0.1), seed=-1
        )
    assert set(error.value.problems) == {"weightings", "points", "draws", "lowest", "risk_free", "asked", "seed"}
    assert error.value.problems["asked"] == "must add up to 1 at most, not to 2"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((0.5, 0.5), "must have a weight for each of AAPL, GOOG, IBM, MSFT, not 2 weights"),
        ((0.5, -0.5, 0.1, 0.1), "must have weights from 0 to 1, not -0.5"),
    ],
)
def test_a_weighting_that_cannot_be_asked_about_is_refused(joint, asked, said):
    with pytest.raises(mc.ParameterError, match=said):
        mc.frontier(joint, asked=asked)


def test_progress_goes_from_0_to_1(joint):
    told = []
    mc.frontier(joint, weightings=10, points=2, draws=20, seed=7, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 1


def test_the_table_names_the_weightings(found):
    table = found.table.set_index("weighting")
    assert list(table.columns) == [*MEASURES, *found.symbols]
    assert tuple(table.loc["highest Sharpe ratio", list(found.symbols)]) == found.best.weights
    assert table.loc["asked", "sharpe"] == found.asked.sharpe
