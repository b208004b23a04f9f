"""A person at Jupyter: logs in over HTTPS, writes files, runs code in a kernel over a WebSocket."""

import asyncio
import json
import re
import uuid
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import websocket_connect


class Jupyter:
    """Jupyter on a port of this machine.

    Args:
        port: Where it answers over HTTPS.
        password: Of the person.
    """

    def __init__(self, port: int, password: str) -> None:
        self._site = f"localhost:{port}"
        self._cookies: dict[str, str] = {}
        asyncio.run(self._log_in(password))

    def put(self, path: str, text: str) -> int:
        """The status after saving a file."""
        body = json.dumps({"type": "file", "format": "text", "content": text})
        return asyncio.run(self._ask("PUT", f"/api/contents/{path}", body)).code

    def run(self, code: str) -> str:
        """What code prints in a kernel of its own; it must not end with an error."""
        return asyncio.run(self._run(code))

    def refuses_a_page_of(self, origin: str) -> bool:
        """Whether it has no WebSocket for a page from elsewhere."""
        try:
            asyncio.run(self._run("1", origin=origin))
        except HTTPClientError as error:
            return error.code == 403
        return False

    async def _log_in(self, password: str) -> None:
        await self._ask("GET", "/login")
        await self._ask("POST", "/login", urlencode({"password": password, "_xsrf": self._cookies["_xsrf"]}))
        assert any(name.startswith("username-") for name in self._cookies), self._cookies

    async def _ask(self, method: str, path: str, body: str | None = None) -> HTTPResponse:
        request = HTTPRequest(
            f"https://{self._site}{path}",
            method,
            headers=self._headers(),
            body=body,
            validate_cert=False,
            follow_redirects=False,
            request_timeout=120,
        )
        answer = await AsyncHTTPClient().fetch(request, raise_error=False)
        for cookie in answer.headers.get_list("Set-Cookie"):
            [(name, value)] = re.findall(r"^([^=]+)=\"?([^;\"]*)", cookie)
            self._cookies[name] = value
            assert not name.startswith("username-") or "Secure" in cookie, cookie
        return answer

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Cookie": cookies, "X-XSRFToken": self._cookies.get("_xsrf", "")}

    async def _run(self, code: str, *, origin: str | None = None) -> str:
        kernel = json.loads((await self._ask("POST", "/api/kernels", "{}")).body)["id"]
        headers = {**self._headers(), "Origin": origin or f"https://{self._site}"}
        address = f"wss://{self._site}/api/kernels/{kernel}/channels"
        socket = await websocket_connect(HTTPRequest(address, headers=headers, validate_cert=False))
        try:
            question = _execute(code)
            await socket.write_message(json.dumps(question))
            printed = ""
            while True:
                said = await asyncio.wait_for(socket.read_message(), 120)
                assert said is not None, printed
                message: dict[str, Any] = json.loads(said)
                if message["parent_header"].get("msg_id") != question["header"]["msg_id"]:
                    continue
                content = message["content"]
                assert message["msg_type"] != "error", "\n".join(content["traceback"])
                printed += content["text"] if message["msg_type"] == "stream" else ""
                if content.get("execution_state") == "idle":
                    return printed
        finally:
            socket.close()
            await self._ask("DELETE", f"/api/kernels/{kernel}")


def _execute(code: str) -> dict[str, Any]:
    """https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute"""
    header = {"msg_id": uuid.uuid4().hex, "username": "", "session": uuid.uuid4().hex, "version": "5.3"}
    return {
        "channel": "shell",
        "header": {**header, "msg_type": "execute_request", "date": ""},
        "parent_header": {},
        "metadata": {},
        "content": {"code": code, "silent": False, "store_history": False, "allow_stdin": False},
        "buffers": [],
    }
