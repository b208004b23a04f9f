"""How a trader stands, in a sentence, and what to do next."""

from fleet.traders.days import DayRecord
from fleet.traders.settings import ALPACA
from fleet.traders.state import ENDED, HALTED, KILLED, STOPPED, TraderState
from fleet.traders.switches import UNKNOWN, Switch
from webui.display import dollars, moment
from webui.results.traders.days import CENT

BY = "the web UI"
"""Who throws a kill switch from here."""


def sentence(state: TraderState) -> str:
    """How it stands, to be repeated; why it halted is told beside it."""
    if switch := state.kill_all or state.kill:
        whose = "The kill switch of all traders" if state.kill_all else "Its kill switch"
        return f"{whose} is on{thrown(switch)}: it sends nothing, and {_keeps(state)}."
    if state.halt:
        since = "" if state.halt.at == UNKNOWN else f" since {moment(state.halt.at)}"
        return f"It is halted{since}: it sends nothing, and {_keeps(state)}."
    if state.last is None:
        first = state.settings.first or "the first on which its strategy can decide"
        return f"It runs, and has decided nothing yet: its first day is {first}." if state.holder else "It never ran."
    begins = {ENDED: "Its prices are over", STOPPED: "No process runs it"}
    return f"{begins.get(state.status, 'It runs')}: {_account(state.last, state.settings.job.symbol)}."


def advice(state: TraderState) -> str:
    """What to do next; empty where nothing is to be done."""
    run = f"`{state.settings.run_command}`"
    starts = "" if state.holder else f", and start it: {run}"
    if state.status == KILLED:
        lift = ", look at why it halted and lift the halt" if state.halt else ""
        return f"To let it trade on{lift}, release the kill switch{starts}."
    if state.status == HALTED:
        return f"Look at the reason and mend it, then lift the halt{starts}."
    if state.status != STOPPED:
        return ""
    if state.last is None:
        return f"{run} starts it."
    missed = " Orders of sessions that are over by then are not sent later." if state.settings.feed == ALPACA else ""
    return f"{run} goes on where it stopped.{missed}"


def thrown(switch: Switch) -> str:
    """When and by whom, behind "is on"; of one that nobody knows that of, why it is."""
    return f", because {switch.reason}" if switch.at == UNKNOWN else f" since {moment(switch.at)}, by {switch.reason}"


def shares(number: float) -> str:
    """Such as "120 shares", "120 shares short" and "no shares"."""
    if not number:
        return "no shares"
    text = f"{abs(number):,.15g} {'share' if abs(number) == 1 else 'shares'}"
    return text if number > 0 else f"{text} short"


def beside(difference: float) -> str:
    """An account beside the backtest's, by how many dollars it is above."""
    if abs(difference) < CENT:
        return "exactly as in the backtest"
    return f"{dollars(abs(difference))} {'more' if difference > 0 else 'less'} than in the backtest"


def _keeps(state: TraderState) -> str:
    if state.last is None or not state.last.standing.shares:
        return "holds nothing"
    return f"keeps its {shares(state.last.standing.shares)} of {state.settings.job.symbol}"


def _account(last: DayRecord, symbol: str) -> str:
    apart = beside(last.equity - last.backtest_equity)
    held = f"{shares(last.standing.shares)} of {symbol}"
    return f"at the close of {last.day} it held {held} and was worth {dollars(last.equity)}, {apart}"
