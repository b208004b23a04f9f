"""How gunicorn is run: its settings, and threads that wait for slow or broken clients no longer than they must."""

import json
import os
import socket
from concurrent.futures import Future
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

THREADS, MOST_LARGE = 16, 6  # of each process: those that large requests leave find time for a ping, whatever they do
SILENCE_SECONDS = 15.0  # of a client in the middle of a request or of an answer
GRACE_SECONDS = 25  # for what is asked already; SageMaker kills 30 s after SIGTERM
KEEP_ALIVE_SECONDS = 75


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """
    Args:
        app: What answers, by WSGI; made before there are other processes, which share its memory.
        bind: Address and port.
        workers: Processes.
    """

    def __init__(self, app: Any, bind: str, workers: int) -> None:
        self._app, self._bind, self._workers = app, bind, workers
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": self._bind,
            "workers": self._workers,
            "worker_class": PatientWorker,
            "threads": THREADS,
            "preload_app": True,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "timeout": 60,
            "loglevel": "warning",
            "accesslog": None,
            "control_socket_disable": True,
            # Of a worker that is alive: on a disk that is busy it would seem dead.
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


class _PatientSocket(socket.socket):
    """One that waits SILENCE_SECONDS where gunicorn would have it wait for ever."""

    def setblocking(self, flag: bool, /) -> None:
        self.settimeout(SILENCE_SECONDS if flag else 0.0)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Lets go of clients that say nothing in the middle of a request, and tells those in JSON who break HTTP."""

    def enqueue_req(self, conn: TConn) -> None:
        if not isinstance(conn.sock, _PatientSocket):
            conn.sock = _PatientSocket(fileno=conn.sock.detach())
        if self.alive and not conn.initialized and not conn.wait_for_data(0):
            # Gunicorn would have a thread wait, and many that say nothing would leave none for a ping.
            silent: Future[object] = Future()
            silent.set_result(_DEFER)
            self.finish_request(conn, silent)
            return
        super().enqueue_req(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        if not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        body = json.dumps({"error": f"this is no request of HTTP: {str(exc)[:200]}"}).encode("ascii")
        head = (
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            client.sendall(head.encode("ascii") + body)
        except OSError as error:
            self.log.debug("The client has gone: %s", error)
