"""Whether the web UI serves at all; queue and bucket are not asked, nor is a password."""

from importlib.metadata import version

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def show() -> ResponseReturnValue:
    return jsonify(status="ok", version=version("spot-montecarlo"))
