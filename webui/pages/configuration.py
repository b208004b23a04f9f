"""The page that says which queue and bucket are used: tried on the real thing when saved, kept across restarts."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fleet import permission_trial
from fleet.connection import check
from fleet.errors import FleetError, SettingsError
from fleet.permission_trial import Tried
from fleet.settings import VARIABLES, Settings
from webui import connection, troubles
from webui.errors import why_not_ours

blueprint = Blueprint("configuration", __name__, url_prefix="/configuration")


@blueprint.get("")
def show() -> ResponseReturnValue:
    try:
        variables = {**connection.environment(), **connection.data_folder().configuration()}
    except SettingsError as error:
        return _page(_fields_of(connection.environment()), notice=str(error))
    return _page(_fields_of(variables))


@blueprint.post("")
def save() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").strip() for name in VARIABLES}
    environment = connection.environment()
    problems = check(Settings(**typed, endpoint_url=environment.get("AWS_ENDPOINT_URL")), for_a_page=True)
    if problems:
        return _page(typed, problems), 400
    # Only what differs, so that what is kept here does not hide an environment that has changed in other respects.
    overrides = {
        variable: typed[name] for name, variable in VARIABLES.items() if typed[name] != environment.get(variable)
    }
    connection.data_folder().save_configuration(overrides)
    flash("Queue and bucket answer; the configuration is saved.", "good")
    return redirect(url_for("configuration.show"), 303)


@blueprint.post("/try")
def try_permissions() -> ResponseReturnValue:
    """Try everything that the pages do on the queue and in the bucket, in a way that disturbs nobody."""
    variables = {**connection.environment(), **connection.data_folder().configuration()}
    typed = _fields_of(variables)
    try:
        settings = connection.settings()
        tried = permission_trial.try_all(settings, own_rules=connection.own_rules_allowed())
        if stack_name := connection.environment().get(troubles.VARIABLE):
            tried += _of_stack(settings.region, stack_name)
    except FleetError as error:
        return _page(typed, notice=str(error)), 503
    return _page(typed, tried=tried)


@blueprint.errorhandler(CSRFError)
def refuse(error: CSRFError) -> ResponseReturnValue:
    """The same page again with what was typed."""
    return _page({name: request.form.get(name, "") for name in VARIABLES}, notice=why_not_ours(error)), 400


def _page(
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    *,
    notice: str | None = None,
    tried: Sequence[Tried] = (),
) -> str:
    return render_template(
        "configuration.html",
        variables=VARIABLES,
        environment=connection.environment(),
        typed=typed,
        problems=problems or {},
        notice=notice,
        tried=tried,
        lacking=[each for each in tried if each.outcome != "allowed"],
        policy=permission_trial.policy(tried),
        file=connection.data_folder().configuration_file,
    )


def _of_stack(region: str, name: str) -> list[Tried]:
    from deployment.account import Account  # takes a while, and only a stack's web UI needs it
    from deployment.permission_trial import try_stack

    return try_stack(Account(region), name)


def _fields_of(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: variables.get(variable, "") for name, variable in VARIABLES.items()}
