"""Training as an experiment: models with several settings, of which one is chosen on days that do not judge it.

A unit is a model.  Each is trained twice.  Once on the earlier of the days to train on, so that the later of them say
which settings to choose; and then on all of them, so that the days after those, which had no part in the choice, judge
it.  No bits are promised: what trains differs between machines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, BinaryIO, Self

from montecarlo import parameters
from montecarlo.data.history import PriceHistory
from montecarlo.errors import LibraryError, ParameterError
from montecarlo.experiments import training_tables as tables
from montecarlo.experiments.cells import Cells
from montecarlo.experiments.experiment import SUMMARY, Experiment, Progress, RowsFormat, TellSoFar
from montecarlo.experiments.given import PRICES
from montecarlo.experiments.given_history import GivenHistory
from montecarlo.experiments.table_forms import TRAINING, of_models
from montecarlo.experiments.training_tables import IMPORTANCE, RELIABILITY, TABLE, Cell
from montecarlo.learning import Trained, Training, libraries, train
from montecarlo.learning.settings import TREES
from montecarlo.parameters import Choice, Parameter, parameter, shown
from montecarlo.statistics.summary import summary_to_csv
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained import TrainedModel

Axes = tuple[tuple[str, tuple[Any, ...]], ...]

VARIED = ("method", "n", "stop_loss", "take_profit", "max_holding", "direction")
"""The settings that may have several values."""
_NOT_VARIED = {
    "threshold": "it changes how often a model trades, and not how well it tells days apart",
    "share": "all models of a training are judged on the same days",
    "fill": "it is a rule of trading, and no choice that could be luck",
    "intrabar": "it is a rule of trading, and no choice that could be luck",
}
MOST_MODELS = 200
VALIDATION = 0.4  # of the days to train on, the last ones, which choose
MODEL_DAYS = 2**33  # as much work as simulating so many days: some twenty seconds on one core


@dataclass(frozen=True, kw_only=True)
class TrainingGrid(Experiment):
    """Models trained on the first part of a history, chosen by their skill on its end, and judged on the rest.

    Args:
        history: The prices, with open, high and low.
        settings: Those that all models have.
        axes: Of each setting that is varied its name and its values; none for a single model.
        choose_by: What the choice looks at: "auc" the area under the curve, "brier" how much better the squared error
            of the probability is than that of the share of all days.  Where both sides are learned, their mean.

    Raises:
        ParameterError: naming each of them that cannot be used.
        HistoryError: the prices are at hand, and have no open, high and low.
    """

    kind = "training"
    unit = "model"
    doing = "Training"
    block = 1
    any_result_files = (TABLE, RELIABILITY, IMPORTANCE, MODEL_FILE, SUMMARY)

    history: GivenHistory
    settings: Training
    axes: Axes = ()
    choose_by: str = parameter(
        Choice(("auc", "brier")),
        "auc",
        label="Choose by",
        help="Area under the curve, or squared error of the probability, on days that do not judge.",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", axes_of(self.axes))
        parameters.check(self)
        if self.history.history is not None:
            self.history.history.require_bars()

    @cached_property
    def cells(self) -> tuple[Training, ...]:
        """The settings of each model, in the order of their values."""
        names = [name for name, _ in self.axes]
        return tuple(
            replace(self.settings, **dict(zip(names, values, strict=True)))
            for values in product(*(values for _, values in self.axes))
        )

    @property
    def varied(self) -> dict[str, list[Any]]:
        """The values that are varied, of each model, by name."""
        return {name: [getattr(each, name) for each in self.cells] for name, _ in self.axes}

    @property
    def units(self) -> int:
        return len(self.cells)

    @property
    def path_days(self) -> int:
        return MODEL_DAYS

    @property
    def chunk(self) -> int:
        return 1

    @property
    def inputs(self) -> Mapping[str, str]:
        return {PRICES: self.history.digest}

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        return replace(self, history=self.history.with_inputs(contents))

    @property
    def lacks(self) -> str:
        try:
            libraries.scikit_learn("linear_model")
            if any(each.method == TREES for each in self.cells):
                libraries.lightgbm()
        except LibraryError as error:
            return str(error)
        return ""

    @property
    def reproducible(self) -> bool:
        return False

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.history.warnings

    @property
    def title(self) -> str:
        if not self.axes:
            return f"training of {self.settings.name}, {self.settings.method}"
        return f"training of {self.settings.name}: {self.units:,} models by {' and '.join(n for n, _ in self.axes)}"

    def facts(self) -> list[tuple[Parameter, Any]]:
        values = {**{name: getattr(self.settings, name) for name in parameters.declared(Training)}, **dict(self.axes)}
        told = [(each, values[name]) for name, each in parameters.declared(Training).items()]
        own = [(each, getattr(self, name)) for name, each in parameters.declared(self).items()]
        return [*self.history.facts(), *told, *(own if self.axes else [])]

    def headline(self) -> dict[str, Any]:
        values = {**self.settings.to_dict(), **dict(self.axes)}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def rows_format(self) -> RowsFormat | None:
        return None

    def run(
        self,
        first: int,
        stop: int,
        rows: BinaryIO | None = None,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        so_far: TellSoFar | None = None,
    ) -> Cells:
        total = Cells({})
        for number in range(first, stop):
            total += Cells({number: self._cell(self.cells[number]).to_dict()})
            if so_far:
                so_far(total)
            if progress:
                progress(number - first + 1)
        return total

    def _cell(self, settings: Training) -> Cell:
        history = self.history.at_hand
        try:
            validated = self._validated(history, settings) if self.units > 1 else None
            return Cell.of(train(history, settings), validated)
        except ParameterError as error:
            if self.units == 1:
                raise
            return Cell(problem=str(error))

    def _validated(self, history: PriceHistory, settings: Training) -> Trained:
        """Trained on the earlier of the days to train on, and judged on the later: the rest is not looked at."""
        seen = replace(history, bars=history.bars.iloc[: int(settings.share * len(history.bars))])
        try:
            return train(seen, replace(settings, share=1 - VALIDATION))
        except ParameterError as error:
            message = "; ".join(f"{name} {problem}" for name, problem in error.problems.items())
            raise ParameterError({"share": f"leaves too little to choose among models: {message}"}) from error

    def partial_result(self, content: bytes) -> Cells:
        found = Cells.from_bytes(content, self.units)
        for each in found.found.values():
            Cell.from_dict(each)
        return found

    def found(self, total: Cells) -> tuple[Cell, ...]:
        """What came of each model, in their order; of all of them."""
        return tuple(Cell.from_dict(total.found[number]) for number in range(self.units))

    def results(self, total: Cells, rows: Iterable[bytes]) -> dict[str, bytes]:
        cells = self.found(total)
        chosen = tables.chosen(cells, self.choose_by)
        if chosen is None:
            raise ParameterError({"settings": f"cannot be trained with: {cells[0].problem}"})
        best = cells[chosen]
        return {
            TABLE: tables.table(self.varied, self.cells, cells, chosen).to_csv(index=False).encode(),
            RELIABILITY: tables.frame(best.reliability).to_csv(index=False).encode(),
            IMPORTANCE: tables.frame(best.importance).to_csv(index=False).encode(),
            MODEL_FILE: best.model.encode(),
            SUMMARY: summary_to_csv(tables.summary(cells, chosen, self.choose_by)),
        }

    def database_tables(self, files: Mapping[str, bytes], known: Mapping[str, str]) -> dict[str, bytes]:
        others = {name: content for name, content in files.items() if name != TABLE}
        return {**super().database_tables(others, known), TRAINING: of_models(files[TABLE], self.cells)}

    def require_whole(self, name: str, content: bytes) -> None:
        if name == MODEL_FILE:
            TrainedModel.from_json(content)
        else:
            lines = sum(len(each.sides) for each in self.cells) if name == TABLE else None
            tables.require_whole(name, content, [axis for axis, _ in self.axes], lines)

    def to_dict(self) -> dict[str, Any]:
        return {
            "history": self.history.to_dict(),
            "settings": self.settings.to_dict(),
            "axes": [[name, list(values)] for name, values in self.axes],
            "choose_by": self.choose_by,
        }

    @classmethod
    def from_dict(cls, values: object) -> Self:
        given = parameters.from_dict(cls.kind, values, cls)
        return cls(
            history=GivenHistory.from_dict(given["history"]),
            settings=Training.from_dict(given["settings"]),
            axes=given["axes"],
            choose_by=given["choose_by"],
        )


def axes_of(axes: object) -> Axes:
    """The values of each setting that is varied, each once, in order, and in the one spelling of its kind.

    Raises:
        ParameterError: there is no such setting, it cannot have one of the values, or there are too many models.
    """
    if (
        not isinstance(axes, tuple | list)
        or not all(map(_is_axis, axes))
        or len({name for name, _ in axes}) != len(axes)
    ):
        raise ParameterError({"axes": f"must be names, each once, with lists of values, not {shown(axes)}"})
    known, found = parameters.declared(Training), []
    for name, values in axes:
        if name not in VARIED:
            reason = f": {_NOT_VARIED[name]}" if name in _NOT_VARIED else ""
            raise ParameterError({name: f"cannot have several values{reason}; {', '.join(VARIED)} can"})
        if problem := next(filter(None, map(known[name].problem, values)), ""):
            raise ParameterError({name: problem})
        found.append((name, tuple(dict.fromkeys(sorted(map(known[name].unified, values))))))
    models = prod(len(values) for _, values in found)
    if not 1 <= models <= MOST_MODELS:
        name = found[0][0]
        raise ParameterError({name: f"makes {models:,} models, and there can be 1 to {MOST_MODELS}: vary less"})
    return tuple(found)


def _is_axis(axis: object) -> bool:
    return (
        isinstance(axis, tuple | list)
        and len(axis) == 2
        and isinstance(axis[0], str)
        and isinstance(axis[1], tuple | list)
    )
