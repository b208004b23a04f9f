"""What came of a sweep, as its page shows it."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from fleet import results
from fleet.bucket import Bucket
from fleet.job import Job
from montecarlo import wording
from montecarlo.errors import DamageError, ParameterError
from montecarlo.experiments import sentence as sentences
from montecarlo.experiments.facts import amount
from montecarlo.experiments.selection_bias import FOLLOWED, VALIDATED, selection_bias_table
from montecarlo.experiments.simulation import Simulation, rows_by_default, uncertainty_by_default
from montecarlo.experiments.sweep import TABLE, Sweep
from montecarlo.experiments.sweep_tally import SweepTally, sweep_table
from montecarlo.experiments.sweeping import in_words
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.statistics.summary import summary_from_csv
from webui.display import percent, ratio
from webui.forms.form import texts_of
from webui.results import summary
from webui.results.kind import Chart, Figure, Kind

if TYPE_CHECKING:
    import plotly.graph_objects as go

BEST = 10  # combinations in the table

COLUMNS = {
    "return_mean": "Mean return",
    "yearly_return_mean": "Per year",
    "probability_of_loss": "Loses",
    "probability_of_beating_buy_and_hold": "Beats holding",
    "max_drawdown_mean": "Drawdown",
    "sharpe_mean": "Sharpe ratio",
    "trades_mean": "Trades",
    "exposure_mean": "Exposure",
}
HEADLINE = ("validated_return", "chosen_return", "average_return", "validated_rank")

BIAS = {
    "chosen_return": "Chosen return",
    "validated_return": "Validated return",
    "average_return": "Average return",
    "shrinkage": "Shrinkage",
    "validated_rank": "Validated rank",
    "exposure_correlation": "Correlation with exposure",
    "trades_correlation": "Correlation with trades",
    "exposure_and_trades": "Explained by both",
}

_AT_A_GLANCE = {
    "validated_return": ("Best, validated", wording.percent),
    "chosen_return": ("Best, as chosen", wording.percent),
    "average_return": ("Average", wording.percent),
    "validated_rank": ("Validated rank", ratio),
}

_WRITTEN_BY = dict.fromkeys(
    ("sharpe_mean", "trades_mean", "validated_rank", "exposure_correlation", "trades_correlation"), ratio
)


def read(bucket: Bucket, job: Job) -> dict[str, Any]:
    """What it found in sentences, the best combinations, and how much of the best one is due to its being chosen."""
    sweep: Any = job.experiment
    table, bias = _table(bucket, job), results.summary(bucket, job)
    known = UNCERTAINTY in job.experiment.result_files
    ranges = results.parsed(bucket, job, summary_from_csv, UNCERTAINTY) if known else None
    best = table["return_mean"].nlargest(BEST).index
    with results.making_sense_of(job):
        lines = summary.read(bias, BIAS, VALIDATED | FOLLOWED, _WRITTEN_BY)
        words = in_words(sweep, table, bias, ranges)
        said = sentences.of_sweep(job.symbol, sweep, table, bias)
        groups = {
            "Choosing on one path, validating on another": [lines[statistic] for statistic in VALIDATED],
            "What differences between combinations follow": [lines[statistic] for statistic in FOLLOWED],
        }
    return {
        "sentence": said,
        "headline": [lines[statistic] for statistic in HEADLINE],
        "sentences": words,
        "names": [sweep.strategy.parameters[name].label for name, _ in sweep.axes],
        "axes": [_axis(sweep, name, values) for name, values in sweep.axes],
        "columns": COLUMNS.values(),
        "best": [_row(sweep, place, table.iloc[place]) for place in best],
        "combinations": len(table),
        "groups": groups,
    }


def figures(content: bytes) -> list[Figure]:
    """What tells sweeps apart at a glance."""
    value = summary_from_csv(content).set_index("statistic")["value"]
    return [Figure(name, summary.written(write, value[statistic])) for statistic, (name, write) in _AT_A_GLANCE.items()]


def alone(job: Job, texts: Mapping[str, str]) -> Job:
    """The job that simulates one combination alone, on the same paths.

    Args:
        job: The sweep.
        texts: The value of each parameter that is varied, by name.

    Raises:
        ParameterError: there is no such combination.
    """
    sweep: Any = job.experiment
    for place, strategy in enumerate(sweep.strategies):
        if all(texts.get(name) == strategy.parameters[name].written(strategy.values[name]) for name, _ in sweep.axes):
            return _alone(job, sweep.simulations[place])
    named = ", ".join(f"{name} {texts.get(name, 'left out')}" for name, _ in sweep.axes)
    raise ParameterError({sweep.axes[0][0]: f"makes no combination of this sweep: there is none with {named}"})


def _alone(job: Job, simulation: Simulation) -> Job:
    """With what a simulation usually has beside, and the same seed: so it finds the same numbers."""
    asked = replace(
        simulation,
        rows=rows_by_default(simulation.iterations),
        uncertainty=uncertainty_by_default(simulation.model, simulation.strategy, simulation.days),
    )
    return replace(job, experiment=asked, chunk=asked.chunk)


def repeated(job: Job) -> dict[str, str]:
    """What the form has to be filled in with to compare the same again."""
    sweep: Any = job.experiment
    return texts_of(job, sweep)


def so_far(job: Job, total: SweepTally, units: int) -> dict[str, Any]:
    """What it amounts to before it is complete: how much choosing seems to be worth, and the map."""
    from montecarlo import charts  # plotly takes a while to import

    sweep: Any = job.experiment
    table = sweep_table(sweep.varied, total, None)
    lines = summary.read(selection_bias_table(total.validated, table), BIAS, VALIDATED | FOLLOWED, _WRITTEN_BY)
    return {
        "lines": [lines[statistic] for statistic in HEADLINE],
        "charts": {"map": charts.sweep_map(table, "return_mean", sweep.strategy.parameters)},
    }


def sweep_map(bucket: Bucket, job: Job, statistic: str = "return_mean") -> "go.Figure":
    """A statistic of every combination."""
    from montecarlo import charts  # plotly takes a while to import

    sweep: Any = job.experiment
    table = _table(bucket, job)
    with results.making_sense_of(job, TABLE):
        return charts.sweep_map(table, statistic, sweep.strategy.parameters)


def _table(bucket: Bucket, job: Job) -> pd.DataFrame:
    sweep: Any = job.experiment

    def read(content: bytes) -> pd.DataFrame:
        table = pd.read_csv(io.BytesIO(content))
        if len(table) != len(sweep.simulations):
            raise DamageError(f"it has {len(table):,} combinations, not {len(sweep.simulations):,}")
        numbers = [name for name in table.columns if name not in dict(sweep.axes)]
        if missing := COLUMNS.keys() - set(numbers):
            raise DamageError(f"it lacks {', '.join(sorted(missing))}")
        return table.astype(dict.fromkeys(numbers, float))

    return results.parsed(bucket, job, read, TABLE)


def _axis(sweep: Sweep, name: str, values: Sequence[Any]) -> dict[str, Any]:
    """A parameter that is varied: its name, its label, and the texts of its values."""
    parameter = sweep.strategy.parameters[name]
    return {"name": name, "label": parameter.label, "values": [parameter.written(value) for value in values]}


def _row(sweep: Sweep, place: int, numbers: "pd.Series[Any]") -> dict[str, Any]:
    strategy = sweep.simulations[place].strategy
    values = {name: strategy.values[name] for name, _ in sweep.axes}
    return {
        "values": [amount(strategy.parameters[name], value) for name, value in values.items()],
        "numbers": [summary.written(_WRITTEN_BY.get(name, percent), numbers[name]) for name in COLUMNS],
        "texts": {name: strategy.parameters[name].written(value) for name, value in values.items()},
    }


KIND = Kind(
    template="sweep.html",
    read=read,
    charts={
        "map": Chart(
            "Every combination",
            sweep_map,
            "",
            "sweep.csv has its numbers",
            wide=True,
            choices={"statistic": COLUMNS},
        )
    },
    sentence=results.sentence,
    figures=figures,
    repeated=repeated,
    so_far=so_far,
    alone=alone,
)
