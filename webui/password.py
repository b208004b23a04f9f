"""The password of a web UI that other machines can reach, and who has guessed wrong of late."""

import hashlib
import hmac
import threading

from flask import current_app, session

GUESSES, GUESS_SECONDS = 5, 15 * 60  # an address has so many in so long


class TooManyGuessesError(Exception):
    """An address must wait.

    Args:
        seconds: How long.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many wrong passwords; wait {seconds:.0f} s")
        self.seconds = seconds


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
        self._wrong: dict[str, list[float]] = {}
        self._left: set[str] = set()
        self._lock = threading.Lock()

    def guess(self, guess: str, address: str, now: float) -> bool:
        """Whether it is the password.

        Args:
            guess: What was typed.
            address: Where it came from.
            now: Seconds of a clock that only goes forward.

        Raises:
            TooManyGuessesError: the address must wait, whatever it guesses.
        """
        with self._lock:
            for each, times in list(self._wrong.items()):
                if times[-1] < now - GUESS_SECONDS:
                    del self._wrong[each]
            recent = [time for time in self._wrong.get(address, ()) if time >= now - GUESS_SECONDS]
            if len(recent) >= GUESSES:
                raise TooManyGuessesError(recent[-GUESSES] + GUESS_SECONDS - now)
            if hmac.compare_digest(guess.encode(), self._password.encode()):
                self._wrong.pop(address, None)
                return True
            self._wrong[address] = [*recent, now]
            return False

    def leave(self, name: str) -> None:
        """A session has ended, whatever cookies of it there still are, or are on their way."""
        self._left.add(name)

    def has_left(self, name: str) -> bool:
        return name in self._left


def guarded() -> Login:
    """What guards this web UI; only one that asks for a password has it."""
    login: Login = current_app.extensions["login"]
    return login


def is_logged_in() -> bool:
    """Whether whoever asks has a session with the password of today."""
    login = guarded()
    return bool(session.get("login") == login.proof and not login.has_left(session.get("name", "")))
