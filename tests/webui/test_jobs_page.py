"""The list of jobs, through HTTP alone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fleet import keys
from fleet.new_job import make_job, make_sweep_job
from fleet.progress import cancel
from montecarlo.strategies import Breakout, SmaCrossover
from tests.memory_bucket import MemoryBucket
from webui import connection, create_app
from webui.forms.search import Search
from webui.results.kind import Figure
from webui.results.rows import rows


@pytest.fixture
def alone(settings, bucket):
    """No job is there but those of the test."""
    for folder in (keys.SUBMISSIONS, keys.JOBS):
        for entry in list(bucket.list(folder)):
            bucket.delete(entry.key)


def titles(page) -> list[str]:
    return re.findall(r'<th scope="row">\s*<a href="/jobs/[^"]+">([^<]*)</a>', page.text)


def small(history, strategy, seed=7, **more):
    return make_job(history, strategy=strategy, days=60, iterations=500, seed=seed, **more)


def test_each_row_tells_what_the_job_is_and_what_came_of_it(*, visitor, alone, history, submit_job, do_job, bucket):
    first, second = (small(history, SmaCrossover(5, 20), seed) for seed in (7, 8))
    cancelled = small(history, Breakout(channel=10))
    sweep = make_sweep_job(
        history, strategy=SmaCrossover(), over={"short": (5, 10), "long": (20, 30)}, days=60, iterations=20, seed=7
    )
    for each in (first, second, cancelled, sweep):
        submit_job(each)
    for each in (first, sweep):
        do_job(each)
    cancel(bucket, cancelled.id)
    page = visitor.open("/jobs")
    assert titles(page) == [
        "AAPL, sweep of short and long: 4 combinations, sma-crossover",
        "AAPL, breakout, channel 10, direction long",
        "AAPL, sma-crossover, short 5, long 20",
        "AAPL, sma-crossover, short 5, long 20",
    ]
    assert re.findall(r'data-state="([^"]+)"', page.text) == ["complete", "cancelled", "queued", "complete"]
    assert page.text.count("<dt>Loses</dt>") == 1
    assert page.text.count("<dt>Best, validated</dt>") == 1
    assert "0 of 500 paths (0 %)" in page.text
    assert [seed in page.text for seed in ("Seed 7", "Seed 8", "Seed 9")] == [True, True, False]
    assert page.text.count("Seed 7") == 1, "of what has a title of its own nothing more need be said"
    assert "<tbody data-rows data-unfinished>" in page.text
    assert page.text.count('name="job"') - page.text.count("disabled") == 1, "complete simulations can be compared"


def test_it_is_searched_filtered_and_sorted_by_its_address(visitor, alone, history, submit_job, do_job):
    made = [small(history, strategy) for strategy in (SmaCrossover(5, 20), SmaCrossover(10, 20), Breakout(channel=10))]
    for each in made:
        submit_job(each)
    do_job(made[0])
    first, second, breakout = (f"AAPL, {each.experiment.title}" for each in made)
    assert titles(visitor.open("/jobs?words=crossover")) == [second, first]
    assert titles(visitor.open("/jobs?state=complete")) == [first]
    assert titles(visitor.open("/jobs?kind=sweep")) == []
    assert "No such jobs." in visitor.open("/jobs?kind=sweep").text
    assert titles(visitor.open("/jobs?name=aap&order=title")) == [breakout, second, first]
    assert titles(visitor.open(f"/jobs?name={made[1].id.rpartition('-')[2]}")) == [second]
    assert titles(visitor.open("/jobs?before=2020-01-01")) == []
    page = visitor.open("/jobs?words=crossover&state=queued&kind=simulation&before=2100-01-01&rows=50")
    asked = {name: page.fields[name] for name in ("words", "state", "kind", "before", "rows")}
    assert asked == {
        "words": "crossover",
        "state": "queued",
        "kind": "simulation",
        "before": "2100-01-01",
        "rows": "50",
    }
    assert titles(page) == [second]
    assert titles(visitor.open("/jobs/rows?words=crossover")) == [second, first]


def test_pages_lead_to_older_jobs_and_back(visitor, alone, job, submit_job):
    for seed in range(22):
        submit_job(job.with_experiment(seed=seed))
    first = visitor.open("/jobs?words=sma")
    assert len(titles(first)) == 20
    older = visitor.open(first.link("Older jobs"))
    assert len(titles(older)) == 2
    assert "Older jobs" not in older.text
    assert older.link("Newest") == "/jobs?words=sma"
    assert len(titles(visitor.open("/jobs?rows=50"))) == 22


def test_a_search_that_ends_early_says_how_far_it_has_looked_and_goes_on(visitor, alone, job, submit_job, bucket):
    submit_job(job)
    newer = datetime.now(UTC) + timedelta(minutes=5)
    for number in range(200):  # that are of nothing
        bucket.put(keys.submission_key(f"ABC-{number:012x}", newer), b"")
    page = visitor.open("/jobs?state=queued")
    assert "None of these so far." in page.text
    assert "Looked at 200 jobs" in page.text
    assert titles(visitor.open(page.link("Look further back"))) == [f"AAPL, {job.experiment.title}"]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("before=yesterday", "before", "Must be a day such as 2026-01-31"),
        ("state=asleep", "state", "Must be one of queued, running"),
        ("kind=dance", "kind", "Must be one of simulation, sweep"),
        ("rows=1000000", "rows", "Must be one of 20, 50, 100"),
        ("order=best", "order", "Must be newest, title, size or highest- and the name of a figure"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_else_is_lost(visitor, query, field, message):
    page = visitor.open(f"/jobs?name=AAPL&{query}")
    assert page.status == 400
    assert message in page.text
    assert page.fields["name"] == "AAPL"


def test_an_address_whose_cursor_was_cut_off_says_so(visitor):
    page = visitor.open("/jobs?after=82337")
    assert page.status == 400
    assert "begin with the newest jobs" in page.text


def test_a_result_that_cannot_be_read_is_said_on_its_row(visitor, alone, job, submit_job, bucket):
    job = job.with_experiment(seed=1515)
    submit_job(job)
    bucket.put(keys.summary_key(job.id), b"no summary")
    page = visitor.open("/jobs")
    assert page.status == 200
    assert f"cannot read {keys.summary_key(job.id)}".lower() in page.text.lower()
    bucket.put(keys.job_key(job.id), b"{}")
    page = visitor.open("/jobs")
    assert "state-complete" in page.text, "a job never changes, and is remembered"


def test_rows_are_sorted_by_what_came_of_them(job):
    from fleet.progress import Status

    now = datetime.now(UTC)
    statuses = [Status(job.with_experiment(seed=seed), "complete", now, 500) for seed in range(4)]
    texts = ("12 %", "-3.5 %", "1,234.5 %")
    figures = {each.id: [Figure("Loses", text)] for each, text in zip(statuses, texts, strict=False)}
    order = [row.figures[0].text if row.figures else None for row in rows(statuses, figures, "highest-Loses")]
    assert order == ["1,234.5 %", "12 %", "-3.5 %", None]


def test_very_many_jobs_take_a_page_no_more_requests(*, job, monkeypatch, tmp_path, do_job, submit_job, bucket):
    """The first look at a page reads what is remembered from then on."""
    job = job.with_experiment(seed=1516)
    submit_job(job)
    do_job(job)
    done = bucket.get(keys.summary_key(job.id))
    many = MemoryBucket("many")
    for number in range(3000):
        each = replace(job.with_experiment(seed=number), symbol="MSFT" if number % 150 == 0 else "AAPL")
        many.put(keys.submission_key(each.id, datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=number)), b"")
        many.put(keys.job_key(each.id), each.to_json())
        many.put(keys.summary_key(each.id), done)
    monkeypatch.setattr(connection, "bucket", lambda: many)
    client = create_app({"ENVIRONMENT": {"SPOTMC_WEB_DATA": str(tmp_path / "data")}, "TESTING": True}).test_client()
    for address, lists in (
        ("/jobs", 1),
        ("/jobs?name=msft", 3),
        ("/jobs?before=2026-01-06", 1),
        ("/jobs/rows?name=msft&before=2026-01-06", 2),
        ("/jobs?order=highest-Loses", 1),
    ):
        for most in (3 * 20, 20):  # the job, whether it is complete, and its summary; then only whether it is complete
            with many.counted() as counted:
                assert client.get(address).status_code == 200
            assert counted["list"] <= lists
            assert sum(counted.values()) - counted["list"] <= most, (address, counted)
    with many.counted() as counted:
        assert client.get("/jobs?words=no+such+title").status_code == 200
    assert sum(counted.values()) <= 2 + 200


def test_what_is_typed_is_read_without_blanks_and_kept_short():
    search = Search.read({"name": "  AAPL ", "words": "x" * 5000, "state": "", "unknown": "?"})
    assert search.typed == {"name": "AAPL", "words": "x" * 200}
    assert (search.wanted.name, search.rows, search.problems) == ("AAPL", 20, {})
