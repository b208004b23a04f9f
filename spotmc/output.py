"""What the subcommands print."""

import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from fleet.job import Job
    from fleet.progress import Status, UnreadableJob
    from montecarlo.accounting.rules import Rules


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, allow_nan=False))


def plain_summary(summary: "pd.DataFrame") -> dict[str, Any]:
    """A summary by statistic, None where a number is undefined."""
    return {
        record.pop("statistic"): {name: None if math.isnan(number) else number for name, number in record.items()}
        for record in summary.to_dict("records")
    }


def print_summary(summary: "pd.DataFrame", title: str) -> None:
    """A table of statistics, with their confidence intervals where they have any."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column("statistic")
    for column in summary.columns[1:]:
        table.add_column({"low": "95 % from", "high": "to"}.get(column, column), justify="right")
    for name, *numbers in summary.itertuples(index=False):
        table.add_row(name, *(_readable(number) for number in numbers))
    Console().print(table)


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
        submitted = status.submitted.isoformat()
        return {"job_id": status.id, "state": status.state, "submitted": submitted, "reason": status.reason}
    experiment = status.job.experiment
    return {
        "job_id": status.job.id,
        "kind": experiment.kind,
        "title": experiment.title,
        "state": status.state,
        "done": status.done,
        "units": experiment.units,
        "unit": experiment.unit,
        "units_per_second": status.rate,
        "seconds_left": status.seconds_left,
        "submitted": status.submitted.isoformat(),
        "reason": status.reason,
        "damage": status.damage,
        "warnings": list(status.warnings),
    }


def describe_job(job: "Job") -> str:
    """What is asked for, in a few lines."""
    from montecarlo.experiments.traded_paths import TradedPaths

    experiment = job.experiment
    if not isinstance(experiment, TradedPaths):
        return f"{job.symbol} ({job.source}), {experiment.title}"
    warm_up = f" after {len(experiment.warm_up):,} real closes" if experiment.warm_up else ""
    length = describe_bars(experiment.days, experiment.model.bars_per_year)
    return (
        f"{job.symbol} ({job.source}), {experiment.model.name} model, {experiment.title}\n"
        f"{experiment.iterations:,} paths of {length}{warm_up}, seed {experiment.seed}\n"
        f"{describe_rules(experiment.rules)}"
    )


def describe_bars(bars: int, bars_per_year: int) -> str:
    """So many bars, and how many make a year."""
    from montecarlo.data.trading_year import is_daily

    if is_daily(bars_per_year):
        return f"{bars:,} days ({bars_per_year} a year)"
    return f"{bars:,} bars ({bars_per_year} a year: {bars / bars_per_year:.1f} years)"


def describe_rules(rules: "Rules") -> str:
    """Money, fills and costs in one line."""
    sizing = "all in" if rules.shares is None else f"{rules.shares:g} shares"
    return (
        f"{rules.capital:,.0f} dollars, {sizing}, filled at the {rules.fill.replace('-', ' ')}, "
        f"commission {rules.commission:g} and slippage {rules.slippage:g} of the traded value, "
        f"risk-free rate {rules.risk_free:g} per year{', which idle cash earns' if rules.interest else ''}"
    )


def _readable(number: float) -> str:
    if math.isnan(number):
        return ""
    return f"{number:,.0f}" if number == round(number) and abs(number) >= 10 else f"{number:,.4f}"
