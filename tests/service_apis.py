"""Several of AWS's services behind one address, each in the protocol that boto3 speaks with it.

What an operation does is for whoever uses this; what it does not know is passed on to the emulator.
"""

import json
import re
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from moto.core.parse import EC2QueryParser, QueryParser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from tests.http_service import Answer, HttpService, Request, passed_on
from tests.query_api import RefusedError

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_QUERY_PARSERS = {"ec2": EC2QueryParser, "query": QueryParser}

Act = Callable[[str, dict[str, Any]], Mapping[str, Any] | None]


class ServiceApis(HttpService):
    """Answers one request at a time.

    Args:
        act: Gets "service:Operation" and its parameters; gives the result, None for what is the emulator's, or raises
            RefusedError.
        emulator: Address of the emulator.
    """

    def __init__(self, act: Act, emulator: str) -> None:
        self._act, self._emulator, self._lock = act, emulator, Lock()
        self._models: dict[str, Any] = {}
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Answer:
        found = _SERVICE.search(request.headers.get("Authorization", ""))
        assert found, request.headers
        model = self._model(found[1])
        protocol = model.resolved_protocol
        operation, parameters = _READ[protocol](model, request)
        with self._lock:
            try:
                result = self._act(f"{model.service_name}:{operation.name}", parameters)
            except RefusedError as error:
                return _refused(protocol, operation, error)
        return passed_on(request, self._emulator) if result is None else _written(protocol, operation, result)

    def _model(self, service: str) -> Any:
        # The name that is signed for is not always that of the service.
        if service not in self._models:
            named = {"monitoring": "cloudwatch"}.get(service, service)
            self._models[service] = get_service_model(named)
        return self._models[service]


def _read_form(model: Any, request: Request) -> tuple[Any, dict[str, Any]]:
    operation = model.operation_model(request.form["Action"])
    parser = _QUERY_PARSERS[model.resolved_protocol](operation)
    asked = {
        "method": request.method,
        "headers": request.headers,
        "body": request.body,
        "url_path": request.path,
        "url_params": {},
        "values": MultiDict(request.form),
    }
    return operation, dict(parser.parse(asked))


def _read_json(model: Any, request: Request) -> tuple[Any, dict[str, Any]]:
    return model.operation_model(request.headers["X-Amz-Target"].rpartition(".")[2]), json.loads(request.body)


def _read_rest(model: Any, request: Request) -> tuple[Any, dict[str, Any]]:
    for name in model.operation_names:
        operation = model.operation_model(name)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.http["requestUri"])
        found = re.fullmatch(pattern, urlsplit(request.path).path)
        if operation.http["method"] == request.method and found:
            return operation, {**(json.loads(request.body) if request.body else {}), **found.groupdict()}
    raise AssertionError(f"{model.service_name} has no operation {request.method} {request.path}")


_READ = {
    "ec2": _read_form,
    "query": _read_form,
    "json": _read_json,
    "rest-json": _read_rest,
}


def _written(protocol: str, operation: Any, result: Mapping[str, Any]) -> Answer:
    service = operation.service_model.service_name
    written = get_serializer_class(service, protocol)(operation).serialize(result)
    return Answer(written["status_code"], written["body"].encode(), dict(written["headers"]))


def _refused(protocol: str, operation: Any, error: RefusedError) -> Answer:
    if protocol in _QUERY_PARSERS:
        told = f"<Error><Code>{error.code}</Code><Message>{error}</Message></Error>"
        if protocol == "query":
            return Answer(error.status, f"<ErrorResponse>{told}<RequestId>0</RequestId></ErrorResponse>".encode())
        whole = f"<Response><Errors>{told}</Errors><RequestID>0</RequestID></Response>"
        return Answer(error.status, whole.encode())
    content = {"__type": error.code, "message": str(error)}
    return Answer(error.status, json.dumps(content).encode(), {"x-amzn-errortype": error.code})
