"""Lists of jobs by pages, and how many requests they take."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fleet import keys, listing, markers
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.listing import Wanted, jobs, read_moment, recent
from fleet.new_job import make_job, make_sweep_job
from fleet.progress import cancel, status
from montecarlo.data.history import PriceHistory
from montecarlo.strategies import Breakout, SmaCrossover
from tests.memory_bucket import MemoryBucket

Submit = Callable[[Job], None]

MANY = 10_000
BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


def test_recent_jobs_are_listed_newest_first_and_no_more_than_asked_for(
    job: Job, submit_job: Submit, bucket: Bucket
) -> None:
    jobs = [job.with_experiment(seed=seed) for seed in range(5)]
    for each in jobs:
        submit_job(each)
    assert [each.job for each in recent(bucket, 3).rows] == jobs[:1:-1]


def test_a_submission_that_was_interrupted_is_not_listed(job: Job, bucket: Bucket) -> None:
    markers.write_marker(bucket, keys.submitted_key(job.id))
    bucket.put(f"submissions/8204772004357-{job.id}", b"")
    assert recent(bucket).rows == []


def test_a_job_of_another_version_is_listed_with_the_reason_why_it_cannot_be_read(
    job: Job, submit_job: Submit, bucket: Bucket
) -> None:
    other = job.with_experiment(seed=8)
    submit_job(other)
    submit_job(job)
    bucket.put(keys.job_key(job.id), job.to_json().replace(b'"format":2', b'"format":3'))
    unreadable, readable = recent(bucket).rows
    assert (unreadable.id, unreadable.state) == (job.id, "unreadable")
    assert (
        f"cannot read {keys.job_key(job.id)}: the job has format '3'; this version understands 2" in unreadable.reason
    )
    assert (readable.id, readable.state) == (other.id, "queued")
    submit_job(job)
    assert status(bucket, job.id).state == "queued", "submitting it again mends it"


def test_what_is_no_submission_is_passed_over_and_costs_nobody_a_row(
    job: Job, submit_job: Submit, bucket: Bucket
) -> None:
    for name in ("", "x-y", "0", "notes.txt", "0000000000000-", "0000000000000-AAPL", f"0{job.id}"):
        bucket.put(keys.SUBMISSIONS + name, b"")
    assert recent(bucket).rows == []
    submit_job(job)
    assert [each.id for each in recent(bucket, 1).rows] == [job.id]


def test_submissions_of_jobs_that_are_not_there_take_no_places(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    mine = [job.with_experiment(seed=seed) for seed in range(4)]
    for each in mine:
        submit_job(each)
    for seed in range(3):  # the newest ones, whose folders are deleted
        gone = job.with_experiment(seed=100 + seed)
        submit_job(gone)
        for entry in list(bucket.list(keys.folder(gone.id))):
            bucket.delete(entry.key)
    for number in range(5):
        bucket.put(f"{keys.SUBMISSIONS}{number:013d}-ABC-{number:012x}", b"")
    now = datetime.now(UTC)
    for minutes in range(3):
        bucket.put(keys.submission_key(mine[2].id, now + timedelta(minutes=minutes)), b"")
    found = recent(bucket, 3)
    assert [each.id for each in found.rows] == [mine[each].id for each in (2, 3, 1)]
    assert found.older, "there is one more"
    assert len(recent(bucket).rows) == 4


def test_among_very_many_submissions_of_nothing_the_search_ends_and_says_so(
    job: Job, submit_job: Submit, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit_job(job)
    for number in range(listing.LOOKS_FOR_EACH * 2 + 1):
        bucket.put(f"{keys.SUBMISSIONS}{number:013d}-ABC-{number:012x}", b"")
    assert [each.id for each in recent(bucket, 3).rows] == [job.id]
    none = recent(bucket, 2)
    assert (none.rows, bool(none.older)) == ([], True)
    monkeypatch.setattr(listing, "NAMES_AT_ONCE", 11)
    monkeypatch.setattr(listing, "NAMES_REQUESTS", 1)
    none = recent(bucket, 3)
    assert (none.rows, bool(none.older)) == ([], True)
    assert [each.id for each in jobs(bucket, Wanted(after=none.older)).rows] == [job.id]


@pytest.fixture(scope="module")
def stored(job: Job) -> MemoryBucket:
    """Very many jobs, one a minute, newest last: each hundredth of another symbol, each thousandth not sent, all others
    complete."""
    bucket = MemoryBucket("many")
    for number in range(MANY):
        symbol = "MSFT" if number % 100 == 99 else "AAPL"
        each = make_one(job, number, symbol)
        bucket.put(keys.submission_key(each.id, BEGAN + timedelta(minutes=number)), b"")
        bucket.put(keys.job_key(each.id), each.to_json())
        if number % 1000 != 500:
            bucket.put(keys.summary_key(each.id), b"done")
    return bucket


def make_one(job: Job, number: int, symbol: str) -> Job:
    from dataclasses import replace

    return replace(job.with_experiment(seed=number), symbol=symbol)


def numbers(found: listing.Listed) -> list[int]:
    return [each.job.experiment.seed for each in found.rows]


def test_pages_go_through_all_jobs_once_and_each_takes_the_same_requests(stored: MemoryBucket) -> None:
    seen, cursor = list[int](), ""
    for _ in range(5):
        with stored.counted() as counted:
            found = jobs(stored, Wanted(after=cursor))
        assert sum(counted.values()) <= 1 + 2 * listing.ROWS, "a listing, and for each its job and whether it is done"
        seen, cursor = [*seen, *numbers(found)], found.older
    assert seen == list(range(MANY - 1, MANY - 101, -1))


def test_a_date_is_jumped_to(stored: MemoryBucket) -> None:
    with stored.counted() as counted:
        found = jobs(stored, Wanted(before=BEGAN + timedelta(minutes=4321)))
    assert numbers(found) == list(range(4321, 4301, -1))
    assert counted["list"] == 1
    assert sum(counted.values()) <= 1 + 2 * listing.ROWS
    last = jobs(stored, Wanted(before=BEGAN + timedelta(minutes=3)))
    assert (numbers(last), last.older) == ([3, 2, 1, 0], "")
    assert jobs(stored, Wanted(before=BEGAN - timedelta(days=1))).rows == []


def test_a_symbol_or_an_id_is_found_by_names_alone(stored: MemoryBucket) -> None:
    with stored.counted() as counted:
        found = jobs(stored, Wanted(name="msft"))
    assert numbers(found) == list(range(MANY - 1, MANY - 2000, -100))
    assert counted["list"] <= listing.NAMES_REQUESTS
    assert counted["get"] == counted["head"] == listing.ROWS
    one = found.rows[7].id
    for begins in (one, one.upper(), one[:10], one.rpartition("-")[2]):
        assert one in [each.id for each in jobs(stored, Wanted(name=begins)).rows]
    with stored.counted() as counted:
        nothing = jobs(stored, Wanted(name="TSLA"))
    assert nothing.rows == []
    assert counted == {"list": listing.NAMES_REQUESTS}
    assert (nothing.names, nothing.back_to) == (5000, BEGAN + timedelta(minutes=5000))
    nothing = jobs(stored, Wanted(name="TSLA", after=nothing.older))
    assert nothing.older == ""


def test_whatever_else_is_asked_for_is_looked_for_among_so_many(stored: MemoryBucket) -> None:
    with stored.counted() as counted:
        found = jobs(stored, Wanted(states={"not sent"}))
    assert (found.rows, found.looked, found.back_to) == ([], 200, BEGAN + timedelta(minutes=MANY - 200))
    assert sum(counted.values()) <= 1 + 2 * listing.LOOKS_AT_MOST
    cursor, looks = found.older, 1
    while not (found := jobs(stored, Wanted(states={"not sent"}, after=cursor))).rows:
        cursor, looks = found.older, looks + 1
    assert (numbers(found), looks) == ([9500], 2)
    with stored.counted() as counted:
        assert jobs(stored, Wanted(kind="sweep")).rows == []
    assert counted["head"] == 0, "the job alone tells"


def test_words_are_those_of_the_title(history: PriceHistory, submit_job: Submit, bucket: Bucket) -> None:
    strategies = (SmaCrossover(5, 20), SmaCrossover(10, 20), Breakout(channel=10))
    made = [make_job(history, strategy=each, days=60, iterations=500, seed=7) for each in strategies]
    over = {"short": (5, 10), "long": (20, 30)}
    made.append(make_sweep_job(history, strategy=SmaCrossover(), over=over, days=60, iterations=20, seed=7))
    for each in made:
        submit_job(each)
    first, second, breakout, sweep = made
    cancel(bucket, second.id)

    def found(**wanted: object) -> list[str]:
        return [each.id for each in jobs(bucket, Wanted(**wanted)).rows]

    assert found(words="SMA crossover") == [sweep.id, second.id, first.id]
    assert found(words="breakout aapl") == [breakout.id]
    assert found(words="sma 10") == [second.id]
    assert found(kind="sweep") == [sweep.id]
    assert found(states={"cancelled"}) == [second.id]
    assert found(words="sma", states={"queued"}, kind="simulation") == [first.id]
    assert found(words="moon") == []
    bucket.put(keys.job_key(first.id), b"{}")
    assert found(states={"unreadable"}) == [first.id]
    assert found(kind="simulation") == [breakout.id, second.id], "of what kind the other one is nobody knows"


def test_a_job_that_is_remembered_but_deleted_is_passed_over(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    submit_job(job)
    for entry in list(bucket.list(keys.folder(job.id))):
        bucket.delete(entry.key)
    assert jobs(bucket, Wanted(), load=lambda bucket, job_id: job).rows == []


def test_a_page_that_is_full_to_the_last_job_has_none_behind_it(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    for seed in range(2):
        submit_job(job.with_experiment(seed=seed))
    assert jobs(bucket, Wanted(), 2).older == ""
    assert jobs(bucket, Wanted(), 1).older != ""


def test_a_row_says_what_the_page_of_the_job_says(precise_job: Job, submit_job: Submit, do_job: Submit, bucket: Bucket):
    submit_job(precise_job)
    do_job(precise_job)
    [row] = jobs(bucket, Wanted()).rows
    assert (row.done, row.state, row.standing) == (
        (now := status(bucket, precise_job.id)).done,
        now.state,
        now.standing,
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-05", BEGAN),
        (" 2026-01-05T10:30 ", BEGAN.replace(hour=10, minute=30)),
        ("2026-01-05 10:30:00.5", BEGAN.replace(hour=10, minute=30, microsecond=500_000)),
        ("2026-01-05T10:30Z", BEGAN.replace(hour=10, minute=30)),
        ("2026-01-05T10:30+02:00", BEGAN.replace(hour=8, minute=30)),
    ],
)
def test_moments_are_read_as_people_write_them(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "1970-01-01", "0001-01-01", "9999-12-31", "05.01.2026"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a day such as 2026-01-31"):
        read_moment(text)
