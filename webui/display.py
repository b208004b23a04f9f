"""How values are written on a page; percent and thousands separators are for people only."""

import re
from datetime import UTC, datetime

from flask import Flask
from markupsafe import Markup, escape

from fleet.job import Job
from fleet.wording import in_words
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.wording import count

_FILE = re.compile(r"\S*\.(py\b|[A-Za-z]+: )")


def register(app: Flask) -> None:
    """Make FILTERS filters of the templates."""
    for function in FILTERS:
        app.add_template_filter(function)


def sentence(text: str) -> str:
    """Text with a capital first letter, unless it begins with the name of a file."""
    return text if _FILE.match(text) else text[:1].upper() + text[1:]


def with_code(text: str) -> Markup:
    """Text of a message, what stands between backticks in it as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def thousands(number: float) -> str:
    """1234567.5 as 1,234,567.5"""
    return f"{number:,.0f}" if number == round(number) else f"{number:,}"


def ratio(number: float) -> str:
    return f"{number:,.2f}"


def percent(fraction: float) -> str:
    return f"{100 * fraction:,.2f} %"


def dollars(amount: float) -> str:
    """To the cent."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def signed(amount: float) -> str:
    """Dollars to the cent, with the sign of a gain, too."""
    return f"{'+' if amount > 0 else ''}{dollars(amount)}"


def cost(fraction: float) -> str:
    """Small fractions, to three digits that count."""
    return f"{100 * fraction:.3g} %"


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def machine_time(hours: float) -> str:
    """So many hours of machines, in the unit that makes a number to read of it."""
    if hours >= 1:
        return f"{hours:,.1f} h"
    return f"{60 * hours:.0f} min" if hours >= 1 / 30 else f"{3600 * hours:.0f} s"


def job_title(job: Job) -> str:
    """What a job is of, and what it does; a portfolio's says itself which symbols it has."""
    if job.experiment.kind == Portfolio.kind:
        return f"Portfolio of {job.experiment.title}"
    return f"{job.symbol}, {job.experiment.title}"


def in_brief(job: Job) -> str:
    """How much a job is, and of what."""
    values = {parameter.name: value for parameter, value in job.experiment.facts()}
    words = count(job.experiment.units, job.experiment.unit)
    if job.experiment.stops_early:
        words = f"at most {words}"
    if "days" in values:
        words += f" of {count(values['days'], 'day')}"
    return f"{words}, {values['model']} model" if "model" in values else words


FILTERS = (sentence, with_code, count, dollars, moment, job_title, in_brief, in_words, machine_time)
