"""Whether a request was refused because this machine's clock is wrong."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_OFF_SECONDS = 10 * 60  # AWS refuses what was signed more than 15 minutes before or after its own time
_LATE = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
_MAY_BE_THE_CLOCK = {"400", "403", "InvalidSignatureException", "SignatureDoesNotMatch"}
_LATE_SIGNATURE = re.compile(r"signature (expired|not yet current)", re.IGNORECASE)


def wrong_clock(code: str, message: str, headers: Mapping[str, str]) -> str:
    """That the clock is wrong, by how much and what helps, where a refusal with this code says so; otherwise empty."""
    seconds = _seconds_off(headers)
    told = code in _LATE or _LATE_SIGNATURE.search(message) is not None
    return _clock(seconds) if told or (code in _MAY_BE_THE_CLOCK and abs(seconds) > _OFF_SECONDS) else ""


def _seconds_off(headers: Mapping[str, str]) -> float:
    """How much later it is here than where the answer was written; 0 where that does not say."""
    try:
        written = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return 0.0
    return (datetime.now(UTC) - written.replace(tzinfo=written.tzinfo or UTC)).total_seconds()


def _clock(seconds: float) -> str:
    words, minutes = "this machine's clock is wrong", abs(seconds) / 60
    if abs(seconds) > _OFF_SECONDS:
        off = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
        words += f", {off} {'ahead' if seconds > 0 else 'behind'}"
    return f"{words}; set it, for example by switching on network time (NTP)"
