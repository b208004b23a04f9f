"""EC2 over HTTP: the emulator's, with the one thing that it does not know: which key encrypts an account's disks."""

import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

from tests.query_api import HOST, xml

AWS_KEY = "alias/aws/ebs"


class Ec2Server:
    """Answers while the ``with`` block lasts.

    Args:
        emulator: Where it listens.

    Attributes:
        disk_key: The account's default; None where whoever asks has no permission to know it.
    """

    def __init__(self, emulator: str) -> None:
        self.disk_key: str | None = AWS_KEY
        self._emulator = emulator
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="EC2")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = answer(form, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        return Handler

    def _answer(self, form: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if parse_qs(form.decode())["Action"] != ["GetEbsDefaultKmsKeyId"]:
            return self._asked_of_emulator(form, {name: value for name, value in headers.items() if name != "Host"})
        if self.disk_key is None:
            refused = {"Code": "UnauthorizedOperation", "Message": "not authorized to perform this operation"}
            return 403, f"<Response><Errors>{xml({'Error': refused})}</Errors></Response>".encode()
        key = xml({"kmsKeyId": self.disk_key})
        return 200, f"<GetEbsDefaultKmsKeyIdResponse>{key}</GetEbsDefaultKmsKeyIdResponse>".encode()

    def _asked_of_emulator(self, form: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        request = urllib.request.Request(self._emulator, form, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
