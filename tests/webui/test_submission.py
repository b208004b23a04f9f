"""One form is one job, however often its button is pressed, and many people can press theirs at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fleet.job_store import load_job
from fleet.listing import recent
from fleet.progress import cancel
from montecarlo.limits import MAX_SEED
from tests.webui.conftest import RECOMMENDED, Visitor
from webui.forms import submission
from webui.forms.submission import submit_once


def job_id_of(page) -> str:
    return page.url.rsplit("/", 1)[-1]


@pytest.fixture
def form(visitor) -> dict[str, str]:
    """What a browser without script sends of the form, as it is shown."""
    return visitor.open("/").fields | RECOMMENDED


@pytest.mark.parametrize("seed", ["", str(2**46)])
def test_a_form_that_is_sent_many_times_at_once_is_one_job_and_is_sent_once(visitor, form, queue, bucket, seed):
    before = len(recent(bucket, 1000).rows)
    with ThreadPoolExecutor(8) as threads:
        pages = list(threads.map(lambda _: visitor.post("/jobs", form | {"seed": seed}), range(8)))
    assert len({job_id_of(page) for page in pages}) == 1
    assert queue.depth().visible == 1
    assert len(recent(bucket, 1000).rows) <= before + 1


def test_the_page_loaded_anew_makes_another_job(visitor, form):
    again = visitor.open("/").fields | RECOMMENDED
    assert job_id_of(visitor.post("/jobs", form)) != job_id_of(visitor.post("/jobs", again))


def test_the_same_form_with_other_values_is_another_job(visitor, form, bucket):
    jobs = [load_job(bucket, job_id_of(visitor.post("/jobs", form | {"days": days}))) for days in ("100", "200")]
    assert jobs[0].experiment.seed == jobs[1].experiment.seed == int(form["drawn_seed"])
    assert jobs[0].id != jobs[1].id


def test_a_job_that_was_cancelled_is_sent_again_by_its_form(visitor, form, queue, bucket):
    page = visitor.post("/jobs", form)
    cancel(bucket, job_id_of(page))
    assert visitor.post("/jobs", form).url == page.url
    assert queue.depth().visible == 2


def test_a_job_that_was_sent_long_ago_is_sent_again(*, history, job, queue, bucket, monkeypatch):
    job = job.with_experiment(seed=2**46 + 1)  # one of its own, because tests share the bucket
    for _ in range(2):
        submit_once(job, history, queue, bucket, {})
    assert queue.depth().visible == 1
    monkeypatch.setattr(submission, "PRESSED_TWICE", timedelta())
    submit_once(job, history, queue, bucket, {})
    assert queue.depth().visible == 2


@pytest.mark.parametrize("drawn", ["", "-1", "seven", str(MAX_SEED + 1), "9" * 400, "\u0667"])
def test_a_form_whose_seed_was_lost_gets_another(visitor, form, drawn):
    pages = [visitor.post("/jobs", form | {"drawn_seed": drawn}) for _ in range(2)]
    assert [page.status for page in pages] == [200, 200]
    assert pages[0].url != pages[1].url


def test_a_form_that_comes_back_keeps_its_seed(visitor, form):
    assert visitor.post("/jobs", form | {"days": "many"}).fields["drawn_seed"] == form["drawn_seed"]


@pytest.mark.thorough
def test_many_people_submit_at_once(web, settings, queue):
    visitors = [Visitor(web) for _ in range(50)]
    with ThreadPoolExecutor(50) as threads:
        pages = list(threads.map(lambda visitor: visitor.send_job(model="bootstrap"), visitors))
    assert len({page.url for page in pages if page.status == 200}) == 50
    assert queue.depth().visible == 50
