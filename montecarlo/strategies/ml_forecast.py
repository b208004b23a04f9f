"""Entries where a trained model expects a trade to reach its target before its stop."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from montecarlo.data.history import PriceHistory
from montecarlo.engine.lanes import LANES, Records, Stage, aligned, stage
from montecarlo.errors import ParameterError, TrainedModelError
from montecarlo.parameters import Choice, from_dict, parameter, shown, to_dict
from montecarlo.strategies.forecast_features import ROW, fill_features
from montecarlo.strategies.forecast_scores import SCORES, as_numbers, find_asking, reach
from montecarlo.strategies.model_card import BOTH, LONG, SHORT, ModelCard
from montecarlo.strategies.strategy import ENTRIES, FloatArray, StageParameters, Strategy, Targets
from montecarlo.trained import TrainedModel, decisions, features

MODEL = "model"  # what the trained model is among the inputs of a job
MODEL_FILE = "model.json"  # in which it lies beside results

EXITS = {"stop_loss": "a stop", "take_profit": "a target", "max_holding": "a longest holding time"}

DECISION = np.dtype([("row", ROW), ("scores", SCORES)])

_PATHS_AT_ONCE = 4 * LANES  # whose features plain NumPy keeps: 20 MB for five years
_WORK, _TREES_OF_WORK = 8, 2


@dataclass(frozen=True)
class MlForecast(Strategy):
    """Enter where a trained model gives a trade at least its threshold of reaching its target before its stop.

    Stop, target and longest holding time are those that the model was trained for, unless others are given, of which
    ``warnings`` tells.  It decides nothing where the price has vanished or a feature is not finite.

    Args:
        model: The trained model; or what a job says of it, and then the strategy can be read and shown, but not traded.
        direction: The sides that are traded: "long", "short" or "both"; None takes those that the model has.

    Attributes:
        card: What a job says of the model.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """

    name = "ml-forecast"
    label = "Forecast by a trained model"
    help = "Enters where a trained model expects a trade to reach its target before its stop."
    signals = ENTRIES
    asked_daily = True

    model: TrainedModel | ModelCard = field(compare=False, repr=False)
    direction: str | None = parameter(
        Choice((LONG, SHORT, BOTH)),
        None,
        label="Direction",
        help="The sides that are traded, of those that the model was trained for.",
        optional=True,
    )
    card: ModelCard = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.model, TrainedModel | ModelCard):
            raise ParameterError({MODEL: f"must be a trained model, not {shown(self.model)}"})
        card = self.model if isinstance(self.model, ModelCard) else ModelCard.of(self.model)
        unless_given = {name: getattr(card.barrier, name) for name in EXITS} | {"direction": card.direction}
        for name, value in unless_given.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        object.__setattr__(self, "card", card)
        super().__post_init__()

    def contradictions(self) -> dict[str, str]:
        if self.direction is not None and self.card.has(self.direction):
            return {}
        return {"direction": f"cannot be {self.direction}: the model {self.card.name} was trained for {self._sides}"}

    @property
    def _sides(self) -> str:
        return " and ".join(self.card.sides)

    @property
    def at_hand(self) -> TrainedModel:
        """The trained model.

        Raises:
            ParameterError: this is only what a job says of it.
        """
        if isinstance(self.model, TrainedModel):
            return self.model
        message = f"must be at hand to be traded, and this is only what is known of {self.card.name}: give its file"
        raise ParameterError({MODEL: message})

    @property
    def called(self) -> str:
        return f"{self.name} of {self.card.name}"

    @property
    def first_decision(self) -> int:
        return self.card.first_decision

    @property
    def work(self) -> int:  # type: ignore[override]  # it depends on the model
        return _WORK + self.card.trees // _TREES_OF_WORK

    @property
    def enters_both_ways(self) -> bool:
        return self.direction == BOTH

    @property
    def inputs(self) -> Mapping[str, str]:
        return {MODEL: self.card.digest}

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        """The same with its model at hand.

        Raises:
            TrainedModelError: the content under MODEL is none, or another one.
        """
        model = TrainedModel.from_json(contents[MODEL])
        if ModelCard.of(model) != self.card:
            raise TrainedModelError(
                f"is another trained model, {model.name}, than {self.card.name}, which is asked for"
            )
        return replace(self, model=model)

    @property
    def warnings(self) -> tuple[str, ...]:
        trained = {name: getattr(self.card.barrier, name) for name in EXITS}
        return (
            *(
                f"the model {self.card.name} was trained for {what} of {trained[name]:g}, and trades with "
                f"{getattr(self, name):g}: its forecast is about other trades"
                for name, what in EXITS.items()
                if getattr(self, name) != trained[name]
            ),
            *(
                (f"the model {self.card.name} was trained for entries by market orders, not by limits",)
                if self.entry_limit is not None
                else ()
            ),
        )

    def doubts_on(self, history: PriceHistory) -> tuple[str, ...]:
        """That its training has seen some of the days, as far as the model is at hand."""
        if not isinstance(self.model, TrainedModel):
            return ()
        on = self.model.trained_on
        first = history.bars.index[min(self.first_decision, len(history.bars) - 1)].date()
        if on.symbol != history.symbol or first >= on.last:
            return ()
        return (
            f"the model {self.card.name} was trained on the days of {on.symbol} until {on.last}: what it makes of them "
            f"says nothing; a history that begins on {on.unseen_from} leaves them out (--start)",
        )

    def targets(self, prices: FloatArray) -> Targets:
        model, n = self.at_hand, self.first_decision
        sides = {LONG: self.direction in (LONG, BOTH), SHORT: self.direction in (SHORT, BOTH)}
        wanted = np.zeros(prices.shape, np.int8)
        for first in range(0, prices.shape[1], _PATHS_AT_ONCE):
            some = prices[:, first : first + _PATHS_AT_ONCE]
            with np.errstate(over="ignore", invalid="ignore"):
                found = features(some, n)
                decided = decisions(model, found, **sides)
            sure = np.isfinite(found).all(axis=-1) & (some[n:] > 0)
            wanted[n:, first : first + _PATHS_AT_ONCE] = np.where(sure, decided, 0)
        return wanted

    def stage(self) -> tuple[Stage, StageParameters]:
        model = self.at_hand
        numbers = {side: as_numbers(forecast) for side, forecast in model.sides.items()}
        begin = {LONG: _HEAD, SHORT: _HEAD + len(numbers.get(LONG, ()))}
        traded = [begin[side] if side in numbers and self.direction in (side, BOTH) else 0 for side in begin]
        return _decide, np.concatenate([[self.first_decision, *traded], *numbers.values()])

    def scratch(self) -> Records:
        return aligned(DECISION, 1)

    def to_dict(self) -> dict[str, Any]:
        values = to_dict(self)
        del values["card"]
        return {"name": self.name, **values, "model": self.card.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The strategy that ``to_dict`` wrote, without its model.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        if "card" in values:
            raise ParameterError({"card": "is not known in the strategy"})
        given = from_dict("strategy", {"card": None, **values}, cls, "name")
        del given["name"], given["card"]
        return cls(**given | {"model": ModelCard.from_dict(given["model"])})


_HEAD = 3  # longest window, and where the forecast of each side begins; zero where it is not traded


@stage
def _decide(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    decision = scratch.view(DECISION)[0]
    row, scores, wants = decision.row, decision.scores, targets[len(targets) - 1]
    asking = find_asking(scores, wants)
    if asking == 0:
        return
    n, long_at, short_at = np.int64(parameters[0]), np.int64(parameters[1]), np.int64(parameters[2])
    fill_features(row, prices, n)
    for lane in range(LANES):
        scores.buys[lane] = scores.sells[lane] = scores.margin[lane] = scores.short_margin[lane] = 0.0
    if long_at > 0:
        reach(scores, row, 2 * n, parameters[long_at:], asking, scores.buys, scores.margin)
    if short_at > 0:
        reach(scores, row, 2 * n, parameters[short_at:], asking, scores.sells, scores.short_margin)
    for lane in range(LANES):
        buys, sells = scores.buys[lane], scores.sells[lane]
        more = scores.margin[lane] - scores.short_margin[lane]
        larger = (1.0 if more > 0.0 else 0.0) - (1.0 if more < 0.0 else 0.0)
        decided = larger if buys + sells > 1.0 else buys - sells
        sure = (row.doubt[lane] == 0.0) & (row.today[lane] > 0.0) & (wants.lane[lane] != 0)
        wants.lane[lane] = np.int8(decided if sure else 0.0)
