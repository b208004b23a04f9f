import os
from pathlib import Path
import pytest
from playwright.sync_api import Page, expect
from fleet.new_job import make_backtest_job, make_training_job
from fleet.submit import submit
import montecarlo as mc
from montecarlo.learning import Training
from tests.webui.test_browser_look import Look, DESK, PHONE, wait_for_charts, photograph

pytestmark = pytest.mark.browser


def test_pages(page: Page, queue, bucket, do_job):
    h = mc.load_history("AAPL", "sample")
    look = Look()
    jobs = {
        "backtest": make_backtest_job(
            h, strategy=mc.SmaCrossover(20, 60, stop_loss=0.05, take_profit=0.1, max_holding=40)
        ),
        "training": make_training_job(h, Training()),
        "grid": make_training_job(h, Training(direction="long"), {"n": (8, 16), "max_holding": (5, 10)}),
    }
    for name, job in jobs.items():
        submit(job, h, queue, bucket)
        do_job(job)
        page.goto(f"/jobs/{job.id}")
        look.at(page, f"job-{name}")
    page.goto("/jobs")
    look.at(page, "jobs")
    for name, job in jobs.items():
        r = page.request.get(f"/jobs/{job.id}/report.html")
        assert r.status == 200, r.status
    assert not look.found, "\n".join(look.found)
