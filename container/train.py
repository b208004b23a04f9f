"""``train``: does the work that hyperparameters name, and leaves its results where SageMaker takes them.

Exit codes, beside which ``output/failure`` has a sentence:

- 0: done.  The results are in ``model``.
- 1: it could not be done here: a full disk, too little memory, a library that is lacking, an error of ours.
- 2: it cannot be done as it is asked for: hyperparameters, channels, prices, a rule or a trained model.
- 143: SIGTERM, and 130: Ctrl-C.  With checkpoints it goes on when it is started again.
"""

import os
import sys

from container.opt_ml import OptMl
from container.progress import Log
from container.stopping import Stopped, Stopping


def main() -> int:
    """Returns the exit code."""
    folder, log = OptMl.of(os.environ), Log()

    def last_words(stopped: Stopped) -> None:
        _fail(folder, log.stopped(stopped, checkpoints=folder.checkpoints.is_dir()))

    stopping = Stopping(last_words)
    log.look = stopping.look
    try:
        folder.failure.unlink(missing_ok=True)  # of an earlier run
        from container.run import run  # takes seconds, and so comes once the signals are heard

        run(folder, os.environ, log, stopping)
    except Stopped as stopped:
        last_words(stopped)
        stopping.enough()
        return stopped.status
    except Exception as error:  # noqa: BLE001 (a person is told, and the log has it)
        stopping.enough()
        from container.reasons import judged

        code, reason = judged(error)
        _fail(folder, reason)
        return code
    return 0


def _fail(folder: OptMl, reason: str) -> None:
    print(f"failed: {reason}", file=sys.stderr, flush=True)
    try:
        folder.write_failure(reason)
    except OSError as error:
        print(f"{folder.failure} cannot be written either: {error.strerror}", file=sys.stderr, flush=True)
