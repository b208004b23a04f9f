"""The feed and the broker that a trader's settings name, and its strategy with all that it needs."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from fleet import inputs
from fleet.bucket import Bucket
from fleet.errors import SettingsError
from fleet.job import Job
from fleet.settings import ALLOW, OWN_RULES
from fleet.traders import keys
from fleet.traders.accounts import claim
from fleet.traders.settings import ALPACA, BROKERS, FEEDS, PAPER, REPLAY, TraderSettings
from fleet.traders.tradable import problems_of, problems_of_feed
from montecarlo.errors import ParameterError
from montecarlo.experiments.historical import HistoricalBacktest
from montecarlo.own_rules.process import Limits, RuleProcesses
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.strategies.own_rule import RULE
from trader.broker import Broker
from trader.market import Feed
from trader.paper_broker import PaperBroker
from trader.replay import Replay

_HELPS = "create the trader again, under another name"
_SHARE_OF_MEMORY = 0.6  # of the machine's, for a person's own rule


@contextmanager
def backtest_at_hand(bucket: Bucket, settings: TraderSettings, *, own_rules: bool) -> Iterator[HistoricalBacktest]:
    """The backtest of a trader with its inputs, and with what runs its rule if it has one, while the block lasts.

    Raises:
        SettingsError: it has a person's own rule, and none may be run here.
        ParameterError: it cannot be traded on paper.
        RuleError: the rule cannot be loaded.
        UnreadableObjectError, MissingObjectError, BucketError: an input is not there.
        OSError: a process cannot be started.
    """
    job = settings.job
    rule = job.experiment.own_rule
    if rule is not None and not own_rules:
        raise SettingsError(
            f"trader {settings.name} has a person's own rule, {rule.file}, and none is run here: where you trust "
            f"its author, `{settings.run_command}`, or set {OWN_RULES}={ALLOW}, runs it with the rights of this "
            "process; on AWS, the stack parameter OwnRules"
        )
    job = inputs.at_hand(bucket, job, helps=_HELPS)
    if rule is None:
        yield _backtest_of(job, settings)
        return
    source = inputs.load_input(bucket, RULE, job.inputs[RULE], helps=_HELPS)
    with RuleProcesses(RuleFile(rule.file, source), Limits(most_bytes=_most_bytes())) as code:
        yield _backtest_of(replace(job, experiment=job.experiment.bound(code)), settings)


def connected(
    bucket: Bucket, settings: TraderSettings, backtest: HistoricalBacktest, *, every: float, clock: Callable[[], float]
) -> tuple[Feed, Broker]:
    """Feed and broker; what is traded at a broker elsewhere is no other trader's.

    Args:
        bucket: Where the account stands, if it is at our own broker.
        settings: Of the trader.
        backtest: With its prices.
        every: Seconds that a day of a replay takes at least.
        clock: Seconds since any time, by which they are counted.

    Raises:
        NotPaperError, AccountTakenError, ParameterError, BrokerError, FeedError, BucketError
    """
    if settings.feed not in FEEDS or settings.broker not in (BROKERS if settings.feed == ALPACA else (PAPER,)):
        problem = f"no trader has feed {settings.feed!r} and broker {settings.broker!r}: {_HELPS}"
        raise ParameterError({"broker": problem})  # days of years ago would be sent to an account of today
    feed = _feed(settings, backtest, every, clock)
    if settings.broker == PAPER:
        return feed, PaperBroker(
            bucket,
            keys.paper_account_key(settings.name),
            symbol=settings.job.symbol,
            rules=backtest.rules,
            bars_per_year=feed.bars_per_year,
            account=f"{PAPER}-{settings.name}",
        )
    from trader.alpaca.broker import AlpacaBroker

    broker = AlpacaBroker(settings.job.symbol, os.environ)
    claim(bucket, trader=settings.name, account=broker.account, symbol=settings.job.symbol)
    return feed, broker


def _feed(settings: TraderSettings, backtest: HistoricalBacktest, every: float, clock: Callable[[], float]) -> Feed:
    within_days = backtest.strategy.gives_orders
    if settings.feed == REPLAY:
        history = backtest.history.history
        assert history is not None
        try:
            return Replay(history, within_days=within_days, first=settings.first, seconds=every, clock=clock)
        except ValueError as error:
            raise ParameterError({"first": str(error)}) from error
    from trader.alpaca.feed import AlpacaFeed

    return AlpacaFeed(settings.job.symbol, os.environ)


def _backtest_of(job: Job, settings: TraderSettings) -> HistoricalBacktest:
    experiment = job.experiment
    if not isinstance(experiment, HistoricalBacktest):
        raise ParameterError({"job": f"must be a backtest, and trader {settings.name} has a {experiment.kind}"})
    history = experiment.history
    found = problems_of(experiment.strategy, experiment.rules, settings.broker)
    if found := found | problems_of_feed(history.symbol, history.bars_per_year, settings.feed):
        raise ParameterError(found)
    return experiment


def _most_bytes() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(Limits.most_bytes, int(memory * _SHARE_OF_MEMORY))
