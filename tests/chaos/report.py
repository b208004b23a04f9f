"""What a run shows, as the tables of docs/reliability.md."""

from collections.abc import Iterable, Sequence

from benchmarks.markdown import table
from tests.chaos.play import Outcome

CLAIM_SECONDS = 5  # after a notice nothing is claimed later
NOTICE_ENOUGH, EARLY_SECONDS = 30, 20  # with so much notice, a worker is gone so long before the deadline
EMULATOR_LOOKS_SECONDS = 1  # moto's long poll notices so late that a message is visible again


def as_page(outcomes: Sequence[Outcome], command: str) -> str:
    """Command, sums, promises and kinds."""
    return "\n\n".join([f"`{command}`", _sums(outcomes), _promises(outcomes), _kinds(outcomes)])


def line(outcome: Outcome) -> str:
    """For a person who watches."""
    found = outcome.verdict
    words = (
        "good" if found.good else f"BAD: lost {found.lost}, duplicated {found.duplicated}, differing {found.differing}"
    )
    counts = f"{outcome.injected} faults, {outcome.jobs} jobs, {found.chunks} chunks, {outcome.again} redeliveries"
    return "\n    ".join([f"{outcome.scenario.name}: {words}; {counts}, {outcome.seconds:.0f} s", *found.complaints])


def _sums(outcomes: Sequence[Outcome]) -> str:
    verdicts = [outcome.verdict for outcome in outcomes]
    rows = {
        "kinds of fault": len({outcome.scenario.name for outcome in outcomes}),
        "faults injected": sum(outcome.injected for outcome in outcomes),
        "jobs": sum(outcome.jobs for outcome in outcomes),
        "chunks": sum(each.chunks for each in verdicts),
        "redeliveries": sum(outcome.again for outcome in outcomes),
        "poison messages": sum(outcome.poison for outcome in outcomes),
        "dead letters beyond these, each of them one of these again": sum(each.repeated for each in verdicts),
        "paths lost": sum(each.lost for each in verdicts),
        "paths duplicated": sum(each.duplicated for each in verdicts),
        "differing bytes": sum(each.differing for each in verdicts),
        "anything else that is not as promised": sum(len(each.complaints) for each in verdicts),
        "minutes": round(sum(outcome.seconds for outcome in outcomes) / 60),
    }
    return table(("in all", ""), [(name, f"{count:,}") for name, count in rows.items()])


def _promises(outcomes: Sequence[Outcome]) -> str:
    claims = [seconds for outcome in outcomes for seconds in outcome.claimed_after_notice]
    # Rounded, because a difference of two times of a clock may lie a little below the notice that was given.
    early = [left for outcome in outcomes for notice, left in outcome.early if round(notice) >= NOTICE_ENOUGH]
    watched = [outcome for outcome in outcomes if outcome.scenario.spare_workers]
    recoveries = [seconds for outcome in watched for seconds in outcome.recoveries]
    lease = max((outcome.scenario.lease_seconds for outcome in watched), default=0) + EMULATOR_LOOKS_SECONDS
    rows = [
        ("from kill -9 to the shard's next claim", recoveries, max, lease, "at most"),
        ("from a notice to the last claim", claims or [0.0], max, CLAIM_SECONDS, "at most"),
        ("gone before the deadline, of 30 seconds' notice or more", early, min, EARLY_SECONDS, "at least"),
    ]
    return table(
        ("seconds", "cases", "worst", "promised", "kept"),
        [
            (
                name,
                f"{len(seconds)}",
                f"{worst(seconds):.1f}",
                f"{bound} {promised}",
                _yes(worst([*seconds, promised]) == promised),
            )
            for name, seconds, worst, promised, bound in rows
            if seconds
        ],
    )


def _kinds(outcomes: Iterable[Outcome]) -> str:
    by_name: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_name.setdefault(outcome.scenario.name, []).append(outcome)
    return table(
        ("kind of fault", "injected", "jobs", "chunks", "redeliveries", "seconds", "all there, once, the same"),
        [
            (
                name,
                f"{sum(each.injected for each in rounds):,}",
                f"{sum(each.jobs for each in rounds):,}",
                f"{sum(each.verdict.chunks for each in rounds):,}",
                f"{sum(each.again for each in rounds):,}",
                f"{sum(each.seconds for each in rounds):,.0f}",
                _yes(all(each.verdict.good for each in rounds)),
            )
            for name, rounds in by_name.items()
        ],
    )


def _yes(good: bool) -> str:
    return "yes" if good else "**no**"
