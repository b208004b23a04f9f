"""How requests over the network end, in a person's words.

The packages that ask Yahoo and FRED for us swallow what went wrong, or tell it as their own exceptions. So their
sessions are watched: how did the last request end, with an error, or with which answer?
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

TIMEOUT_SECONDS = 10

_OTHERWISE = "or take source 'sample' (offline) or 'csv' (a file of yours)"
NOT_FOUND = 404
_TOO_MANY = 429
_REFUSALS = (401, 403, 407, 451)


@dataclass(frozen=True)
class Ending:
    """How a request ended.

    Attributes:
        host: That was asked.
        error: What kept an answer away, None where there is one.
        status: Of the answer.
        text: Of the answer.
    """

    host: str
    error: Exception | None = None
    status: int = 0
    text: str = ""

    @property
    def settled(self) -> bool:
        """Whether it is of no use to ask again, in whatever way."""
        return self.error is not None or self.status == NOT_FOUND

    @property
    def trouble(self) -> str:
        """What happened and what to do next; empty for an answer that is not itself a sign of trouble."""
        if self.error is not None:
            return f"{_described(self.error, self.host)}, {_OTHERWISE}"
        if self.status == _TOO_MANY:
            return (
                f"it refuses for now, because too many requests came from here (HTTP {self.status}): wait some minutes "
                f"and try again, {_OTHERWISE}"
            )
        if self.status in _REFUSALS:
            return (
                f"it refuses requests from here (HTTP {self.status}): try again later or from another network, "
                f"{_OTHERWISE}"
            )
        if self.status >= 500:
            return f"it is out of order (HTTP {self.status}): try again later, {_OTHERWISE}"
        return ""

    @property
    def not_understood(self) -> str:
        """What to say of an answer in which no prices can be found."""
        a_page = "a web page" if self.text.lstrip().startswith("<") else "something else"
        return (
            f"it answered with {a_page} in place of prices (HTTP {self.status}), as the log-in page of a network does, "
            f"or a service that has changed: open https://{self.host} in a browser, and try again, {_OTHERWISE}"
        )


@dataclass
class Watch:
    """How the last request ended that counts, as far as there was one."""

    ending: Ending | None = None


class Watched:
    """Mixed into a session of ``requests`` or ``curl_cffi``, which tells a watch how requests end."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._of_thread = threading.local()

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """Watch what this thread asks, as long as the block lasts."""
        self._of_thread.watch = Watch()
        try:
            yield self._of_thread.watch
        finally:
            self._of_thread.watch = None

    @property
    def watch(self) -> Watch | None:
        return getattr(self._of_thread, "watch", None)


def _described(error: Exception, host: str) -> str:
    kinds = _kinds(error)
    if kinds & {"DNSError", "NameResolutionError"}:
        return f"the name {host} cannot be resolved, so this machine has no network, or no DNS: mend that and try again"
    if "ProxyError" in kinds or "CONNECT tunnel" in str(error):
        return f"the proxy on the way to {host} does not let it through: look at HTTPS_PROXY and try again"
    if "SSLError" in kinds:
        return (
            f"no secure connection to {host} can be had, so something in between may read along: try again from "
            "another network"
        )
    if "Timeout" in kinds:
        return f"{host} did not answer within {TIMEOUT_SECONDS} s: try again later or from another network"
    return f"{host} cannot be connected to, or broke off: look at the network, its firewall and proxy, and try again"


def _kinds(error: BaseException) -> set[str]:
    """The names of an error's classes, and of what it wraps: both packages call them alike."""
    kinds: set[str] = set()
    cause: object = error
    while isinstance(cause, BaseException):
        kinds |= {kind.__name__ for kind in type(cause).__mro__}
        cause = getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)
    return kinds
