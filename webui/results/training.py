"""What came of a training, as its page shows it."""

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from fleet import results
from fleet.bucket import Bucket
from fleet.job import Job
from montecarlo.experiments import training_tables as tables
from montecarlo.experiments.facts import amount
from montecarlo.experiments.training import TrainingGrid
from montecarlo.learning import Training
from montecarlo.parameters import declared
from montecarlo.statistics.summary import summary_from_csv
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained import Skill, TrainedModel
from webui.display import percent
from webui.forms.training import texts_of
from webui.results import backtest_statistics, unseen, verdicts
from webui.results.backtest import DAYS, drawn, trade_lines
from webui.results.kind import Chart, Figure, Kind
from webui.results.summary import Line, written
from webui.results.verdict_chart import VERDICT

if TYPE_CHECKING:
    import plotly.graph_objects as go

BEST = 10  # models in the table

_AREA = (
    "how often a day whose trade reached its target had a higher score than a day whose did not, on days that the "
    "training has not seen: 0.5 is no skill"
)
_ALONE = "the same of a forecast from nothing but yesterday's volatility, trained in the same way"
_DOES = {"long": "buying", "short": "selling short"}


def read(bucket: Bucket, job: Job) -> dict[str, Any]:
    """What it is worth in a sentence, skill beside what anybody has, and what the rule made of the unseen days."""
    training: Any = job.experiment
    model = model_of(bucket, job)
    said = results.sentence(bucket, job)
    table = results.parsed(bucket, job, tables.read, tables.TABLE)
    skills = {side: each.skill for side, each in model.sides.items() if each.skill is not None}
    tried = unseen.backtest_of(bucket, job, model)
    with results.making_sense_of(job, tables.TABLE):
        best = _best(training, table) if training.units > 1 else []
        doubts = tables.doubts_of_chosen(table)
    return {
        "sentence": said,
        "headline": _headline(skills),
        "model": model,
        "model_name": training.settings.name,
        "skills": [_row(side, skill) for side, skill in skills.items()],
        "overlap": [f"{_DOES[side]}: {_overlap(skill)}" for side, skill in skills.items()],
        "doubts": doubts,
        "settings": [declared(Training)[name].label for name in training.varied],
        "best": best,
        "models": training.units,
        "unseen_from": model.trained_on.unseen_from.isoformat(),
        "verdict": verdicts.known(job),
        "traded": backtest_statistics.of_summary(tried.summary)["groups"] if tried else None,
        **(trade_lines(tried.trades) if tried else {"trades": [], "all_trades": 0}),
    }


def model_of(bucket: Bucket, job: Job) -> TrainedModel:
    """The model that was chosen.

    Raises:
        NotCompleteError, UnreadableObjectError, BucketError: as ``fleet.results.parsed``.
    """
    return results.parsed(bucket, job, TrainedModel.from_json, MODEL_FILE)


def figures(content: bytes) -> list[Figure]:
    """What tells trainings apart at a glance."""
    value = summary_from_csv(content).set_index("statistic")["value"]
    sides = [side for side in _DOES if value.get(f"{side}_auc", math.nan) > 0]  # NaN of a side that was not learned
    areas = [Figure(f"AUC {_DOES[side]}", written(_area, value[f"{side}_auc"])) for side in sides]
    alone = [Figure(f"Volatility, {side}", written(_area, value[f"{side}_volatility_auc"])) for side in sides]
    return [*areas, *alone][:4]


def _area(value: float) -> str:
    return f"{value:.3f}"


def _interval(low: float, high: float) -> str:
    return f"{_area(low)} to {_area(high)}"


def _headline(skills: dict[str, Skill]) -> list[Line]:
    """Area under the curve beside that of volatility alone, of each side."""
    found = []
    for side, skill in skills.items():
        found += [
            Line(f"AUC, {_DOES[side]}", _area(skill.auc), _interval(skill.auc_low, skill.auc_high), _AREA),
            Line(
                f"Volatility alone, {_DOES[side]}",
                _area(skill.volatility_auc),
                _interval(skill.volatility_auc_low, skill.volatility_auc_high),
                _ALONE,
            ),
        ]
    return found


def _row(side: str, skill: Skill) -> dict[str, Any]:
    """What a side's skill is beside what anybody has."""
    excess = f"{skill.excess_auc:+.3f}"
    return {
        "side": _DOES[side],
        "numbers": [
            (_area(skill.auc), _interval(skill.auc_low, skill.auc_high)),
            (_area(skill.volatility_auc), _interval(skill.volatility_auc_low, skill.volatility_auc_high)),
            (excess, f"{skill.excess_auc_low:+.3f} to {skill.excess_auc_high:+.3f}"),
            (percent(skill.base_rate), ""),
            (f"{skill.brier:.4f}", ""),
            (f"{skill.brier_base:.4f}", ""),
            (f"{skill.volatility_brier:.4f}", ""),
        ],
    }


def _overlap(skill: Skill) -> str:
    return f"{skill.days:,} days judged it, worth about {skill.effective_days:,.0f} independent ones"


def _best(training: TrainingGrid, table: pd.DataFrame) -> list[dict[str, Any]]:
    """The models that were best on the days that choose, the chosen one first."""
    known = declared(Training)
    by_model = table.groupby("model").mean(numeric_only=True)
    order = by_model.sort_values(
        ["chosen", f"validation_{training.choose_by}"], ascending=[False, False], kind="stable"
    )
    rows = []
    for number in order.index[:BEST]:
        own, mean = table[table["model"] == number].iloc[0], by_model.loc[number]
        problem = own["problem"] if isinstance(own["problem"], str) else ""
        rows.append(
            {
                "values": [amount(known[name], own[name]) for name in training.varied],
                "chosen": bool(mean["chosen"]),
                "numbers": [
                    written(_area, mean[name]) for name in (f"validation_{training.choose_by}", "auc", "brier")
                ],
                "problem": problem,
            }
        )
    return rows


def reliability(bucket: Bucket, job: Job) -> "go.Figure":
    """Whether what was said came true as often."""
    from montecarlo import charts  # plotly takes a while to import

    span = model_of(bucket, job).barrier.span
    table = results.parsed(bucket, job, tables.read, tables.RELIABILITY)
    with results.making_sense_of(job, tables.RELIABILITY):
        return charts.reliability(table, span)


def importance(bucket: Bucket, job: Job) -> "go.Figure":
    """Which features it lives on."""
    from montecarlo import charts  # plotly takes a while to import

    table = results.parsed(bucket, job, tables.read, tables.IMPORTANCE)
    with results.making_sense_of(job, tables.IMPORTANCE):
        return charts.importance(table)


def candles(bucket: Bucket, job: Job, days: str = next(iter(DAYS))) -> "go.Figure":
    """Bars with the trades that the rule made on days that its training has not seen."""
    model = model_of(bucket, job)
    return drawn(bucket, job, unseen.require_backtest(bucket, job, model), unseen.strategy_of(model), days)


def equity(bucket: Bucket, job: Job) -> "go.Figure":
    """The account on those days, beside that of buying and holding."""
    from montecarlo import charts  # plotly takes a while to import

    return charts.equity(unseen.require_backtest(bucket, job, model_of(bucket, job)))


def _unseen_note(job: Job) -> str:
    return "On days that the training has not seen; what comes before them is not traded."


KIND = Kind(
    template="training.html",
    read=read,
    charts={
        "verdict": VERDICT,
        "reliability": Chart(
            "Does what it says come true?",
            reliability,
            "said",
            "reliability.csv has its numbers",
            note=lambda job: (
                "Of days that the training has not seen. On the dotted line, it came true as often as was "
                "said; the bars are what chance does to so few days."
            ),
        ),
        "importance": Chart(
            "What it looks at",
            importance,
            "lost without it",
            "importance.csv has its numbers",
            note=lambda job: "How much area under the curve is lost when a feature is dealt out anew among the days.",
        ),
        "equity": Chart("The account on unseen days", equity, "date", note=_unseen_note, wide=True),
        "candles": Chart(
            "Bars and trades on unseen days",
            candles,
            "date",
            "the table of trades below says the same in numbers",
            note=_unseen_note,
            wide=True,
            choices={"days": DAYS},
        ),
    },
    sentence=results.sentence,
    figures=figures,
    repeated=texts_of,
    form="train.show",
)
