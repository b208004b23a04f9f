"""The page of the fleet: what waits, what failed, and who works."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webui import connection

blueprint = Blueprint("fleet", __name__, url_prefix="/fleet")


@blueprint.get("")
def show() -> ResponseReturnValue:
    return render_template("fleet.html", depth=connection.queue().depth())
