"""Charts of what a portfolio does."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo import charts
from montecarlo.charts.stylized import FURTHEST
from montecarlo.charts.weighting import MOST_POINTS
from tests.montecarlo.charts.figures import traces
from tests.montecarlo.charts.portfolio_tables import (
    BEATING,
    CONTRIBUTIONS,
    CORRELATIONS,
    EQUITY,
    STYLIZED_FACTS,
    drifted,
)


def test_weights_stand_beside_what_each_symbol_loses_with_its_interval():
    figure = charts.contributions(CONTRIBUTIONS)
    [weight], [shortfall] = traces(figure, "weight at the beginning"), traces(figure, "of the expected shortfall")
    assert list(shortfall.y) == list(weight.y) == ["KO", "cash", "MSFT", "AAPL"], "from below"
    assert list(weight.x) == [0.3, 0.1, 0.3, 0.3]
    assert list(shortfall.x) == [-0.01, -0.002, 0.062, 0.2]
    np.testing.assert_allclose(shortfall.x + shortfall.error_x.array, [0.01, -0.001, 0.07, 0.22])
    np.testing.assert_allclose(shortfall.x - shortfall.error_x.arrayminus, [-0.02, -0.003, 0.06, 0.19])
    assert figure.layout.title.text == "AAPL is 30 % of the capital and 80 % of the shortfall"


def test_cash_that_is_not_there_is_not_drawn():
    without = CONTRIBUTIONS.copy()
    numbers = without.columns.drop("symbol")
    without.loc[without["symbol"] == "cash", numbers] = 0.0
    [weight] = traces(charts.contributions(without), "weight at the beginning")
    assert "cash" not in weight.y


def test_a_symbol_that_loses_more_than_the_whole_account_is_told_in_parts_of_the_capital():
    hedged = CONTRIBUTIONS.assign(
        expected_shortfall_95=[0.2, -0.16, 0.012, -0.002], share_of_expected_shortfall_95=[4.0, -3.2, 0.24, -0.04]
    )
    title = charts.contributions(hedged).layout.title.text
    assert title == "Where the account loses 5.0 % of the capital, AAPL loses 20 %"


def test_where_the_worst_paths_gain_no_shares_of_a_loss_are_told():
    gains = CONTRIBUTIONS.assign(expected_shortfall_95=-CONTRIBUTIONS["expected_shortfall_95"])
    assert charts.contributions(gains).layout.title.text == "Even the worst 5 % of the paths do not lose on average"


def test_odds_against_each_symbol_stand_below_those_against_simpler_weights():
    figure = charts.beating(BEATING)
    (odds,) = figure.data
    assert list(odds.y) == [
        "AAPL alone",
        "MSFT alone",
        "KO alone",
        "itself never<br>rebalanced",
        "equal weights<br>bought once",
    ], "from below"
    assert list(odds.x) == [0.45, 0.6, 0.7, 0.3, 0.48]
    np.testing.assert_allclose(odds.x + odds.error_x.array, [0.48, 0.62, 0.73, 0.32, 0.5])
    assert figure.layout.title.text == "Ends above equal weights bought once on 48 % of the paths"


def test_against_equal_weights_or_without_them_the_title_says_what_it_is_ahead_of():
    titles = [
        charts.beating(table).layout.title.text for table in (BEATING.iloc[:3], BEATING.iloc[[4]], BEATING.iloc[:0])
    ]
    assert titles == [
        "Ends above AAPL alone on 45 % of the paths",
        "Ends above itself never rebalanced on 30 % of the paths",
        "There is nothing simpler that it could end above",
    ]


def test_correlations_of_the_history_are_above_the_diagonal_and_simulated_ones_below():
    figure = charts.correlations(CORRELATIONS)
    (cells,) = figure.data
    none = np.nan
    np.testing.assert_array_equal(cells.z, [[none, 0.2, 0.5], [0.25, none, -0.3], [0.45, -0.2, none]])
    assert list(cells.x) == list(cells.y) == ["AAPL", "KO", "MSFT"]
    assert figure.layout.yaxis.autorange == "reversed", "the first row is the upper one"
    assert cells.text[2][1] == "KO and MSFT: -0.20 simulated, -0.35 to -0.10 on 95 % of the paths"
    assert (cells.zmin, cells.zmax) == (-0.3, 1.0)
    assert "0.13 in the history and 0.17 simulated" in figure.layout.title.text


def test_numbers_are_written_into_cells_that_have_room_for_them():
    names = [f"S{place}" for place in range(20)]
    pairs = [(one, other, 0.5, 0.5, 0.4, 0.6) for at, one in enumerate(names) for other in names[at + 1 :]]
    many = charts.correlations(pd.DataFrame(pairs, columns=CORRELATIONS.columns))
    assert many.data[0].texttemplate is None
    assert many.layout.height > 600
    assert charts.correlations(CORRELATIONS).data[0].texttemplate == "%{z:.2f}"


def test_one_symbol_has_no_correlations_to_draw():
    figure = charts.correlations(CORRELATIONS.iloc[:0])
    assert figure.layout.title.text == "One symbol has nothing to be correlated with"


def test_stylized_facts_place_the_history_in_the_band_of_the_paths():
    figure = charts.stylized_facts(STYLIZED_FACTS)
    [history] = traces(figure, "the history")
    assert list(history.y) == ["kurtosis of equal weights", "joint crash days", "mean correlation"], "from below"
    np.testing.assert_allclose(history.x, [FURTHEST, -0.5, 0.5])
    assert list(history.marker.symbol) == ["triangle-right", "diamond", "diamond"]
    assert list(history.customdata[0]) == [20, 5, 4, 8]
    assert figure.layout.title.text == "The history lies among 95 % of the paths in 2 of 3 stylized facts"


def test_what_is_the_same_on_all_paths_is_drawn_at_their_mean_or_outside():
    same = STYLIZED_FACTS.assign(simulated=0.5, low=0.5, high=0.5, history=[0.5, 0.6, 0.4])
    [history] = traces(charts.stylized_facts(same), "the history")
    assert list(history.x) == [-FURTHEST, FURTHEST, 0.0]


def test_a_worst_day_that_all_paths_share_with_the_history_is_among_them_whatever_its_last_digits():
    same = STYLIZED_FACTS[:1].assign(simulated=-0.0306, low=-0.0306, high=-0.0306, history=-0.0306 * (1 + 1e-7))
    figure = charts.stylized_facts(same)
    [history] = traces(figure, "the history")
    assert abs(history.x[0]) <= 1
    assert figure.layout.title.text == "The history lies among 95 % of the paths in 1 of 1 stylized fact"


def test_weights_drift_and_are_put_back():
    figure = charts.weights(drifted(["AAPL", "KO", "MSFT"]))
    [first], [cash], [back] = (traces(figure, name) for name in ("AAPL", "cash", "weights put back"))
    np.testing.assert_allclose(first.y, [0.1, 0.12, 0.14, 0.1])
    np.testing.assert_allclose(cash.y, [0.7, 0.67, 0.64, 0.7])
    assert list(back.x) == [first.x[2]]
    assert figure.layout.title.text == "Weights put back 1 time: AAPL drifted between 10 % and 14 %"


def test_days_before_the_first_fill_are_not_drawn():
    found = drifted(["AAPL", "KO"])
    found.weights.iloc[0] = [0.0, 0.0, 1.0]
    figure = charts.weights(found)
    assert figure.data[0].x[0] == found.weights.index[1]
    assert figure.layout.title.text == "Weights put back 1 time: AAPL drifted between 10 % and 12 %"


def test_of_many_symbols_those_have_colours_whose_weights_moved_furthest():
    figure = charts.weights(drifted([f"S{place}" for place in range(9)], rebalanced=()))
    coloured = {trace.name for trace in figure.data if trace.line.width == 2}
    assert coloured == {"S0", "S1", "S2", "S3", "S4"}
    assert [trace.name for trace in figure.data if trace.legendgroup == "others" and trace.showlegend] == ["4 others"]
    assert figure.layout.title.text.startswith("Weights never put back: S0")


def test_of_many_days_some_are_drawn_and_those_around_a_rebalancing_among_them():
    found = drifted(["AAPL", "KO"], days=4 * MOST_POINTS, rebalanced=(1002,))
    [line] = traces(charts.weights(found), "AAPL")
    assert len(line.x) <= MOST_POINTS + 3
    assert {found.weights.index[1001], found.weights.index[1002], found.weights.index[-1]} <= set(line.x)


def test_a_portfolio_on_the_real_history_stands_beside_its_first_weights():
    figure = charts.portfolio_equity(EQUITY, mc.Rules())
    value, drawdown = traces(figure, "portfolio")
    hold, _ = traces(figure, "never rebalanced")
    assert list(value.y) == [100_000, 99_000, 104_000]
    assert list(hold.y) == [100_000, 98_000, 102_000]
    assert min(drawdown.y) == pytest.approx(-0.01)
    assert figure.layout.title.text.startswith("From $100,000 to $104,000 (commission")


def test_long_names_of_respects_leave_room_for_the_picture():
    long = STYLIZED_FACTS.assign(statistic=["autocorrelation_of_squares_of_equal_weights", "a", "b"])
    figure = charts.stylized_facts(long)
    [history] = traces(figure, "the history")
    assert history.y[2] == "autocorrelation of squares<br>of equal weights"
    assert figure.layout.margin.l < 220


@pytest.mark.parametrize(("most", "ticks"), [(0.4, [0, 0.2, 0.4]), (0.057, [0, 0.02, 0.04]), (1.0, [0, 0.5, 1.0])])
def test_weights_have_few_round_ticks(most, ticks):
    table = CONTRIBUTIONS.assign(weight=most, final_weight_mean=most / 2)
    assert charts.contributions(table).layout.xaxis.tickvals == pytest.approx(ticks)
