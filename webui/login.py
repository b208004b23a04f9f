"""Log-in, for a web UI that other machines can reach: one password, and few guesses at it."""

import hashlib
import hmac
import threading
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from fleet.errors import SettingsError

VARIABLE = "SPOTMC_WEB_PASSWORD_FILE"
SHORTEST = 12  # characters, as the template of the stack demands
GUESSES, GUESS_SECONDS = 5, 15 * 60  # an address has so many in so long
LIFETIME = timedelta(hours=12)  # of a session, since its last request

blueprint = Blueprint("login", __name__)


def register(app: Flask) -> None:
    """Ask for the password in the file that SPOTMC_WEB_PASSWORD_FILE names; without that variable ask for none.

    Raises:
        SettingsError: the password is too short.
        OSError: the file cannot be read.
    """
    file = app.config["ENVIRONMENT"].get(VARIABLE)
    if not file:
        return
    password = Path(file).read_text().strip()
    if len(password) < SHORTEST:
        raise SettingsError(f"the password in {file} must have {SHORTEST} characters or more, not {len(password)}")
    app.config.update(SESSION_COOKIE_SECURE=True, PERMANENT_SESSION_LIFETIME=LIFETIME)
    app.extensions["login"] = Login(password, app.config["SECRET_KEY"])
    app.register_blueprint(blueprint)
    app.before_request(_ask)


class Login:
    """A password, and who has guessed wrong of late.

    Args:
        password: In plain text.
        key: The web UI's own.
    """

    def __init__(self, password: str, key: str) -> None:
        self._password = password
        # What a session holds: worth nothing to whoever reads it, and no longer good when the password has changed.
        self.proof = hmac.new(key.encode(), password.encode(), hashlib.sha256).hexdigest()
        self._wrong: defaultdict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def guess(self, guess: str, address: str, now: float) -> bool | None:
        """Whether it is the password; None if the address must wait, whatever it guesses.

        Args:
            guess: What was typed.
            address: Where it came from.
            now: Seconds of a clock that only goes forward.
        """
        with self._lock:
            for each, times in list(self._wrong.items()):
                if times[-1] < now - GUESS_SECONDS:
                    del self._wrong[each]
            recent = [time for time in self._wrong.get(address, ()) if time >= now - GUESS_SECONDS]
            if len(recent) >= GUESSES:
                return None
            if hmac.compare_digest(guess.encode(), self._password.encode()):
                self._wrong.pop(address, None)
                return True
            self._wrong[address] = [*recent, now]
            return False


def _ask() -> ResponseReturnValue | None:
    """The page that asks, in place of any other; None lets the request pass."""
    if request.endpoint in ("login.enter", "login.show", "static") or session.get("login") == _login().proof:
        return None
    return _page(401)


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    return _page(200)


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    right = _login().guess(request.form.get("password", ""), request.remote_addr or "", time.monotonic())
    if right is None:
        return _page(429, f"Too many wrong passwords. Please wait {GUESS_SECONDS // 60} minutes.")
    if not right:
        return _page(403, "That is not the password.")
    session.clear()  # nothing from before the log-in is believed
    session.permanent = True
    session["login"] = _login().proof
    return redirect(url_for("home.show"), 303)


def _page(status: int, trouble: str = "") -> ResponseReturnValue:
    return render_template("login.html", trouble=trouble), status


def _login() -> Login:
    login: Login = current_app.extensions["login"]
    return login
