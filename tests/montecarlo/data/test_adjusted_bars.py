"""Open, high and low, adjusted together with the close, and made possible where a file has them wrong."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.history import check_history
from montecarlo.data.sources.sample import SYMBOLS
from montecarlo.errors import HistoryError

DAYS = 100
PRICES = ("open", "high", "low")


def bars(**changed):
    """Of random days, adjusted by a factor that falls at two dividends; ``changed`` are (row, value) by column."""
    rng = np.random.default_rng(7)
    close = 100 * np.exp(rng.normal(0, 0.01, DAYS).cumsum())
    open_ = close * np.exp(rng.normal(0, 0.005, DAYS))
    frame = pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * 1.004,
            "low": np.minimum(open_, close) * 0.996,
            "close": close,
            "adjusted_close": close * np.repeat([0.9, 0.95, 1.0], [30, 30, 40]) / 3,
            "volume": 1000.0,
        },
        index=pd.bdate_range("2024-07-05", periods=DAYS),
    )
    for column, (row, value) in changed.items():
        frame.iloc[row, frame.columns.get_loc(column)] = value
    return frame


def history(frame):
    return check_history(frame, "ACME", "csv")


def test_bars_are_adjusted_together():
    frame = bars()
    found = history(frame).adjusted_bars
    factor = (frame["adjusted_close"] / frame["close"]).to_numpy()
    for name in PRICES:
        np.testing.assert_allclose(getattr(found, name), frame[name] * factor, rtol=1e-14)
    assert (found.close == history(frame).closes).all()
    assert history(frame).bar_warnings == ()


def test_a_bar_holds_its_open_and_close_to_the_last_bit():
    """Also where they are its high and low, and rounding might put one of them outside."""
    frame = bars()
    frame["high"], frame["low"] = frame[["open", "close"]].max(axis=1), frame[["open", "close"]].min(axis=1)
    found = history(frame).adjusted_bars
    assert (found.high >= np.maximum(found.open, found.close)).all()
    assert (found.low <= np.minimum(found.open, found.close)).all()


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_sample_histories_have_bars_without_a_doubt(symbol):
    sample = mc.load_history(symbol, source="sample")
    assert sample.has_bars
    assert sample.bar_warnings == ()
    assert len(sample.adjusted_bars.close) == len(sample.closes)


def test_a_high_below_the_close_is_widened_and_told():
    frame = bars()
    frame.iloc[[40, 50], 1] = frame["close"].iloc[[40, 50]] * 0.99
    found = history(frame)
    higher = found.adjusted_bars
    assert (higher.high[[40, 50]] == np.maximum(higher.open, higher.close)[[40, 50]]).all()
    date = f"{frame.index[40]:%Y-%m-%d}"
    assert found.bar_warnings == (f"high or low of 2 impossible bars widened to hold open and close (first {date})",)


def test_a_low_above_the_open_is_widened_and_told():
    frame = bars()
    frame.iloc[3, 2] = frame[["open", "close"]].iloc[3].max()
    found = history(frame)
    assert found.adjusted_bars.low[3] == min(found.adjusted_bars.open[3], found.adjusted_bars.close[3])
    assert "1 impossible bar widened" in found.bar_warnings[0]


def test_a_close_that_single_precision_puts_above_the_high_is_nothing_to_tell():
    frame = bars()
    frame["high"] = frame[["open", "close"]].max(axis=1).astype(np.float32).astype(np.float64)
    assert history(frame).bar_warnings == ()


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_a_missing_open_is_the_close_before_as_far_as_the_range_of_the_day_allows(value):
    frame = bars(open=(20, value))
    frame.iloc[20, 1:3] = frame["close"].iloc[19] * 1.1, frame["close"].iloc[19] * 0.9
    found = history(frame)
    factor = 0.9 / 3
    np.testing.assert_allclose(found.adjusted_bars.open[20], frame["close"].iloc[19] * factor, rtol=1e-14)
    assert f"no open on 1 day (first {frame.index[20]:%Y-%m-%d}): taken as the close before" in found.bar_warnings[0]
    low = frame["close"].iloc[19] * 1.05
    frame.iloc[20, 2:5] = low, low, low * factor
    np.testing.assert_allclose(history(frame).adjusted_bars.open[20], low * factor, rtol=1e-14)


def test_a_missing_high_or_low_is_open_or_close():
    found = history(bars(high=(0, np.nan), low=(1, np.nan)))
    adjusted = found.adjusted_bars
    assert adjusted.high[0] == max(adjusted.open[0], adjusted.close[0])
    assert adjusted.low[1] == min(adjusted.open[1], adjusted.close[1])
    assert [warning[:12] for warning in found.bar_warnings] == ["no high on 1", "no low on 1 "]


def test_what_is_done_to_bars_is_not_told_where_closes_are_enough():
    assert history(bars(open=(20, np.nan))).warnings == ()


def test_days_without_a_range_and_far_reaching_ones_are_doubted():
    frame = bars()
    frame.iloc[10:20, :3] = frame[["close"]].iloc[10:20].to_numpy()
    frame.iloc[50, 2] = frame["close"].iloc[50] * 0.5
    flat, far = history(frame).bar_warnings
    assert flat.startswith(
        f"open, high, low and close are the same on 10 days, 10 % of all (first {frame.index[10]:%F})"
    )
    assert far.startswith(f"high or low more than 40 % beyond open and close on 1 day (first {frame.index[50]:%F})")


def refusal(frame):
    found = history(frame)
    assert not found.has_bars
    for ask in (found.require_bars, lambda: found.adjusted_bars, lambda: found.bar_warnings):
        with pytest.raises(HistoryError) as error:
            ask()
    return str(error.value)


def test_closes_alone_are_refused_with_what_to_do():
    message = refusal(bars()[["close"]])
    assert message.startswith(
        "ACME from source 'csv': there are closes only; open, high and low of every day are needed"
    )
    assert "--source yfinance, or a CSV file with Open, High, Low and Close" in message


def test_closes_written_four_times_are_closes_alone():
    frame = bars()
    for name in PRICES:
        frame[name] = frame["close"]
    assert "these are closes only" in refusal(frame)


def test_bars_that_begin_late_are_refused_with_the_day_they_begin_after():
    frame = bars()
    frame.iloc[:30, 0] = 0.0
    message = refusal(frame)
    assert "of 100 days, 30 have no open" in message
    assert f"all days after {frame.index[29]:%Y-%m-%d} have them (--start)" in message
    assert history(frame.iloc[30:]).has_bars


def test_bars_that_are_adjusted_otherwise_than_the_close_are_refused():
    frame = bars()
    frame.iloc[:40, :3] *= 0.5  # as before a split that only they know of
    message = refusal(frame)
    assert f"high or low do not hold open and close on 40 days of 100 (first {frame.index[0]:%F})" in message
    assert "they seem to be adjusted otherwise than the close" in message
