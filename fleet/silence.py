"""A word where AWS does not answer, so that nobody waits without knowing for what."""

import logging
import threading
from contextlib import suppress
from typing import Any, TypeVar

log = logging.getLogger(__name__)

FIRST_SECONDS = 2.0  # until a client that had no answer yet says so
LATER_SECONDS = 20.0  # a large part takes its time

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


class _Watch:
    def __init__(self, client: Any) -> None:
        self._place = client.meta.endpoint_url
        self._seconds = FIRST_SECONDS

    def begin(self, *, model: Any, context: dict[str, Any], **_: object) -> None:
        if model.name == _SILENT_BY_DESIGN:
            return
        timer = threading.Timer(self._seconds, self._tell)
        timer.daemon = True
        with suppress(RuntimeError):  # a machine that has no thread left for a word may still do the request
            timer.start()
            context[_TIMER] = timer

    def answered(self, *, context: dict[str, Any], **_: object) -> None:
        self._seconds = LATER_SECONDS
        self.end(context=context)

    def end(self, *, context: dict[str, Any], **_: object) -> None:
        if timer := context.pop(_TIMER, None):
            timer.cancel()

    def _tell(self) -> None:
        log.warning("no answer from %s yet, still trying", self._place)
