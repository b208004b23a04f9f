"""The banner that tells what is wrong with the stack."""

import socket
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from playwright.sync_api import expect

from fleet.errors import BucketError
from tests.alarms import alarm
from tests.chromium import chromium
from tests.webui.quiet import visitor_of
from webui.watch import FRESH_SECONDS, Watch

STACK = "spotmc"
TITLE = "Something is wrong with the stack."
PATIENCE = 60_000  # milliseconds


@pytest.fixture
def alarms(settings):
    """Sets alarms, by the names that CloudFormation gives them."""
    client = boto3.client("cloudwatch", region_name=settings.region, endpoint_url=settings.endpoint_url)
    with ExitStack() as set_now:
        yield lambda *arguments, **options: set_now.enter_context(alarm(client, *arguments, **options))


@pytest.fixture
def failed_boot(bucket):
    """A report that a machine has left in the bucket."""
    when = datetime.now(UTC) - timedelta(minutes=5)
    key = f"boots/{when:%Y-%m-%dT%H:%M:%SZ}-worker-i-0123456789abcdef0.txt"
    report = "the boot of this worker failed at line 70 of boot.sh (dnf install); its last output: <no> such package"
    report += " and so on" * 100
    bucket.put(key, report.encode())
    yield report
    bucket.delete(key)


def test_failed_boots_and_alarms_are_told_on_every_page(serve_web, alarms, failed_boot, eventually):
    alarms("spotmc-Scaling-1A2B3C-NobodyWorks-4D5E6F", says="Do machines have a network?")
    alarms("spotmc-Scaling-1A2B3C-MessagesWait-4D5E6F", says="Machines are added.")
    visitor = serve_web(SPOTMC_STACK=STACK)
    eventually(lambda: TITLE in visitor.open("/configuration").text)
    for path in ("/", "/configuration", "/jobs/none"):
        text = visitor.open(path).text
        assert "1 boot failed within a day, the last one that of worker i-0123456789abcdef0" in text
        assert "its last output: &lt;no&gt; such package" in text
        assert "Alarm NobodyWorks: Do machines have a network?" in text
        assert "Machines are added" not in text
        assert text.count("and so on") < 20, "the beginning will do"


def test_a_web_ui_of_no_stack_has_no_banner_and_asks_nobody(serve_web, alarms, failed_boot):
    visitor = serve_web()
    visitor.open("/configuration")
    assert not [thread for thread in threading.enumerate() if thread.name == "watch"]
    assert TITLE not in visitor.open("/configuration").text


def test_a_stranger_is_not_told(serve_web, failed_boot, tmp_path, eventually):
    (tmp_path / "password").write_text("correct horse battery staple\n")
    visitor = serve_web(SPOTMC_STACK=STACK, SPOTMC_WEB_PASSWORD_FILE=str(tmp_path / "password"))
    visitor.open("/")
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "watch"])
    page = visitor.open("/")
    assert page.status == 401
    assert TITLE not in page.text


def test_no_page_waits_for_an_aws_that_does_not_answer(serve_web):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        visitor = serve_web(SPOTMC_STACK=STACK, AWS_ENDPOINT_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
        visitor.open("/configuration")
        began = time.monotonic()
        for _ in range(5):
            assert visitor.open("/configuration").status == 200
        assert time.monotonic() - began < 2  # the client gives up after four seconds


def test_what_is_known_is_looked_at_again_only_when_it_is_old(eventually):
    now, looks = [0.0], []

    def look():
        looks.append(now[0])
        if len(looks) == 2:
            raise BucketError("cannot list boots/: no answer")
        return [f"look {len(looks)}"]

    def settled():
        eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "watch"])

    watch = Watch(look, [], clock=lambda: now[0])
    assert watch.known() == []
    settled()
    assert watch.known() == ["look 1"]
    now[0] = FRESH_SECONDS - 1
    assert watch.known() == ["look 1"]
    now[0] = FRESH_SECONDS
    watch.known()
    settled()
    assert watch.known() == ["look 1"], "what cannot be asked is as it was"
    assert watch.trouble == "cannot list boots/: no answer"
    now[0] *= 2
    watch.known()
    settled()
    assert (watch.known(), watch.trouble) == (["look 3"], "")
    assert looks == [0, FRESH_SECONDS, 2 * FRESH_SECONDS]
    watch.forget()
    assert watch.known() == []
    settled()
    assert watch.known() == ["look 4"]


@pytest.mark.browser
@pytest.mark.thorough
@pytest.mark.parametrize(("width", "height", "scheme"), [(360, 740, "dark"), (1280, 800, "light")])
def test_the_banner_fits_every_screen(*, serve_web, alarms, failed_boot, eventually, width, height, scheme):
    alarms("spotmc-Queue-1A2B3C-DeadLetters-4D5E6F", says="Workers gave up. `spotmc failed` says why.")
    visitor = serve_web(SPOTMC_STACK=STACK)
    eventually(lambda: TITLE in visitor.open("/configuration").text)
    screen = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    with chromium() as browser, visitor_of(browser, visitor.web, **screen) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto("/")
        banner = page.get_by_role("region", name="The stack")
        expect(banner).to_be_visible()
        expect(banner.get_by_role("listitem")).to_have_count(2)
        expect(banner.locator("code", has_text="spotmc failed")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = banner.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
