"""The key of a paper account, from the environment and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.errors import SettingsError
from trader.alpaca.host import PAPER
from trader.broker import NotPaperError

KEY_ID = ("ALPACA_KEY_ID", "APCA_API_KEY_ID")
SECRET_KEY = ("ALPACA_SECRET_KEY", "APCA_API_SECRET_KEY")
"""Variables of the environment: ours, and those of Alpaca's own programs."""

BASE_URL = "APCA_API_BASE_URL"
"""Of Alpaca's own programs; here it can only say what is so anyway."""

NOT_GIVEN = "not-given"
"""What stands in the secret of a stack until a person gives it one."""

PAPER_KEYS = "PK"
"""How the id of a key for paper begins; that of one for real money begins with AK."""


@dataclass(frozen=True)
class Credentials:
    """Of a paper account.

    Attributes:
        key_id: Begins with PAPER_KEYS.
        secret_key: Never shown.
    """

    key_id: str
    secret_key: str = field(repr=False)


class CredentialsError(SettingsError):
    """The environment has none."""


def credentials(environment: Mapping[str, str]) -> Credentials:
    """
    Raises:
        CredentialsError: there are none.
        NotPaperError: they are not for paper, or the environment names another host.
    """
    address = environment.get(BASE_URL, "").strip()
    if address and address.rstrip("/").removesuffix("/v2") != PAPER:
        raise NotPaperError(
            f"{BASE_URL} names {address}, and only {PAPER} is ever asked, where no real money is: unset the variable"
        )
    key_id, secret_key = _first(environment, KEY_ID), _first(environment, SECRET_KEY)
    if not key_id or not secret_key:
        lacking = " and ".join(names[0] for names, one in ((KEY_ID, key_id), (SECRET_KEY, secret_key)) if not one)
        raise CredentialsError(
            f"{lacking} not in the environment: make a key of the paper account on https://app.alpaca.markets (switch "
            f"to Paper first) and set {KEY_ID[0]} and {SECRET_KEY[0]}; on AWS, give it with spotmc trader credentials"
        )
    if not key_id.startswith(PAPER_KEYS):
        raise NotPaperError(
            f"the key id {key_id[:2]}… is not of a paper account, whose ids begin with {PAPER_KEYS}: nothing was sent; "
            "make a key of the paper account on https://app.alpaca.markets (switch to Paper first)"
        )
    for name, one in ((KEY_ID[0], key_id), (SECRET_KEY[0], secret_key)):
        if not (one.isascii() and one.isprintable()) or " " in one:  # which requests would repeat in its complaint
            raise CredentialsError(f"{name} has a character in it that no key has: set it to the key alone")
    return Credentials(key_id, secret_key)


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    given = (environment.get(name, "").strip() for name in names)
    return next((each for each in given if each and each != NOT_GIVEN), "")
