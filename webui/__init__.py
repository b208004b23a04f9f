"""The web UI: a form that makes jobs, a page for each job, and which queue and bucket are used."""

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from fleet.settings import own_rules_allowed
from montecarlo.data.sources.csv_file import MAX_SIZE
from webui import assets, display, errors, login, troubles
from webui.api import description as api
from webui.api import health
from webui.datafolder import DataFolder
from webui.pages import (
    charts,
    compare,
    configuration,
    fleet,
    job,
    job_files,
    jobs,
    new_simulation,
    portfolio,
    preview,
    traders,
    train,
)

MOST_FORM_BYTES = 400_000  # without files; no form here is longer, with a rule of 100,000 in it

# Nothing but our own files: no inline script, no frames, no other site.  The hash is that of an empty style element,
# which plotly makes to put its rules into.  What else it would write as markup static/styles-by-script.js turns into
# calls of the object model, so nothing is blocked, and a complaint in a browser's console is always a fault.
# The cells of a heat map are a picture that plotly makes in the page, as data.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The web UI as a WSGI application.

    Args:
        config: Flask's configuration in place of what is set here.  ENVIRONMENT, a mapping, is where SPOTMC_WEB_DATA,
            SPOTMC_WEB_PASSWORD_FILE, SPOTMC_WEB_ONE_TIME_LINK, SPOTMC_OWN_RULES, SPOTMC_STACK, SPOTMC_QUEUE_URL,
            SPOTMC_BUCKET, AWS_REGION and AWS_ENDPOINT_URL are looked up; the process's by default.

    Raises:
        OSError: the data folder or the password cannot be made or read.
        SettingsError: the password or the link is too short, or SPOTMC_OWN_RULES says what it cannot.
    """
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(
        ENVIRONMENT=dict(os.environ),
        SESSION_COOKIE_NAME="spotmc_session",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MOST_FORM_BYTES + MAX_SIZE,  # with a file of prices, which comes as multipart/form-data
        MAX_FORM_MEMORY_SIZE=MOST_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stay open overnight
    )
    app.config.update(config or {})
    own_rules_allowed(app.config["ENVIRONMENT"])
    folder = DataFolder.from_environment(app.config["ENVIRONMENT"])
    app.extensions["data_folder"] = folder
    app.config["SECRET_KEY"] = folder.secret_key()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(_limit_what_has_no_file)
    assets.register(app)
    login.register(app)  # before all that may answer a stranger
    CSRFProtect(app).exempt(api.blueprint)  # which has its own ways, see webui/api/access.py
    display.register(app)
    errors.register(app)
    troubles.register(app)
    of_jobs = (new_simulation, portfolio, preview, train, jobs, job, job_files, charts, compare)
    for page in (*of_jobs, traders, fleet, configuration, api, health):
        app.register_blueprint(page.blueprint)
    app.after_request(_protect)
    return app


def _limit_what_has_no_file() -> None:
    if request.mimetype != "multipart/form-data" and request.endpoint != "api.keep_prices":
        request.max_content_length = MOST_FORM_BYTES


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    # Results and settings stay on no disk; files that are the same for everybody say themselves how long they keep.
    response.headers.setdefault("Cache-Control", "no-store")
    # From now on over HTTPS only; on all ports, so not on a person's own machine, where other things may run.
    if request.is_secure and request.headers.get("Host", "").partition(":")[0] != "localhost":
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
