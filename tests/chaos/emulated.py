"""An emulator of SQS and S3 of one's own, for what is not run by pytest."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.settings import Settings
from spotmc.local_stack import emulator
from spotmc.local_stack.processes import running, wait_until


@contextmanager
def emulated(folder: Path) -> Iterator[Settings]:
    """Settings of one that runs while the block lasts; this process's environment lets us in.

    Args:
        folder: For its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = emulator.settings(port)
    environment = emulator.environment(settings, os.environ)
    os.environ.clear()
    os.environ.update(environment)
    with running({"emulator": emulator.command(port)}, folder) as children:
        wait_until(lambda: emulator.answers(port), children[0])
        yield settings
