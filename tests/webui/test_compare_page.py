"""The page that lays jobs beside each other: what it says, what it leaves out, and what it asks the bucket."""

import html
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

import montecarlo as mc
from fleet import keys, partial_results
from fleet.job import Job
from fleet.new_job import make_job, make_sweep_job
from montecarlo.experiments.comparison import plain
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from tests.memory_bucket import MemoryBucket
from webui.results import comparison as page_of
from worker.compute import Provenance, compute
from worker.instance_metadata import off_ec2

RULE = SmaCrossover(5, 20)


@pytest.fixture(scope="module")
def jobs(history) -> dict[str, Job]:
    def made(**asked):
        return make_job(history, **{"strategy": RULE, "days": 60, "iterations": 500, "seed": 7} | asked)

    return {
        "first": made(),
        "costly": made(commission=0.002),
        "apart": made(seed=8),
        "without": made(rows=False, commission=0.004),
        "damaged": made(seed=10),
        "torn": made(commission=0.003),
        "never": made(seed=99),
        "sweep": make_sweep_job(history, strategy=RULE, over={"short": (5, 6)}, days=60, iterations=50, seed=7),
    }


@pytest.fixture
def done(submit_job, do_job, jobs, bucket) -> dict[str, Job]:
    """Of which all are done but one, by whatever test came first; others may have sent the same."""
    for name, job in jobs.items():
        if not bucket.exists(keys.summary_key(job.id)):
            submit_job(job)
            if name != "never":
                do_job(job)
    return jobs


def address(*job_ids: str) -> str:
    return f"/compare?{urlencode({'job': job_ids}, doseq=True)}"


def text_of(page) -> str:
    return html.unescape(page.text)


def simulated(job: Job):
    simulation = job.experiment
    return mc.simulate(
        simulation.model,
        simulation.strategy,
        days=simulation.days,
        iterations=simulation.iterations,
        seed=simulation.seed,
        rules=simulation.rules,
        rows=simulation.rows,
    )


def test_it_says_what_the_library_says(visitor, done):
    names = ("first", "costly", "apart", "without")
    page = visitor.open(address(*(done[name].id for name in names)))
    text = text_of(page)
    library = mc.compare(*(simulated(done[name]) for name in names))
    for difference in library.differences:
        assert f"{difference}" in text
    assert "On the same 500 paths, A ends" in text
    assert "because their seeds differ (7 and 8)" in text
    assert "no rows of single paths are kept of D" in text
    assert 'name="job" value="' + done["apart"].id in page.text
    different = [each.parameter.label for each in library.settings if each.differs]
    group, _, same = text.partition("Settings that differ")[2].partition("settings are the same")
    assert [label for label in different if f'<th scope="row">{label}</th>' not in group] == []
    assert '≠ </span>0.2 % of the traded value<span class="spoken">, other than A</span>' in group
    assert "<dt>Short window</dt><dd>5 trading days</dd>" in same


def test_each_chart_is_one_of_the_library(visitor, done):
    asked = urlencode({"job": [done["first"].id, done["costly"].id]}, doseq=True)
    page = visitor.open(f"/compare?{asked}")
    for name in ("differences", "fans", "returns", "drawdowns"):
        assert f'data-figure-url="/api/compare/charts/{name}?{html.escape(asked)}"' in page.text
        figure = json.loads(visitor.open(f"/api/compare/charts/{name}?{asked}&theme=dark").text)
        assert {trace["name"] for trace in figure["data"]} & {"A", "A against B"}
    assert visitor.open(f"/api/compare/charts/nothing?{asked}").status == 404
    assert visitor.open(f"/api/compare/charts/fans?{asked}&theme=pink").status == 400
    assert visitor.open("/api/compare/charts/fans?job=none").status == 400
    apart = urlencode({"job": [done["first"].id, done["apart"].id]}, doseq=True)
    assert "charts/differences" not in visitor.open(f"/compare?{apart}").text
    assert visitor.open(f"/api/compare/charts/differences?{apart}").status == 404


def test_what_cannot_be_compared_is_named_and_the_others_are_compared_all_the_same(visitor, done, bucket):
    damaged = done["damaged"].id
    bucket.put(keys.result_key(damaged, "summary.csv"), b"nonsense")
    first, costly = done["first"].id, done["costly"].id
    text = text_of(visitor.open(address(first, "AAPL-000000000000", done["never"].id, damaged, costly)))
    assert "There is no job AAPL-000000000000" in text
    assert f"{done['never'].id} has no results yet: it is queued" in text
    assert f"{damaged} cannot be read: cannot read" in text
    assert "On the same 500 paths, A ends" in text
    text = text_of(visitor.open(address(first, done["sweep"].id)))
    assert "is a sweep; only simulations can be compared" in text
    assert "there are not two to compare" in text
    assert first in text


def test_rows_that_are_damaged_cost_no_more_than_the_pairing(visitor, done, bucket):
    job = done["torn"]
    rows = keys.rows_key(job.id, job.experiment.rows_format, job.tree.root, "")
    for content in (b"path,nothing\n1,2\n" * 251, b"\n".join(bucket.get(rows).splitlines()[:40])):
        bucket.put(rows, content)
        page = visitor.open(address(done["first"].id, job.id, done["without"].id))
        assert page.status == 200
        assert "because the rows of B cannot be read" in text_of(page)


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ([], 200, "Two to five simulations beside each other"),
        (["first"], 200, "Add a job"),
        (["first", "first"], 200, "Add a job"),
        (["first", "costly", "apart", "without", "never", "sweep"], 200, "Five jobs at most"),
        (["first", "", " "], 200, "Add a job"),
    ],
)
def test_too_few_and_too_many_lose_nothing(visitor, done, asked, status, words):
    page = visitor.open(address(*(done[each].id if each in done else each for each in asked)))
    assert page.status == status
    assert words in text_of(page)
    for each in set(asked) & set(done):
        assert done[each].id in page.text


def test_the_way_to_common_paths_fills_in_the_form(visitor, done):
    page = visitor.open(address(done["first"].id, done["apart"].id))
    form = visitor.open(page.link("Simulate B on the paths of A"))
    assert form.fields["seed"] == "7"
    assert form.fields["iterations"] == "500"


@pytest.fixture
def done_in_memory(history):
    """Jobs of very many chunks, done."""
    bucket = MemoryBucket("memory")
    made = []
    for commission in (0.0, 0.001, 0.002, 0.003, 0.004):
        job = make_job(history, strategy=RULE, days=25, iterations=20 * BLOCK_PATHS, seed=7, commission=commission)
        made.append(replace(job, chunk=BLOCK_PATHS))
        bucket.put(keys.job_key(made[-1].id), made[-1].to_json())
        for chunk in made[-1].tree.leaves():
            part, _ = compute(made[-1], chunk, Provenance("nobody", "0", off_ec2()), lambda paths: None)
            partial_results.store(bucket, made[-1], part)
            partial_results.complete(bucket, made[-1], chunk)
    bucket.asked.clear()
    return bucket, [job.id for job in made]


def test_what_is_asked_of_the_bucket_is_bounded_and_asked_once(done_in_memory, monkeypatch):
    bucket, job_ids = done_in_memory
    monkeypatch.setattr(page_of, "PAIRED_AT_MOST", 2 * BLOCK_PATHS)
    found = page_of.compared(bucket, job_ids)
    assert [each.paths for each in found.comparison.differences] == [2 * BLOCK_PATHS] * 4
    # The job, its state, its partial result, its summary and whether that is there; and of 20 chunks the rows of two,
    # which are compared.
    assert len(bucket.asked) <= 5 * (6 + 3)
    before = len(bucket.asked)
    assert page_of.compared(bucket, job_ids) is found
    assert len(bucket.asked) == before


def test_a_script_is_told_the_same(visitor, done):
    asked = urlencode({"job": [done[name].id for name in ("first", "costly", "sweep")]}, doseq=True)
    answer = visitor.open(f"/api/compare?{asked}")
    assert answer.status == 200
    found = json.loads(answer.text)
    library = mc.compare(simulated(done["first"]), simulated(done["costly"]))
    assert found["jobs"] == {"A": done["first"].id, "B": done["costly"].id}
    assert [each["job_id"] for each in found["left_out"]] == [done["sweep"].id]
    assert found["comparison"]["differences"] == plain(library)["differences"]
    for jobs in (["first-0123456789ab"], ["first-0123456789ab"] * 2, ["first", "second"]):
        refused = visitor.open("/api/compare?" + urlencode({"job": jobs}, doseq=True))
        assert refused.status == 400
        assert "must be" in json.loads(refused.text)["problems"]["job"]
