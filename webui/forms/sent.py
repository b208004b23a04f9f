"""The texts of the form that was sent."""

from flask import request


def sent() -> dict[str, str]:
    """By name; a box that is ticked comes after the word for one that is not, and prices at hand after a source."""
    return {name: texts[-1] for name, texts in request.form.lists()}
