"""What is told of the form before anything is submitted: judged, on the history that is wanted, with an estimate."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fleet.errors import FleetError
from fleet.price_cache import cache_folder
from montecarlo.errors import HistoryError, ParameterError
from webui import connection, troubles
from webui.display import sentence
from webui.forms import estimates, folded, snapshots
from webui.forms.form import JobForm
from webui.forms.histories import StillFetchingError, history_for, is_in_bucket
from webui.forms.preview import Preview, preview_of

PATIENCE = 0.25  # seconds to wait for prices; who wants to know asks again

_TRIALS = threading.Semaphore(3)  # of people's own rules at a time
_BUSY = "other rules are being tried just now: press the button once more in a moment"


def told(typed: Mapping[str, str]) -> dict[str, Any]:
    """What ``POST /preview`` answers, of the texts of a form; see there."""
    form = JobForm.read(typed, own_rules=connection.own_rules_allowed())
    found, trouble, waiting = Preview(problems=form.problems), "", ""
    wanted = typed.get("try_rule") == "yes"
    if form.can_have_prices:
        try:
            bucket = connection.bucket() if is_in_bucket(form.values) else None
            history = history_for(form.values, bucket, patience=PATIENCE, cache=cache_folder())
            with _trial(wanted=wanted) as allowed:
                found = preview_of(form, history, try_rule=allowed)
                trouble = _BUSY if wanted and not allowed else ""
        except StillFetchingError as error:
            waiting = f"{error} …"
        except HistoryError as error:
            found = Preview(problems={**form.problems, "symbol": str(error)})
        except ParameterError as error:
            found = Preview(problems={**form.problems, **error.problems})
        except FleetError as error:
            trouble = str(error)
    basis = basis_here()
    theme = "dark" if typed.get("theme") == "dark" else "light"
    return {
        **found.to_dict(theme),
        **_problems(form.refused(found.problems)),
        "trouble": sentence(trouble),
        "waiting": waiting,
        "folded": folded.words(form),
        "estimate": estimates.estimate_of(found.experiment, basis) if basis and found.experiment else None,
        "measuring": basis is None,
    }


@contextmanager
def _trial(*, wanted: bool) -> Iterator[bool]:
    """Whether a rule may be run while the block lasts: a trial takes a thread for up to a minute."""
    allowed = wanted and _TRIALS.acquire(blocking=False)
    try:
        yield allowed
    finally:
        if allowed:
            _TRIALS.release()


def basis_here() -> estimates.Basis | None:
    """What estimates rest on; None as long as it is being found out."""
    try:
        region = connection.settings().region
    except FleetError:  # said where a job is sent
        region = ""
    return estimates.basis(region, connection.environment().get(troubles.VARIABLE) or None)


def _problems(form: JobForm) -> dict[str, Any]:
    """Problems by field, and those of what has none, as the page writes them."""
    other = form.other_problems
    by_field = {name: text for name, text in form.problems.items() if name in form.typed and name != snapshots.FIELD}
    return {
        "problems": {name: sentence(text) for name, text in by_field.items()},
        "other_problems": [sentence(text) for text in other],
    }
