"""What the form shows before anything is submitted, for its script."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

blueprint = Blueprint("preview", __name__)


@blueprint.post("/preview")
def show() -> ResponseReturnValue:
    """The form's fields, judged: JSON, 200; 202 while its prices are being fetched, with ``{"waiting": "…"}``.

    ``problems`` {field: text}, ``other_problems`` [text] of what has no field, ``trouble`` text where prices or bucket
    cannot be had, ``chart`` plotly's figure or null, ``headline`` [{name, text}], ``fit`` {field: text}, ``warnings``
    [text], ``compares``, ``shown``, ``folded`` {heading: words}, ``estimate`` {path_days, here, fleet, warnings} of
    texts, or null while the speed of this machine is being measured.
    """
    raise NotImplementedError


@blueprint.post("/prices")
def keep_prices() -> ResponseReturnValue:
    """A file of prices (multipart, field ``file``, perhaps ``symbol``), read and kept in the bucket.

    JSON: ``prices`` (SHA-256 of the snapshot), ``symbol``, ``source`` "csv", ``first``, ``last``, ``days``,
    ``warnings`` [text]; 400 with ``problem`` where it cannot be read, 413 where it is too large.
    """
    raise NotImplementedError
