"""How the summary of a simulation is written for a person."""

import pandas as pd

from montecarlo.statistics.summary import BEFORE_CONTROLS, STATISTICS, WITH_TRADES, summary_from_csv
from webui.results.simulation import GROUPS, HEADLINE, grouped

NAMES = [statistic for group in GROUPS.values() for statistic in group]


def table(statistics=STATISTICS, **values: tuple[str, str, str]) -> pd.DataFrame:
    lines = [",".join((name, *values.get(name, ("0.5", "", "")))) for name in statistics]
    return summary_from_csv("\n".join(["statistic,value,low,high", *lines, ""]).encode())


def test_every_statistic_has_a_name_and_an_explanation_once():
    assert sorted(NAMES) == sorted(WITH_TRADES)
    lines = [line for group in grouped(table(WITH_TRADES))["groups"].values() for line in group]
    assert sorted(line.explanation for line in lines) == sorted(WITH_TRADES.values())
    assert "undefined where days depend" in STATISTICS["return_mean_controlled"]


def test_fractions_are_written_as_percent_and_counts_as_they_are():
    content = table(return_mean=("12.3456", "-0.01", "25"), paths=("1234567.0", "", ""), capital=("100000.0", "", ""))
    groups = grouped(content)["groups"]
    mean, paths = groups["Return over the whole horizon"][0], groups["What it rests on"][0]
    assert (mean.value, mean.interval) == ("1,234.56 %", "-1.00 % to 2,500.00 %")
    assert (paths.value, paths.interval) == ("1,234,567", "")


def test_a_summary_of_engine_4_is_shown_without_controlled_estimates():
    content = "".join(f"{name},0.5,0.4,0.6\n" for name in BEFORE_CONTROLS)
    groups = grouped(summary_from_csv(f"statistic,value,low,high\n{content}".encode()))["groups"]
    assert [line.name for line in groups["Odds"]] == ["Probability of loss", "Probability of beating buy and hold"]


def test_only_orders_within_the_day_have_statistics_of_their_trades():
    [heading] = grouped(table(WITH_TRADES))["groups"].keys() - grouped(table())["groups"].keys()
    assert heading == "Trades, with orders within the day"
    values = {"profit_factor": ("1.25", "1.2", "1.3"), "ambiguous_bars": ("1234.0", "", "")}
    lines = {line.name: line for line in grouped(table(WITH_TRADES, **values))["groups"][heading]}
    assert (lines["Profit factor"].value, lines["Profit factor"].interval) == ("1.25", "1.20 to 1.30")
    assert lines["Ambiguous bars"].value == "1,234"


def test_a_cost_that_is_no_fraction_is_not_said_to_be_one():
    names = [line.name for line in grouped(table(commission=("", "", "")))["groups"]["What it rests on"]]
    assert "Slippage" in names
    assert "Commission" not in names


def test_what_is_undefined_says_so():
    deviation = grouped(table(return_std=("", "", "")))["groups"]["Return over the whole horizon"][4]
    assert (deviation.value, deviation.interval) == ("undefined", "")


def test_the_headline_is_a_part_of_the_summary():
    assert set(HEADLINE) <= set(NAMES)
