"""What a script can ask for: each is declared once, and the description is made from that."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from fleet.canonical import read_json
from fleet.errors import MessageError
from montecarlo.parameters import shown
from webui.api.access import refusal
from webui.api.problems import form_problem, problem
from webui.api.schemas import Schema

JSON = "application/json"
LONGEST = 500  # characters of what is said behind a question mark

blueprint = Blueprint("api", __name__, url_prefix="/api")

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Query:
    """What can be said behind the question mark of an address.

    Attributes:
        name: As it stands there.
        schema: Of its text.
        help: What it does.
        several: Whether it may come more than once.
    """

    name: str
    schema: Schema
    help: str
    several: bool = False


@dataclass(frozen=True)
class Operation:
    """Something that can be asked for.

    Attributes:
        name: Of the endpoint, behind "api.".
        method: Of HTTP.
        path: Behind /api, as Flask has it.
        help: What it does, in a line.
        answer: Of success: status and schema.
        also: Further such answers.
        problems: Status of each problem that may come beside those that may come of anything.
        query: What can be said behind a question mark.
        headers: Of the request, with words about each.
        body: What has to be sent; where it is None an empty object may be.
        location: Whether the answer's Location header says where to look next.
    """

    name: str
    method: str
    path: str
    help: str
    answer: tuple[int, Schema]
    also: Sequence[tuple[int, Schema]] = ()
    problems: Sequence[int] = ()
    query: Sequence[Query] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Schema | None = None
    location: bool = False

    @property
    def variables(self) -> list[str]:
        """Parts of the path that differ."""
        return re.findall(r"<(\w+)>", self.path)

    @property
    def address(self) -> str:
        """As OpenAPI has it."""
        return "/api" + re.sub(r"<(\w+)>", r"{\1}", self.path)


OPERATIONS: dict[str, Operation] = {}


def operation(method: str, path: str, **about: Any) -> Callable[[View], View]:
    """Let a view answer; ``about`` is the rest of an Operation."""

    def register(view: View) -> View:
        help = (view.__doc__ or "").partition("\n")[0]
        it = OPERATIONS[view.__name__] = Operation(view.__name__, method, path, help, **about)

        @wraps(view)
        def answer(**parts: str) -> ResponseReturnValue:
            if refused := _refusal(it):
                return refused
            return view(**parts)

        blueprint.add_url_rule(path, it.name, answer, methods=[method])
        return view

    return register


def sent() -> dict[str, Any]:
    """The JSON object in the body of the request.

    Raises:
        MessageError: it is none.
    """
    content = request.get_data()
    values = read_json(content) if content else {}
    if not isinstance(values, dict):
        raise MessageError("what is sent must be a JSON object")
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:  # half of a character, as \ud800, which is no text anywhere else
        raise MessageError("it has half a character in it") from error
    return values


def _problems_of_query(it: Operation) -> dict[str, str]:
    """What is wrong with it, by name."""
    known, problems = {each.name: each for each in it.query}, {}
    for name, texts in request.args.lists():
        query = known.get(name)
        if query is None:
            problems[shown(name)] = "is not known here"
        elif len(texts) > 1 and not query.several:
            problems[name] = "was given more than once"
        elif odd := [text for text in texts if text not in query.schema.get("enum", texts)]:
            problems[name] = f"must be one of {', '.join(query.schema['enum'])}, not {shown(odd[0])}"
        elif len(texts[0]) > (longest := query.schema.get("maxLength", LONGEST)):
            problems[name] = f"must have {longest} characters at most"
    return problems


def _refusal(it: Operation) -> ResponseReturnValue | None:
    """Why the request is not looked at any further."""
    if problems := _problems_of_query(it):
        return form_problem(problems)
    if it.method in ("GET", "HEAD"):
        return None
    if refused := refusal():
        return refused
    if request.mimetype != JSON:
        return problem(415, "Not JSON", f"send it as {JSON}, not as {request.mimetype or 'nothing in particular'}.")
    if it.body is None:
        try:
            if extra := sent():
                return form_problem({shown(name): "is not known here" for name in extra})
        except MessageError as error:
            return problem(400, "Not JSON", f"what was sent cannot be read: {error}.")
    return None
