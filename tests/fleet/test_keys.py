from datetime import UTC, datetime, timedelta

from fleet import keys

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_submissions_are_listed_newest_first() -> None:
    times = [NOON + timedelta(seconds=seconds) for seconds in (0, 0.001, 1, 10_000, 10**8)]
    listed = sorted(keys.submission_key(f"job-{number}", when) for number, when in enumerate(times))
    assert [keys.submission_of(key) for key in listed] == [(f"job-{n}", times[n]) for n in (4, 3, 2, 1, 0)]


def test_failures_are_listed_in_the_order_of_time() -> None:
    times = [NOON, NOON + timedelta(microseconds=1), NOON + timedelta(days=1)]
    listed = [keys.failure_key("job", when, "worker") for when in times]
    assert listed == sorted(listed)


def test_a_range_is_read_back_from_the_key_of_its_part_and_its_tally() -> None:
    assert keys.part_key("AAPL-1-2-x", 0, 2000) == "jobs/AAPL-1-2-x/paths/0-2000.csv"
    assert keys.range_of(keys.part_key("AAPL-1-2-x", 4096, 10**12)) == (4096, 10**12)
    assert keys.range_of(keys.tally_key("AAPL-1-2-x", 4096, 8192)) == (4096, 8192)


def test_parts_are_listed_before_the_tallies_and_the_summary_that_rest_on_them() -> None:
    """The mirror of the local stack relies on it."""
    assert keys.part_key("job", 0, 1) < keys.summary_key("job") < keys.tally_key("job", 0, 1)
