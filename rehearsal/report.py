"""What a rehearsal found, for people and for programs."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from rehearsal.check import Verdict


@dataclass(frozen=True)
class Result:
    """Of one check.

    Attributes:
        name: Of the check.
        why: What is promised.
        unknown: What AWS does not document; empty where it does.
        verdict: How it ended.
        seen: What was seen, a sentence each.
        seconds: How long it took.
        dollars: About what it cost, from example prices.
    """

    name: str
    why: str
    unknown: str
    verdict: Verdict
    seen: tuple[str, ...]
    seconds: float = 0.0
    dollars: float = 0.0


@dataclass(frozen=True)
class Report:
    """Of a whole rehearsal.

    Attributes:
        stack: Name of the stack that it was done with.
        account: Twelve digits.
        region: Where.
        workers_on: Variant.
        began: When.
        results: In the order in which they were tried.
        left: What is still there and how to delete it; empty where nothing is.
    """

    stack: str
    account: str
    region: str
    workers_on: str
    began: datetime
    results: tuple[Result, ...]
    left: str = ""

    @property
    def failed(self) -> bool:
        """Whether something is not as the design promises, or something is left."""
        return any(result.verdict is Verdict.FAILED for result in self.results)

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)

    @property
    def dollars(self) -> float:
        return sum(result.dollars for result in self.results)

    def to_json(self) -> str:
        told: dict[str, Any] = {
            **asdict(self),
            "began": self.began.isoformat(),
            "failed": self.failed,
            "seconds": self.seconds,
            "dollars": self.dollars,
        }
        return json.dumps(told, indent=2) + "\n"

    def to_markdown(self) -> str:
        return "\n".join([*_head(self), *(line for result in self.results for line in _section(result))]) + "\n"


def _head(report: Report) -> list[str]:
    return [
        f"# Rehearsal of {report.stack}",
        "",
        f"Account {report.account}, {report.region}, workers on {report.workers_on}, "
        f"{report.began:%Y-%m-%d %H:%M} UTC. It took {report.seconds / 60:.0f} minutes and about ${report.dollars:.2f} "
        "at the templates' example prices.",
        "",
        *([f"**Still there:** {report.left}", ""] if report.left else []),
        "| check | verdict | minutes | dollars |",
        "|---|---|--:|--:|",
        *(
            f"| {result.name} | {_strong(result.verdict)} | {result.seconds / 60:.1f} | {result.dollars:.3f} |"
            for result in report.results
        ),
        "",
        "*confirmed*: as expected; *other*: AWS does what was not expected, and the design holds all the same; "
        "*failed*: a promise is not kept.",
    ]


def _section(result: Result) -> list[str]:
    return [
        "",
        f"## {result.name}: {result.verdict}",
        "",
        result.why,
        *(["", f"AWS does not say: {result.unknown}"] if result.unknown else []),
        "",
        *(f"- {' '.join(sentence.split())}" for sentence in result.seen),
    ]


def _strong(verdict: Verdict) -> str:
    return f"**{verdict}**" if verdict is Verdict.FAILED else verdict
