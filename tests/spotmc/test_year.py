"""Bars that are no days, through the command."""

import json

import numpy as np
import pandas as pd
import pytest

WINDOWS = ("--short", "3", "--long", "12")


@pytest.fixture
def months(tmp_path):
    """Seven years of monthly bars in a file."""
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.005, 0.026, 84)))
    dates = pd.date_range("2016-01-01", periods=84, freq="MS")
    path = tmp_path / "ACME.csv"
    pd.DataFrame({"Date": dates, "Close": closes}).to_csv(path, index=False)
    return str(path)


def test_a_backtest_of_months_says_that_twelve_make_a_year(spotmc, months):
    status, printed, said = spotmc("backtest", "--prices", months, *WINDOWS)
    assert status == 0
    assert "84 bars (12 a year: 7.0 years)" in " ".join(printed.split())
    assert said == "warning: monthly bars: 12 make a year, and what is said of days is of months\n"


def test_months_are_simulated_once_a_person_has_said_so(spotmc, months, tmp_path):
    status, printed, said = spotmc("run", "--prices", months, *WINDOWS, "--days", "60")
    assert (status, printed) == (2, "")
    assert "--bars-per-year must be given to simulate the monthly bars of ACME: 12 of them make a year" in said

    options = ("--days", "60", "--iterations", "50", "--bars-per-year", "12", "--out", str(tmp_path / "a"))
    status, printed, _ = spotmc("run", "--prices", months, *WINDOWS, *options)
    assert status == 0
    assert "50 paths of 60 bars (12 a year: 5.0 years)" in " ".join(printed.split())
    job = json.loads((tmp_path / "a" / "job.json").read_text())
    assert job["experiment"]["model"]["bars_per_year"] == 12
