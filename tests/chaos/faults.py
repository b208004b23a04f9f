"""What can be done to a request and to the worker that makes it, and the decision when: pure, from a seed."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from math import inf

from tests.chaos.operations import Operation
from tests.chaos.refusals import Refusal
from tests.metadata_server import Health

# To the request.


@dataclass(frozen=True)
class Refuse:
    """Nothing is done; the answer is an error."""

    refusal: Refusal


@dataclass(frozen=True)
class Delay:
    """It is done after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class LoseAnswer:
    """It is done, but no answer comes for so many seconds, then the connection is closed."""

    seconds: float = 0.0


@dataclass(frozen=True)
class CutUpload:
    """The connection breaks in the middle of what is sent: nothing is done."""


@dataclass(frozen=True)
class CutAnswer:
    """It is done, and the connection breaks in the middle of the answer."""


@dataclass(frozen=True)
class Repeat:
    """It is done twice, as when a network delivers a request twice."""


@dataclass(frozen=True)
class Pretend:
    """Nothing is done, and the answer is that of success; a receive finds nothing."""


@dataclass(frozen=True)
class Expose:
    """What was received is at once visible to others too."""


# To the worker that asks.


class Moment(Enum):
    """When a worker is hit."""

    BEFORE = auto()  # its request arrives and is never done
    AFTER = auto()  # its request is done and it never hears of it
    LATER = auto()  # a moment after the answer has reached it


@dataclass(frozen=True)
class Signal:
    """The worker gets a signal, such as SIGKILL."""

    number: int
    moment: Moment = Moment.LATER
    within_seconds: float = 0.0  # of the answer, for LATER


@dataclass(frozen=True)
class Stop:
    """The worker's process stands still for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Interrupt:
    """Its machine will be taken away after so many seconds, and is: kill -9."""

    notice_seconds: float


@dataclass(frozen=True)
class Recommend:
    """Its machine gets a rebalance recommendation."""


@dataclass(frozen=True)
class Sicken:
    """Its machine's metadata service answers otherwise from now on."""

    health: Health


@dataclass(frozen=True)
class SetClock:
    """Its machine's clock jumps by so many seconds."""

    seconds: float


@dataclass(frozen=True)
class FillDisk:
    """Its process can write no more to any file."""


@dataclass(frozen=True)
class ShortenMemory:
    """Its process gets no more memory than it has, and so many MiB."""

    more: int


RequestFault = Refuse | Delay | LoseAnswer | CutUpload | CutAnswer | Repeat | Pretend | Expose
WorkerFault = Signal | Stop | Interrupt | Recommend | Sicken | SetClock | FillDisk | ShortenMemory
Fault = RequestFault | WorkerFault


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a fault strikes.

    Attributes:
        fault: What happens.
        when: Which operations it may strike.
        chance: How likely it strikes each of them.
        at_most: How often in all.
        between: Seconds since the first message was claimed, from and up to.
    """

    fault: Fault
    when: Callable[[Operation], bool]
    chance: float = 1.0
    at_most: float = inf
    between: tuple[float, float] = (0.0, inf)


@dataclass(frozen=True)
class Decision:
    """A rule strikes; ``dice`` is for what remains to be chosen at random."""

    rule: Rule
    dice: random.Random


def decide(
    rules: Sequence[Rule],
    operation: Operation,
    *,
    seed: str,
    nth: int,
    elapsed: float,
    struck: Mapping[Rule, int],
) -> Decision | None:
    """The first rule that strikes, if any.

    Args:
        rules: In the order in which they are asked.
        operation: The request.
        seed: The same seed decides the same, whatever the order in which workers' requests happen to arrive.
        nth: How many such requests this worker has made before.
        elapsed: Seconds since the first message was claimed; negative before that.
        struck: How often each rule struck so far.
    """
    for number, rule in enumerate(rules):
        dice = random.Random(f"{seed} {number} {operation.worker} {operation.name} {nth}")
        if (
            rule.between[0] <= elapsed < rule.between[1]
            and struck.get(rule, 0) < rule.at_most
            and rule.when(operation)
            and dice.random() < rule.chance
        ):
            return Decision(rule, dice)
    return None
