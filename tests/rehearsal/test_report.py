"""The report reads the same for people and for programs."""

import json
from datetime import UTC, datetime

from rehearsal.check import Verdict
from rehearsal.report import Report, Result


def report(*verdicts, left=""):
    results = tuple(
        Result(f"check-{number}", "A promise.", "a secret.", verdict, ("First\nline.", "Second."), 90.0, 0.05)
        for number, verdict in enumerate(verdicts)
    )
    began = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)
    return Report("spotmc-rehearsal", "123456789012", "us-east-1", "SpotFleet", began, results, left)


def test_it_says_what_was_seen():
    page = report(Verdict.CONFIRMED, Verdict.OTHER).to_markdown()
    assert "2026-11-27 18:30 UTC. It took 3 minutes and about $0.10" in page
    assert "| check-0 | confirmed | 1.5 | 0.050 |" in page
    assert "## check-1: other" in page
    assert "AWS does not say: a secret." in page
    assert "- First line." in page
    assert "Still there" not in page


def test_a_program_reads_the_same():
    told = json.loads(report(Verdict.FAILED, left="the stack").to_json())
    assert [(each["name"], each["verdict"]) for each in told["results"]] == [("check-0", "failed")]
    assert (told["failed"], told["left"], told["began"]) == (True, "the stack", "2026-11-27T18:30:00+00:00")


def test_only_a_broken_promise_is_a_failure():
    assert not report(Verdict.CONFIRMED, Verdict.OTHER, Verdict.NOT_TRIED).failed
    assert report(Verdict.CONFIRMED, Verdict.FAILED).failed
    assert "| check-0 | **failed** |" in report(Verdict.FAILED).to_markdown()
    assert "**Still there:** the stack" in report(left="the stack").to_markdown()
