"""Which request is struck by which fault."""

import random
from collections.abc import Sequence

from tests.trader_soak import faults
from tests.trader_soak.faults import Asked
from tests.trader_soak.world import Choose


def once(kind: str, number: int) -> Choose:
    """The first request from this number on that such a fault makes sense of, and none after it."""
    struck: list[int] = []

    def choose(asked: Asked) -> str | None:
        if asked.number < number or struck or not faults.may_strike(kind, asked):
            return None
        struck.append(asked.number)
        return kind

    return choose


def at_random(seed: str, kinds: Sequence[str], share: float) -> Choose:
    """Each request with this probability, by a kind that makes sense of it."""

    def choose(asked: Asked) -> str | None:
        dice = random.Random(f"{seed}/{asked.number}")
        possible = [kind for kind in kinds if faults.may_strike(kind, asked)]
        return dice.choice(possible) if possible and dice.random() < share else None

    return choose


def in_turn(seed: str, kinds: Sequence[str], *, every: int, kills_at_most: int) -> Choose:
    """One request in so many, and no more than so many kills, which take long where processes are real."""
    dice = random.Random(seed)
    struck = {number * every + dice.randrange(every): dice.choice(kinds) for number in range(1000)}
    kills: list[int] = []

    def choose(asked: Asked) -> str | None:
        kind = struck.get(asked.number)
        if kind in faults.KILLS:
            if len(kills) == kills_at_most:
                return None
            kills.append(asked.number)
        return kind

    return choose
