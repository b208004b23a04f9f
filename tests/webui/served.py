"""An application behind our server, in the process of the test."""

import asyncio
import http.client
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

from webui.serving.server import Server
from webui.serving.wsgi import Application

PATIENCE = 60  # seconds


class Served:
    """An application that is served from a thread while the ``with`` block lasts."""

    def __init__(self, application: Application) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._told: Future[Callable[[], object]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(application)))

    def __enter__(self) -> "Served":
        self._thread.start()
        self._stop = self._told.result(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._stop()

    def get(self, path: str = "/", **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def send(self, sent: bytes) -> socket.socket:
        """A client that keeps little, and reads nothing of its own accord."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", self.port))
        client.sendall(sent)
        return client

    async def _serve(self, application: Application) -> None:
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        self._listener.setblocking(False)
        it = Server(application, None)
        it.add_socket(self._listener)
        self._told.set_result(lambda: loop.call_soon_threadsafe(told.set))
        await told.wait()
        it.stop()
        await it.finish()
