"""What only a browser shows: scripts, layout, and that nothing is fetched from elsewhere."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fleet.job_store import load_job

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, web: str, settings) -> Iterator[Page]:
    """A page of a fresh visitor; everything that it asks for must come from the web UI."""
    context = browser.new_context(base_url=web)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith((f"{web}/", "data:"))] == []


@pytest.fixture
def fits_a_phone(page: Page, eventually) -> Callable[[], None]:
    """Assert that nothing of the page sticks out on a small phone."""

    def fits() -> None:
        page.set_viewport_size({"width": 360, "height": 740})
        eventually(lambda: page.evaluate("document.documentElement.scrollWidth") <= 360, seconds=10)

    return fits


def send_small_job(page: Page) -> None:
    page.goto("/")
    for name, value in {"Short window": "5", "Long window": "20", "Days": "60", "Iterations": "500"}.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Start the simulation").click()


def test_the_page_follows_the_job_until_its_pictures_are_drawn(page: Page, start_worker, fits_a_phone):
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    send_small_job(page)
    expect(page.locator(".state")).to_have_text("queued")
    start_worker("--drain")
    expect(page.locator(".state")).to_have_text("complete", timeout=PATIENCE)
    for picture in ("How often each return came", "How equity spreads day by day"):
        expect(page.get_by_role("region", name=picture).locator(".main-svg").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("rowheader", name="Median return", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="paths.csv").click()
    assert len(download.value.path().read_text().splitlines()) == 501
    assert faults == []
    fits_a_phone()


def test_without_script_the_page_follows_the_job_too(browser: Browser, web: str, bucket, do_job):
    context = browser.new_context(base_url=web, java_script_enabled=False)
    page = context.new_page()
    send_small_job(page)
    expect(page.locator(".state")).to_have_text("queued")
    do_job(load_job(bucket, page.url.rsplit("/", 1)[-1]))
    expect(page.locator(".state")).to_have_text("complete", timeout=PATIENCE)
    context.close()


def test_a_refusal_is_read_out_with_its_field(page: Page):
    page.goto("/")
    page.get_by_label("Short window", exact=True).fill("100")
    page.get_by_role("button", name="Start the simulation").click()
    short = page.get_by_label("Short window", exact=True)
    expect(short).to_have_value("100")
    expect(short).to_have_accessible_description(
        "Must be less than long: the short window is 100 days, the long one 100 Trading days."
    )
    expect(page.get_by_role("alert")).to_contain_text("1 thing in the form cannot be used")


def test_what_was_typed_stays_in_sight_even_if_it_is_no_number(page: Page):
    page.goto("/")
    page.evaluate(
        "document.querySelector('#days').type = 'text'; document.querySelector('main form').noValidate = true"
    )
    page.get_by_label("Days", exact=True).fill("12 apples")
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator("#days-problem")).to_be_visible()
    expect(page.get_by_label("Days", exact=True)).to_have_value("12 apples")


def test_the_preview_is_shown_and_sent_by_its_button(page: Page, queue):
    page.goto("/")
    page.get_by_label("Preview only").check()
    page.get_by_role("button", name="Start the simulation").click()
    body = page.locator("#messages").inner_text()
    assert queue.depth().empty
    page.get_by_role("button", name="Send this job").click()
    expect(page.locator(".state")).to_have_text("queued")
    (message,) = queue.receive(wait_seconds=1, visibility_seconds=30)
    queue.delete(message)
    assert message.body == body


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone(page: Page, fits_a_phone, scheme):
    page.emulate_media(color_scheme=scheme)
    send_small_job(page)
    expect(page.locator(".state")).to_have_text("queued")
    for address in (page.url, "/", "/configuration", "/nowhere"):
        page.goto(address)
        fits_a_phone()
