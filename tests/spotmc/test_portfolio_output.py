"""What is printed of a portfolio: within 80 columns, with what is most in it, and in words."""

import pandas as pd
import pytest

from montecarlo.accounting.rebalancing import Rebalancing
from spotmc import portfolio_output


def contributions(symbols, loss=0.2):
    """As in the file, with the same of each symbol, and cash."""
    rows = [
        {
            "symbol": symbol,
            "weight": 1 / len(symbols),
            "final_weight_mean": 1 / len(symbols),
            "gain_mean": -loss,
            "gain_mean_low": -1.5 * loss,
            "gain_mean_high": 0.01,
            "value_at_risk_95": loss,
            "value_at_risk_95_low": -loss,
            "value_at_risk_95_high": loss,
            "expected_shortfall_95": -loss,
            "expected_shortfall_95_low": -1.04 * loss,
            "expected_shortfall_95_high": -loss,
            "share_of_expected_shortfall_95": -2.5,
        }
        for symbol in symbols
    ]
    cash = dict.fromkeys(rows[0], -1e-17) | {"symbol": "cash"}
    return pd.DataFrame([*rows, cash])


def beating(symbols):
    against = [*symbols, "equal weight", "never rebalanced"]
    return pd.DataFrame({"against": against, "probability": 0.5, "low": 0.45, "high": 0.55})


@pytest.fixture
def printed(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    def lines(print_, table):
        print_(table)
        return [line.rstrip() for line in capsys.readouterr().out.splitlines()]

    return lines


def test_tables_fit_into_80_columns_and_name_what_they_leave_out(printed):
    symbols = [f"SYMBOL{number}" for number in range(20)]
    lines = printed(portfolio_output._print_contributions, contributions(symbols))
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    assert sum("SYMBOL" in line for line in lines) == portfolio_output.SHOWN
    assert any("the 12 largest of 20; contributions.csv has all" in line for line in lines)
    assert next(line.split()[1:] for line in lines if "cash" in line)[:8] == ["0", "%"] * 4
    together = next(line.split() for line in lines if "together" in line)
    assert together[1:3] == ["100", "%"]
    assert together[5:7] == ["-400", "%"]
    lines = printed(portfolio_output._print_beating, beating(symbols))
    assert sum("SYMBOL" in line for line in lines) == portfolio_output.SHOWN
    assert any("equal weight" in line for line in lines)
    assert any("beating.csv has all 20 symbols" in line for line in lines)


def test_one_symbol_has_nothing_to_beat(printed):
    assert printed(portfolio_output._print_beating, beating([])[:0]) == []


def test_all_symbols_are_there_where_they_are_few(printed):
    lines = printed(portfolio_output._print_contributions, contributions(["A", "B"]))
    assert not any("largest" in line for line in lines)
    assert [line.split()[0] for line in lines if "%" in line and line.strip()[0].isalpha()][-4:] == [
        "A",
        "B",
        "cash",
        "together",
    ]


def test_correlations_are_told_by_their_mean_and_their_ends():
    table = pd.DataFrame(
        {
            "first": ["A", "A", "B"],
            "second": ["B", "C", "C"],
            "history": [0.2, 0.5, -0.3],
            "simulated": [0.25, 0.45, -0.2],
        }
    )
    assert portfolio_output.correlations_in_short(table) == (
        "Daily returns have a mean correlation of 0.13 in the history and 0.17 on the paths; over 3 pairs, from -0.30 "
        "(B and C) to 0.50 (A and C)."
    )
    assert portfolio_output.correlations_in_short(table[:1]) == (
        "Daily returns of A and B have a correlation of 0.20 in the history and 0.25 on the paths."
    )
    assert portfolio_output.correlations_in_short(table[:0]) == ""


def test_in_what_paths_are_unlike_the_history_is_said():
    table = pd.DataFrame(
        {
            "statistic": ["mean_correlation", "joint_crash_days", "not_measured", "worst_day_of_equal_weights"],
            "history": [0.42, 0.004, float("nan"), -0.1],
            "low": [0.36, 0.005, 0.1, -0.09999999],
            "high": [0.44, 0.008, 0.2, -0.02],
        }
    )
    crashes = "The paths are unlike the history in joint crash days (0.004 there, 0.005 to 0.008 here)"
    assert portfolio_output.unlike_the_history(table, 500, 500) == f"{crashes}."
    assert portfolio_output.unlike_the_history(table[:1], 500, 500) == ""
    table.loc[3, "low"] = -0.09
    worst = "worst day of equal weights (-0.1 there, -0.09 to -0.02 here)"
    assert portfolio_output.unlike_the_history(table, 500, 500) == f"{crashes}; {worst}."
    assert portfolio_output.unlike_the_history(table, 499, 500) == f"{crashes}."
    luck = "A history of 500 days has some of that by luck"
    assert portfolio_output.unlike_the_history(table, 501, 500) == f"{crashes}. {luck}."


@pytest.mark.parametrize(
    ("rebalancing", "words"),
    [
        (Rebalancing(rebalance="never"), "never rebalanced"),
        (Rebalancing(every=1), "rebalanced each day"),
        (Rebalancing(every=63), "rebalanced every 63 trading days"),
        (Rebalancing(rebalance="band", band=0.05), "rebalanced where a weight is off by 5.0 % of the account"),
    ],
)
def test_rebalancing_in_words(rebalancing, words):
    assert portfolio_output.describe_rebalancing(rebalancing) == words
