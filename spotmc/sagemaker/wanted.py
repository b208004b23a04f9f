"""What a training job shall do: the hyperparameters and the channels that the options of an experiment amount to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from spotmc.chosen import chosen_by, history_of, say_trying

if TYPE_CHECKING:
    from fleet.chosen import Chosen
    from fleet.job import Job
    from montecarlo.data.history import PriceHistory

BACKTEST, SIMULATE, SWEEP, TRAIN = WORKS = ("backtest", "simulate", "sweep", "train")

PRICES, RULE, MODEL = "prices", "rule", "model"
FILES = {PRICES: "prices.csv", MODEL: "model.json"}
"""What the file of a channel is called; that of a rule has its own name."""


@dataclass(frozen=True)
class Wanted:
    """What a container shall do, wherever it runs.

    Attributes:
        work: One of WORKS.
        hyperparameters: All text, by name; only what was given, and what it takes to have the same job.
        channels: Content by name of the channel, which is also what it is to a job: PRICES, RULE or MODEL.
        job: Which has the same id there.
        warnings: What is doubtful.
    """

    work: str
    hyperparameters: Mapping[str, str]
    channels: Mapping[str, bytes]
    job: "Job"
    warnings: tuple[str, ...]

    def file_name(self, channel: str) -> str:
        """What the file in the folder of a channel is called."""
        return self.hyperparameters["strategy"] if channel == RULE else FILES[channel]

    def objects(self, name: str) -> dict[str, bytes]:
        """What the bucket has to have for the training job of that name, by key.

        Content lies where that of other jobs does, under its digest; but a rule is called by the name of its file.
        """
        places = self.places(name)
        return {
            places[what] + (self.file_name(what) if what == RULE else ""): content
            for what, content in self.channels.items()
        }

    def places(self, name: str) -> dict[str, str]:
        """What each channel of that training job is: the key of an object, or of a folder with one.

        A folder is another one for each rule: one of before lies there still where its job did not come to be started.
        """
        from fleet.keys import input_key, sagemaker_input

        def place(what: str, content: bytes) -> str:
            if what != RULE:
                return input_key(what, sha256(content).hexdigest())
            return f"{sagemaker_input(name, what)}{sha256(self.file_name(what).encode() + content).hexdigest()[:12]}/"

        return {what: place(what, content) for what, content in self.channels.items()}


def wanted(work: str, given: Mapping[str, Any]) -> Wanted:
    """From the values of the options of that work; whatever can be known is checked.

    Raises:
        ParameterError, HistoryError, RuleError, TrainedModelError: naming what cannot be used.
        click.UsageError: options contradict each other.
    """
    return _MAKE[work](given)


def _backtest(given: Mapping[str, Any]) -> Wanted:
    from fleet.before_prices import require_strategy
    from fleet.chosen import OF_RULES, strategy_at_hand
    from fleet.new_job import make_backtest_job

    chosen = chosen_by(given)
    require_strategy(chosen)
    history = _history(given)
    with strategy_at_hand(chosen, history, on_workers=True, trying=say_trying) as strategy:
        job = make_backtest_job(history, strategy=strategy, rules=chosen.rules)
    return _of(BACKTEST, job, history, _of_strategy(chosen) | _texts(OF_RULES, given), chosen)


def _simulate(given: Mapping[str, Any]) -> Wanted:
    from fleet.before_prices import require_simulation
    from fleet.chosen import strategy_at_hand
    from fleet.new_job import make_job

    chosen = chosen_by(given)
    require_simulation(chosen)
    history = _history(given)
    with strategy_at_hand(chosen, history, on_workers=True, trying=say_trying) as strategy:
        job = make_job(history, strategy=strategy, rules=chosen.rules, **chosen.of_a_simulation)
    return _of(SIMULATE, job, history, _of_paths(chosen, given, job), chosen)


def _sweep(given: Mapping[str, Any]) -> Wanted:
    from fleet.before_prices import require_sweep
    from fleet.chosen import varied_strategy_at_hand
    from fleet.new_job import make_sweep_job
    from spotmc.sweep import try_all

    chosen = chosen_by(given)
    require_sweep(chosen)
    history = _history(given)
    with varied_strategy_at_hand(chosen, history, on_workers=True, trying=say_trying) as (strategy, over):
        job = make_sweep_job(history, strategy=strategy, over=over, rules=chosen.rules, **chosen.paths)
        if chosen.rule:
            try_all(job.experiment, history)
    return _of(SWEEP, job, history, _of_paths(chosen, given, job), chosen)


def _train(given: Mapping[str, Any]) -> Wanted:
    from fleet.chosen import read_training
    from fleet.new_job import make_training_job
    from montecarlo.experiments.training import TrainingGrid
    from montecarlo.learning import Training
    from montecarlo.parameters import declared

    told, over, choose_by = read_training(given["name"], given)
    history = _history(given)
    job = make_training_job(history, told, over, choose_by=choose_by)
    texts = {"name": given["name"]} | _texts((*declared(Training), *declared(TrainingGrid)), given)
    return _of(TRAIN, job, history, texts)


_MAKE: Mapping[str, Callable[[Mapping[str, Any]], Wanted]] = {
    BACKTEST: _backtest,
    SIMULATE: _simulate,
    SWEEP: _sweep,
    TRAIN: _train,
}


def _history(given: Mapping[str, Any]) -> "PriceHistory":
    """As it is read back from its snapshot, which is what a container has: so the job is the same there."""
    from montecarlo.data.history import PriceHistory
    from montecarlo.data.sources import load_history
    from spotmc import output

    found = history_of(given["symbol"], given["source"], given["prices"], given)
    content, year = found.to_csv(), found.bars_per_year if found.year_given else None
    if found.source == "csv":
        snapshot = load_history(found.symbol, "csv", path=BytesIO(content), bars_per_year=year)
    else:
        snapshot = PriceHistory.from_csv(content, found.symbol, found.source, year)
    output.print_warnings(each for each in found.warnings if each not in snapshot.warnings)
    return snapshot


def _of(
    work: str, job: "Job", history: "PriceHistory", texts: Mapping[str, str], chosen: "Chosen | None" = None
) -> Wanted:
    """The snapshot is cut already: what names its days is not said again.

    Raises:
        ParameterError: the container would not take it, or would take it for something else.
    """
    from container.hyperparameters import read, require_told

    prices = {"symbol": history.symbol, "source": history.source}
    prices |= {"bars_per_year": str(history.bars_per_year)} if history.year_given else {}
    warnings = tuple(dict.fromkeys((*history.warnings, *job.experiment.warnings)))
    hyperparameters = {"work": work, **prices, **texts}
    channels = {PRICES: history.to_csv(), **(chosen.contents if chosen else {})}
    understood = read(hyperparameters, own_rule=RULE in channels)
    if chosen:
        experiment: Any = job.experiment
        require_told(understood, experiment.strategy)
    return Wanted(work, hyperparameters, channels, job, warnings)


def _of_strategy(chosen: "Chosen") -> dict[str, str]:
    """A rule of a person's own is called by the name of its file, as here."""
    return {"strategy": chosen.rule.name if chosen.rule else chosen.strategy} | dict(chosen.told)


def _of_paths(chosen: "Chosen", given: Mapping[str, Any], job: "Job") -> dict[str, str]:
    """With the seed, which is a new one where none was given: what begins again after an interruption is the same."""
    from fleet.chosen import OF_PATHS, OF_RULES

    by_hand = ", ".join(f"{name}={value}" for name, value in (given.get("model_settings") or {}).items())
    experiment: Any = job.experiment
    texts = _of_strategy(chosen) | _texts((*OF_RULES, *OF_PATHS), given) | {"seed": str(experiment.seed)}
    return texts | ({"set_model": by_hand} if by_hand else {})


def _texts(names: Iterable[str], given: Mapping[str, Any]) -> dict[str, str]:
    """Those that were given, as text."""
    values = {name: given[name] for name in names if given.get(name) is not None}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}
