"""The form that trains a model: what a person typed, as values that make a job and as problems beside their fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from fleet.job import Job
from fleet.new_job import RECOMMENDED, make_training_job
from montecarlo.data.history import PriceHistory, check_symbol
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.training import VARIED, TrainingGrid
from montecarlo.learning import Training
from montecarlo.parameters import Parameter, Word, declared, shown
from webui.forms import snapshots
from webui.forms.fields import Field
from webui.forms.job_fields import PRICES, SOURCE, SOURCE_OF_SNAPSHOT

SYMBOL = "symbol"
NAME = Field(
    "name",
    Parameter.of(
        "name", Word(64), Training().name, label="Name of the model", help="By which you choose it afterwards."
    ),
)
SETTINGS = {name: Field(name, each, several=name in VARIED) for name, each in declared(Training).items()}
CHOOSE_BY = Field("choose_by", declared(TrainingGrid)["choose_by"])
_BARRIER = ("stop_loss", "take_profit", "max_holding", "intrabar", "fill")

LEARNED = tuple(each for name, each in SETTINGS.items() if name not in _BARRIER)
"""What is learned, and how."""
TRADES = tuple(SETTINGS[name] for name in _BARRIER)
"""How the trades end that it is about."""

_FIELDS = (SOURCE, *PRICES, NAME, *SETTINGS.values(), CHOOSE_BY)
_LESSER = (*PRICES, NAME, *SETTINGS.values(), CHOOSE_BY)  # as usual where they are not sent
_NOT_OF_THE_JOB = ("csrf_token", "let_go", "file", "file_symbol")


@dataclass(frozen=True)
class TrainingForm:
    """The form at one moment.

    Attributes:
        typed: Texts by name of the field, of all fields.
        values: What they mean, likewise; complete when there are no problems.
        over: Of the settings those that have several values, of which each combination is trained.
        problems: By name of the field.
    """

    typed: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    over: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def filled_in(cls, typed: Mapping[str, str]) -> Self:
        """The form before anybody judges it: the usual texts, and over them what ``typed`` has."""
        usual = {each.name: each.usual for each in _FIELDS} | {snapshots.FIELD: ""}
        usual |= {name: str(RECOMMENDED[name]) for name in (SYMBOL, SOURCE.name)}
        return cls({**usual, **{name: text for name, text in typed.items() if name in usual}})

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """Judge what was sent; lesser fields that are missing are as usual."""
        known = {SYMBOL, snapshots.FIELD, *(each.name for each in _FIELDS)}
        problems = {
            shown(name): "is no field of this form"
            for name in typed
            if name not in known and name not in _NOT_OF_THE_JOB
        }
        needed = dict.fromkeys((SYMBOL, SOURCE.name), "")
        form = cls.filled_in(needed | dict(typed))
        values: dict[str, Any] = {snapshots.FIELD: form.typed[snapshots.FIELD]}
        try:
            values[SYMBOL] = check_symbol(form.typed[SYMBOL])
        except HistoryError as error:
            problems[SYMBOL] = str(error)
        if values[snapshots.FIELD] and not snapshots.DIGEST.fullmatch(values[snapshots.FIELD]):
            problems[snapshots.FIELD] = "must be the SHA-256 of prices in the bucket: choose a source or the file anew"
        source = SOURCE_OF_SNAPSHOT if values[snapshots.FIELD] else SOURCE
        over: dict[str, Sequence[Any]] = {}
        for each in (source, *_LESSER):
            try:
                found = each.read_values(form.typed[each.name]) if each.several else [each.read(form.typed[each.name])]
                values[each.name] = found[0]
                over |= {each.name: found} if len(found) > 1 else {}
            except ParameterError as error:
                problems |= error.problems
        if not problems:
            try:
                _settings(values)
            except ParameterError as error:
                problems |= error.problems
        return replace(form, values=values, over=over, problems=problems)

    @property
    def can_have_prices(self) -> bool:
        """Whether it says which prices are wanted, whatever else is wrong with it."""
        return not {SYMBOL, SOURCE.name, snapshots.FIELD, *(each.name for each in PRICES)} & self.problems.keys()

    def job(self, history: PriceHistory) -> Job:
        """The job that is asked for; there must be no problems.

        Raises:
            ParameterError: it cannot be made of this history; by name of the field.
        """
        try:
            history.require_bars()
        except HistoryError as error:
            raise ParameterError({SYMBOL: str(error)}) from error
        choose_by = self.values[CHOOSE_BY.name]
        return make_training_job(history, _settings(self.values), self.over, choose_by=choose_by)

    def refused(self, problems: Mapping[str, str]) -> Self:
        """The same form with problems that only making the job has shown."""
        return replace(self, problems=problems)

    @property
    def other_problems(self) -> list[str]:
        """Those of what has no field."""
        return [
            f"{name} {problem}"
            for name, problem in self.problems.items()
            if name not in self.typed or name == snapshots.FIELD
        ]


def texts_of(job: Job) -> dict[str, str]:
    """What was typed to train the same."""
    training: Any = job.experiment
    told = {**training.settings.to_dict(), CHOOSE_BY.name: training.choose_by}
    several = dict(training.axes)
    texts = {each.name: each.text(told[each.name]) for each in (NAME, CHOOSE_BY)}
    texts |= {
        name: each.text_of_values(several[name]) if name in several else each.text(told[name])
        for name, each in SETTINGS.items()
    }
    texts |= {SYMBOL: job.symbol, SOURCE.name: job.source, **snapshots.text_of(job)}
    usual = TrainingForm.filled_in({}).typed
    return {
        name: text
        for name, text in texts.items()
        if text != usual[name] or name in (SYMBOL, SOURCE.name, snapshots.FIELD)
    }


def _settings(values: Mapping[str, Any]) -> Training:
    return Training(**{name: values[name] for name in (NAME.name, *SETTINGS)})
