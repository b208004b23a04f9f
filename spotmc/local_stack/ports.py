"""Ports of this machine."""

import os
import socket

from spotmc.local_stack.processes import StackError

HOST = "127.0.0.1"


def require_free(port: int) -> None:
    """
    Raises:
        StackError: something listens on the port, or it may not be used.
    """
    with socket.socket() as probe:
        # As servers do: connections of the last run that are still closing do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(
                f"port {port} of {HOST} cannot be used ({os.strerror(error.errno or 0)}): "
                "stop what uses it, or choose another with --port (the emulator takes the one after it)"
            ) from error
