"""What the subcommands print."""

import json
import math
import re
import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from fleet.job import Job
    from fleet.progress import Status, UnreadableJob
    from montecarlo.accounting.rules import Rules
    from montecarlo.experiments.experiment import Standing
    from montecarlo.models import Model
    from montecarlo.parameters import Parameter


LINE = 100  # columns of text
WIDEST = 500
"""Columns of a table that is as wide as it must be: a terminal breaks its lines, and cuts no name."""


def wrapped(text: str) -> str:
    """In lines that a terminal, or a person's eye, has room for."""
    return click.wrap_text(text, min(LINE, shutil.get_terminal_size().columns))


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, allow_nan=False))


def plain_summary(summary: "pd.DataFrame") -> dict[str, Any]:
    """A summary by statistic, None where a number is undefined."""
    return {
        record.pop("statistic"): {name: None if math.isnan(number) else number for name, number in record.items()}
        for record in summary.to_dict("records")
    }


def missed(standing: "Standing | None") -> list[str]:
    """What is to be said of a job that has ended without being as precise as it was asked to be."""
    return [standing.warning] if standing and standing.warning else []


def print_summary(summary: "pd.DataFrame", title: str) -> None:
    """A table of statistics, with their confidence intervals where they have any."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column("statistic")
    for column in summary.columns[1:]:
        table.add_column({"low": "95 % from", "high": "to"}.get(column, column), justify="right")
    for name, *numbers in summary.itertuples(index=False):
        write = _whole if name in _COUNTS else _readable
        table.add_row(name, *(write(number) for number in numbers))
    Console().print(table)


def print_uncertainty(summary: "pd.DataFrame", table: "pd.DataFrame") -> None:
    """What the answer is worth, from uncertainty.csv: the headline with its range, and at other drifts."""
    from rich.console import Console
    from rich.table import Table

    from montecarlo.experiments.uncertainty import AT_DRIFT, PATHS, PREDICTIVE, STATISTICS, headline
    from montecarlo.wording import percent

    predictive = table[table["statement"] == PREDICTIVE].set_index("statistic")["value"]
    ranges = Table(title="What it is worth, as far as the history tells the parameters", title_justify="left")
    for column in ("statistic", "at the fit", "predictive"):
        ranges.add_column(column, justify="left" if column == "statistic" else "right")
    for name, phrase in headline(summary, table).items():
        ranges.add_row(name, phrase, percent(predictive[name]))
    drifts = Table(
        title=f"At other drifts (s.e.: standard errors from the fit), on {PATHS:,} paths each", title_justify="left"
    )
    drifts.add_column("drift", no_wrap=True)
    for column in ("per year", "median\nreturn", "loses", "beats\nholding", "95 %\ndrawdown", "95 %\nshortfall"):
        drifts.add_column(column, justify="right")
    for setting, lines in table[table["statement"] == AT_DRIFT].groupby("setting", sort=False):
        values = lines.set_index("statistic")["value"]
        drift = lines["drift"].iloc[0]
        drifts.add_row(
            re.sub("standard errors?", "s.e.", str(setting)),
            percent(drift),
            *(percent(values[name]) for name in STATISTICS),
        )
    for each in (ranges, drifts):
        Console().print(each)


def plain_table(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Its lines, without what is empty in them."""
    import pandas as pd

    records = table.replace("", None).to_dict("records")
    return [{str(name): value for name, value in each.items() if not pd.isna(value)} for each in records]


def print_warnings(warnings: Iterable[str], rest: str = "") -> None:
    """On standard error, as long as a person reads them; ``rest`` says what has them all."""
    from fleet.wording import shortened

    everything = list(warnings)
    shown, cut = shortened(everything)
    for warning in shown:
        click.echo(f"warning: {warning}", err=True)
    if cut:
        click.echo(f"warning: that is not all of {len(everything):,} warnings{f'; {rest}' if rest else ''}", err=True)


def plain_status(status: "Status | UnreadableJob") -> dict[str, Any]:
    """A job's status for a script; of a job that cannot be read, only its name, its time and why."""
    from fleet.progress import Status

    if not isinstance(status, Status):
        return status.to_dict()
    return {
        **status.to_dict(),
        "workers": [each.worker for each in status.workers],
        "ahead": status.ahead,
        "warnings": list(status.warnings),
    }


def describe_job(job: "Job") -> str:
    """What is asked for, in a few lines."""
    from montecarlo.experiments.traded_paths import TradedPaths

    experiment = job.experiment
    if not isinstance(experiment, TradedPaths):
        return f"{job.symbol} ({job.source}), {experiment.title}"
    precision = getattr(experiment, "precision", None)
    at_most, until = ("at most ", f", for a precision of {precision}") if precision else ("", "")
    warm_up = f" after {len(experiment.warm_up):,} real closes" if experiment.warm_up else ""
    length = describe_bars(experiment.days, experiment.model.bars_per_year)
    return (
        f"{job.symbol} ({job.source}), {experiment.title}\n"
        f"{experiment.model.name} model: {describe_model(experiment.model)}\n"
        f"{at_most}{experiment.iterations:,} paths of {length}{warm_up}, seed {experiment.seed}{until}\n"
        f"{describe_rules(experiment.rules)}"
    )


def describe_model(model: "Model") -> str:
    """Its parameters with their standard errors, such as "drift 32 % ± 13 % per year, volatility 46 % ± 2.4 %"."""
    from montecarlo.parameters import declared

    parameters = declared(model)
    found = []
    for name in model.settable():
        value, error = getattr(model, name), getattr(model, model.errors.get(name, ""), None)
        if name in model.errors.values():
            continue
        by_hand = ", set by hand" if name in model.by_hand else ""
        found.append(f"{describe_value(parameters[name], value, error)}{by_hand}")
    return ", ".join(found)


def describe_value(parameter: "Parameter", value: float, error: float | None) -> str:
    """A parameter with its standard error."""
    from montecarlo.wording import percent

    if parameter.unit == "per year":
        return f"{parameter.label.lower()} {percent(value)}{f' ± {percent(error)}' if error else ''} per year"
    return f"{parameter.label.lower()} {value:.3g} {parameter.unit}".strip()


def plain_model(experiment: Any) -> dict[str, Any]:
    """Name and parameters of its model, with what they leave open."""
    model = experiment.model
    return {"name": model.name, **{name: getattr(model, name) for name in model.settable()}}


def describe_bars(bars: int, bars_per_year: int) -> str:
    """So many bars, and how many make a year."""
    from montecarlo.data.trading_year import is_daily

    if is_daily(bars_per_year):
        return f"{bars:,} days ({bars_per_year} a year)"
    return f"{bars:,} bars ({bars_per_year} a year: {bars / bars_per_year:.1f} years)"


def describe_rules(rules: "Rules") -> str:
    """Money, fills and costs in one line."""
    sizing = "all in" if rules.shares is None else f"{rules.shares:,.15g} shares"
    return (
        f"{rules.capital:,.0f} dollars, {sizing}, filled at the {rules.fill.replace('-', ' ')}, "
        f"{_describe_costs(rules)}, "
        f"risk-free rate {rules.risk_free:g} per year{', which idle cash earns' if rules.interest else ''}"
    )


def _describe_costs(rules: "Rules") -> str:
    from montecarlo.accounting.rules import FRACTION

    if rules.commission_model == FRACTION == rules.slippage_model:
        return f"commission {rules.commission:g} and slippage {rules.slippage:g} of the traded value"
    commission, slippage = f"{rules.commission:g} of the traded value", f"{rules.slippage:g} of the traded value"
    if rules.commission_model != FRACTION:
        least = f", {rules.commission_minimum:g} at least" if rules.commission_minimum else ""
        commission = f"{rules.commission_per_share:g} dollars a share{least}"
    if rules.slippage_model != FRACTION:
        slippage = f"{rules.slippage_volatility:g} of a day's volatility"
    return f"commission {commission} and slippage {slippage}"


_COUNTS = {
    *("paths", "unfilled_paths", "absorbed_paths", "trades", "unfilled_orders"),
    *("longest_drawdown", "longest_losing_streak", "ambiguous_bars"),
}


def _whole(number: float) -> str:
    return _readable(number) if math.isnan(number) else f"{number:,.0f}"


def _readable(number: float) -> str:
    if math.isnan(number):
        return ""
    return f"{number:,.0f}" if number == round(number) and abs(number) >= 10 else f"{number:,.4f}"
