"""Traders on paper: all of them, and each with what it did beside the backtest; with the switches that people throw.

Names of traders have no underscore, so addresses that begin with one are none of theirs.
"""

from datetime import datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fleet.errors import UnreadableObjectError
from fleet.traders import journal, switches
from fleet.traders.settings import require_trader
from webui import connection
from webui.results.traders.look import all_traders, trader
from webui.results.traders.shown import all_shown, trader_shown
from webui.results.traders.standing import BY
from webui.shared_look import arrived

FILES = {"report.csv": journal.report, "trades.csv": journal.trades, "backtest-trades.csv": journal.backtest_trades}

blueprint = Blueprint("traders", __name__, url_prefix="/traders")


@blueprint.get("")
def show_all() -> ResponseReturnValue:
    found = all_traders(arrived(), connection.bucket())
    return render_template("traders.html", **all_shown(found), settings=connection.settings())


@blueprint.get("/_parts")
def show_all_parts() -> ResponseReturnValue:
    """What changes, alone, for the script that keeps it up to date."""
    return render_template("traders_parts.html", **all_shown(all_traders(arrived(), connection.bucket())))


@blueprint.post("/_kill")
def kill_all() -> ResponseReturnValue:
    """Throw the kill switch of all traders."""
    switches.kill(connection.bucket(), None, BY)
    flash("The kill switch of all traders is on: within seconds they cancel their open orders, and send none.", "warn")
    return redirect(url_for("traders.show_all"), 303)


@blueprint.post("/_release")
def release_all() -> ResponseReturnValue:
    """Put the kill switch of all traders back."""
    if switches.release(connection.bucket(), None):
        flash("The kill switch of all traders is off. One whose own is on stays killed.", "good")
    else:
        flash("The kill switch of all traders was off already: nothing was done.", "warn")
    return redirect(url_for("traders.show_all"), 303)


@blueprint.get("/<name>")
def show(name: str) -> ResponseReturnValue:
    try:
        found = trader(arrived(), connection.bucket(), name)
    except UnreadableObjectError as error:
        return render_template("trader_unreadable.html", name=name, reason=str(error)), 409
    return render_template("trader.html", name=name, **trader_shown(found))


@blueprint.get("/<name>/parts")
def show_parts(name: str) -> ResponseReturnValue:
    """What changes, alone, for the script that keeps it up to date."""
    found = trader(arrived(), connection.bucket(), name)
    return render_template("trader_parts.html", name=name, **trader_shown(found))


@blueprint.get("/<name>/<file>")
def download(name: str, file: str) -> ResponseReturnValue:
    """All days, or all trades, as a CSV."""
    if (read := FILES.get(file)) is None:
        abort(404)
    bucket = connection.bucket()
    require_trader(bucket, name)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{file}"'}
    return Response(read(bucket, name).to_csv(index=False), mimetype="text/csv", headers=headers)


@blueprint.post("/<name>/kill")
def kill(name: str) -> ResponseReturnValue:
    """Throw its kill switch."""
    switches.kill(connection.bucket(), name, BY)
    flash("Its kill switch is on: within seconds it cancels its open orders, and sends none.", "warn")
    return _to_page(name)


@blueprint.post("/<name>/release")
def release(name: str) -> ResponseReturnValue:
    """Put its kill switch back."""
    if switches.release(connection.bucket(), name):
        flash("Its kill switch is off.", "good")
    else:
        flash("Its own kill switch was off already: nothing was done.", "warn")
    return _to_page(name)


@blueprint.post("/<name>/lift")
def lift(name: str) -> ResponseReturnValue:
    """Lift the halt whose reason the page has shown."""
    try:
        at = datetime.fromisoformat(request.form["at"]) if "at" in request.form else None
    except ValueError:
        abort(400)
    if switches.lift(connection.bucket(), name, at):
        flash("The halt is lifted. What it was for is kept among the trader's halts.", "good")
    else:
        flash("It is not halted any more: nothing was done.", "warn")
    return _to_page(name)


def _to_page(name: str) -> ResponseReturnValue:
    return redirect(url_for("traders.show", name=name), 303)
