"""How the fleet stands, for its page and for scripts: asked of queue and bucket at once, or known from a watch."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from flask import current_app

from fleet import reports
from fleet.errors import FleetError
from fleet.queue import Queue
from webui import connection, troubles
from webui.fleet_watch import FleetWatch
from webui.once import Once


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
    watching = watch()
    asked: dict[str, Callable[[], Any]] = {
        "depth": lambda: connection.queue().depth(),
        "dead_depth": lambda: dead_letters(connection.queue()).depth(),
        "workers": lambda: reports.seen_lately(connection.bucket(), now),
    }
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def ask(name: str) -> Any:
        with app.app_context():
            return told(asked[name])

    with ThreadPoolExecutor(len(asked)) as pool:
        parts = dict(zip(asked, pool.map(ask, asked), strict=True))
    letters = watching.letters_of(parts["dead_depth"]) if parts["dead_depth"] else None
    return {
        **parts,
        "now": now,
        "settings": settings,
        "troubles": list(dict.fromkeys(found_wrong)),
        "letters": letters,
        "letters_trouble": watching.letters.trouble if parts["dead_depth"] else "",
        "stack": watching.stack.known() if watching.stack else None,
        "stack_name": watching.stack_name,
        "stack_at": watching.stack.at if watching.stack else None,
        "stack_trouble": watching.stack.trouble if watching.stack else "",
        "today": watching.today.known(),
        "today_trouble": watching.today.trouble,
    }


def watch() -> FleetWatch:
    """
    Raises:
        SettingsError
    """
    return _watches(connection.settings(), connection.environment().get(troubles.VARIABLE))


def dead_letters(queue: Queue) -> Queue:
    """Found once: that takes two requests.

    Raises:
        QueueError
    """
    return _dead_letter_queues(queue)


_watches = Once(FleetWatch, most=1)
_dead_letter_queues = Once(Queue.dead_letters, most=1)
