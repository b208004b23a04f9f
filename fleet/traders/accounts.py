"""Which trader has a symbol in an account at a broker: no two do."""

from dataclasses import dataclass

from fleet import reading
from fleet.bucket import Bucket
from fleet.errors import FleetError
from fleet.traders import keys, stored
from fleet.traders.stored import Stored


class AccountTakenError(FleetError):
    """Another trader trades the symbol in that account."""


@dataclass(frozen=True, kw_only=True)
class AccountClaim(Stored):
    """
    Attributes:
        trader: Its name.
        account: The broker's name of it.
        symbol: What it trades there.
    """

    trader: str
    account: str
    symbol: str


def claim(bucket: Bucket, *, trader: str, account: str, symbol: str) -> None:
    """Take the symbol in the account for this trader; nothing changes where it has it already.

    Raises:
        AccountTakenError, UnreadableObjectError, BucketError
    """
    key, mine = keys.account_key(account, symbol), AccountClaim(trader=trader, account=account, symbol=symbol)
    if bucket.put_new(key, mine.to_json()):
        return
    helps = reading.Advice("delete it once no trader trades that symbol in that account")
    other = stored.load(bucket, key, AccountClaim, helps=helps)
    if other != mine:
        raise AccountTakenError(
            f"the trader {other.trader} trades {other.symbol} in the account {other.account}, and two would fight over "
            "one position: use another account, or, where that one is to trade no more, "
            f"`spotmc trader delete {other.trader}`"
        )
