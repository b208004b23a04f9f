"""The list of jobs, the fleet and the log-in in a real browser."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from fleet import failures, keys
from fleet.dead_letters import dead_letter, peek
from fleet.message import Shard
from fleet.queue import Queue
from fleet.tree import Range
from tests.webui.quiet import visitor_of

PATIENCE = 60_000  # milliseconds
PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.browser


@pytest.fixture
def alone(settings, bucket):
    """No job is there but those of the test."""
    for folder in (keys.SUBMISSIONS, keys.JOBS):
        for entry in list(bucket.list(folder)):
            bucket.delete(entry.key)


@pytest.fixture
def dead(clients, settings) -> Queue:
    """The dead-letter queue of the web UI, with nothing in it."""
    queue = Queue(clients[0], f"{settings.queue_url}-dead")
    with peek(queue) as letters:
        for letter in letters:
            queue.delete(letter.message)
    return queue


def accessible(page: Page) -> None:
    """No finding, of whatever grade."""
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []


def titles(page: Page) -> list[str]:
    return page.locator("tbody th a").all_text_contents()


@pytest.mark.thorough
def test_the_list_brings_itself_up_to_date_and_leaves_a_person_alone(
    *, page: Page, alone, job, submit_job, do_job, fits_a_phone
):
    done, waiting = (job.with_experiment(seed=seed) for seed in (21, 22))
    submit_job(done)
    do_job(done)
    submit_job(waiting)
    page.goto("/jobs")
    first, second = (page.locator(f"tr[data-job={each.id}]") for each in (done, waiting))
    expect(second.locator(".state")).to_have_text("queued")
    expect(second.get_by_role("checkbox")).to_be_disabled()
    first.get_by_role("checkbox").check()
    expect(page.get_by_role("button", name="Compare 1")).to_be_disabled()
    link = second.get_by_role("link").first
    link.focus()
    page.evaluate("window.untouched = true")
    do_job(waiting)
    submit_job(job.with_experiment(seed=23))
    expect(second.locator(".state")).to_have_text("complete", timeout=PATIENCE)
    expect(second.locator("dl")).to_contain_text("Loses")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(link).to_be_focused()
    expect(first.get_by_role("checkbox")).to_be_checked()
    expect(page.locator("[data-told]")).to_contain_text("is complete")
    assert page.evaluate("window.untouched"), "the page was not loaded anew"
    second.get_by_role("checkbox").check()
    accessible(page)
    page.get_by_role("button", name="Compare 2").click()
    expect(page).to_have_url(re.compile(rf"/compare\?job={waiting.id}&job={done.id}$"))
    page.go_back()
    expect(page.get_by_role("button", name="Compare 2")).to_be_enabled()
    fits_a_phone()


@pytest.mark.thorough
def test_jobs_are_found_sorted_and_paged_with_the_keyboard_alone(page: Page, alone, job, submit_job):
    for seed in range(22):
        submit_job(job.with_experiment(seed=seed))
    page.goto("/jobs")
    expect(page.locator("tbody tr")).to_have_count(20)
    page.get_by_role("link", name="Older jobs").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Newest").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(20)
    first = titles(page)[0]
    name = page.get_by_label("Symbol or id")
    name.fill(page.locator("tbody tr").first.get_attribute("data-job") or "")
    name.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert titles(page) == [first]
    page.get_by_label("State").select_option("complete")
    page.get_by_role("button", name="Find").press("Enter")
    expect(page.get_by_text("No such jobs.")).to_be_visible()
    page.get_by_role("link", name="Show all").press("Enter")
    page.get_by_label("Rows").select_option("50")
    expect(page.locator("tbody tr")).to_have_count(22)


def test_without_script_the_list_is_found_by_its_address(browser: Browser, web: str, alone, job, submit_job):
    submit_job(job.with_experiment(seed=24))
    context = browser.new_context(base_url=web, java_script_enabled=False)
    page = context.new_page()
    page.goto("/jobs")
    page.get_by_label("Words in title").fill("crossover")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "words=crossover" in page.url
    expect(page.locator("noscript")).to_have_count(1)
    context.close()


@pytest.mark.thorough
def test_what_failed_is_sent_again_with_a_button(
    *, page: Page, alone, dead, job, submit_job, queue, bucket, fits_a_phone
):
    job = job.with_experiment(seed=25)
    submit_job(job)
    [message] = queue.receive(wait_seconds=1, visibility_seconds=60)
    page.goto("/fleet")
    figure = page.locator("[data-part=figures] div", has_text="Dead letters").locator("dd")
    expect(figure).to_have_text(re.compile("^0 "))
    dead_letter(dead, message, "out of memory", "worker-1")
    failures.give_up(bucket, Shard(job.id, Range(0, 500)), "out of memory")
    queue.delete(message)
    letter = page.locator(".letters > li", has_text="Out of memory")
    expect(letter).to_be_visible(timeout=PATIENCE)
    accessible(page)
    fits_a_phone()
    letter.get_by_text("Delete …").click()
    expect(letter.get_by_role("button", name="Delete it")).to_be_visible()
    letter.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("1 message sent again.")).to_be_visible()
    expect(page.get_by_text("None: nothing was given up.")).to_be_visible(timeout=PATIENCE)
    assert queue.depth().visible == 1
    page.goto(f"/jobs/{job.id}")
    expect(page.locator(".state").first).to_have_text("queued")


def test_permissions_are_tried_with_one_button(page: Page, fits_a_phone):
    page.goto("/configuration")
    page.get_by_role("button", name="Try all permissions").click()
    expect(page.get_by_text("permissions are there.")).to_be_visible(timeout=PATIENCE)
    accessible(page)
    fits_a_phone()


@pytest.fixture
def asking(serve_web, tmp_path, browser: Browser) -> Iterator[Page]:
    """A page of a web UI that asks for a password."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    visitor = serve_web(SPOTMC_WEB_PASSWORD_FILE=str(tmp_path / "password"))
    # Only to localhost, and over HTTPS, a browser sends the cookie back.
    with visitor_of(browser, visitor.web.replace("127.0.0.1", "localhost"), (401, 403)) as context:
        yield context.new_page()


def test_who_logs_in_comes_to_the_page_that_was_asked_for_and_can_leave_again(asking: Page):
    asking.goto("/jobs?words=crossover&rows=50")
    asking.get_by_label("Password").fill("1234")
    asking.get_by_role("button", name="Log in").click()
    expect(asking.get_by_text("That is not the password.")).to_be_visible()
    asking.get_by_label("Password").fill(PASSWORD)
    asking.get_by_label("Password").press("Enter")
    expect(asking.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    assert asking.url.endswith("/jobs?words=crossover&rows=50")
    asking.get_by_role("button", name="Log out").click()
    expect(asking.get_by_role("heading", name="Log in")).to_be_visible()
    asking.goto("/fleet")
    expect(asking.get_by_label("Password")).to_be_visible()
