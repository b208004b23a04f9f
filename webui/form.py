"""The job form: what a person typed, as values that make a job and as problems beside their fields."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from fleet.job import Job
from fleet.new_job import RECOMMENDED
from montecarlo import limits
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import check_symbol
from montecarlo.errors import HistoryError

NUMBERS = ("short", "long", "days", "iterations")
FIELDS = ("symbol", "source", *NUMBERS, "model", "preview")
RULES = tuple(rule.name for rule in fields(Rules))
CARRIED = (*RULES, "warm_up")  # have no field on the page, but stay what they are when a job is changed and repeated
SOURCES = {  # those that need no file
    "sample": "Real bars on this machine, no network: AAPL, FB, GOOG, IBM, MSFT until 2013.",
    "yfinance": "Yahoo Finance, the last ten years.",
    "fred": "Index levels of the St. Louis Fed, the last ten years: SP500, NASDAQCOM.",
}
MODELS = {
    "normal": "Daily returns are independent and normally distributed, as in the workshop.",
    "gbm": "Geometric Brownian motion: the logarithms of daily returns are, so no price ever reaches zero.",
    "bootstrap": "The history's own daily returns in blocks, so with its fat tails and its calm and stormy spells.",
    "student_t": "Daily returns are independent, with crashes and jumps as frequent as the history's.",
}
TICKED = "yes"


@dataclass(frozen=True)
class JobForm:
    """The form at one moment.

    Args:
        typed: Texts by field name, as they came.
        values: What they mean, complete when there are no problems.  Besides the fields on the page a previewed job
            brings its ``seed``, and a repeated one those of CARRIED that are not the usual ones.
        problems: By field name.
    """

    typed: Mapping[str, str]
    values: Mapping[str, Any]
    problems: Mapping[str, str]

    @classmethod
    def filled_in(cls, typed: Mapping[str, str]) -> Self:
        """The form before anybody judges it: the recommended values, and over them what ``typed`` has."""
        recommended = {name: str(value) for name, value in RECOMMENDED.items()}
        return cls({**recommended, **typed}, {}, {})

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """Judge what was sent; nothing is assumed for a field that is missing."""
        numbers = {name: typed.get(name, "") for name in NUMBERS}
        found, problems = limits.read(numbers | {name: typed[name] for name in ("seed", *CARRIED) if name in typed})
        values: dict[str, Any] = dict(found)
        try:
            values["symbol"] = check_symbol(typed.get("symbol", ""))
        except HistoryError as error:
            problems["symbol"] = str(error)
        for name, words in (("source", SOURCES), ("model", MODELS)):
            choice, values[name] = limits.Choice(tuple(words)), typed.get(name, "")
            if not choice.accepts(values[name]):
                problems[name] = f"must be {choice}, not {limits.shown(values[name])}"
        # Sending cannot be taken back by looking again, so anything but a clear yes or no is asked for once more.
        values["preview"] = "preview" in typed
        if typed.get("preview", TICKED) != TICKED:
            problems["preview"] = f"must be ticked ({TICKED!r}) or left out, not {limits.shown(typed['preview'])}"
        return cls(typed, values, problems)

    def refused(self, problems: Mapping[str, str]) -> Self:
        """The same form with problems that only making the job has shown."""
        return replace(self, problems=problems)

    @property
    def carried(self) -> dict[str, str]:
        """What a repeated job brings with it."""
        return {name: self.typed[name] for name in CARRIED if name in self.typed}

    @property
    def rules(self) -> Rules:
        """Those that the job will be traded under.  Where they cannot be used, sending tells; until then the usual."""
        values, problems = limits.read(self.carried)
        given: dict[str, Any] = {name: values[name] for name in RULES if name in values}
        return Rules() if problems else Rules(**given)

    @property
    def other_problems(self) -> list[str]:
        """Problems of parameters that have no field on the page."""
        return [f"{name} {problem}" for name, problem in self.problems.items() if name not in FIELDS]


def fields_of(job: Job) -> dict[str, str | int | float]:
    """What was typed to make this job."""
    simulation, strategy = job.simulation, job.strategy
    return {
        "symbol": job.symbol,
        "source": job.source,
        "short": strategy.short,
        "long": strategy.long,
        "days": simulation.days,
        "iterations": simulation.iterations,
        "model": simulation.model.name,
        **{name: value for name, value in asdict(simulation.rules).items() if value != getattr(Rules(), name)},
        **({"warm_up": "true"} if simulation.warm_up else {}),
    }


def bounds(name: str) -> dict[str, str]:
    """Smallest and largest value of a number field, as HTML attributes."""
    whole = limits.PARAMETERS[name]
    assert isinstance(whole, limits.Whole)
    return {"min": str(whole.low), "max": str(whole.high)}
