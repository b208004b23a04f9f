"""Log-in: for a web UI that other machines can reach one password, and few guesses at it; on a machine that others use,
too, a link that works once."""

import hmac
import math
import re
import secrets
import threading
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import SecurityError

from fleet.errors import SettingsError
from webui.api.access import stranger
from webui.api.problems import asked_by_script
from webui.errors import why_not_ours
from webui.password import Login, TooManyGuessesError, guarded, is_logged_in

VARIABLE = "SPOTMC_WEB_PASSWORD_FILE"
LINK_VARIABLE = "SPOTMC_WEB_ONE_TIME_LINK"
LINK_SHORTEST = 22  # characters, in which nobody guesses 128 bits
SHORTEST = 12  # characters, as the template of the stack demands
LIFETIME = timedelta(hours=12)  # of a session, since its last request

blueprint = Blueprint("login", __name__)


def register(app: Flask) -> None:
    """Ask for the password in the file that SPOTMC_WEB_PASSWORD_FILE names, or let in who first opens the link that
    ends in SPOTMC_WEB_ONE_TIME_LINK; without these variables ask nobody for anything.

    Raises:
        SettingsError: the password or the link is too short.
        OSError: the file cannot be read.
    """
    file, link = (app.config["ENVIRONMENT"].get(name) for name in (VARIABLE, LINK_VARIABLE))
    if not file and not link:
        return
    password = Path(file).read_text().strip() if file else secrets.token_urlsafe()  # that nobody is told
    if len(password) < SHORTEST:
        raise SettingsError(f"the password in {file} must have {SHORTEST} characters or more, not {len(password)}")
    if link and len(link) < LINK_SHORTEST:
        raise SettingsError(f"{LINK_VARIABLE} must have {LINK_SHORTEST} characters or more, not {len(link)}")
    app.config.update(SESSION_COOKIE_SECURE=bool(file), PERMANENT_SESSION_LIFETIME=LIFETIME)
    app.extensions["login"] = Login(password, app.config["SECRET_KEY"])
    app.extensions["one_time_link"] = OneTimeLink(link or "")
    app.extensions["has_password"] = bool(file)
    app.register_blueprint(blueprint)
    app.before_request(_ask)
    app.context_processor(lambda: {"log_in": "done" if is_logged_in() else "needed"})


class OneTimeLink:
    """Lets in who opens it first.

    Args:
        secret: Its last part; empty where there is none.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._lock = threading.Lock()

    def opens(self, given: str) -> bool:
        """Whether this is it; from then on it is no more."""
        with self._lock:
            right = bool(self._secret) and hmac.compare_digest(given.encode(), self._secret.encode())
            if right:
                self._secret = ""
            return right


def _ask() -> ResponseReturnValue | None:
    """The page that asks, in place of any other; None lets the request pass."""
    if request.endpoint in ("login.enter", "login.show", "login.open_link", "static", "health.show") or is_logged_in():
        return None
    if isinstance(request.routing_exception, SecurityError):  # another host name: refused whoever asks
        return None
    if asked_by_script():
        return stranger()
    if request.method in ("GET", "HEAD"):
        return _page(401, back=request.full_path.removesuffix("?"))
    return _page(401, "Nothing was done, because you are not logged in any more. Please log in and do it again.")


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    back = request.args.get("next", "")
    return redirect(_page_of_ours(back), 303) if is_logged_in() else _page(200, back=back)


@blueprint.get("/login/<secret>")
def open_link(secret: str) -> ResponseReturnValue:
    """Let in whoever opens the link first."""
    link: OneTimeLink = current_app.extensions["one_time_link"]
    if is_logged_in():
        return redirect(url_for("new_simulation.show"), 303)
    if request.method != "GET" or not link.opens(secret):  # who asks for the head only has not opened it
        return _page(403, "This link works no more, or never did.")
    return _let_in("")


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    back = request.form.get("next", "")
    try:
        right = guarded().guess(request.form.get("password", ""), request.remote_addr or "", time.monotonic())
    except TooManyGuessesError as error:
        minutes = math.ceil(error.seconds / 60)
        trouble = f"Too many wrong passwords. Please wait {minutes} minute{'s' if minutes > 1 else ''}."
        return *_page(429, trouble, back), {"Retry-After": str(math.ceil(error.seconds))}
    if not right:
        return _page(403, "That is not the password.", back)
    return _let_in(back)


def _let_in(back: str) -> ResponseReturnValue:
    session.clear()  # nothing from before the log-in is believed
    session.permanent = True
    session.update(login=guarded().proof, name=secrets.token_urlsafe())
    return redirect(_page_of_ours(back), 303)


@blueprint.post("/logout")
def leave() -> ResponseReturnValue:
    guarded().leave(session.get("name", ""))  # an answer that is on its way may bring its cookie back
    session.clear()
    return redirect(url_for("login.show"), 303)


@blueprint.errorhandler(CSRFError)
def refuse(error: CSRFError) -> ResponseReturnValue:
    return _page(400, why_not_ours(error), request.form.get("next", ""))


def _page(status: int, trouble: str = "", back: str = "") -> tuple[str, int]:
    """
    Args:
        status: Of HTTP.
        trouble: What went wrong.
        back: Where to go after the log-in.
    """
    asks = current_app.extensions["has_password"]
    return render_template("login.html", trouble=trouble, next=back, asks=asks), status


def _page_of_ours(address: str) -> str:
    """The address, if a browser takes it for one of this web UI that can be looked at; else that of the first page.

    Some browsers read a backslash as a slash, and skip what cannot be seen.
    """
    if re.fullmatch(r"/(?!/)[^\\\0-\x1f]*", address):
        routes = current_app.url_map.bind("")
        path = address.partition("?")[0]
        if routes.test(path, "GET") or not routes.allowed_methods(path):  # an unknown one has a page that says so
            return quote(address, safe="/?&=%+:,;@!$'()*~")
    return url_for("new_simulation.show")
