"""From hyperparameters, which are all text, to what they ask for; whatever is wrong with any is said at once."""

import json
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from fleet.chosen import OF_PATHS, OF_RULES, read_given, read_training
from montecarlo.data.span import Span
from montecarlo.data.trading_year import GIVEN
from montecarlo.errors import ParameterError
from montecarlo.experiments.parallel import THREADS
from montecarlo.experiments.precision import NOT_IN_A_SWEEP
from montecarlo.experiments.traded_paths import MODEL, WARM_UP, TradedPaths
from montecarlo.experiments.training import TrainingGrid
from montecarlo.learning import Training
from montecarlo.parameters import Parameter, Switch, declared, shown
from montecarlo.strategies import STRATEGIES, Strategy
from montecarlo.strategies.ml_forecast import MlForecast

BACKTEST, SIMULATE, SWEEP, TRAIN = WORKS = ("backtest", "simulate", "sweep", "train")

LONGEST, MOST = 2_500, 100
"""Characters of a value and number of them that CreateTrainingJob takes."""

SEED = 1
"""Where none is given: a job that is started anew goes on with the same paths, and a tuning job compares settings on
the same ones."""

MODEL_NAME = "forecast"  # of a training that names none
SAGEMAKERS_OWN = ("_", "sagemaker_")  # begin the names that the service and its SDK add

OF_PRICES: Mapping[str, Parameter] = {**declared(Span), GIVEN.name: GIVEN}
_OF_A_SWEEP = {**declared(TradedPaths), MODEL.name: MODEL, WARM_UP.name: WARM_UP}
_OF_TRAINING = {**declared(Training), "choose_by": declared(TrainingGrid)["choose_by"]}
_TEXTS = ("work", "symbol", "source")
_PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    BACKTEST: OF_RULES,
    SIMULATE: {**OF_RULES, **OF_PATHS},
    SWEEP: {**OF_RULES, **_OF_A_SWEEP},
    TRAIN: _OF_TRAINING,
}
_MORE_TEXTS = {
    BACKTEST: ("strategy",),
    SIMULATE: ("strategy", "set_model"),
    SWEEP: ("strategy", "set_model"),
    TRAIN: ("name",),
}


@dataclass(frozen=True)
class Asked:
    """What hyperparameters ask for.

    Attributes:
        work: One of WORKS.
        symbol: What the prices are of; None takes what their file says, or is called.
        source: Where a snapshot's prices came from; None where the file is somebody else's.
        prices: Which of its days, and how many bars make a year, by name.
        strategy: Its name; None where none was given.
        told: What the strategy is told, as typed, by name.
        given: Rules, paths or settings of a training, as typed, by name.
        model_settings: Parameters of the model in place of those that are fitted, as typed, by name.
        name: Of a trained model.
        threads: Cores to use; None uses all.
        ours: Names of those that were given and are not for the strategy.
    """

    work: str
    symbol: str | None
    source: str | None
    prices: Mapping[str, Any]
    strategy: str | None
    told: Mapping[str, str]
    given: Mapping[str, str]
    model_settings: Mapping[str, str]
    name: str
    threads: int | None
    ours: Set[str]


def read(values: Mapping[str, Any], *, own_rule: bool = False) -> Asked:
    """What they ask for.

    Args:
        values: As hyperparameters.json has them.
        own_rule: Whether there is a rule of a person's own, which knows best what it can be told.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """
    problems: dict[str, str] = {}
    texts = _texts(values, problems)
    work = texts.get("work")
    if work not in WORKS:
        is_what = f"must be one of {', '.join(WORKS)}, not {shown(work)}" if work else f"is missing: {_WORKS_MEAN}"
        raise ParameterError({**problems, "work": is_what})
    own, of_strategy = _PARAMETERS[work], _of_strategy(texts, own_rule, problems)
    known = {*_TEXTS, *_MORE_TEXTS[work], *OF_PRICES, THREADS.name, *own}
    told = {name: text for name, text in texts.items() if name not in known}
    if work == TRAIN or not own_rule:
        for name in [name for name in told if name not in of_strategy or work == TRAIN]:
            problems[name] = _unknown(name, work, texts.get("strategy"), {*known, *of_strategy})
            del told[name]
    texts = {name: _plain(own.get(name) or of_strategy.get(name), text) for name, text in texts.items()}
    given = {name: texts[name] for name in own if name in texts}
    with added_to(problems):
        if work == TRAIN:
            read_training(texts.get("name", MODEL_NAME), given)
        else:
            read_given(own, given, problems)
            if work != SWEEP:
                read_given(of_strategy, {name: texts[name] for name in told}, problems)
    asked = Asked(
        work=work,
        symbol=texts.get("symbol"),
        source=texts.get("source"),
        prices=read_given(OF_PRICES, texts, problems),
        strategy=texts.get("strategy"),
        told={name: texts[name] for name in told},
        given={"seed": str(SEED), **given} if "seed" in own else given,
        model_settings=_settings(texts, problems),
        name=texts.get("name", MODEL_NAME),
        threads=read_given({THREADS.name: THREADS}, texts, problems).get(THREADS.name),
        ours=texts.keys() - told.keys(),
    )
    if problems:
        raise ParameterError(problems)
    return asked


def require_told(asked: Asked, strategy: Strategy) -> None:
    """
    Raises:
        ParameterError: what was given for something else has the name of a parameter of the strategy, too, which would
            not hear of it.
    """
    message = f"is a hyperparameter of {asked.work} and a parameter of {strategy.called}, too: rename the latter"
    if both := [name for name in strategy.parameters if name in asked.ours]:
        raise ParameterError(dict.fromkeys(both, message))


@contextmanager
def added_to(problems: dict[str, str]) -> Iterator[None]:
    """A block whose problems with parameters are kept, so that others can be found beside them."""
    try:
        yield
    except ParameterError as error:
        problems |= error.problems


_WORKS_MEAN = (
    f"{BACKTEST} trades a strategy on the real history, {SIMULATE} on simulated ones, {SWEEP} compares combinations of "
    f"its parameters on these, and {TRAIN} trains a forecast"
)


def _texts(values: Mapping[str, Any], problems: dict[str, str]) -> dict[str, str]:
    """Those that are for us, without the quotes that an SDK has put around them."""
    if len(values) > MOST:
        problems["hyperparameters"] = f"are {len(values)}, and SageMaker takes {MOST} at most"
    found = {}
    for name, value in values.items():
        if name.startswith(SAGEMAKERS_OWN):
            continue
        if not isinstance(value, str):
            problems[name] = f"must be text in quotes, as SageMaker hands on all values, not {shown(value)}"
        elif len(value) > LONGEST:
            problems[name] = f"has {len(value):,} characters, and SageMaker takes {LONGEST:,} at most"
        elif text := _unwrapped(value).strip():
            found[name] = text
    return found


def _unwrapped(value: str) -> str:
    if not (len(value) > 1 and value[0] == value[-1] == '"'):
        return value
    try:
        text = json.loads(value)
    except ValueError:
        return value
    return text if isinstance(text, str) else value


def _plain(parameter: Parameter | None, text: str) -> str:
    """What Python calls True is written as everywhere else."""
    if parameter is not None and isinstance(parameter.kind, Switch) and text in ("True", "False"):
        return text.lower()
    return text


def _of_strategy(texts: Mapping[str, str], own_rule: bool, problems: dict[str, str]) -> Mapping[str, Parameter]:
    """What the strategy can be told, as far as that is known without its file."""
    if texts["work"] == TRAIN or own_rule:
        return {}
    name = texts.get("strategy", next(iter(STRATEGIES)))
    kinds = {**STRATEGIES, MlForecast.name: MlForecast}
    if name in kinds:
        return declared(kinds[name])
    what = "; a rule of your own is a file in the channel rule" if name.endswith(".py") else ""
    problems["strategy"] = f"must be one of {', '.join(kinds)}, not {shown(name)}{what}"
    return {each: parameter for kind in kinds.values() for each, parameter in declared(kind).items()}


def _unknown(name: str, work: str, strategy: str | None, known: set[str]) -> str:
    if work == SWEEP and name == "precision":
        return NOT_IN_A_SWEEP
    others = [each for each in WORKS if name in {*_PARAMETERS[each], *_MORE_TEXTS[each]}]
    if others:
        return f"is for work={' and '.join(others)}, not for {work}: leave it out"
    if work == TRAIN:
        return f"is no hyperparameter of {work}{_meant(name, known)}"
    owners = [each for each, kind in STRATEGIES.items() if name in declared(kind)]
    if owners:
        return f"is for strategy={' or '.join(owners)}, not for {strategy or next(iter(STRATEGIES))}: leave it out"
    return (
        f"is neither a hyperparameter of {work} nor told to {strategy or next(iter(STRATEGIES))}{_meant(name, known)}"
    )


def _meant(name: str, known: Any) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {near[0]}?" if near else f"; it can have {', '.join(sorted(known))}"


def _settings(texts: Mapping[str, str], problems: dict[str, str]) -> dict[str, str]:
    """The pairs of ``set_model``."""
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, texts.get("set_model", "").split(","))):
        name, equals, value = (each.strip() for each in pair.partition("="))
        if not name or not equals or name in found:
            problems["set_model"] = (
                f"must be names with values, each once, such as block=20, drift=0.05, not {shown(pair)}"
            )
        found[name] = value
    return found
