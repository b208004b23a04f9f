"""How many bars make a year is found in a history's dates, and is never 252 in silence."""

import math

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.trading_year import bars_per_year


def history(frequency: str, year: int | None = None, first: str = "2016-01-01", bars: int = 120) -> PriceHistory:
    """Random prices that grow 7 % a year or so, whatever the distance of the bars."""
    index = pd.date_range(first, periods=bars, freq=frequency)
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.005, 0.026, bars)))
    return check_history(pd.DataFrame({"close": closes}, index=index), "ACME", "csv", year)


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("B", 252),
        ("D", 365),
        ("W-FRI", 52),
        ("W-MON", 52),
        ("MS", 12),
        ("ME", 12),
        ("BME", 12),
        ("QE", 4),
        ("YE", 1),
        ("C", 252),
    ],
)
def test_the_distance_of_the_bars_tells_the_year(frequency: str, expected: int) -> None:
    assert bars_per_year(pd.date_range("1960-01-01", periods=120, freq=frequency)) == expected


def test_a_market_of_sunday_to_thursday_is_open_on_five_days() -> None:
    days = pd.date_range("2022-01-01", periods=365)
    assert bars_per_year(days[~days.day_of_week.isin([4, 5])]) == 252


def test_bars_on_six_days_of_the_week_are_as_many_as_such_days_are_in_a_year() -> None:
    days = pd.date_range("2022-01-01", periods=365)
    assert bars_per_year(days[days.day_of_week != 5]) == 313


def test_a_few_stray_bars_on_week_ends_make_no_coin() -> None:
    days = pd.bdate_range("2022-01-01", periods=260).union(pd.DatetimeIndex(["2022-03-05", "2022-03-06", "2022-05-07"]))
    assert bars_per_year(days) == 252


def test_a_third_of_the_days_may_be_missing() -> None:
    days = pd.bdate_range("2020-01-01", periods=1000)
    kept = np.sort(np.random.default_rng(1).permutation(len(days))[:700])
    assert bars_per_year(days[kept]) == 252


@pytest.mark.parametrize("frequency", ["2D", "3D", "2W", "45D"])
def test_bars_without_a_pattern_are_refused_until_a_person_says_how_many_make_a_year(frequency: str) -> None:
    with pytest.raises(mc.ParameterError, match=r"bars_per_year must be given .* from each other, they are neither"):
        history(frequency)
    assert history(frequency, 26).bars_per_year == 26


def test_months_and_days_in_one_file_have_no_pattern() -> None:
    months, days = pd.date_range("1990-01-31", periods=300, freq="ME"), pd.bdate_range("2015-02-02", periods=100)
    assert bars_per_year(months.union(days)) is None


def test_a_last_bar_of_a_month_that_is_not_over_is_told() -> None:
    index = pd.date_range("2016-01-01", periods=100, freq="MS").union(pd.DatetimeIndex(["2024-04-18"]))
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.005, 0.026, len(index))))
    found = check_history(pd.DataFrame({"close": closes}, index=index), "ACME", "csv")
    assert found.bars_per_year == 12
    assert found.warnings[1].startswith("1 bar in a month that has one already (first 2024-04-18): perhaps the last")


@pytest.mark.parametrize("year", [0, 367, 12.5, True, "12"])
def test_a_year_of_another_number_of_bars_is_refused(year: object) -> None:
    with pytest.raises(mc.ParameterError, match="bars_per_year must be a whole number from 1 to 366"):
        history("B", year)  # type: ignore[arg-type]


def test_a_person_is_believed_and_reminded_of_what_the_dates_say() -> None:
    assert history("B", 260).warnings == ()
    assert history("B", 260).bars_per_year == 260
    assert history("B", 12).warnings[0] == "12 bars to a year, as was said, though by their dates 252 make one"
    assert history("D", 252).warnings[0] == "252 bars to a year, as was said, though by their dates 365 make one"


# Bars that are not daily


def test_a_backtest_of_months_has_the_ratios_of_a_year_of_twelve() -> None:
    """Recomputed by hand from the equity of a strategy that holds from the second close on."""
    months = history("MS")
    result = mc.backtest(months, mc.BuyAndHold(), fill="same-close", commission=0, slippage=0)
    equity = result.equity.to_numpy()
    returns = np.append(0.0, np.diff(equity) / equity[:-1])
    got = dict(result.summary.to_numpy())
    assert got["bars_per_year"] == 12
    assert got["sharpe"] == pytest.approx(math.sqrt(12) * returns.mean() / returns.std(ddof=1))
    assert got["annual_volatility"] == pytest.approx(math.sqrt(12) * returns.std(ddof=1))
    assert got["annual_return"] == pytest.approx((equity[-1] / equity[0]) ** (12 / 119) - 1)


@pytest.mark.parametrize(
    ("frequency", "warning"),
    [
        ("W-FRI", "weekly bars: 52 make a year, and what is said of days is of weeks"),
        ("MS", "monthly bars: 12 make a year, and what is said of days is of months"),
        ("QE", "quarterly bars: 4 make a year, and what is said of days is of quarters"),
    ],
)
def test_what_the_bars_are_is_said(frequency: str, warning: str) -> None:
    assert history(frequency).warnings[0] == warning
    assert history(frequency, history(frequency).bars_per_year).warnings[0] == warning  # said, too, once it was given
    assert mc.backtest(history(frequency), mc.BuyAndHold()).warnings[0] == warning


@pytest.mark.parametrize("model", list(mc.MODELS))
def test_months_are_simulated_only_when_a_person_has_said_that_twelve_make_a_year(model: str) -> None:
    with pytest.raises(
        mc.ParameterError, match="bars_per_year must be given to simulate the monthly bars of ACME: 12 "
    ):
        mc.fit(history("MS"), model)
    fitted = mc.fit(history("MS", 12), model)
    assert fitted.bars_per_year == 12
    returns = history("MS").bars["close"].pct_change().iloc[1:]
    assert fitted.volatility == pytest.approx(math.sqrt(12) * returns.std(), rel=0.02)
    assert fitted.drift == pytest.approx(12 * returns.mean(), abs=0.005)


# Every day of the week


def test_the_year_of_a_coin_has_365_days_wherever_a_year_counts() -> None:
    coin = history("D", bars=730, first="2022-01-01")
    returns = coin.bars["close"].pct_change().iloc[1:]
    model = mc.fit(coin, "normal")
    assert (coin.bars_per_year, model.bars_per_year, coin.warnings) == (365, 365, ())
    assert model.volatility == pytest.approx(math.sqrt(365) * returns.std())
    assert model.drift == pytest.approx(365 * returns.mean())

    result = mc.simulate(model, mc.BuyAndHold(), days=365, iterations=1000, seed=7, fill="same-close", risk_free=0.02)
    value = result.summary.set_index("statistic")["value"]
    assert value["annual_return_median"] == pytest.approx(value["return_median"])  # 365 days are a year
    assert value["annual_volatility_mean"] == pytest.approx(model.volatility, rel=0.01)
    assert result.paths is not None
    growth = mc.simulate_prices(model, days=365, iterations=1, seed=7)[0].pct_change().to_numpy(copy=True)
    growth[0] = -0.001 / 1.001  # bought at a cost
    excess = growth.mean() - 0.02 / 365
    assert result.paths["sharpe"][0] == pytest.approx(math.sqrt(365) * excess / growth.std(ddof=1))


@pytest.mark.parametrize("model", list(mc.MODELS))
def test_the_paths_of_a_model_have_the_volatility_of_its_history_whatever_the_year(model: str) -> None:
    """Per year and back: what is counted as a year cancels out of the prices."""
    frame = history("D", bars=730).bars
    coin, called_a_stock = (check_history(frame, "ACME", "csv", year) for year in (365, 252))
    first, second = (mc.simulate_prices(mc.fit(each, model), days=100, seed=3) for each in (coin, called_a_stock))
    np.testing.assert_allclose(first, second, rtol=1e-12)


def test_the_year_of_a_snapshot_is_found_again_or_said_again() -> None:
    months = history("MS", 12)
    again = PriceHistory.from_csv(months.to_csv(), "ACME", "csv", 12)
    assert (again.bars_per_year, again.year_given) == (12, True)
    assert PriceHistory.from_csv(months.to_csv(), "ACME", "csv").year_given is False
