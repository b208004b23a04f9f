"""Who may ask through the JSON interface, and from which page.

A form of another site cannot send JSON, and its script may not without being allowed to, which it never is.  So a
request that changes something needs no token; but a browser says where it comes from, and is believed.
"""

import math
import time

from flask import Response, request

from webui.api.problems import problem
from webui.password import TooManyGuessesError, guarded

_ASK_FOR_BASIC = 'Basic realm="spotmc", charset="UTF-8"'
_ASK_FOR_SESSION = 'Session realm="spotmc"'  # a browser would show a window of its own for the other


def refusal() -> Response | None:
    """Why a request that changes something is refused, if it comes from a page of somebody else."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = site in ("same-origin", "none") if site is not None else origin in (None, request.host_url.rstrip("/"))
    if ours:
        return None
    return problem(403, "Another site", "Nothing was done: pages of other sites may ask nothing of this web UI.")


def stranger() -> Response | None:
    """Why a request without a session is not let in, where people have to log in; None where it is.

    The password may come along (RFC 7617), with any user name, and counts as a guess then.
    """
    given = request.authorization
    if given is not None and given.type == "basic":
        try:
            if guarded().guess(given.password or "", request.remote_addr or "", time.monotonic()):
                return None
        except TooManyGuessesError as error:
            wait = math.ceil(error.seconds)
            detail = f"Too many wrong passwords came from this address. Wait {wait} s."
            return problem(429, "Too many guesses", detail, headers={"Retry-After": str(wait)})
    asked_for = _ASK_FOR_SESSION if "Sec-Fetch-Site" in request.headers else _ASK_FOR_BASIC
    detail = "Log in first, or send the password with HTTP Basic authentication, under any user name."
    return problem(401, "Not logged in", detail, headers={"WWW-Authenticate": asked_for})
