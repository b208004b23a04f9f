"""What the bucket tells of traders, found out at once, and once for all who ask at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.bucket import Bucket
from fleet.traders import state, switches
from fleet.traders.overview import Overview, overview
from fleet.traders.state import TraderState, Unreadable
from fleet.traders.switches import Switch
from webui.remembered import RememberedBucket
from webui.shared_look import SharedLook

ORDERS = 12
"""The last ones, that a page shows."""

_WATCHED = 64  # traders


@dataclass(frozen=True)
class All:
    """
    Attributes:
        traders: In alphabetical order.
        kill: The kill switch of all, where it is on.
    """

    traders: Sequence[TraderState | Unreadable]
    kill: Switch | None


def _trader(bucket: Bucket, name: str) -> Overview:
    """
    Raises:
        NoSuchTraderError, UnreadableObjectError, BucketError
    """
    return overview(RememberedBucket(bucket), name, ORDERS)


def _all(bucket: Bucket) -> All:
    """
    Raises:
        BucketError
    """
    remembered = RememberedBucket(bucket)
    return All(state.load_all(remembered), switches.killed(remembered, None))


trader = SharedLook(_trader, most=_WATCHED)
all_traders = SharedLook(_all, most=1)
