"""What is printed is found by the expressions that a training job is created with."""

import math
import re

from container import metrics

VALUES = {"return": -0.25, "sharpe": 1e-17, "final_value": 123456.78900000002, "sortino": math.nan}


def test_each_number_is_found_again_with_all_its_digits():
    values = {**VALUES, "Total PnL": -1e-05, "Sharpe Ratio": 1e-17}
    log = "\n".join(["metric return=9.0;", *metrics.lines("backtest", values), metrics.progress_line(64, 100)])
    expected = {name: value for name, value in values.items() if not math.isnan(value)}
    assert metrics.found_in(log) == {**expected, "units_done": 64.0}


def test_customary_expressions_find_their_numbers_in_one_line():
    line = list(metrics.lines("simulate", {"Total PnL": 123.5, "Sharpe Ratio": 0.5}))[-1]
    assert re.findall("Total PnL:(.*?)]", line) == ["123.5"]
    assert re.findall("Sharpe Ratio:(.*?),", line) == ["0.5"]


def test_what_is_undefined_is_not_printed():
    assert list(metrics.lines("backtest", {"sharpe": math.nan, "Total PnL": 0.0, "Sharpe Ratio": math.nan})) == [
        "[Total PnL:0.0]"
    ]


def test_a_training_job_takes_the_definitions():
    found = metrics.definitions()
    assert len(found) <= metrics.MOST
    assert len({each["Name"] for each in found}) == len(found)
    assert all(re.compile(each["Regex"]).groups == 1 and len(each["Regex"]) <= 500 for each in found)
