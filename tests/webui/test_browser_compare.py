"""Jobs beside each other in a real browser: from the list to the charts, with keys alone, in the dark, on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fleet.new_job import make_job
from montecarlo.strategies import SmaCrossover

pytestmark = pytest.mark.browser

CHARTS = 4
PATIENCE = 60_000  # milliseconds


@pytest.fixture
def jobs(history, submit_job, do_job):
    """Of the same rule with other costs, and another one with a seed of its own."""
    asked = {"days": 60, "iterations": 300}
    made = [
        make_job(history, strategy=SmaCrossover(5, 20), seed=71, **asked),
        make_job(history, strategy=SmaCrossover(5, 20), seed=71, commission=0.004, **asked),
        make_job(history, strategy=SmaCrossover(6, 20), seed=72, **asked),
    ]
    for job in made:
        submit_job(job)
        do_job(job)
    return made


def require_drawn(page: Page) -> None:
    expect(page.locator(".chart:has(.chart-drawing .main-svg)")).to_have_count(CHARTS, timeout=PATIENCE)


def test_jobs_are_ticked_compared_and_changed_with_keys_alone(page: Page, jobs, fits_a_phone):
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.goto("/jobs")
    for job in jobs[:2]:
        page.locator(f"input[value='{job.id}']").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    expect(page.get_by_text("On the same 300 paths, A ends")).to_be_visible()
    page.get_by_label("Another job").focus()
    page.keyboard.type(jobs[2].id)
    page.keyboard.press("Enter")
    expect(page.get_by_text("because their seeds differ")).to_be_visible()
    require_drawn(page)
    assert Axe().run(page).response["violations"] == []
    fits_a_phone()

    page.emulate_media(forced_colors="active", color_scheme="light")
    differs = page.locator("mark", has_text="0.05 %").first
    expect(differs).to_contain_text("≠")
    assert differs.evaluate("mark => getComputedStyle(mark).borderTopWidth") == "1px"

    page.get_by_role("link", name="Leave C out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("because their seeds differ")).to_have_count(0)
    require_drawn(page)
