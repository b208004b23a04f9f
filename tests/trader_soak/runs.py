"""A trader from its first day to its last, killed and started again, in a world where things go wrong."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

import montecarlo as mc
from fleet import keys
from fleet.canonical import canonical
from fleet.errors import FleetError
from fleet.new_job import make_backtest_job
from fleet.traders.keys import trader_key
from fleet.traders.settings import ALPACA, PAPER, REPLAY, TraderSettings
from fleet.traders.state import ENDED, HALTED, STOPPED
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.strategies import SmaCrossover
from tests.alpaca_exchange import Exchange, TradingDay
from tests.alpaca_server import AlpacaServer
from tests.http_service import Request
from tests.trader_soak.expected import CAPITAL, Rule, account_of
from tests.trader_soak.faults import BUCKET, Asked
from tests.trader_soak.market import HISTORY, SYMBOL, market
from tests.trader_soak.one_process import POLL, WaitingIn, carried_by
from tests.trader_soak.person import MOST_LIFTS, Person
from tests.trader_soak.verdict import Verdict, judge, judge_replay
from tests.trader_soak.world import Choose, Killed, World, traded_days
from trader.broker import BrokerError
from trader.market import FeedError
from trader.patience import Patience
from trader.run import run

NAME = "soak"
PATIENCE = Patience(first=1.0, longest=60.0, poll=POLL, grace=3600.0)
STARTS_AT_MOST = 100
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """
    Attributes:
        days: That are traded.
        seed: Of prices.
        rule: Which decides.
        split_on: See ``market``.
        paper: Whether the feed is a replay and the broker our own, in place of Alpaca's.  Then it goes short, too, and
            has a target.
    """

    days: int = 8
    seed: int = 1
    rule: Rule = field(default_factory=Rule)
    split_on: int | None = None
    paper: bool = False


@dataclass(frozen=True)
class Outcome:
    """
    Attributes:
        verdict: What is to be said of it.
        struck: How often each kind of fault did.
        requests: Of all processes.
        starts: Of processes.
        ended: What the last one said: HALTED, or STOPPED after the last day.
        errors: With which processes ended.
        thrown: How often a person threw the kill switch.
    """

    verdict: Verdict
    struck: Counter[str]
    requests: list[Asked]
    starts: int
    ended: str
    errors: list[str]
    thrown: int = 0


def play(
    scenario: Scenario,
    choose: Choose,
    *,
    downtimes: Iterable[timedelta] = (),
    person: random.Random | None = None,
) -> Outcome:
    """
    Args:
        scenario: What is traded.
        choose: Which faults strike.
        downtimes: Between the end of a process and the start of the next; a minute where nothing is said.
        person: Dice of a person who throws and puts back switches; nobody does without.
    """
    requests = len(requests_of(scenario)) if person else 0
    with new_world(scenario) as world:
        if person is None:
            world.choose = choose
            return outcome_of(world, scenario, *_through(world, iter(downtimes)))
        somebody = world.choose = Person(world, NAME, person, requests, choose)
        ended, starts, errors = _through(world, iter(downtimes), stay=True)
        verdict = verdict_on(world, scenario)
        if ended != STOPPED:
            verdict.complaints.append(f"ended with {ended!r}")
        if somebody.lifted == MOST_LIFTS:
            verdict.complaints.append("it halts again however often that is lifted")
        return Outcome(verdict, world.struck, world.asked, starts, ended, errors, somebody.thrown)


@cache
def requests_of(scenario: Scenario) -> tuple[Asked, ...]:
    """All that is asked where nothing goes wrong."""
    return tuple(play(scenario, lambda _: None).requests)


def outcome_of(world: World, scenario: Scenario, ended: str, starts: int, errors: list[str]) -> Outcome:
    """What came of it, and whether it ended as it should."""
    verdict = verdict_on(world, scenario)
    if ended not in (HALTED, ENDED if scenario.paper else STOPPED):
        verdict.complaints.append(f"ended with {ended!r}")
    if (ended == HALTED) != bool(verdict.halts):
        verdict.complaints.append(f"ended with {ended!r}, and {len(verdict.halts)} halts are recorded")
    return Outcome(verdict, world.struck, world.asked, starts, ended, errors)


@contextmanager
def new_world(scenario: Scenario) -> Iterator[World]:
    """With a trader that has not begun, on the evening before its first day."""
    days = market(scenario.days, scenario.seed, scenario.split_on)
    exchange = Exchange(SYMBOL, days, days[HISTORY - 1].closes + timedelta(hours=4))
    exchange.account.cash = CAPITAL
    with TemporaryDirectory() as folder, AlpacaServer(exchange, Path(folder)) as server:
        world = World(server)
        for key, content in trader_objects(scenario).items():
            world.s3.answer(Request("PUT", f"/bucket/{key}", {}, content))
        yield world


def verdict_on(world: World, scenario: Scenario) -> Verdict:
    """By what the broker has executed."""
    if scenario.paper:
        return judge_replay(world.s3.objects(BUCKET), undisturbed(scenario), NAME)
    sessions = account_of(world.exchange.account.executions, traded_days(world.exchange), HISTORY, scenario.rule)
    return judge(sessions, world.sent, world.s3.objects(BUCKET), NAME)


def recorded_days(world: World) -> int:
    """How many the trader has decided."""
    return sum("/days/" in key for key in world.s3.objects(BUCKET))


@cache
def trader_objects(scenario: Scenario) -> dict[str, bytes]:
    """What is in the bucket before it begins."""
    days = [day for day in market(scenario.days, scenario.seed, scenario.split_on) if day.bar]
    rule, history = scenario.rule, _history(days if scenario.paper else days[:HISTORY])
    target = 0.03 if scenario.paper else None
    strategy = SmaCrossover(
        short=rule.short, long=rule.long, shorting=scenario.paper, stop_loss=rule.stop, take_profit=target
    )
    rules = mc.Rules(capital=CAPITAL, shares=float(rule.lot), fill="next-close")
    job = make_backtest_job(history, strategy=strategy, rules=rules)
    settings = TraderSettings(
        name=NAME,
        job=job,
        feed=REPLAY if scenario.paper else ALPACA,
        broker=PAPER if scenario.paper else ALPACA,
        first=days[HISTORY].day,
        created="2025-11-01T00:00:00+00:00",
    )
    return {
        trader_key(NAME): canonical(settings.to_dict()).encode(),
        keys.input_key("prices", history.digest): history.to_csv(),
    }


@cache
def undisturbed(scenario: Scenario) -> dict[str, bytes]:
    """What is in the bucket after a run in which nothing goes wrong."""
    with new_world(scenario) as world:
        _through(world, iter(()))
        return world.s3.objects(BUCKET)


def _history(days: Sequence[TradingDay]) -> PriceHistory:
    bars = pd.DataFrame(
        [(*day.bar, day.bar[3], 1e6) for day in days if day.bar],
        columns=["open", "high", "low", "close", "adjusted_close", "volume"],
        index=pd.DatetimeIndex([day.day for day in days], name="date"),
    )
    return check_history(bars, SYMBOL, "csv")


def _through(world: World, downtimes: Iterator[timedelta], *, stay: bool = False) -> tuple[str, int, list[str]]:
    errors: list[str] = []
    with carried_by(world) as bucket:
        for start in range(1, STARTS_AT_MOST):
            try:
                stop = WaitingIn(world)
                ended = run(
                    NAME,
                    bucket,
                    holder=f"process {start}",
                    stop=stop,
                    stay=stay,
                    patience=PATIENCE,
                    clock=world.now,
                    elapsed=world.elapsed,
                    emit=lambda _: None,
                )
                return ended, start, errors
            except Killed:
                pass
            except (FleetError, BrokerError, FeedError) as error:
                errors.append(f"{type(error).__name__}: {error}")
            world.pass_time(min(next(downtimes, A_MINUTE), max(world.left, A_MINUTE)))
    return "nothing", start, errors
