"""A form without ranges: one simulation."""

from collections.abc import Mapping
from typing import Any

from fleet.job import Job
from fleet.new_job import make_job
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.simulation import Simulation, rows_by_default, uncertainty_by_default
from montecarlo.strategies import Strategy


def make(history: PriceHistory, strategy: Strategy, rules: Rules, values: Mapping[str, Any]) -> Job:
    """
    Args:
        history: The prices that were asked for.
        strategy: What is traded.
        rules: Money, fills and costs.
        values: Of the other fields, by name.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    return make_job(history, strategy=strategy, rules=rules, **values)


def left_open(simulation: Simulation) -> dict[str, Any]:
    """Values of the fields that stay empty unless a person has a wish, None where that is what comes unasked."""
    by_default = uncertainty_by_default(simulation.model, simulation.strategy, simulation.days)
    return {
        "rows": None if simulation.rows == rows_by_default(simulation.iterations) else simulation.rows,
        "uncertainty": None if simulation.uncertainty == by_default else simulation.uncertainty,
        "precision": simulation.precision,
    }
