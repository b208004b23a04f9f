"""A word where AWS does not answer, so that nobody waits without knowing for what."""

import logging
import threading
from contextlib import suppress
from typing import Any, TypeVar

log = logging.getLogger(__name__)

FIRST_SECONDS = 2.0  # until a client that had no answer yet says so
LATER_SECONDS = 3.0
LARGE_SECONDS = 20.0  # sending a large part takes its time; one that is fetched is answered before it comes

_LARGE = 2**20  # bytes

_SILENT_BY_DESIGN = "ReceiveMessage"  # SQS keeps that waiting until there is a message

_TIMER = "spotmc_timer"  # in the context of a request

C = TypeVar("C")


def breaking_silence(client: C) -> C:
    """The client, which from now on says in the log, once for each request, that the answer is long in coming.

    A command that has set up no log shows that on standard error.
    """
    watch = _Watch(client)
    events = client.meta.events  # type: ignore[attr-defined]
    events.register("before-call", watch.begin)
    events.register("after-call", watch.answered)
    events.register("after-call-error", watch.end)
    return client


def patience(operation: str, body: object, *, answered: bool) -> float | None:
    """Seconds that an answer may take until there is a word; None where it may take as long as it likes.

    Args:
        operation: Such as PutObject.
        body: What is sent with it.
        answered: Whether the client had an answer to something before.
    """
    if operation == _SILENT_BY_DESIGN:
        return None
    if isinstance(body, bytes) and len(body) >= _LARGE:
        return LARGE_SECONDS
    return LATER_SECONDS if answered else FIRST_SECONDS


class _Watch:
    def __init__(self, client: Any) -> None:
        self._place = client.meta.endpoint_url
        self._answered = False

    def begin(self, *, model: Any, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        seconds = patience(model.name, params.get("body"), answered=self._answered)
        if seconds is None:
            return
        timer = threading.Timer(seconds, self._tell)
        timer.daemon = True
        with suppress(RuntimeError):  # a machine that has no thread left for a word may still do the request
            timer.start()
            context[_TIMER] = timer

    def answered(self, *, context: dict[str, Any], **_: object) -> None:
        self._answered = True
        self.end(context=context)

    def end(self, *, context: dict[str, Any], **_: object) -> None:
        if timer := context.pop(_TIMER, None):
            timer.cancel()

    def _tell(self) -> None:
        log.warning("no answer from %s yet, still trying", self._place)
