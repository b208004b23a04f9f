"""An AWS service that speaks the Query protocol, over HTTP: what is common to all its actions.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from tests.http_service import Answer, HttpService, Request


class RefusedError(Exception):
    """An action was not done; the client is told a code and a message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class QueryServer(HttpService):
    """A service that does one request at a time.

    Args:
        act: Gets an action and its parameters, lists and structures as such; gives the result, or raises RefusedError.
    """

    def __init__(self, act: Callable[[str, dict[str, Any]], Mapping[str, Any]]) -> None:
        self._act, self._lock = act, Lock()
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Answer:
        form = request.form
        action, _ = form.pop("Action"), form.pop("Version")
        try:
            with self._lock:
                result = xml(self._act(action, structured(form)))
        except RefusedError as error:
            told = f"<Error><Type>Sender</Type>{xml({'Code': error.code, 'Message': error.message})}</Error>"
            return Answer(error.status, f"<ErrorResponse>{told}<RequestId>0</RequestId></ErrorResponse>".encode())
        body = f"<{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>"
        return Answer(200, f"<{action}Response>{body}</{action}Response>".encode())


def structured(form: Mapping[str, str]) -> dict[str, Any]:
    """``Tags.member.1.Key`` and so on as lists and dictionaries."""
    found: dict[str, Any] = {}
    for name, value in form.items():
        here, *path = name.split(".")
        place = found
        for part in path:
            place = place.setdefault(here, {})
            here = part
        place[here] = value
    return {name: _lists(value) for name, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"}:
        return [_lists(each) for _, each in sorted(value["member"].items(), key=lambda item: int(item[0]))]
    return {name: _lists(each) for name, each in value.items()}


def xml(value: Any) -> str:
    """As the protocol writes it; what is None is left out."""
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{xml(each)}</{name}>" for name, each in value.items() if each is not None)
    if isinstance(value, list | tuple):
        return "".join(f"<member>{xml(each)}</member>" for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(value.isoformat() if isinstance(value, datetime) else str(value))
