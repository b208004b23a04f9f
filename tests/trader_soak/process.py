"""``python -m tests.trader_soak.process NAME SECONDS``: a trader as a process of its own, with a lease of so many seconds."""

import os
import signal
import sys

from fleet.bucket import Bucket
from fleet.settings import Settings
from tests.trader_soak.runs import PATIENT_PROCESS
from trader.run import run
from trader.stop import Stop


def main(name: str, lease_seconds: float) -> None:
    stop = Stop()
    signal.signal(signal.SIGTERM, lambda *_: stop.request("SIGTERM"))
    bucket = Bucket.connect(Settings.from_environment(os.environ))
    print(run(name, bucket, stop=stop, patience=PATIENT_PROCESS, lease_seconds=lease_seconds))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
