"""Features: what a forecast is made from."""

import numpy as np
import pandas as pd
import pytest

from montecarlo.trained import feature_names, features

N = 6


def by_name(closes: np.ndarray, path: int = 0) -> dict[str, np.ndarray]:
    return dict(zip(feature_names(N), features(closes, N)[:, path].T, strict=True))


def test_averages_and_today_are_placed_between_the_least_and_the_largest_of_them(closes: np.ndarray) -> None:
    prices = pd.Series(closes[:, 1])
    averages = pd.DataFrame({"close": prices} | {f"sma_{k}": prices.rolling(k).mean() for k in range(2, N + 1)})[N:]
    least, largest = averages.min(axis=1), averages.max(axis=1)
    expected = averages.sub(least, axis=0).div(largest - least, axis=0)
    found = by_name(closes, path=1)
    for name in averages.columns:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-9)
    assert min(found[name].min() for name in averages.columns) == 0
    assert max(found[name].max() for name in averages.columns) == 1


def test_changes_and_volatility_are_those_of_pandas(closes: np.ndarray) -> None:
    prices, found = pd.Series(closes[:, 0]), by_name(closes)
    for k in range(2, N + 1):
        np.testing.assert_allclose(found[f"roc_{k}"], prices.pct_change(k)[N:], rtol=1e-12)
    np.testing.assert_allclose(found["volatility"], prices.pct_change().rolling(N).std()[N:], rtol=1e-9)


def test_by_hand() -> None:
    closes = np.array([[90.0], [100.0], [120.0], [80.0]])
    assert feature_names(3) == ("close", "sma_2", "sma_3", "roc_2", "roc_3", "volatility")
    returns = [80 / 120 - 1, 120 / 100 - 1, 100 / 90 - 1]  # averages are 80, 100 and 100
    assert features(closes, 3)[0, 0] == pytest.approx([0, 1, 1, -0.2, 80 / 90 - 1, np.std(returns, ddof=1)])


@pytest.mark.processors
def test_a_row_does_not_depend_on_the_days_before_its_window_after_its_own_or_on_other_paths(
    closes: np.ndarray,
) -> None:
    whole = features(closes, N)
    for day in (N, N + 1, 100, len(closes) - 1):
        np.testing.assert_array_equal(features(closes[day - N : day + 1, 1:2], N)[0, 0], whole[day - N, 1])


def test_prices_that_stand_still_are_no_feature_whatever_their_averages_round_to() -> None:
    assert not features(np.full((40, 2), 0.1), N).any()
    assert not features(np.full((40, 1), 1 / 3), 24).any()


def test_a_price_at_zero_stays_finite() -> None:
    fallen = features(np.array([[3.0], [2.0], [1.0], [0.0], [0.0], [0.0], [0.0], [0.0]]), 3)
    assert np.isfinite(fallen).all()
    assert not fallen[-1].any()


def test_too_few_closes_have_no_features() -> None:
    assert features(np.ones((N, 4)), N).shape == (0, 4, 2 * N)
    assert features(np.ones((N + 1, 4)), N).shape == (1, 4, 2 * N)
