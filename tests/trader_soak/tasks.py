"""What a soak consists of: many short runs, each of which can be done anywhere and again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tests.trader_soak import faults, processes, two_traders
from tests.trader_soak.choices import at_random, in_turn, once
from tests.trader_soak.expected import Rule
from tests.trader_soak.runs import Scenario, play, requests_of
from tests.trader_soak.verdict import Verdict

STOPS = Rule(stop=0.02)
ALPACA_DAYS = Scenario(days=4, seed=2, rule=STOPS)
REPLAY_DAYS = Scenario(days=4, seed=2, rule=STOPS, paper=True)
SHORT = Scenario(days=3, seed=4)
SHORT_REQUESTS = 180  # more than one trader makes on these days, and so twice as many gates, there and back

NETWORK = (*faults.KILLS, *faults.ON_THE_WAY, faults.CONFLICT, faults.GARBAGE, faults.REJECTS, faults.REJECTS_LATER)
"""What may happen to anybody; the broker keeps its word."""
EXCUSES_NOTHING = frozenset({*faults.KILLS, *faults.ON_THE_WAY, faults.CONFLICT, faults.GARBAGE})
"""After one of these, alone, a trader is there again in time for the session: no word excuses an order not executed."""
CONTRADICTORY = (*NETWORK, *faults.OF_THE_BROKER)


class Part(StrEnum):
    """What a run is a part of."""

    SWEEP = "at each request of Alpaca's paper account and the bucket"
    REPLAY = "at each request of a replay with our own broker"
    MIX = "a mix, and the broker keeps its word"
    CONTRADICTIONS = "a mix, and the broker contradicts itself"
    PERSON = "a mix, and a person throws the kill switch and lifts halts"
    PERSON_CONTRADICTED = "a mix, the broker contradicts itself, and a person throws the kill switch and lifts halts"
    PROCESSES = "real processes, SIGKILL and a mix"
    AT_ONCE = "two traders begin at once"
    PAIRS = "real processes, two begin at once"
    STOPPED = "real processes, one SIGSTOP"
    WAKES = "one wakes up after another has taken its place"


@dataclass(frozen=True)
class Task:
    """
    Attributes:
        part: Of which it is one.
        kind: Of fault, where there is one alone.
        number: Of the request, or the seed.
    """

    part: Part
    kind: str
    number: int


@dataclass(frozen=True)
class Result:
    """
    Attributes:
        task: What was done.
        faults: How many struck.
        kills: How many of them were kills.
        starts: Of processes.
        verdict: On it.
        ends: Of two, how each ended.
        thrown: How often a person threw the kill switch.
    """

    task: Task
    faults: int
    kills: int
    starts: int
    verdict: Verdict
    ends: tuple[str, ...] = ()
    thrown: int = 0


def all_tasks(seed: int, runs: int) -> Iterator[Task]:
    """
    Args:
        seed: Of all that is random.
        runs: Of mixes, of each of the two kinds.
    """
    dice = random.Random(seed)
    for part, scenario in ((Part.SWEEP, ALPACA_DAYS), (Part.REPLAY, REPLAY_DAYS)):
        requests = requests_of(scenario)
        for kind in faults.KILLS:
            yield from (Task(part, kind, asked.number) for asked in requests)
        for kind in (*faults.ON_THE_WAY, faults.CONFLICT, *(faults.OF_THE_BROKER if part is Part.SWEEP else ())):
            possible = [asked.number for asked in requests if faults.may_strike(kind, asked)]
            chosen = dice.sample(possible, min(len(possible), max(8, runs // 5)))
            yield from (Task(part, kind, number) for number in sorted(chosen))
    for part in (Part.MIX, Part.CONTRADICTIONS, Part.PERSON, Part.PERSON_CONTRADICTED):
        yield from (Task(part, "", dice.randrange(10**9)) for _ in range(runs))
    yield from (Task(Part.AT_ONCE, "", dice.randrange(10**9)) for _ in range(100))
    yield from (Task(Part.PAIRS, "", number) for number in range(100))
    yield from (Task(Part.WAKES, "", number) for number in range(1, 2 * SHORT_REQUESTS, max(1, 480 // runs)))
    yield from (Task(Part.STOPPED, "", dice.randrange(20, SHORT_REQUESTS)) for _ in range(max(1, runs // 12)))
    yield from (Task(Part.PROCESSES, "", dice.randrange(10**9)) for _ in range(max(1, runs // 12)))


def do(task: Task) -> Result:
    """Play it, and judge."""
    match task.part:
        case Part.AT_ONCE | Part.PAIRS | Part.WAKES | Part.STOPPED:
            return _of_two(task)
        case Part.SWEEP | Part.REPLAY:
            scenario = ALPACA_DAYS if task.part is Part.SWEEP else REPLAY_DAYS
            outcome = play(scenario, once(task.kind, task.number))
            if task.kind in EXCUSES_NOTHING:
                outcome.verdict.lost += [
                    f"with a word that excuses nothing: {each}" for each in outcome.verdict.explained
                ]
        case Part.PROCESSES:
            scenario = Scenario(days=4, seed=task.number % 50, rule=STOPS)
            outcome = processes.play(scenario, in_turn(f"{task.number}", NETWORK, every=45, kills_at_most=4))
        case _:
            dice = random.Random(task.number)
            rule, split_on = dice.choice([(STOPS, None), (Rule(), None), (Rule(), dice.randrange(1, 8))])
            scenario = Scenario(days=8, seed=task.number % 1000, rule=rule, split_on=split_on)
            kinds = NETWORK if task.part in (Part.MIX, Part.PERSON) else CONTRADICTORY
            choose = at_random(f"{task.number}", kinds, dice.uniform(0.01, 0.06))
            person = dice if task.part in (Part.PERSON, Part.PERSON_CONTRADICTED) else None
            outcome = play(scenario, choose, downtimes=_downtimes(dice), person=person)
    kills = sum(outcome.struck[kind] for kind in faults.KILLS)
    return Result(task, outcome.struck.total(), kills, outcome.starts, outcome.verdict, thrown=outcome.thrown)


def _of_two(task: Task) -> Result:
    if task.part is Part.AT_ONCE:
        pair = two_traders.at_once(SHORT, task.number)
    elif task.part is Part.PAIRS:
        pair = processes.at_once(SHORT, task.number)
    elif task.part is Part.STOPPED:
        pair = processes.wakes_up(SHORT, task.number)
    else:
        pair = two_traders.wakes_up(SHORT, task.number, after_days=1 if task.number % 2 else 99)
    verdict = pair.verdict
    if not pair.one_trades:
        verdict.complaints.append(f"both traded: {pair.ends}, by turns {pair.turns}")
    if "stopped" not in pair.ends.values():
        verdict.complaints.append(f"nobody traded to the end: {pair.ends}")
    return Result(task, 1, 0, len(pair.ends), verdict, tuple(sorted(pair.ends.values())))


def _downtimes(dice: random.Random) -> Iterator[timedelta]:
    """Minutes mostly, days now and then: then sessions are missed."""
    while True:
        yield timedelta(minutes=dice.choice([1, 5, 30, 30, 600, 4000 if dice.random() < 0.2 else 2]))
