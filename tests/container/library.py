"""What an endpoint is asked, and what the library says of the same."""

import numpy as np

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory
from montecarlo.strategies import Strategy
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import features
from tests.container.hosting import CSV, JSON, Endpoint

ORDERS = ("entry_limit", "stop_loss", "take_profit", "max_holding")


def lines(table: list[list[float]], header: tuple[str, ...] = ()) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in ([header] if header else []) + table)


def days_of_library(strategy: Strategy, history: PriceHistory) -> list[dict[str, object]]:
    """What ``ordered`` and the model say, with nothing where there is none."""
    bars = history.adjusted_bars if strategy.uses_bars else Bars(*[history.closes] * 4)
    targets, orders = strategy.ordered(Bars(*(each[:, None] for each in bars)))
    days = [
        {"date": str(day), "signal": int(target)} | dict(zip(ORDERS, told, strict=True))
        for day, target, *told in zip(
            history.dates, targets[:, 0], *(each[:, 0].tolist() for each in orders), strict=True
        )
    ]
    if isinstance(strategy, MlForecast):
        found = features(history.closes[:, None], strategy.at_hand.n)[:, 0]
        nothing = [np.nan] * strategy.first_decision
        for side, forecast in strategy.at_hand.sides.items():
            for each, value in zip(days, nothing + forecast.probabilities(found).tolist(), strict=True):
                each[f"probability_{side}"] = value
    return [
        {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in each.items()}
        for each in days
    ]


def bars_of(history: PriceHistory) -> list[dict[str, object]]:
    columns = {name: history.bars[name].tolist() for name in history.bars.columns}
    return [
        {"date": str(day), **dict(zip(columns, row, strict=True))}
        for day, *row in zip(history.dates, *columns.values(), strict=True)
    ]


def check_days(served: Endpoint, strategy: Strategy, history: PriceHistory) -> None:
    expected, bars = days_of_library(strategy, history), bars_of(history)
    answer = served.ask({"bars": bars}).value
    assert answer["days"] == expected
    assert (answer["strategy"], answer["signals"]) == (str(strategy), strategy.signals)
    assert answer["warnings"] == [*history.warnings, *(history.bar_warnings if strategy.uses_bars else ())]
    assert served.ask(history.to_csv(), CSV, Accept=JSON).value == answer
    last = {**answer, "days": expected[-1:]}
    assert served.ask({"bars": bars, "last": True}).value == last
    assert served.ask(history.to_csv(), CSV, "/invocations?last=true", Accept=JSON).value == last
    named = {"X_Amzn_SageMaker_Custom_Attributes": "last=true", "Accept": JSON}
    assert served.ask(history.to_csv(), CSV, **named).value == last
    text = lines([["" if value is None else value for value in each.values()] for each in expected], tuple(expected[0]))
    in_csv = served.ask(history.to_csv(), CSV)
    assert (in_csv.body.decode(), in_csv.attributes) == (text, "; ".join(answer["warnings"]) or None)
    first = strategy.first_decision
    assert served.ask({"bars": bars[: first + 1]}).value["days"] == expected[: first + 1]
    short = served.ask({"bars": bars[:first] or [{"date": "2020-01-02"}]})
    assert short.status == 400
    assert not first or f"send {first + 1:,} day" in short.problem
