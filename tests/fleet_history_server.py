"""EC2 over HTTP with the history of Spot Fleets, which moto does not keep; all else is passed on to moto.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotFleetRequestHistory.html
"""

import urllib.error
import urllib.request
from collections import defaultdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

HOST = "127.0.0.1"
PAGE = 2  # records
_ASKED = "DescribeSpotFleetRequestHistory"


class FleetHistoryServer:
    """While the ``with`` block lasts.

    Args:
        moto: Where it listens.

    Attributes:
        denied: Whether nobody may read histories.
        asked: How often one was read.
    """

    def __init__(self, moto: str) -> None:
        self.denied, self.asked = False, 0
        self._records: defaultdict[str, list[str]] = defaultdict(list)
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self, moto))
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="fleet histories")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def happen(self, fleet_id: str, kind: str, sub_kind: str, description: str) -> None:
        """Something comes into the history of a fleet, as an event of that kind."""
        told = f"<eventSubType>{sub_kind}</eventSubType><eventDescription>{escape(description)}</eventDescription>"
        self._records[fleet_id].append(
            f"<item><timestamp>{datetime.now(UTC).isoformat()}</timestamp><eventType>{kind}</eventType>"
            f"<eventInformation>{told}</eventInformation></item>"
        )

    def history(self, form: dict[str, str]) -> tuple[int, str]:
        """The answer to a request."""
        self.asked += 1
        if self.denied:
            error = "<Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this</Message>"
            return 403, f"<Response><Errors><Error>{error}</Error></Errors><RequestID>0</RequestID></Response>"
        records, first = self._records[form["SpotFleetRequestId"]], int(form.get("NextToken", 0))
        rest = f"<nextToken>{first + PAGE}</nextToken>" if first + PAGE < len(records) else ""
        items = "".join(records[first : first + PAGE])
        return 200, f"<{_ASKED}Response><historyRecordSet>{items}</historyRecordSet>{rest}</{_ASKED}Response>"


def _handler(server: FleetHistoryServer, moto: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            form = dict(parse_qsl(content.decode()))
            if form.get("Action") == _ASKED:
                status, text = server.history(form)
                body = text.encode()
            else:
                status, body = self._passed_on(content)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _passed_on(self, content: bytes) -> tuple[int, bytes]:
            headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Content-Length")}
            request = urllib.request.Request(moto, content, headers)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
