"""Statistics and their intervals against other ways to them: formulas, SciPy, and how often an interval is right."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import montecarlo as mc
from montecarlo.experiments.reference import simulate_rows
from montecarlo.statistics.critical_values import of_deviation, of_shortfall
from montecarlo.statistics.estimators import annualised, proportion_estimate, quantile_estimate
from montecarlo.statistics.histogram import RELATIVE_ERROR, Distribution, rank_of
from montecarlo.statistics.summary import BEFORE_CONTROLS, STATISTICS, summarise, summary_from_csv, summary_to_csv
from montecarlo.statistics.tail_shape import tails
from montecarlo.statistics.tally import Tally
from tests.calibration.critical_values import deviation_distance

PATHS = 3000
Z = stats.norm.ppf(0.975)
RULES = mc.Rules(capital=5000, shares=60, commission=0.002, slippage=0.001, risk_free=0.03)
SIMULATION = mc.Simulation(
    model=mc.GbmModel(start_price=50.0, drift=0.2, volatility=0.9),
    strategy=mc.SmaCrossover(short=5, long=20),
    rules=RULES,
    days=60,
    iterations=PATHS,
    seed=3,
)


@pytest.fixture(scope="module")
def rows():
    return simulate_rows(SIMULATION, 0, PATHS)


@pytest.fixture(scope="module")
def exact(rows):
    return by_name(summarise_all(Tally.of(rows), rows))


@pytest.fixture(scope="module")
def binned(rows):
    return by_name(summarise_all(Tally.of(rows)))


def summarise_all(tally, rows=None):
    return summarise(tally, RULES, SIMULATION.days, 252, rows)


def by_name(summary):
    """(value, low, high) of each statistic."""
    return {name: tuple(estimate) for name, *estimate in summary.itertuples(index=False)}


def first_paths(rows, count):
    few = {name: column[:count] for name, column in rows.items()}
    return by_name(summarise_all(Tally.of(few), few))


def test_a_summary_has_every_statistic_in_its_order(rows):
    summary = summarise_all(Tally.of(rows), rows)
    assert list(summary) == ["statistic", "value", "low", "high"]
    assert summary["statistic"].tolist() == list(STATISTICS)


def test_what_is_known_has_no_interval(exact, rows):
    nan = pytest.approx(math.nan, nan_ok=True)
    assert exact["paths"] == (PATHS, nan, nan)
    assert exact["capital"] == (5000, nan, nan)
    assert exact["commission"] == (0.002, nan, nan)
    assert exact["slippage"] == (0.001, nan, nan)
    assert exact["risk_free"] == (0.03, nan, nan)
    assert exact["unfilled_paths"] == (rows["unfilled"].sum(), nan, nan)
    assert exact["absorbed_paths"] == (0, nan, nan)
    assert rows["unfilled"].sum() > 0


MEANS = ("max_drawdown", "annual_volatility", "sharpe", "sortino", "calmar", "longest_drawdown", "turnover")


@pytest.mark.parametrize("name", MEANS)
def test_a_mean_is_between_the_ends_of_the_central_limit_theorem(exact, rows, name):
    defined = rows[name][~np.isnan(rows[name])]
    interval = stats.norm.interval(0.95, loc=defined.mean(), scale=stats.sem(defined))
    assert exact[f"{name}_mean"] == pytest.approx((defined.mean(), *interval))


def test_the_mean_return_lies_where_halls_cubic_of_the_studentised_mean_has_a_normals_ends(binned, rows):
    """Hall (1992): the cubic takes the skewness away; that of the histogram serves, with rows and without."""
    value, *ends = binned["return_mean"]
    skewness = stats.skew(rows["return"]) / math.sqrt(PATHS)
    assert abs(skewness) > 0.01
    for end, quantile in zip(ends, (Z, -Z), strict=True):
        t = (value - end) / stats.sem(rows["return"])
        cubic = t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / 6
        assert cubic == pytest.approx(quantile, abs=1e-3)


def test_a_mean_is_over_the_paths_on_which_a_ratio_is_defined(made_up_rows):
    ratios = np.random.default_rng(1).normal(1, 2, 500)
    ratios[::3] = np.nan
    interval = stats.norm.interval(0.95, loc=np.nanmean(ratios), scale=stats.sem(ratios, nan_policy="omit"))
    got = by_name(summarise_all(Tally.of(made_up_rows(500, sortino=ratios))))["sortino_mean"]
    assert got == pytest.approx((np.nanmean(ratios), *interval))


def test_compound_growth_is_that_of_the_median_return(exact):
    expected = [(1 + value) ** (252 / SIMULATION.days) - 1 for value in exact["return_median"]]
    assert exact["annual_return_median"] == pytest.approx(tuple(expected), rel=1e-12)


@pytest.mark.parametrize(
    ("total", "days", "rate"),
    [
        (0.0, 7, 0.0),
        (0.21, 504, 0.1),
        (0.1, 252, 0.1),
        (-1.0, 60, -1.0),
        (1e-30, 126, 2e-30),
        (-1.5, 60, math.nan),
        (math.nan, 60, math.nan),
    ],
)
def test_the_return_per_year_compounds_to_the_whole(total, days, rate):
    assert annualised(total, days, 252) == pytest.approx(rate, rel=1e-14, nan_ok=True)


def test_a_rate_that_no_double_holds_is_undefined():
    assert math.isnan(annualised(100.0, 1, 252))


def test_the_win_rate_is_of_all_trades_with_paths_as_units(exact, rows):
    """The interval that the residuals of a regression through the origin give."""
    wins, trades = rows["wins"], rows["trades"]
    rate = wins.sum() / trades.sum()
    half = Z * np.sqrt(((wins - rate * trades) ** 2).sum() / (PATHS - 1) / PATHS) / trades.mean()
    assert exact["win_rate"] == pytest.approx((rate, rate - half, rate + half))


def test_trades_that_win_or_lose_together_make_the_win_rate_less_sure(made_up_rows):
    """100 paths of 9 trades: their wins mixed within each path, or all alike."""
    generator = np.random.default_rng(1)
    mixed, alike = generator.binomial(9, 0.5, 100), 9 * generator.binomial(1, 0.5, 100)
    width = {}
    for name, wins in (("mixed", mixed), ("alike", alike)):
        rows = made_up_rows(100, wins=wins, trades=np.full(100, 9))
        _, low, high = by_name(summarise_all(Tally.of(rows)))["win_rate"]
        width[name] = high - low
    assert width["alike"] / width["mixed"] == pytest.approx(3, rel=0.25)


@pytest.mark.parametrize(("wins", "trades", "rate"), [(0, 0, math.nan), (3, 3, 1.0), (0, 3, 0.0)])
def test_where_all_trades_end_alike_the_win_rate_has_no_interval(made_up_rows, wins, trades, rate):
    rows = made_up_rows(20, wins=np.full(20, wins), trades=np.full(20, trades))
    nan = pytest.approx(math.nan, nan_ok=True)
    summary = by_name(summarise_all(Tally.of(rows)))
    assert summary["win_rate"] == (pytest.approx(rate, nan_ok=True), nan, nan)


def test_what_no_path_has_has_no_mean(made_up_rows):
    rows = made_up_rows(20, sortino=np.full(20, np.nan), calmar=[2.5] + [np.nan] * 19)
    summary = by_name(summarise_all(Tally.of(rows)))
    assert np.isnan(summary["sortino_mean"]).all()
    assert summary["calmar_mean"] == (2.5, *[pytest.approx(math.nan, nan_ok=True)] * 2)


def test_the_standard_deviation_is_studentised_on_the_logarithms_scale(summary_of_returns):
    returns = np.random.default_rng(2).lognormal(0.5, 0.3, 3000) - 1
    deviation = returns.std(ddof=1)
    lower, upper = of_deviation(*tails(Distribution.of_sample(returns)))
    value, low, high = summary_of_returns(returns)["return_std"]
    assert value == pytest.approx(deviation)
    for end, critical in ((low, upper), (high, lower)):
        distance = deviation_distance(returns[None, :], end).item()
        assert distance == pytest.approx(critical, abs=2e-3)
    assert low < deviation < high


def test_a_standard_deviation_has_no_interval_where_paths_are_too_few_or_tails_too_heavy(summary_of_returns):
    generator = np.random.default_rng(3)
    fewer, heavy = generator.normal(0, 1, 99), generator.lognormal(0, 2.5, 5000) - 1
    for returns in (fewer, heavy):
        value, *ends = summary_of_returns(returns)["return_std"]
        assert value == pytest.approx(returns.std(ddof=1))
        assert np.isnan(ends).all()


@pytest.mark.parametrize(
    ("name", "column", "probability"),
    [
        ("return_q01", "return", 0.01),
        ("return_q05", "return", 0.05),
        ("return_q25", "return", 0.25),
        ("return_median", "return", 0.5),
        ("return_q75", "return", 0.75),
        ("return_q95", "return", 0.95),
        ("return_q99", "return", 0.99),
        ("max_drawdown_q95", "max_drawdown", 0.95),
    ],
)
def test_a_quantile_is_an_order_statistic_between_two_others(exact, rows, name, column, probability):
    ordered = np.sort(rows[column])
    low, high = (int(stats.binom.ppf(tail, PATHS, probability)) for tail in (0.025, 0.975))
    value = np.quantile(rows[column], probability, method="inverted_cdf")
    assert exact[name] == (value, ordered[low - 1], ordered[high])


@pytest.mark.parametrize(("percent", "quantile"), [(95, "return_q05"), (99, "return_q01")])
def test_value_at_risk_is_minus_the_quantile(exact, percent, quantile):
    value, low, high = exact[quantile]
    assert exact[f"value_at_risk_{percent}"] == (-value, -high, -low)


@pytest.mark.parametrize(("percent", "probability"), [(95, 0.05), (99, 0.01)])
def test_expected_shortfall_is_minus_the_mean_of_the_worst(exact, rows, percent, probability):
    returns = np.sort(rows["return"])
    worst = round(PATHS * probability)
    quantile = returns[worst - 1]
    influence = -quantile + np.maximum(quantile - returns, 0) / probability
    value = -returns[:worst].mean()
    error = influence.std(ddof=1) / math.sqrt(PATHS)
    lower, upper = of_shortfall(worst)
    expected = (value, value - upper * error, value - lower * error)
    assert exact[f"expected_shortfall_{percent}"] == pytest.approx(expected)
    assert value > exact[f"value_at_risk_{percent}"][0]


@pytest.mark.parametrize("name", ["probability_of_loss", "probability_of_beating_buy_and_hold"])
def test_a_probability_has_wilsons_interval(exact, rows, name):
    events = {
        "probability_of_loss": rows["final_value"] < 5000,
        "probability_of_beating_buy_and_hold": rows["final_value"] > rows["buy_and_hold_value"],
    }[name]
    interval = stats.binomtest(int(events.sum()), PATHS).proportion_ci(0.95, method="wilson")
    assert exact[name] == pytest.approx((events.mean(), *interval))


@pytest.mark.parametrize(("events", "paths"), [(0, 1), (1, 1), (0, 50), (50, 50), (1, 10**12)])
def test_wilsons_interval_at_its_ends(events, paths):
    value, low, high = proportion_estimate(events, paths)
    interval = stats.binomtest(events, paths).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx(tuple(interval), rel=1e-6, abs=1e-15)
    assert 0 <= low <= value <= high <= 1


@pytest.mark.parametrize("paths", [1, 7, 200, 2000, 20_001, 10**12])
def test_wilsons_interval_ends_at_0_where_there_is_none_and_at_1_where_all_are(paths):
    (_, low, _), (_, _, high) = proportion_estimate(0, paths), proportion_estimate(paths, paths)
    assert (low, high) == (0.0, 1.0)


@given(paths=st.integers(1, 2000), probability=st.sampled_from([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]))
def test_the_ranks_of_a_quantiles_interval_are_the_narrowest_that_cover_it(paths, probability):
    """The quantile lies between ranks l and u with the chance that l to u - 1 of the paths lie below it."""
    _, low, high = quantile_estimate(Distribution.of_sample(np.arange(1.0, paths + 1)), paths, probability)
    below = stats.binom(paths, probability)
    low = 0 if math.isnan(low) else int(low)
    high = paths + 1 if math.isnan(high) else int(high)
    assert below.cdf(low - 1) < 0.025 <= below.cdf(low)
    assert below.cdf(high - 2) < 0.975 <= below.cdf(high - 1)


@pytest.mark.parametrize("paths", [10**6, 10**9, 10**12])
@pytest.mark.parametrize("probability", [0.01, 0.5, 0.99])
def test_the_ranks_of_very_many_paths_are_those_of_the_normal_approximation(paths, probability):
    """The lower end falls among the values 2, the quantile among the values 3, the upper end among the values 4."""
    spread = math.sqrt(paths * probability * (1 - probability))
    low, high = paths * probability - Z * spread, paths * probability + Z * spread
    near = 0.01 * spread + 2
    cumulative = [0, *(int(edge) for edge in (low - near, low + near, high - near, high + near)), paths]
    distribution = Distribution(np.arange(1.0, 6), np.diff(cumulative))
    assert quantile_estimate(distribution, paths, probability) == (3, 2, 4)


@pytest.mark.parametrize(
    ("probability", "paths", "rank"),
    [(0.05, 20, 1), (0.05, 21, 2), (0.05, 19, 1), (0.01, 300, 3), (0.95, 20, 19), (0.99, 1, 1), (0.5, 3, 2)],
)
def test_a_quantile_is_the_smallest_rank_that_reaches_its_share(probability, paths, rank):
    """0.05 of 20 is exactly 1, whatever binary fractions make of it."""
    assert rank_of(probability, paths) == rank


EXPERIMENTS = 400


@pytest.fixture(scope="module")
def experiments():
    """Small samples of log-normal returns, shape (experiments, paths)."""
    return np.random.default_rng(5).lognormal(0.05, 0.3, (EXPERIMENTS, 600)) - 1


def true_quantile(probability):
    return stats.lognorm(0.3, scale=math.exp(0.05)).ppf(probability) - 1


@pytest.fixture(scope="session")
def summary_of_returns(made_up_rows):
    """Makes the summary of paths of which only the returns are known."""

    def make(returns):
        rows = made_up_rows(len(returns), **{"return": returns, "max_drawdown": np.maximum(-returns, 0)})
        return by_name(summarise_all(Tally.of(rows), rows))

    return make


@pytest.fixture(scope="module")
def summaries(experiments, summary_of_returns):
    return [summary_of_returns(returns) for returns in experiments]


def true_values():
    values = {
        "return_mean": math.exp(0.05 + 0.3**2 / 2) - 1,
        "return_std": stats.lognorm(0.3, scale=math.exp(0.05)).std(),
        "probability_of_loss": stats.norm.cdf(-0.05 / 0.3),
    }
    for name, probability in (("q01", 0.01), ("q05", 0.05), ("median", 0.5), ("q95", 0.95), ("q99", 0.99)):
        values[f"return_{name}"] = true_quantile(probability)
    for percent, probability in ((95, 0.05), (99, 0.01)):
        values[f"value_at_risk_{percent}"] = -true_quantile(probability)
        # The mean of a log-normal below its quantile.
        beyond = math.exp(0.05 + 0.3**2 / 2) * stats.norm.cdf(stats.norm.ppf(probability) - 0.3) / probability
        values[f"expected_shortfall_{percent}"] = 1 - beyond
    return values


@pytest.mark.parametrize("name", true_values())
def test_intervals_hold_the_truth_about_as_often_as_they_say(summaries, name):
    """In 95 % of 400 samples, give or take 4 standard deviations, though the worst 1 % are six paths."""
    truth = true_values()[name]
    held = np.mean([low <= truth <= high for _, low, high in (summary[name] for summary in summaries)])
    assert 0.95 - 4 * math.sqrt(0.95 * 0.05 / EXPERIMENTS) <= held <= 0.995


def test_without_rows_quantiles_are_within_the_error_that_the_summary_states(exact, binned):
    assert exact["quantile_error"][0] == 0
    assert binned["quantile_error"][0] == RELATIVE_ERROR
    for name in STATISTICS:
        if name.startswith(("return_q", "return_median")):
            np.testing.assert_allclose(1 + np.array(binned[name]), 1 + np.array(exact[name]), rtol=RELATIVE_ERROR)
        elif name.startswith(("value_at_risk", "expected_shortfall")):
            np.testing.assert_allclose(1 - np.array(binned[name]), 1 - np.array(exact[name]), rtol=2 * RELATIVE_ERROR)
        elif name == "annual_return_median":
            assert np.abs(np.array(binned[name]) - exact[name]).max() < RELATIVE_ERROR * 252 / 60 * 2
        elif name == "max_drawdown_q95":
            np.testing.assert_allclose(binned[name], exact[name], rtol=RELATIVE_ERROR)
        elif name != "quantile_error":
            np.testing.assert_array_equal(binned[name], exact[name])
    assert any(binned[name] != exact[name] for name in STATISTICS if name.startswith("return_q"))


UNDEFINED_FOR_ONE_PATH = {
    "value": {"return_std", *(name for name in STATISTICS if name.endswith("_controlled"))},
    "both ends": {
        *("return_mean", "return_std", "return_median", "max_drawdown_mean", "max_drawdown_q95"),
        *("expected_shortfall_95", "expected_shortfall_99"),
    },
}


def test_what_one_path_cannot_tell_is_empty(rows):
    alone = first_paths(rows, 1)
    assert {name for name, (value, *_) in alone.items() if math.isnan(value)} == UNDEFINED_FOR_ONE_PATH["value"]
    for name in UNDEFINED_FOR_ONE_PATH["both ends"]:
        assert np.isnan(alone[name][1:]).all(), name
    assert alone["return_mean"][0] == alone["return_median"][0] == alone["return_q99"][0] == rows["return"][0]
    assert not np.isnan(alone["probability_of_loss"]).any()


def test_an_end_that_no_path_reaches_is_empty(rows):
    """Of 100 paths none may lie below the 1 % quantile, so nothing bounds it from below."""
    value, low, high = first_paths(rows, 100)["return_q01"]
    assert math.isnan(low)
    assert value < high


def test_expected_shortfall_has_no_interval_where_four_paths_are_that_bad(rows):
    """The worst 5 % of 80 paths are four; nobody knows how far others might fall."""
    value, *ends = first_paths(rows, 80)["expected_shortfall_95"]
    assert value == pytest.approx(-np.sort(rows["return"][:80])[:4].mean())
    assert np.isnan(ends).all()
    assert not np.isnan(first_paths(rows, 81)["expected_shortfall_95"]).any()


@pytest.mark.processors
@pytest.mark.parametrize(("worse", "known"), [([], False), ([0.1, 0.1, 0.2], False), ([0.1, 0.1, 0.2, 0.2], True)])
def test_expected_shortfall_has_an_interval_where_enough_paths_are_worse_than_the_quantile(
    summary_of_returns, worse, known
):
    """Of 200 paths the tenth worst is the 5 % quantile; as bad are many, and those that are worse are counted."""
    returns = np.array([*worse, *[0.1 + 0.2] * (100 - len(worse)), *[0.4] * 100])
    _, *ends = summary_of_returns(returns)["expected_shortfall_95"]
    assert [math.isnan(end) for end in ends] == [not known] * 2


@pytest.mark.processors
def test_equal_returns_do_not_deviate(summary_of_returns):
    summary = summary_of_returns(np.full(50, 0.1))
    assert summary["return_mean"] == pytest.approx((0.1, 0.1, 0.1))
    assert summary["return_std"] == pytest.approx((0, math.nan, math.nan), nan_ok=True)
    assert summary["return_median"] == (0.1, 0.1, 0.1)


def test_a_small_deviation_about_a_large_mean_is_not_lost(summary_of_returns):
    returns = 1000 + np.random.default_rng(1).normal(0, 0.01, 2000)
    value, *_ = summary_of_returns(returns)["return_std"]
    assert value == pytest.approx(returns.std(ddof=1), rel=1e-4)


def test_no_value_is_minus_zero(made_up_rows):
    names = ("return", "max_drawdown", "final_price", "final_value", "buy_and_hold_value", "sharpe", "sortino")
    rows = made_up_rows(30, **dict.fromkeys(names, np.zeros(30)))
    summary = summarise_all(Tally.of(rows), rows)
    assert not np.signbit(summary[["value", "low", "high"]].fillna(1.0)).any(axis=None)


def test_a_summary_as_csv_reads_back_as_the_same_bits(rows):
    summary = summarise_all(Tally.of(rows), rows)
    content = summary_to_csv(summary)
    again = summary_from_csv(content)
    assert again.equals(summary)
    assert summary_to_csv(again) == content


def test_what_is_undefined_is_an_empty_field(rows):
    few = {name: column[:1] for name, column in rows.items()}
    records = csv.DictReader(io.StringIO(summary_to_csv(summarise_all(Tally.of(few), few)).decode()))
    (deviation,) = (record for record in records if record["statistic"] == "return_std")
    assert deviation == {"statistic": "return_std", "value": "", "low": "", "high": ""}


@pytest.mark.parametrize("names", [list(STATISTICS), BEFORE_CONTROLS], ids=["5", "4"])
def test_the_summaries_of_this_engine_and_of_the_one_before_are_whole(names):
    SIMULATION.require_whole("summary.csv", table_of(names))
    with pytest.raises(ValueError, match="lines below the header"):
        SIMULATION.require_whole("summary.csv", table_of(names[:-1]))
    with pytest.raises(ValueError, match="other statistics"):
        SIMULATION.require_whole("summary.csv", table_of([*names[:-1], "something"]))


def table_of(names):
    return b"statistic,value,low,high\n" + b"".join(f"{name},1,,\n".encode() for name in names)
