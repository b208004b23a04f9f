"""The page of the fleet: what waits, what failed, who works at what, and what it costs; with failed work sent again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fleet.dead_letters import DeadLetter, redrive
from montecarlo.wording import count
from webui import connection, fleet_state

LETTERS_SHOWN = 50

blueprint = Blueprint("fleet", __name__, url_prefix="/fleet")


@blueprint.get("")
def show() -> ResponseReturnValue:
    return render_template("fleet.html", **fleet_state.found(), letters_shown=LETTERS_SHOWN)


@blueprint.get("/parts")
def show_parts() -> ResponseReturnValue:
    """What changes, alone, for the script that keeps it up to date."""
    return render_template("fleet_parts.html", **fleet_state.found(), letters_shown=LETTERS_SHOWN)


@blueprint.post("/redrive")
def send_again() -> ResponseReturnValue:
    """Send dead letters to the workers again: one, those of a job, or all."""
    queue, bucket = connection.queue(), connection.bucket()
    dead = fleet_state.dead_letters(queue)
    with fleet_state.watch().in_hand(dead) as letters:
        chosen = [each for each in letters if _is_chosen(each)]
        for letter in chosen:
            redrive(letter, dead, queue, bucket)
    _flash_done(chosen, "sent again", "good")
    return redirect(url_for("fleet.show"), 303)


@blueprint.post("/discard")
def discard() -> ResponseReturnValue:
    """Delete dead letters for good; what was computed of their jobs stays."""
    dead = fleet_state.dead_letters(connection.queue())
    with fleet_state.watch().in_hand(dead) as letters:
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
