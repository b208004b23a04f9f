"""Whether a trader lost or doubled an order, by what the broker executed, not by what the trader believes.

Lost: the broker should have executed it and did not, and nobody was told why: the trader neither halted nor left a word
about that order.  Doubled: the broker executed more than it should have; no word excuses that.  A position is wrong
where the trader recorded another one, or other cash, than the broker had at that close.  A halt has a reason where a
person can read it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import TypeVar

from fleet.traders.days import DayRecord
from fleet.traders.orders import LAPSED, OrderRecord
from fleet.traders.stored import Stored, read
from fleet.traders.switches import Switch, read_switch
from tests.trader_soak.expected import Session
from tests.trader_soak.world import Sent

CENT = 0.01

S = TypeVar("S", bound=Stored)


@dataclass
class Verdict:
    """Of a run, or of several.

    Attributes:
        orders: That should have been executed.
        lost, doubled: Shares that were not executed without a word, or beyond what should have been; in words.
        wrong: Positions and cash that are not the broker's, in words.
        explained: Orders that were not executed, or not wholly, of which the trader says so; in words.
        sent_before_recorded: Orders that reached the broker before they were in the bucket.
        halts: Reasons.
        lifted: Reasons of halts that somebody has lifted.
        complaints: Anything else that is not as it should be: a halt without a reason, an end without a record.
    """

    orders: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)
    sent_before_recorded: list[str] = field(default_factory=list)
    halts: list[str] = field(default_factory=list)
    lifted: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.wrong or self.sent_before_recorded or self.complaints)

    def add(self, other: "Verdict") -> None:
        self.orders += other.orders
        for name in ("lost", "doubled", "wrong", "explained", "sent_before_recorded", "halts", "lifted", "complaints"):
            getattr(self, name).extend(getattr(other, name))


def judge(sessions: Sequence[Session], sent: Sequence[Sent], objects: Mapping[str, bytes], trader: str) -> Verdict:
    """
    Args:
        sessions: What the broker executed and what it should have, on each day from the trader's first on.
        sent: Each order that reached the broker.
        objects: Of the bucket, by key.
        trader: Its name.
    """
    verdict = Verdict(orders=sum(len(+session.needed) for session in sessions))
    folder = f"traders/{trader}/"
    days = records(objects, f"{folder}days/", DayRecord)
    orders = records(objects, f"{folder}orders/", OrderRecord)
    halt = _halt(objects, folder)
    verdict.halts = [halt.reason.strip()] if halt else []
    verdict.lifted = [each.reason.strip() for each in records(objects, f"{folder}halts/", Switch)]
    for reason in (*verdict.halts, *verdict.lifted):
        if len(reason.split()) < 3:
            verdict.complaints.append(f"halted, and the reason is {reason!r}")
    recorded = {each.day: each for each in days}
    verdict.sent_before_recorded = [each.id for each in sent if not each.recorded]
    _judge_records(verdict, sessions, recorded)
    for before, session in pairwise(sessions):
        if session.surplus:
            verdict.doubled.append(f"{session.day}: {_words(session)} by {session.ids}")
        if not session.missing:
            continue
        what = f"{session.day}: {_words(session)}"
        if before.day not in recorded or session.day not in recorded:
            if halt is None:
                verdict.lost.append(f"{what}, no record of {before.day} or of that day, and no halt")
            else:
                verdict.explained.append("halted")
        elif word := _word(session, recorded[before.day], recorded[session.day], orders):
            verdict.explained.append(word)
        else:
            verdict.lost.append(what)
    return verdict


def judge_replay(objects: Mapping[str, bytes], undisturbed: Mapping[str, bytes], trader: str) -> Verdict:
    """Of a trader with our own broker, whose account is in the bucket: everything must be as if nothing had happened.

    Args:
        objects: Of the bucket, by key.
        undisturbed: The same of a run in which nothing went wrong.
        trader: Its name.
    """
    folder = f"traders/{trader}/"
    wanted, found = (_lines(each.get(f"{folder}trades.csv", b"")) for each in (undisturbed, objects))
    verdict = Verdict(orders=wanted.total())
    verdict.lost = [f"not among the trades: {each}" for each in (wanted - found).elements()]
    verdict.doubled = [f"among the trades, and should not be: {each}" for each in (found - wanted).elements()]
    if halted := _halt(objects, folder):
        verdict.halts.append(halted.reason)
    same = [f"{folder}{name}" for name in ("paper-account.json", "backtest-trades.csv")]
    same += [key for key in {*undisturbed, *objects} if key.startswith(f"{folder}report/")]
    verdict.wrong += [f"{key} differs" for key in same if objects.get(key) != undisturbed.get(key)]
    days, all_days = (records(each, f"{folder}days/", DayRecord) for each in (objects, undisturbed))
    if [replace(each, lease=0) for each in days] != [replace(each, lease=0) for each in all_days]:
        verdict.wrong.append("the records of days differ")
    return verdict


def _lines(content: bytes) -> Counter[str]:
    return Counter(content.decode().splitlines()[1:])


def _halt(objects: Mapping[str, bytes], folder: str) -> Switch | None:
    key = f"{folder}halt.json"
    return read_switch(key, objects[key]) if key in objects else None


def records(objects: Mapping[str, bytes], folder: str, kind: type[S]) -> list[S]:
    """All of a kind, in the order of their keys."""
    return [read(objects[key], kind) for key in sorted(objects) if key.startswith(folder)]


def _judge_records(verdict: Verdict, sessions: Sequence[Session], recorded: Mapping[date, DayRecord]) -> None:
    """Compare each day that the trader recorded with the broker's account."""
    for session in sessions:
        if (record := recorded.get(session.day)) is None:
            continue
        told = record.standing
        if told.shares != session.position:
            verdict.wrong.append(f"{session.day}: {told.shares} shares recorded, the broker has {session.position}")
        if abs(told.cash - session.cash) > CENT:
            verdict.wrong.append(f"{session.day}: {told.cash:.2f} in cash recorded, the broker has {session.cash:.2f}")
    last = max((number for number, each in enumerate(sessions) if each.day in recorded), default=-1)
    for session in sessions[: last + 1]:
        if session.day not in recorded:
            verdict.complaints.append(f"{session.day} was passed over")


def _word(session: Session, decided: DayRecord, after: DayRecord, orders: Sequence[OrderRecord]) -> str:
    """What the trader says of an order that was not executed; empty where it says nothing."""
    of_session = [each for each in orders if each.order.session == session.day]
    unfilled = [
        each
        for each in of_session
        if each.is_final and (each.report is None or each.report.shares != each.order.shares)
    ]
    if unfilled and after.notes:
        return " / ".join(each.lapsed if each.state == LAPSED else each.state for each in unfilled)
    if not of_session and (decided.notes or after.notes):
        return "not sent: " + " / ".join(decided.notes or after.notes)
    return ""


def _words(session: Session) -> str:
    def of(each: Mapping[int, int]) -> str:
        return f"{each.get(1, 0)} bought and {each.get(-1, 0)} sold"

    return f"{of(session.done)}, not {of(session.needed)}"
