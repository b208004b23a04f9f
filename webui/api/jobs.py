"""Jobs for scripts: submitting, following, reading and ending them."""

from collections.abc import Mapping
from datetime import datetime
from inspect import signature
from typing import Any

from flask import Response, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from fleet import listing, progress, results
from fleet.errors import MessageError, QueueError
from fleet.job_store import load_job
from fleet.submit import send as send_again
from montecarlo import charts
from montecarlo.errors import ParameterError
from montecarlo.experiments.kinds import KINDS as EXPERIMENTS
from webui import connection
from webui.api import answers
from webui.api.operations import Query, operation
from webui.api.problems import NOT_SENT, form_problem, problem
from webui.api.schemas import ANY_OBJECT, NO_MORE_THAN_AN_OBJECT, TEXT, Schema, exactly, items, named, or_null, told
from webui.results.kinds import KINDS

THEMES = ("light", "dark")
