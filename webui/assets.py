"""The files that pages are made with: style sheets, scripts, the icon, and the script that draws charts.

Their addresses say which version is meant, by a hash of the content, so browsers keep them and need not ask again.
They are sent compressed, and that is done once.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

OWN = Path(__file__).parent / "static"
CHART_LIBRARY = Path(str(files("plotly"))) / "package_data" / "plotly.min.js"
"""All of plotly; we know no package on PyPI that carries a smaller bundle of it."""

VERSION = "v"  # query parameter of an address
FOR_GOOD = "public, max-age=31536000, immutable"  # seconds of a year, the longest that is understood
LOOK_AGAIN = "no-cache"  # what is kept is used after we have said that it is still the same

_MIMETYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """A file as it is sent.

    Attributes:
        content, packed: Its bytes, and the same by gzip.
        version: Other bytes have another one.
    """

    content: bytes
    packed: bytes
    version: str


def register(app: Flask) -> None:
    """Serve our own files at /static/, and let ``url_for`` give their addresses with the version."""

    def show(filename: str) -> Response:
        path = safe_join(str(OWN), filename)
        if path is None or not Path(path).is_file():
            abort(404)
        return answer(Path(path))

    def say_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (file := OWN / values["filename"]).is_file():
            values[VERSION] = asset(file).version

    app.add_url_rule("/static/<path:filename>", "static", show)
    app.url_defaults(say_version)


def asset(file: Path) -> Asset:
    """A file as it is now."""
    status = file.stat()
    return _read(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _read(file: Path, _changed: int, _size: int) -> Asset:
    content = file.read_bytes()
    return Asset(content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:12])


def answer(file: Path) -> Response:
    """The file, compressed for who takes that; to be kept for good if this version of it was asked for."""
    found = asset(file)
    packs = request.accept_encodings["gzip"] > 0
    response = Response(found.packed if packs else found.content, mimetype=_MIMETYPES[file.suffix])
    if packs:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{found.version}-gzip" if packs else found.version)
    response.headers["Cache-Control"] = FOR_GOOD if request.args.get(VERSION) == found.version else LOOK_AGAIN
    response.make_conditional(request.environ)
    return response
