"""The page of the fleet: what waits, what failed, who works at what, and what it costs; with failed work sent again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fleet import reports
from fleet.dead_letters import DeadLetter, redrive
from fleet.errors import FleetError
from fleet.queue import Queue
from montecarlo.wording import count
from webui import connection, troubles
from webui.fleet_watch import FleetWatch
from webui.once import Once

LETTERS_SHOWN = 50

blueprint = Blueprint("fleet", __name__, url_prefix="/fleet")


@blueprint.get("")
def show() -> ResponseReturnValue:
    return render_template("fleet.html", **found())


@blueprint.get("/parts")
def show_parts() -> ResponseReturnValue:
    """What changes, alone, for the script that keeps it up to date."""
    return render_template("fleet_parts.html", **found())


@blueprint.post("/redrive")
def send_again() -> ResponseReturnValue:
    """Send dead letters to the workers again: one, those of a job, or all."""
    queue, bucket = connection.queue(), connection.bucket()
    dead = _dead_letters(queue)
    with _watch().in_hand(dead) as letters:
        chosen = [each for each in letters if _is_chosen(each)]
        for letter in chosen:
            redrive(letter, dead, queue, bucket)
    _flash_done(chosen, "sent again", "good")
    return redirect(url_for("fleet.show"), 303)


@blueprint.post("/discard")
def discard() -> ResponseReturnValue:
    """Delete dead letters for good; what was computed of their jobs stays."""
    dead = _dead_letters(connection.queue())
    with _watch().in_hand(dead) as letters:
        chosen = [each for each in letters if _is_chosen(each)]
        for letter in chosen:
            dead.delete(letter.message)
    _flash_done(chosen, "deleted", "warn")
    return redirect(url_for("fleet.show"), 303)


def _is_chosen(letter: DeadLetter) -> bool:
    if request.form.get("all"):
        return True
    of_job = letter.shard is not None and letter.shard.job_id == request.form.get("job")
    return of_job or letter.message.id == request.form.get("message")


def _flash_done(chosen: list[DeadLetter], done: str, kind: str) -> None:
    if chosen:
        flash(f"{count(len(chosen), 'message')} {done}.", kind)
    else:
        flash(
            "That is in the dead-letter queue no more, or somebody else is looking at it: nothing was done. Where a "
            "job has failed all the same, send it again on its own page.",
            "warn",
        )


def found() -> dict[str, Any]:
    """What there is to see; what cannot be found out stands among the troubles instead."""
    now, found_wrong = datetime.now(UTC), list[str]()

    def told(ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except FleetError as error:
            found_wrong.append(str(error))
            return None

    settings = told(connection.settings)
    if settings is None:
        return {"now": now, "troubles": found_wrong, "settings": None}
    watch = _watch()
    asked: dict[str, Callable[[], Any]] = {
        "depth": lambda: connection.queue().depth(),
        "dead_depth": lambda: _dead_letters(connection.queue()).depth(),
        "workers": lambda: reports.seen_lately(connection.bucket(), now),
    }
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def ask(name: str) -> Any:
        with app.app_context():
            return told(asked[name])

    with ThreadPoolExecutor(len(asked)) as pool:
        parts = dict(zip(asked, pool.map(ask, asked), strict=True))
    letters = watch.letters_of(parts["dead_depth"]) if parts["dead_depth"] else None
    return {
        **parts,
        "now": now,
        "settings": settings,
        "troubles": list(dict.fromkeys(found_wrong)),
        "letters": letters,
        "letters_shown": LETTERS_SHOWN,
        "letters_trouble": watch.letters.trouble if parts["dead_depth"] else "",
        "stack": watch.stack.known() if watch.stack else None,
        "stack_name": watch.stack_name,
        "stack_at": watch.stack.at if watch.stack else None,
        "stack_trouble": watch.stack.trouble if watch.stack else "",
        "today": watch.today.known(),
        "today_trouble": watch.today.trouble,
    }


def _watch() -> FleetWatch:
    """
    Raises:
        SettingsError
    """
    return _watches(connection.settings(), connection.environment().get(troubles.VARIABLE))


def _dead_letters(queue: Queue) -> Queue:
    """Found once: that takes two requests.

    Raises:
        QueueError
    """
    return _dead_letter_queues(queue)


_watches = Once(FleetWatch, most=1)
_dead_letter_queues = Once(Queue.dead_letters, most=1)
