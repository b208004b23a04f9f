"""The page of a job in a browser: alive while the job runs, and what its charts lead to when it is complete."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, Position, expect

from fleet.job import Job
from fleet.new_job import make_job, make_sweep_job
from fleet.progress import state
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover
from tests.webui.quiet import visitor_of

PATIENCE = 60_000  # milliseconds
FORM = re.compile(r"/\?symbol=")

pytestmark = pytest.mark.browser


@pytest.fixture
def large_job(queue, bucket) -> Job:
    """One chunk, of which one worker has minutes to do."""
    history = load_history("AAPL", "sample")
    job = make_job(history, days=1260, iterations=5_000_000, seed=4001)
    assert job.tree.chunks == 1
    submit(job, history, queue, bucket)
    return job


@pytest.mark.thorough
def test_one_large_chunk_is_seen_to_live_and_what_it_amounts_to_is_said_to_be_a_part(
    *, page: Page, large_job, bucket, start_worker, eventually
):
    page.goto(f"/jobs/{large_job.id}")
    bar, told = page.get_by_role("progressbar"), page.get_by_role("region", name="So far")
    expect(told).to_be_hidden()

    start_worker()
    expect(page.locator(".heading .state").first).to_have_text("running", timeout=PATIENCE)
    began = time.monotonic()
    eventually(lambda: bar.evaluate("bar => bar.value") > 0)
    first = bar.evaluate("bar => bar.value")
    assert time.monotonic() - began < 10, "though its only chunk takes minutes"
    assert first < 5_000_000 / 2
    eventually(lambda: bar.evaluate("bar => bar.value") > first)
    expect(page.locator("[data-waiting]")).to_be_hidden()
    expect(page.get_by_role("heading", name="Workers")).to_be_visible()
    expect(page.locator("[data-workers] li")).to_contain_text("of 5,000,000 paths")
    expect(page.locator("[data-progress-text]")).to_contain_text("paths a second")

    expect(told).to_be_visible(timeout=PATIENCE)
    expect(told).to_contain_text("of 5,000,000 paths; the final figures may differ")
    expect(told.get_by_text("Probability of loss", exact=True)).to_be_visible()
    expect(told.locator(".main-svg").first).to_be_visible(timeout=PATIENCE)

    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".heading .state").first).to_have_text("cancelled", timeout=PATIENCE)
    assert state(bucket, large_job.id) == "cancelled"


def test_a_dropped_connection_is_told_and_recovers_by_itself(browser: Browser, web: str, submit_job, do_job, job):
    mine = job.with_experiment(seed=4002)
    submit_job(mine)
    context = browser.new_context(base_url=web)
    page = context.new_page()
    page.goto(f"/jobs/{mine.id}")
    lost = page.get_by_text("Connection lost, trying again.").first
    expect(page.locator("[data-progress-text]")).to_contain_text("0 of 500 paths")
    expect(lost).to_be_hidden()
    context.set_offline(True)
    expect(lost).to_be_visible(timeout=PATIENCE)
    context.set_offline(False)
    expect(lost).to_be_hidden(timeout=PATIENCE)
    expect(page.get_by_role("status").filter(has_text="Connected again.")).to_have_count(1)
    do_job(mine)
    expect(page.locator(".heading .state").first).to_have_text("complete", timeout=PATIENCE)
    context.close()


@pytest.mark.thorough
def test_a_report_opened_from_a_disk_shows_its_charts_without_any_network(
    *, page: Page, browser: Browser, submit_job, do_job, job, tmp_path
):
    mine = job.with_experiment(seed=4003, rows=True)
    submit_job(mine)
    do_job(mine)
    page.goto(f"/jobs/{mine.id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Report").click()
    download.value.save_as(tmp_path / "report.html")

    context = browser.new_context(color_scheme="dark", viewport={"width": 360, "height": 740}, offline=True)
    report, asked, complaints = context.new_page(), [], []
    report.on("request", lambda request: asked.append(request.url))
    report.on("console", lambda message: complaints.append(message.text))
    report.on("pageerror", lambda error: complaints.append(str(error)))
    address = (tmp_path / "report.html").as_uri()
    report.goto(address)
    expect(report.get_by_text("In 500 futures like AAPL's past, the rule loses money in")).to_be_visible()
    for heading in (
        "How equity spreads day by day",
        "How often each return came",
        "How deep the falls on the way were",
        "Exposure against result",
    ):
        expect(report.get_by_role("region", name=heading).locator(".main-svg").first).to_be_visible(timeout=PATIENCE)
    assert report.evaluate("document.documentElement.scrollWidth") <= 360
    assert report.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 21, 27)"
    assert (asked, complaints) == ([address], [])
    context.close()


@pytest.fixture
def swept(submit_job, do_job, history) -> Job:
    over = {"short": (5, 10), "long": (20, 30, 40)}
    job = make_sweep_job(history, strategy=SmaCrossover(), over=over, days=60, iterations=50, seed=4004)
    submit_job(job)
    do_job(job)
    return job


@pytest.mark.thorough
def test_the_map_of_a_sweep_changes_its_statistic_and_leads_to_a_pair(page: Page, swept, fits_a_phone):
    page.goto(f"/jobs/{swept.id}")
    chart = page.get_by_role("region", name="Every combination")
    expect(chart.locator(".hm image")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Statistic").select_option(label="Loses")
    expect(chart).to_contain_text("Fraction of the paths that end below the capital")
    page.reload()
    expect(page.get_by_label("Statistic")).to_have_value("probability_of_loss")
    expect(chart).to_contain_text("Fraction of the paths that end below the capital")

    cells = chart.locator(".nsewdrag")
    area = cells.bounding_box()
    assert area is not None
    last: Position = {"x": area["width"] * 5 / 6, "y": area["height"] * 3 / 4}  # column, in the lower row
    cells.hover(position=last)
    expect(chart.locator(".hovertext")).to_contain_text("short 5, long 40")
    cells.click(position=last)
    page.wait_for_url(FORM)
    assert page.get_by_label("Short window", exact=True).locator("visible=true").input_value() == "5"
    assert page.get_by_label("Long window", exact=True).locator("visible=true").input_value() == "40"

    page.go_back()
    page.get_by_label("Short window").select_option("10")
    page.get_by_label("Long window").select_option("30")
    page.get_by_role("button", name="Simulate any other one").press("Enter")
    page.wait_for_url(FORM)
    assert page.get_by_label("Short window", exact=True).locator("visible=true").input_value() == "10"
    page.go_back()
    fits_a_phone()


def test_run_again_pressed_twice_makes_one_job(page: Page, submit_job, do_job, job, queue):
    mine = job.with_experiment(seed=4005)
    submit_job(mine)
    do_job(mine)
    page.goto(f"/jobs/{mine.id}")
    page.get_by_role("button", name="Run again with another seed").dblclick()
    expect(page.locator(".heading .state").first).to_have_text("queued")
    assert not page.url.endswith(mine.id)
    again = page.url.rsplit("/", 1)[-1]
    sent = queue.receive(wait_seconds=1, visibility_seconds=30, at_most=10)
    for message in sent:
        queue.delete(message)
    assert sum(again in message.body for message in sent) == 1


def test_who_computed_it_comes_after_the_page_and_motion_is_not_needed(
    browser: Browser, web: str, submit_job, do_job, job
):
    mine = job.with_experiment(seed=4006)
    submit_job(mine)
    do_job(mine)
    with visitor_of(browser, web, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"/jobs/{mine.id}")
        expect(page.get_by_role("region", name="Who computed it")).to_contain_text("computed it in", timeout=PATIENCE)
        expect(page.get_by_role("link", name="Machines, time and cost")).to_have_count(0)
