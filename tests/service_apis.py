"""Several of AWS's services behind one address, each in the protocol that boto3 speaks with it.

What an operation does is for whoever uses this; what it does not know is passed on to the emulator.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from moto.core.parse import EC2QueryParser, QueryParser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from tests.query_api import HOST, RefusedError

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_QUERY_PARSERS = {"ec2": EC2QueryParser, "query": QueryParser}

Act = Callable[[str, dict[str, Any]], Mapping[str, Any] | None]


class ServiceApis:
    """Answers on a free port of this machine while the ``with`` block lasts, one request at a time.

    Args:
        act: Gets "service:Operation" and its parameters; gives the result, None for what is the emulator's, or raises
            RefusedError.
        emulator: Address of the emulator.
    """

    def __init__(self, act: Act, emulator: str) -> None:
        self._act, self._emulator, self._lock = act, emulator, Lock()
        self._models: dict[str, Any] = {}
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="services")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        services = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, content = services._answer(self.command, self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        return Handler

    def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        found = _SERVICE.search(headers.get("Authorization", ""))
        assert found, headers
        model = self._model(found[1])
        protocol = model.resolved_protocol
        operation, parameters = _READ[protocol](model, method, path, headers, body)
        with self._lock:
            try:
                result = self._act(f"{model.service_name}:{operation.name}", parameters)
            except RefusedError as error:
                return _refused(protocol, operation, error)
        if result is None:
            return self._passed_on(method, path, headers, body)
        return _written(protocol, operation, result)

    def _model(self, service: str) -> Any:
        # The name that is signed for is not always that of the service.
        if service not in self._models:
            named = {"monitoring": "cloudwatch"}.get(service, service)
            self._models[service] = get_service_model(named)
        return self._models[service]

    def _passed_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        kept = {name: value for name, value in headers.items() if name.lower() not in {"host", "connection"}}
        request = urllib.request.Request(f"{self._emulator}{path}", body or None, kept, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request) as answer:
                return answer.status, {"Content-Type": answer.headers["Content-Type"]}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {"Content-Type": error.headers["Content-Type"]}, error.read()


def _read_form(model: Any, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Any, dict[str, Any]]:
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    operation = model.operation_model(form["Action"])
    request = {"method": method, "headers": headers, "body": body, "url_path": path, "url_params": {}}
    parser = _QUERY_PARSERS[model.resolved_protocol](operation)
    return operation, dict(parser.parse({**request, "values": MultiDict(form)}))


def _read_json(model: Any, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Any, dict[str, Any]]:
    return model.operation_model(headers["X-Amz-Target"].rpartition(".")[2]), json.loads(body)


def _read_rest(model: Any, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Any, dict[str, Any]]:
    for name in model.operation_names:
        operation = model.operation_model(name)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.http["requestUri"])
        found = re.fullmatch(pattern, urlsplit(path).path)
        if operation.http["method"] == method and found:
            return operation, {**(json.loads(body) if body else {}), **found.groupdict()}
    raise AssertionError(f"{model.service_name} has no operation {method} {path}")


_READ = {
    "ec2": _read_form,
    "query": _read_form,
    "json": _read_json,
    "rest-json": _read_rest,
}


def _written(protocol: str, operation: Any, result: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
    service = operation.service_model.service_name
    written = get_serializer_class(service, protocol)(operation).serialize(result)
    return written["status_code"], dict(written["headers"]), written["body"].encode()


def _refused(protocol: str, operation: Any, error: RefusedError) -> tuple[int, dict[str, str], bytes]:
    if protocol in _QUERY_PARSERS:
        told = f"<Error><Code>{error.code}</Code><Message>{error}</Message></Error>"
        if protocol == "query":
            return error.status, {}, f"<ErrorResponse>{told}<RequestId>0</RequestId></ErrorResponse>".encode()
        return error.status, {}, f"<Response><Errors>{told}</Errors><RequestID>0</RequestID></Response>".encode()
    content = {"__type": error.code, "message": str(error)}
    return error.status, {"x-amzn-errortype": error.code}, json.dumps(content).encode()
