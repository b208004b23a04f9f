"""A form with ranges: all combinations of their values, compared on the same paths."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from fleet.job import Job
from fleet.new_job import make_sweep_job
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.precision import NOT_IN_A_SWEEP
from montecarlo.experiments.sweep import Sweep
from montecarlo.strategies import Strategy

_TIMES = " \N{MULTIPLICATION SIGN} "
_NO_ROWS = (
    "cannot be kept where combinations are compared: all of them together have a table; leave it as usual, and keep "
    "the rows of the combination of your choice"
)


def problems(values: Mapping[str, Any]) -> dict[str, str]:
    """What a comparison cannot have, by name of the field."""
    found = {"precision": NOT_IN_A_SWEEP} if values.get("precision") else {}
    return found | ({"rows": _NO_ROWS} if values.get("rows") else {})


def make(
    history: PriceHistory,
    strategy: Strategy,
    over: Mapping[str, Sequence[Any]],
    rules: Rules,
    values: Mapping[str, Any],
) -> Job:
    """
    Args:
        history: The prices that were asked for.
        strategy: What is the same in all combinations; a person's own rule with its code.
        over: The values of each parameter that is varied.
        rules: Money, fills and costs.
        values: Of the other fields, by name.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    of_it = {name: value for name, value in values.items() if name not in ("rows", "precision")}
    uncertainty = bool(of_it.pop("uncertainty"))
    job = make_sweep_job(history, strategy=strategy, over=over, rules=rules, uncertainty=uncertainty, **of_it)
    # Without the code of a person's own rule, whose combinations are known now.
    return Job.from_dict(job.to_dict()) if job.experiment.own_rule else job


def left_open(sweep: Sweep) -> dict[str, Any]:
    """Values of the fields that stay empty unless a person has a wish, None where that is what comes unasked."""
    return {"rows": None, "uncertainty": sweep.uncertainty or None, "precision": None}


def compares(sweep: Sweep) -> str:
    """How many combinations there are, and of what: "compares 11 times 9 = 99 combinations"."""
    sizes, traded = [len(values) for _, values in sweep.axes], len(sweep.strategies)
    product = f"{_TIMES.join(map(str, sizes))} = " if len(sizes) > 1 else ""
    left_out = prod(sizes) - traded
    rest = f", of which {traded:,} can be traded" if left_out else ""
    return f"compares {product}{prod(sizes):,} combinations{rest}"


def middle(sweep: Sweep) -> Strategy:
    """The combination that stands for all of them in a picture."""
    return sweep.strategies[len(sweep.strategies) // 2]


def named(sweep: Sweep, strategy: Strategy) -> str:
    """What is the combination's own: "short 30, long 100"."""
    varied = ((strategy.parameters[name], strategy.values[name]) for name, _ in sweep.axes)
    return ", ".join(f"{parameter.label.lower()} {parameter.written(value)}" for parameter, value in varied)
