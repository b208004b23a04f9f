"""What was promised, as ratios from one run."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import contenders
from benchmarks.contenders import CORE, DRAWING, REPORT
from benchmarks.markdown import table
from benchmarks.timing import Timing


@dataclass(frozen=True)
class Target:
    """A ratio, and the bound that it keeps to.

    Attributes:
        claim: What is divided by what.
        measured: The ratio.
        bound: What it may be at most or must be at least.
        at_most: Which of the two.
    """

    claim: str
    measured: float
    bound: float
    at_most: bool

    @property
    def met(self) -> bool:
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound


def of_timings(timings: Mapping[str, Timing]) -> list[Target]:
    """Those about time for each path and day."""

    def ratio(one: str, other: str) -> float:
        return timings[one].best / timings[other].best

    normal = CORE.format("normal")
    one, two = (name.format(contenders.MANY_PATHS) for name in (contenders.ONE_THREAD, contenders.TWO_THREADS))
    most = {normal: 0.26, REPORT.format("normal"): 0.34, REPORT.format("gbm"): 0.42, REPORT.format("bootstrap"): 0.50}
    least = {contenders.REFERENCE: 14, contenders.VECTORBT: 40, contenders.WORKSHOP: 600}
    return [
        *(Target(f"{name} / drawing the normals", ratio(name, DRAWING), bound, True) for name, bound in most.items()),
        *(Target(f"{name} / core", ratio(name, normal), bound, False) for name, bound in least.items()),
        Target(f"{contenders.MANY_PATHS:,} paths: one thread / two threads", ratio(one, two), 1.8, False),
        Target(
            "a rule of one's own / the same compiled", ratio(contenders.OWN_RULE, contenders.COMPILED_RULE), 8, True
        ),
        Target("the same in a limited process", ratio(contenders.LIMITED_RULE, contenders.COMPILED_RULE), 10, True),
        Target("45 single runs / one sweep", ratio(contenders.SINGLE_RUNS, contenders.SWEEP), 2.2, False),
    ]


def as_table(targets: list[Target]) -> str:
    rows = [
        (
            target.claim,
            _short(target.measured),
            f"{'at most' if target.at_most else 'at least'} {target.bound:g}",
            "yes" if target.met else "**no**",
        )
        for target in targets
    ]
    return table(("ratio", "measured", "wanted", "met"), rows)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
