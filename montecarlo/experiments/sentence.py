"""What came of an experiment in one sentence that a person can repeat.

The numbers are those of the summary, rounded as a person says them, and no clause stands there without its number.
"""

import io
import math
from collections.abc import Callable, Mapping

import pandas as pd

from montecarlo.experiments import uncertainty as uncertainties
from montecarlo.experiments.experiment import SUMMARY, Experiment
from montecarlo.experiments.historical import HistoricalBacktest
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.portfolio_files import BEATING, CONTRIBUTIONS
from montecarlo.experiments.portfolio_words import of_portfolio
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import TABLE, Sweep
from montecarlo.experiments.traded_paths import UNCERTAINTY, TradedPaths
from montecarlo.experiments.training import TrainingGrid
from montecarlo.experiments.training_words import of_training
from montecarlo.experiments.words import BEATS, LOSS, percent, range_of_loss, share, spoken, values_of
from montecarlo.statistics.summary import summary_from_csv
from montecarlo.strategies import Strategy
from montecarlo.wording import count

_AMBIGUOUS = 0.01  # share of the trades beyond which it is said that a day does not tell how they ended


def of_results(symbol: str, experiment: Experiment, file: Callable[[str], bytes]) -> str:
    """The sentence from the files that an experiment has yielded; "" for a kind that has none.

    Args:
        symbol: Whose past the futures are like; "" where that is not known.
        experiment: What was asked for.
        file: The content of one of its ``result_files``.
    """
    if isinstance(experiment, Simulation):
        table = uncertainties.from_csv(file(UNCERTAINTY)) if experiment.uncertainty else None
        return of_simulation(symbol, experiment, summary_from_csv(file(SUMMARY)), table)
    if isinstance(experiment, Sweep):
        return of_sweep(symbol, experiment, pd.read_csv(io.BytesIO(file(TABLE))), summary_from_csv(file(SUMMARY)))
    if isinstance(experiment, HistoricalBacktest):
        return of_backtest(symbol, experiment, summary_from_csv(file(SUMMARY)))
    if isinstance(experiment, Portfolio):
        table = uncertainties.from_csv(file(UNCERTAINTY)) if experiment.uncertainty else None
        beating, contributions = (pd.read_csv(io.BytesIO(file(name))) for name in (BEATING, CONTRIBUTIONS))
        return of_portfolio(experiment, summary_from_csv(file(SUMMARY)), beating, contributions, table)
    if isinstance(experiment, TrainingGrid):
        return of_training(experiment, file)
    return ""


def of_simulation(
    symbol: str, simulation: Simulation, summary: pd.DataFrame, uncertainty: pd.DataFrame | None = None
) -> str:
    """How often the rule loses money, how sure that is, and how often it beats buying and holding.

    Args:
        symbol: As for ``of_results``.
        simulation: What was asked for.
        summary: Columns ``statistic`` and ``value``; see ``montecarlo.statistics.summary.STATISTICS``.
        uncertainty: From ``Uncertainty.table``; None where it was not found out what the answer is worth.
    """
    value = values_of(summary)
    rule, paths = _rule(simulation), int(value["paths"])
    if paths == 1:
        return (
            f"In the one future like {_past(symbol)} that was simulated, {rule} "
            f"{'loses' if value[LOSS] else 'does not lose'} money and "
            f"{'beats' if value[BEATS] else 'does not beat'} holding."
        )
    begins = f"In {count(paths, 'future')} like {_past(symbol)}, {rule}{_exits(simulation.strategy)}"
    if value.get("turnover_mean") == 0:
        return f"{begins} never trades, and beats holding in {share(value[BEATS])}."
    loses = share(value[LOSS])
    if uncertainty is not None and (worth := range_of_loss(uncertainty)):
        loses += f" ({worth} if the drift is as uncertain as its history says)"
    return (
        f"{begins} loses money in {loses} and beats holding in {share(value[BEATS])}."
        f"{_other_bound(simulation.rules.intrabar, value.get('ambiguous_share', math.nan))}"
    )


def of_sweep(symbol: str, sweep: Sweep, table: pd.DataFrame, selection_bias: pd.DataFrame) -> str:
    """Which combination is the best, and how much of what the best one seems to be worth is due to its being chosen.

    Args:
        symbol: As for ``of_results``.
        sweep: What was asked for.
        table: A row for each combination; see ``montecarlo.experiments.sweep_tally.COLUMNS``.
        selection_bias: Columns ``statistic`` and ``value``; see ``montecarlo.experiments.selection_bias.VALIDATED``.
    """
    place = int(table["return_mean"].argmax())
    best, strategy = table.iloc[place], sweep.strategies[place]
    chosen = " and ".join(_value_of(strategy, name) for name, _ in sweep.axes)
    own = f" of {strategy.called}" if sweep.own_rule else ""
    return (
        f"Of {count(len(table), 'combination')}{own} in {count(sweep.iterations, 'future')} like {_past(symbol)}, "
        f"{chosen} is the best with {percent(best['return_mean'])} on average and loses money in "
        f"{share(best[LOSS])}{_chosen(values_of(selection_bias))}."
    )


def of_backtest(symbol: str, backtest: HistoricalBacktest, summary: pd.DataFrame) -> str:
    """What the rule has made of the one real history, beside buying and holding.

    Args:
        symbol: What the prices are of.
        backtest: What was asked for.
        summary: Columns ``statistic`` and ``value``.
    """
    value, history = values_of(summary), backtest.history
    held = value["buy_and_hold_value"] / value["capital"] - 1
    ambiguous = value.get("ambiguous_bars", math.nan) / (value["trades"] or math.nan)
    return (
        f"From {history.first} to {history.last}, the rule {backtest.strategy.called} on {symbol} makes "
        f"{percent(value['return'])} with {count(int(value['trades']), 'trade')}, and holding {percent(held)}; "
        "that is one history, and says little about others as likely."
        f"{_other_bound(backtest.rules.intrabar, ambiguous)}"
    )


def _value_of(strategy: Strategy, name: str) -> str:
    words, value = name.replace("_", " "), strategy.values[name]
    return f"no {words}" if value is None else f"{words} {strategy.parameters[name].written(value)}"


def _exits(strategy: Strategy) -> str:
    """How positions end within the day, between commas."""
    orders = (("stop_loss", "a stop of {} %"), ("take_profit", "a target of {} %"), ("max_holding", "{} days at most"))
    given = ((words, getattr(strategy, name), name) for name, words in orders)
    said = [
        words.format(value if name == "max_holding" else f"{100 * value:.4g}")
        for words, value, name in given
        if value is not None
    ]
    if not said:
        return ""
    *others, last = said
    return f" with {', '.join(others)} and {last}" if others else f" with {last}"


def _other_bound(intrabar: str, share: float) -> str:
    """That the answer depends on what daily prices do not tell, where it does so beyond the rare case."""
    if not share > _AMBIGUOUS:
        return ""
    first, other = ("stop", "target-first") if intrabar == "stop-first" else ("target", "stop-first")
    return (
        f" In {percent(share)} of its trades a day reaches stop and target and does not tell which came first: here "
        f"it is the {first}, and {other} gives the other bound."
    )


def _chosen(value: Mapping[str, float]) -> str:
    """How much is gone where another path than the one that chose the best is looked at."""
    chosen, elsewhere = value["chosen_return"], value["validated_return"]
    if math.isnan(chosen) or math.isnan(elsewhere):
        return ""
    points = f"{spoken(chosen) - spoken(elsewhere):,.1f}".removesuffix(".0")  # of what is said, so that it adds up
    return (
        f"; whatever is best in one future makes {percent(chosen)} there and {percent(elsewhere)} in another, "
        f"so {points} points are luck of the choice"
    )


def _past(symbol: str) -> str:
    return f"{symbol}'s past" if symbol else "this past"


def _rule(experiment: TradedPaths) -> str:
    return f"the rule {experiment.strategy.called}" if experiment.own_rule else "the rule"
