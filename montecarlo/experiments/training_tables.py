"""What a training yields as tables: a row for each model and side, and what the choice among them is worth."""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

import pandas as pd

from montecarlo.errors import DamageError
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.learning import Trained, Training
from montecarlo.statistics.tables import whole_table
from montecarlo.trained import Skill, TrainedModel

TABLE, RELIABILITY, IMPORTANCE = "training.csv", "reliability.csv", "importance.csv"

Records = list[dict[str, Any]]
Skills = Mapping[str, Skill]

JUDGED = tuple(each.name for each in fields(Skill))
"""Of each model and side, on days that had no part in training or choosing."""
CHOSEN_BY = ("auc", "brier", "brier_base", "volatility_auc")
"""The same on the days that choose, of fewer statistics."""
_NUMBERS = ("model", "chosen", *(f"validation_{name}" for name in CHOSEN_BY), *JUDGED)
COLUMNS = ("side", *_NUMBERS, "doubts", "problem")

_OF_A_SIDE = {
    "auc": "area under the curve: how often a signal that reached its target scored above one that did not",
    "volatility_auc": "the same of a forecast from yesterday's volatility alone",
    "excess_auc": "the first less the second",
    "brier": "mean squared error of the probability",
    "brier_base": "the same of someone who always says the share of the training days",
    "base_rate": "share of the signals whose trade reached its target",
    "days": "signals that judged",
    "effective_days": "how many independent ones they are worth",
}
_WITH_INTERVAL = ("auc", "volatility_auc", "excess_auc")
STATISTICS = {
    "models": "how many models were trained",
    "failed": "how many of them could not be",
    "chosen": "number of the one that was chosen, from 0",
    "validation": "what it was chosen by, on the days that chose it: the higher the better",
    "judged": "the same on later days, which had no part in the choice",
    "average_validation": "what all models had on the days that chose",
    "average_judged": "the same on later days",
    "luck": "how much more the chosen one has lost on later days than all have on average: luck of the choice",
    "rank": "relative rank of the chosen one on later days, from 0 for the worst to 1 for the best",
    **{f"{side}_{name}": f"{side}: {words}" for side in ("long", "short") for name, words in _OF_A_SIDE.items()},
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What came of one model, as values that JSON keeps exactly.

    Attributes:
        model: Its JSON; empty where it could not be trained.
        judged: Its skill by side, on days that had no part in the choice.
        validated: The same of the days that choose, of a model that has not seen them; empty where nothing is chosen.
        reliability, importance: As records; see ``montecarlo.learning.Trained``.
        doubts: What is doubtful about it, by side; see ``montecarlo.learning.Trained``.
        problem: Why it could not be trained.
    """

    model: str = ""
    judged: Skills = field(default_factory=dict)
    validated: Skills = field(default_factory=dict)
    reliability: Records = field(default_factory=list)
    importance: Records = field(default_factory=list)
    doubts: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @classmethod
    def of(cls, trained: Trained, validated: Trained | None) -> Self:
        return cls(
            model=trained.model.to_json().decode(),
            judged=_skills(trained.model),
            validated={} if validated is None else _skills(validated.model),
            reliability=_records(trained.reliability),
            importance=_records(trained.importance),
            doubts=dict(trained.doubts),
        )

    def to_dict(self) -> dict[str, Any]:
        skills = {
            name: {side: skill.to_dict() for side, skill in getattr(self, name).items()}
            for name in ("judged", "validated")
        }
        return {**vars(self), **skills}

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """What ``to_dict`` wrote.

        Raises:
            DamageError: it is something else.
        """
        try:
            skills = {
                name: {side: Skill(**skill) for side, skill in values[name].items()} for name in ("judged", "validated")
            }
            return cls(**{**values, **skills, "doubts": dict(values["doubts"])})
        except (TypeError, LookupError, ValueError, AttributeError) as error:
            raise DamageError("what it says of a model cannot be read") from error


def chosen(cells: Sequence[Cell], by: str) -> int | None:
    """The number of the one that is the best on the days that choose, the first of equals; None where there is none."""
    trained = [number for number, each in enumerate(cells) if not each.problem]
    if len(cells) == 1 or not trained:
        return trained[0] if trained else None
    return max(trained, key=lambda number: _score(cells[number].validated, by))


def summary(cells: Sequence[Cell], number: int, by: str) -> pd.DataFrame:
    """The STATISTICS: what the chosen one is worth, and how much of what it seemed to be was luck of the choice.

    Returns:
        Columns ``statistic``, ``value``, ``low``, ``high``; NaN where undefined.
    """
    trained = [each for each in cells if not each.problem]
    best, skills = cells[number], cells[number].judged
    judged = [_score(each.judged, by) for each in trained]
    validated = [_score(each.validated, by) for each in trained]
    ours, before = _score(best.judged, by), _score(best.validated, by)
    average, average_before = _mean(judged), _mean(validated)
    choice = len(trained) > 1
    below = sum(each < ours for each in judged) + sum(each == ours for each in judged) / 2 - 0.5
    values: dict[str, tuple[float, float, float]] = {
        "models": _alone(len(cells)),
        "failed": _alone(len(cells) - len(trained)),
        "chosen": _alone(number),
        "validation": _alone(before),
        "judged": _alone(ours),
        "average_validation": _alone(average_before),
        "average_judged": _alone(average),
        "luck": _alone((before - ours) - (average_before - average) if choice else math.nan),
        "rank": _alone(below / (len(trained) - 1) if choice else math.nan),
    }
    for side in ("long", "short"):
        for name in _OF_A_SIDE:
            ends = (f"{name}_low", f"{name}_high") if name in _WITH_INTERVAL else ()
            values[f"{side}_{name}"] = _of(skills.get(side), name, ends)
    records = [(name, *values[name]) for name in STATISTICS]
    return pd.DataFrame.from_records(records, columns=["statistic", "value", "low", "high"])


def table(
    varied: Mapping[str, Sequence[Any]], settings: Sequence[Training], cells: Sequence[Cell], number: int
) -> pd.DataFrame:
    """A row for each model and side: the settings that are varied, and COLUMNS."""
    records = []
    for model, (told, cell) in enumerate(zip(settings, cells, strict=True)):
        for side in told.sides:
            judged, validated = cell.judged.get(side), cell.validated.get(side)
            record = {name: values[model] for name, values in varied.items()}
            record |= {"side": side, "model": model, "chosen": int(model == number)}
            record |= {f"validation_{name}": getattr(validated, name, math.nan) for name in CHOSEN_BY}
            record |= {name: getattr(judged, name, math.nan) for name in JUDGED}
            records.append(record | {"doubts": cell.doubts.get(side, ""), "problem": cell.problem})
    return pd.DataFrame.from_records(records, columns=[*varied, *COLUMNS])


def doubts_of_chosen(found: pd.DataFrame) -> list[str]:
    """What is doubtful about the model that was chosen, a sentence for each side; of a ``table`` that was read."""
    doubted = found[(found["chosen"] == 1) & found["doubts"].notna()]
    return [f"{side}: {words}" for side, words in zip(doubted["side"], doubted["doubts"], strict=True)]


def frame(records: Records) -> pd.DataFrame:
    return pd.DataFrame.from_records(records)


def require_whole(name: str, content: bytes, axes: Sequence[str], lines: int | None) -> None:
    """
    Args:
        name: One of TABLE, RELIABILITY, IMPORTANCE and SUMMARY.
        content: What was found under that name.
        axes: Names of the settings that are varied.
        lines: Rows of the TABLE.

    Raises:
        ValueError: it is damaged.
    """
    if name == TABLE and lines is not None:
        whole_table(content, [*axes, *COLUMNS], _NUMBERS, lines)
    elif name == SUMMARY:
        found = whole_table(content, ["statistic", "value", "low", "high"], ["value", "low", "high"], len(STATISTICS))
        if list(found["statistic"]) != list(STATISTICS):
            raise DamageError("it has other statistics than were written")
    else:
        whole_table(content, ["side"], [], content.count(b"\n") - 1)


def read(content: bytes) -> pd.DataFrame:
    """One of these tables."""
    return pd.read_csv(io.BytesIO(content))


_SCORES: Mapping[str, Callable[[Skill], float]] = {
    "auc": lambda skill: skill.auc,
    "brier": lambda skill: 1 - skill.brier / skill.brier_base if skill.brier_base else math.nan,
}


def _score(skills: Skills, by: str) -> float:
    """The mean over the sides; NaN where there is none."""
    return _mean([_SCORES[by](each) for each in skills.values()])


def _skills(model: TrainedModel) -> dict[str, Skill]:
    return {side: each.skill for side, each in model.sides.items() if each.skill is not None}


def _records(found: pd.DataFrame) -> Records:
    """As JSON keeps them: what is undefined is left out."""
    records = found.astype(object).to_dict("records")
    return [{str(name): value for name, value in record.items() if not _is_undefined(value)} for record in records]


def _is_undefined(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _of(skill: Skill | None, name: str, ends: Sequence[str]) -> tuple[float, float, float]:
    if skill is None:
        return _alone(math.nan)
    low, high = (getattr(skill, end) for end in ends) if ends else (math.nan, math.nan)
    return float(getattr(skill, name)), low, high


def _alone(value: float) -> tuple[float, float, float]:
    return float(value), math.nan, math.nan


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
