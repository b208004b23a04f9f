"""Run a module as a process that does not outlive its parent.

``python -m spotmc.local_stack.tethered MODULE ARGUMENT…``

The parent holds the other end of this process's standard input and writes nothing to it.  When the parent closes it or
ends, in whatever way, reading returns: this works on every system, and for modules that know nothing of it.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 10  # from SIGTERM to the end of patience


def main() -> None:
    threading.Thread(target=_leave_with_parent, args=(threading.get_ident(),), daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _leave_with_parent(main_thread: int) -> None:
    while os.read(0, 1024):
        pass
    # To the main thread, so that what it is waiting for is interrupted.
    signal.pthread_kill(main_thread, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
