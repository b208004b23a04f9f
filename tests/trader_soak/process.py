"""``python -m tests.trader_soak.process``: a trader as a process of its own, which waits less than people's do."""

import os
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from threading import Barrier

from fleet.bucket import Bucket
from fleet.settings import Settings
from fleet.traders.state import HALTED
from tests.trader_soak.models import read_models_once
from tests.trader_soak.runs import NAME
from trader.clocks import awake
from trader.patience import Patience
from trader.run import run
from trader.stop import Stop, stopped_by_signals

PATIENCE = Patience(first=0.05, longest=0.5, poll=0.05, grace=3600.0)
HALTS = 3  # the status with which it ends then, as the command does
FASTER = 60  # times; so a lease that nobody renews is over after two seconds
FASTER_OF_TWO = 30  # both have work to do, and a machine that is busy is not to take the lease from either
WAITS = 60.0  # seconds, for the other one


read_models_once()  # before any is forked from it


class Impatient(Stop):
    """Waits for a lease as much faster as that runs out."""

    def pause(self, seconds: float) -> None:
        super().pause(min(seconds, PATIENCE.longest))


def begin(environment: Mapping[str, str], name: str, both: Barrier, says: Connection) -> None:
    """One of two that begin at once; says how it ended, as ``two_traders.Pair`` has it.

    Args:
        environment: With which it finds bucket and broker.
        name: Of the process.
        both: Passed when all has been imported.
        says: Where to.
    """
    os.environ.update(environment)
    bucket, stop = Bucket.connect(Settings.from_environment(os.environ)), Impatient()
    both.wait(WAITS)
    try:
        with stopped_by_signals(stop):
            said = run(
                NAME,
                bucket,
                holder=name,
                stop=stop,
                patience=PATIENCE,
                elapsed=lambda: FASTER_OF_TWO * awake(),
                emit=lambda _: None,
            )
    except Exception as error:  # noqa: BLE001 - whatever it is, it has ended so
        said = type(error).__name__
    says.send(said)


def main() -> None:
    stop = Stop()
    with stopped_by_signals(stop, print):
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        ended = run(NAME, bucket, holder="a process", stop=stop, patience=PATIENCE, elapsed=lambda: FASTER * awake())
    print(ended)
    sys.exit(HALTS if ended == HALTED else 0)


if __name__ == "__main__":
    main()
