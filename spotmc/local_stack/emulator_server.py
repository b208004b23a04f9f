"""moto's server, for programs and for no web page: ``python -m spotmc.local_stack.emulator_server --host H --port P``

moto answers everybody, and lets scripts of any site that a person has open read the answer.  In front of it stands a
guard that a page cannot get round, because it is the browser that says for which page it asks, and under which name it
looked for this machine.  Programs such as boto3 ask for no page.

Sources:
    https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
"""

import argparse
import signal
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs import models as sqs
from werkzeug.serving import run_simple
from werkzeug.wrappers import Response

Environ = Mapping[str, Any]
Application = Callable[[Any, Any], Iterable[bytes]]

_NO_OTHER_PAGE = ("same-origin", "none")  # an address that a person typed is of no page


def refusal(environ: Environ, hosts: Collection[str]) -> str | None:
    """Why a request is not answered; None if it is.

    Args:
        environ: The request, as WSGI has it.
        hosts: What may stand in its header Host.
    """
    if environ.get("HTTP_HOST") not in hosts:  # as with a name that somebody else made to lead to this machine
        return f"The emulator answers to {' and '.join(hosts)} only: ask it by that name."
    if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") not in _NO_OTHER_PAGE:
        return "The emulator is for programs on this machine, not for web pages: use boto3, the AWS CLI or spotmc."
    return None


def guarded(application: Application, hosts: Collection[str]) -> Application:
    """The application for those that are not refused; and nothing that it says invites other sites."""

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        reason = refusal(environ, hosts)
        if reason:
            return Response(f"{reason}\n", 403)(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(status, kept, *error)

        return application(environ, start)

    return answer


class Dispatcher(DomainDispatcherApplication):
    """moto's, which remembers whom it has found: it would list a folder anew, twice for each request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self.get_backend_for_host = lru_cache(64)(self.get_backend_for_host)  # type: ignore[method-assign]


# The names of attributes, spelled anew a hundred times in each answer about a queue.
sqs.camelcase_to_underscores = lru_cache(256)(sqs.camelcase_to_underscores)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    run_simple(
        arguments.host,
        arguments.port,
        guarded(
            Dispatcher(),
            [f"{name}:{arguments.port}" for name in (arguments.host, "localhost")],
        ),
        threaded=True,
        request_handler=MotoRequestHandler,
    )


if __name__ == "__main__":
    main()
