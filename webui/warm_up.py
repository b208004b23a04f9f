"""What the first job would wait for, fetched before anybody asks."""

from montecarlo.models import MODELS, fit
from webui.forms.histories import load_history


def warm_up() -> None:
    """Fit every model once: the packages that this takes are imported then, which takes seconds."""
    history = load_history("AAPL", "sample")
    for model in MODELS:
        fit(history, model)
