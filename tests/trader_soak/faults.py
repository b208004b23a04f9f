"""What may go wrong with a request to the bucket or to the broker, and which requests it may strike."""

from dataclasses import dataclass

BUCKET, BROKER = "bucket", "broker"

KILL_BEFORE, KILL_AFTER = "kill -9 before it is done", "kill -9 after it is done"
KILLS = (KILL_BEFORE, KILL_AFTER)

DROPPED = "dropped"
ANSWER_LOST = "done, answer lost"
LATE = "done after the client has given up"
TWICE = "done twice"
OUTAGE = "service restarts"
ERROR = "refused with 500, 503 or 429"
ERROR_BUT_DONE = "done, answered with 500 or 504"
GARBAGE = "done, answer is a page or breaks off"
CONFLICT = "refused with 409"
STALE = "answer is an old one"
FORGETS_OPEN = "broker forgets an order that it took"
FORGETS_FILLED = "broker forgets an order that it filled"
REJECTS = "order is refused"
REJECTS_LATER = "order is taken, then rejected"
FILLS_IN_PART = "order is filled in part"

ON_THE_WAY = (DROPPED, ANSWER_LOST, LATE, TWICE, OUTAGE, ERROR, ERROR_BUT_DONE)
OF_THE_BROKER = (GARBAGE, STALE, FORGETS_OPEN, FORGETS_FILLED, REJECTS, REJECTS_LATER, FILLS_IN_PART)
ALL = (*KILLS, *ON_THE_WAY, CONFLICT, *OF_THE_BROKER)

CONTRADICTIONS = frozenset({FORGETS_OPEN, FORGETS_FILLED, STALE})
"""After these the broker says other things than before, so that a trader is right to halt."""


@dataclass(frozen=True)
class Asked:
    """A request.

    Attributes:
        number: From 0, of all of a run.
        service: BUCKET or BROKER.
        method, path: As in HTTP.
        conditional: Whether it is a put that has a condition.
    """

    number: int
    service: str
    method: str
    path: str
    conditional: bool = False

    @property
    def sends(self) -> bool:
        """Whether it gives an order."""
        return self.service == BROKER and self.method == "POST"


def may_strike(kind: str, asked: Asked) -> bool:
    """Whether a fault of this kind makes sense of that request."""
    if kind == CONFLICT:
        return asked.conditional
    if kind in (REJECTS, REJECTS_LATER, FILLS_IN_PART):
        return asked.sends
    if kind == STALE:
        return asked.service == BROKER and asked.method == "GET"
    return asked.service == BROKER if kind in OF_THE_BROKER else True
