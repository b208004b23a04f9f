"""``python -m tests.trader_soak.process``: a trader as a process of its own, which waits less than people's do."""

import os
import sys

from fleet.bucket import Bucket
from fleet.settings import Settings
from fleet.traders.state import HALTED
from tests.trader_soak.runs import NAME
from trader.clocks import awake
from trader.patience import Patience
from trader.run import run
from trader.stop import Stop, stopped_by_signals

PATIENCE = Patience(first=0.05, longest=0.5, poll=0.05, grace=3600.0)
HALTS = 3  # the status with which it ends then, as the command does
FASTER = 60  # times; so a lease that nobody renews is over after two seconds


def main() -> None:
    stop = Stop()
    with stopped_by_signals(stop, print):
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        ended = run(NAME, bucket, holder="a process", stop=stop, patience=PATIENCE, elapsed=lambda: FASTER * awake())
    print(ended)
    sys.exit(HALTS if ended == HALTED else 0)


if __name__ == "__main__":
    main()
