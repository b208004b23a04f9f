"""Traders on paper for scripts: how they stand, what they did beside the backtest, and their switches."""

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from fleet.traders import state, switches
from webui import connection
from webui.api.operations import Query, operation
from webui.api.problems import no_such_chart
from webui.api.schemas import ANY_OBJECT, named
from webui.api.trader_answers import SCHEMAS, listed, one, report_of, status_of, switch_of
from webui.results.theme import THEMES, themed
from webui.results.traders.charts import CHARTS
from webui.results.traders.look import all_traders
from webui.results.traders.look import trader as found_of
from webui.results.traders.standing import BY
from webui.shared_look import arrived

__all__ = ["SCHEMAS"]


@operation("GET", "/traders", answer=(200, named("Traders")))
def traders() -> ResponseReturnValue:
    """All traders on paper, and how each stands."""
    found = all_traders(arrived(), connection.bucket())
    return jsonify(traders=[listed(each) for each in found.traders], kill_all=switch_of(found.kill))


@operation("GET", "/traders/<trader>", answer=(200, named("Trader")), problems=(404, 409))
def trader(trader: str) -> ResponseReturnValue:
    """How a trader stands, beside its backtest, and its last orders."""
    return jsonify(one(found_of(arrived(), connection.bucket(), trader)))


@operation("GET", "/traders/<trader>/report", answer=(200, named("TraderReport")), problems=(404, 409))
def trader_report(trader: str) -> ResponseReturnValue:
    """All days of a trader on paper beside its backtest, and the round trips of both."""
    return jsonify(report_of(found_of(arrived(), connection.bucket(), trader)))


@operation(
    "GET",
    "/traders/<trader>/charts/<name>",
    answer=(200, ANY_OBJECT),
    problems=(404, 409),
    query=(Query("theme", {"type": "string", "enum": list(THEMES)}, "For which ground."),),
)
def trader_chart(trader: str, name: str) -> ResponseReturnValue:
    """A chart of a trader, as plotly has it."""
    if name not in CHARTS:
        return no_such_chart("a trader", CHARTS, name)
    figure = CHARTS[name](found_of(arrived(), connection.bucket(), trader))
    return Response(themed(figure, request.args).to_json(), mimetype="application/json")


@operation("POST", "/traders/<trader>/kill", answer=(200, named("TraderStatus")), problems=(404, 409))
def kill(trader: str) -> ResponseReturnValue:
    """Throw a trader's kill switch: open orders are cancelled, none are sent, positions stay."""
    switches.kill(connection.bucket(), trader, BY)
    return _standing(trader)


@operation("POST", "/traders/<trader>/release", answer=(200, named("TraderStatus")), problems=(404, 409))
def release(trader: str) -> ResponseReturnValue:
    """Put a trader's kill switch back; that of all traders is another one."""
    switches.release(connection.bucket(), trader)
    return _standing(trader)


@operation("POST", "/traders/<trader>/lift", answer=(200, named("TraderStatus")), problems=(404, 409))
def lift(trader: str) -> ResponseReturnValue:
    """Lift a trader's halt, once a person has looked at its reason."""
    switches.lift(connection.bucket(), trader)
    return _standing(trader)


@operation("POST", "/all-traders/kill", answer=(200, named("KillSwitchOfAll")))
def kill_all() -> ResponseReturnValue:
    """Throw the kill switch of all traders, those that are made later among them."""
    switches.kill(connection.bucket(), None, BY)
    return jsonify(kill_all=switch_of(switches.killed(connection.bucket(), None)))


@operation("POST", "/all-traders/release", answer=(200, named("KillSwitchOfAll")), problems=(409,))
def release_all() -> ResponseReturnValue:
    """Put the kill switch of all traders back; one of a trader's own stays on."""
    switches.release(connection.bucket(), None)
    return jsonify(kill_all=switch_of(switches.killed(connection.bucket(), None)))


def _standing(name: str) -> ResponseReturnValue:
    return jsonify(status_of(state.load(connection.bucket(), name)))
