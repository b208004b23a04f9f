"""The work of a training job: its prices and what it asks for, as a job that ``spotmc submit`` could send as well."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from container import hyperparameters, inputs
from container.hyperparameters import BACKTEST, SIMULATE, SWEEP, TRAIN, Asked, added_to, require_told
from container.opt_ml import OptMl
from container.trained_file import trained_model_in
from fleet.before_prices import require_simulation, require_strategy, require_sweep
from fleet.chosen import Chosen, read_training, strategy_at_hand, varied_strategy_at_hand
from fleet.job import Job
from fleet.new_job import make_backtest_job, make_job, make_sweep_job, make_training_job
from fleet.settings import ALLOW, OWN_RULES
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.sources import SOURCES, load_history
from montecarlo.data.span import Span
from montecarlo.errors import HistoryError, ParameterError, TrainedModelError
from montecarlo.experiments.sweep import Sweep
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.trial import try_on_history
from montecarlo.parameters import shown
from montecarlo.strategies import Strategy
from montecarlo.strategies.ml_forecast import MODEL, MODEL_FILE, MlForecast
from montecarlo.strategies.own_rule import OwnRule
from montecarlo.trained import TrainedModel

PRICES, RULE = "prices", "rule"  # channels, as is MODEL

CSV = "csv"


@dataclass(frozen=True)
class Work:
    """What is to be done.

    Attributes:
        asked: By the hyperparameters.
        chosen: The strategy and what it is told; None of a training.
        history: The prices.
    """

    asked: Asked
    chosen: Chosen | None
    history: PriceHistory

    @property
    def contents(self) -> Mapping[str, bytes]:
        """What it is made of beside its prices, by what it is."""
        return self.chosen.contents if self.chosen else {}


def read_work(folder: OptMl, environment: Mapping[str, str]) -> Work:
    """What a training job's folder asks for, judged as far as it can be before anything is done.

    Args:
        folder: Of the job.
        environment: Says whether a rule of a person's own may run.

    Raises:
        ParameterError: naming all that is wrong with hyperparameters, channels and hosts.
        HistoryError: the prices cannot be read or cannot be used.
        RuleError, TrainedModelError: the file of a channel is not what it should be.
        OSError: a file cannot be read.
    """
    problems: dict[str, str] = {}
    with added_to(problems):
        inputs.require_one_host(folder)
    files = _files(folder, problems)
    asked = None
    with added_to(problems):
        asked = hyperparameters.read(inputs.hyperparameters(folder), own_rule=RULE in files)
    if RULE in files and environment.get(OWN_RULES) != ALLOW:
        message = (
            f"has a rule of a person's own, which runs only where that is allowed: set {OWN_RULES}={ALLOW} in the "
            "Environment of the training job"
        )
        problems[f"channel {RULE}"] = message
    if problems or asked is None:
        raise ParameterError(problems)
    return Work(asked, _chosen(asked, files), _history(asked, files[PRICES]))


@contextmanager
def job_at_hand(work: Work, say: Callable[[str], object]) -> Iterator[Job]:
    """The job while the block lasts; a rule of a person's own is tried, and run in limited processes.

    Args:
        work: What is to be done.
        say: Told what takes a while.

    Raises:
        ParameterError, HistoryError, RuleError: it cannot be done with these prices.
    """
    asked, chosen, history = work.asked, work.chosen, work.history
    if chosen is None:
        training, over, choose_by = read_training(asked.name, asked.given)
        yield make_training_job(history, training, over, choose_by=choose_by)
        return

    def trying(rule: str) -> None:
        say(f"Trying {rule} on real and simulated prices")

    if asked.work == SWEEP:
        with varied_strategy_at_hand(chosen, history, trying=trying) as (strategy, over):
            require_told(asked, strategy)
            job = make_sweep_job(history, strategy=strategy, over=over, rules=chosen.rules, **chosen.paths)
            if chosen.rule and isinstance(job.experiment, Sweep):
                for each in job.experiment.strategies:  # of which one was tried as thoroughly as can be
                    assert isinstance(each, OwnRule)
                    try_on_history(each, history)
            yield job
        return
    with strategy_at_hand(chosen, history, trying=trying) as strategy:
        require_told(asked, strategy)
        if asked.work == BACKTEST:
            yield make_backtest_job(history, strategy=strategy, rules=chosen.rules)
        else:
            yield make_job(history, strategy=strategy, rules=chosen.rules, **chosen.of_a_simulation)


def to_be_served(work: Work, job: Job, results: Mapping[str, bytes]) -> Strategy | None:
    """The strategy that an endpoint can serve; None of a sweep, for of many combinations the best is luck, too."""
    if work.asked.work == TRAIN:
        return MlForecast(model=TrainedModel.from_json(results[MODEL_FILE]))
    strategy: Strategy | None = getattr(job.experiment, "strategy", None) if work.asked.work != SWEEP else None
    return strategy


def _files(folder: OptMl, problems: dict[str, str]) -> dict[str, Path]:
    """The file of each channel that there is."""
    found: dict[str, Path] = {}
    with added_to(problems):
        channels = inputs.channels(folder)
        if unknown := [name for name in channels if name not in (PRICES, MODEL, RULE)]:
            message = f"is not known: there can be {PRICES}, {MODEL} and {RULE}"
            problems |= {f"channel {name}": message for name in unknown}
        for name in (PRICES, MODEL, RULE):
            with added_to(problems):
                if name in channels:
                    found[name] = inputs.file_of(channels[name])
        if PRICES not in channels:
            problems[f"channel {PRICES}"] = f"is missing: one CSV of daily bars, in {folder.data / PRICES}"
    return found


def _chosen(asked: Asked, files: Mapping[str, Path]) -> Chosen | None:
    """
    Raises:
        ParameterError, RuleError, TrainedModelError, OSError: as ``read_work``.
    """
    extra = {name: f"is not needed for work={TRAIN}: leave it out" for name in (MODEL, RULE) if name in files}
    if asked.work == TRAIN:
        if extra:
            raise ParameterError({f"channel {name}": problem for name, problem in extra.items()})
        return None
    rule = RuleFile.read(files[RULE]) if RULE in files else None
    strategy = rule.name if rule else asked.strategy or "sma-crossover"
    if rule and asked.strategy not in (None, rule.name):
        raise ParameterError({"strategy": f"must be left out, or be {rule.name}, which is in the channel {RULE}"})
    trained = _trained(strategy, files.get(MODEL))
    chosen = Chosen.of(
        strategy, asked.told, asked.given, model_settings=asked.model_settings, rule=rule, trained=trained
    )
    {BACKTEST: require_strategy, SIMULATE: require_simulation, SWEEP: require_sweep}[asked.work](chosen)
    return chosen


def _trained(strategy: str, file: Path | None) -> TrainedModel | None:
    name = f"channel {MODEL}"
    if strategy != MlForecast.name:
        if file is None:
            return None
        raise ParameterError({name: f"is for strategy={MlForecast.name}, not for {strategy}: leave it out"})
    if file is None:
        what = f"{MODEL_FILE}, or the model.tar.gz that a job with work={TRAIN} has left"
        raise ParameterError({name: f"is missing, and strategy={MlForecast.name} trades what is in it: {what}"})
    try:
        return TrainedModel.from_json(trained_model_in(file))
    except TrainedModelError as error:
        raise TrainedModelError(f"{name}: {file.name} {error}") from error


def _history(asked: Asked, file: Path) -> PriceHistory:
    """The prices: a snapshot where its source is named, and any file that ``--prices`` reads otherwise.

    Raises:
        ParameterError: a part of them is asked for that they do not have.
        HistoryError: they cannot be read or cannot be used.
    """
    if asked.source in (None, CSV):
        return load_history(asked.symbol, CSV, path=file, **asked.prices)
    from fleet.histories import SOURCE as S3  # it takes along what reaches S3

    if asked.source not in (known := (*SOURCES, S3)):
        raise ParameterError({"source": f"must be one of {', '.join(known)}, not {shown(asked.source)}"})
    if asked.symbol is None:
        message = f"must be given: a snapshot of {asked.source} does not say what its prices are of"
        raise ParameterError({"symbol": message})
    year = asked.prices.get("bars_per_year")
    try:
        history = PriceHistory.from_csv(file.read_bytes(), asked.symbol, asked.source, year)
    except HistoryError as error:
        raise HistoryError(f"{error}; of any other CSV of daily prices, leave out source={asked.source}") from error
    span = Span(**{name: value for name, value in asked.prices.items() if name != "bars_per_year"})
    bars = span.cut(history.bars)
    return history if bars is history.bars else check_history(bars, history.symbol, history.source, year)
