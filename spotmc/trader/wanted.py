"""What a trader shall trade, and how, as the options of ``create`` and of ``dry-run`` say it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from spotmc.chosen import chosen_by, history_of, say_trying
from spotmc.trader.options import SHARES, read_first_and_limits

if TYPE_CHECKING:
    from fleet.bucket import Bucket
    from fleet.job import Job
    from fleet.traders.settings import Limits
    from montecarlo.accounting.rules import Rules
    from montecarlo.data.history import PriceHistory
    from montecarlo.strategies import Strategy

T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """
    Attributes:
        job: The backtest that is traded.
        first: The first day at whose close is decided; None where nobody says.
        limits: Beyond what it halts.
        history: The prices.
        strategy: What is traded when; of a rule of a person's own, while the block lasts that has it.
        rules: Money, fills and costs.
        contents: What the job was made of, by what it is; None where the bucket has it.
        warnings: What is doubtful.
    """

    job: "Job"
    first: date | None
    limits: "Limits"
    history: "PriceHistory"
    strategy: "Strategy"
    rules: "Rules"
    contents: Mapping[str, bytes] | None
    warnings: tuple[str, ...]


@contextmanager
def wanted(given: Mapping[str, Any], *, feed: str, broker: str, carried: bool) -> Iterator[Wanted]:
    """From the values of the options of an experiment.

    Args:
        given: Their values, by name.
        feed: One of ``fleet.traders.settings.FEEDS``.
        broker: One of ``fleet.traders.settings.BROKERS``.
        carried: Whether a rule must do with what a trader in a container has.

    Raises:
        ParameterError: naming each that cannot be used.
        HistoryError, RuleError, TrainedModelError: naming what cannot be used.
        click.UsageError: options contradict each other.
    """
    from fleet.before_prices import require_strategy
    from fleet.chosen import strategy_at_hand, strategy_of
    from fleet.job import PRICES
    from fleet.new_job import make_backtest_job
    from fleet.traders.settings import ALPACA
    from fleet.traders.tradable import problems_of, problems_of_feed
    from montecarlo.errors import ParameterError

    given = {**given, "shares": given["shares"] or (None if given["all_in"] else str(SHARES))}
    problems: dict[str, str] = {}
    first, limits = read_first_and_limits(given, problems)
    path = _Path.read(given, feed, problems)
    if feed == ALPACA and given["prices"] is not None and given["symbol"] is None:
        problems["symbol"] = (
            "must be given beside --prices and --feed alpaca: a file's name does not say what is traded"
        )
    chosen = _all_at_once(problems, lambda: chosen_by(given | {"days": None, "seed": None}))
    _all_at_once(problems, lambda: require_strategy(chosen))
    if chosen.rule is None:  # nobody waits for prices to be told of what they do not change
        problems |= problems_of(strategy_of(chosen), chosen.rules, broker)
    if problems:
        raise ParameterError(problems)
    history = history_of(given["symbol"], given["source"], given["prices"], given)
    if path:
        history = path.of(history)
    with strategy_at_hand(chosen, history, on_workers=carried, trying=say_trying) as strategy:
        problems = problems_of(strategy, chosen.rules, broker) | _first_problem(first, feed, history)
        problems |= problems_of_feed(history.symbol, history.bars_per_year, feed)
        job = _all_at_once(problems, lambda: make_backtest_job(history, strategy=strategy, rules=chosen.rules))
        if problems:
            raise ParameterError(problems)
        contents = {PRICES: history.to_csv(), **chosen.contents}
        warnings = tuple(dict.fromkeys((*history.warnings, *job.experiment.warnings)))
        yield Wanted(job, first, limits, history, strategy, chosen.rules, contents, warnings)


def wanted_of_job(bucket: "Bucket", job_id: str, given: Mapping[str, Any], *, feed: str, broker: str) -> Wanted:
    """From a job of the bucket, and what is said beside it.

    Raises:
        ParameterError: naming what cannot be used.
        click.UsageError: it is no backtest.
        FleetError
    """
    import click

    from fleet.inputs import at_hand
    from fleet.job_store import load_job
    from fleet.submit import cannot_be_sent
    from fleet.traders.tradable import problems_of, problems_of_feed
    from montecarlo.errors import ParameterError
    from montecarlo.experiments.historical import HistoricalBacktest

    problems: dict[str, str] = {}
    first, limits = read_first_and_limits(dict(given), problems)
    job = load_job(bucket, job_id)
    if not isinstance(job.experiment, HistoricalBacktest):
        raise click.UsageError(
            f"--job {job_id} is a {job.experiment.kind}, but a trader trades a backtest: leave out --job and give the "
            "options of `spotmc backtest`"
        )
    if problem := cannot_be_sent(job):
        raise click.UsageError(f"--job {problem}")
    experiment = at_hand(bucket, job).experiment
    assert isinstance(experiment, HistoricalBacktest)
    history = experiment.history.at_hand
    problems |= problems_of(experiment.strategy, experiment.rules, broker) | _first_problem(first, feed, history)
    problems |= problems_of_feed(history.symbol, history.bars_per_year, feed)
    if problems:
        raise ParameterError(problems)
    strategy, rules = experiment.strategy, experiment.rules
    return Wanted(job, first, limits, history, strategy, rules, None, experiment.warnings)


@dataclass(frozen=True)
class _Path:
    """A path of a model that is replayed in place of a history."""

    model: str
    days: int
    seed: int

    @classmethod
    def read(cls, given: Mapping[str, Any], feed: str, problems: dict[str, str]) -> "_Path | None":
        """The path that the options ask for, if they do; what cannot be used is added to ``problems``.

        Raises:
            click.UsageError: they contradict each other.
        """
        import click

        from fleet.chosen import read_given
        from fleet.traders.settings import REPLAY
        from montecarlo.experiments.traded_paths import MODEL, TradedPaths, seed_or_new
        from montecarlo.parameters import declared

        if given["simulated"] is None:
            if given["days"] or given["seed"]:
                raise click.UsageError("--days and --seed are those of a simulated path: give --simulated MODEL, too")
            return None
        if feed != REPLAY:
            raise click.UsageError(f"--simulated is replayed: leave out --feed {feed}")
        known = declared(TradedPaths)
        simulated = replace(MODEL, name="simulated")
        model = read_given({simulated.name: simulated}, given, problems).get("simulated", MODEL.default)
        values = {"days": known["days"].default, "seed": None}
        values |= read_given({name: known[name] for name in values}, given, problems)
        return cls(model, values["days"], seed_or_new(values["seed"]))

    def of(self, history: "PriceHistory") -> "PriceHistory":
        """The path, of the model fitted to the history, and so that it can be had again.

        Raises:
            ParameterError, HistoryError: there can be none.
        """
        import click

        from montecarlo.experiments.simulated_history import simulate_history
        from montecarlo.models import fit

        click.echo(f"Replaying a path of the {self.model} model, --days {self.days} --seed {self.seed}", err=True)
        model = fit(history, self.model, bars=history.has_bars)
        return simulate_history(model, days=self.days, seed=self.seed, symbol=history.symbol)


def _first_problem(first: date | None, feed: str, history: "PriceHistory") -> dict[str, str]:
    """Why a trader cannot begin on that day, by the name of the option."""
    from fleet.traders.settings import REPLAY

    last = history.dates[-1].item()
    if first is None or feed != REPLAY or first < last:
        return {}
    return {"first": f"must be before {last}, the last day that is replayed, not {first}"}


def _all_at_once(problems: dict[str, str], make: Callable[[], T]) -> T:
    """What it makes.

    Raises:
        ParameterError: it cannot be made, or something before it was wrong; naming all of that.
    """
    from montecarlo.errors import ParameterError

    try:
        return make()
    except ParameterError as error:
        raise ParameterError({**error.problems, **problems}) from error
