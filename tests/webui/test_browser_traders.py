"""The pages of traders in a real browser."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from fleet.traders import state, switches, tables
from fleet.traders.keys import day_key, report_key
from fleet.traders.state import KILLED, RUNNING
from tests.webui.paper_traders import put_trader
from tests.webui.test_browser_lists import accessible

PATIENCE = 60_000  # milliseconds

pytestmark = pytest.mark.browser

DRAWN = "document.querySelector('[data-figure-url] .chart-drawing')?.data?.at(-1).x.length"  # days


@pytest.mark.thorough
def test_a_page_brings_itself_up_to_date_chart_and_all(*, page: Page, traders, history, eventually, fits_a_phone):
    put = put_trader(traders, history, "aapl")
    page.goto("/traders/aapl")
    eventually(lambda: page.evaluate(DRAWN) == len(put.days))
    page.evaluate("window.untouched = true")
    last = put.days[-1]
    new = replace(last, day=last.day + timedelta(days=1), number=last.number + 1, equity=last.equity + 5)
    key = report_key("aapl", new.day)
    traders.put(key, tables.with_lines(traders.get(key), [tables.report_line(new, orders=0, fills=0)]))
    traders.put(day_key("aapl", new.day), new.to_json())
    expect(page.get_by_text(f"at the close of {new.day}")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("rowheader", name=f"{new.day}")).to_be_visible(timeout=PATIENCE)
    eventually(lambda: page.evaluate(DRAWN) == len(put.days) + 1)
    switches.halt(traders, "aapl", "the broker has 7 shares more: look at its account", datetime.now(UTC))
    expect(page.get_by_text("The broker has 7 shares more")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-told]")).to_have_text("aapl is halted")
    assert page.evaluate("window.untouched"), "the page was not loaded anew"
    accessible(page)
    fits_a_phone()


def test_the_kill_switch_says_what_it_does_before_it_is_thrown_with_the_keyboard_alone(page: Page, traders, history):
    put_trader(traders, history, "aapl")
    page.goto("/traders/aapl")
    throw = page.get_by_role("button", name="Throw the kill switch")
    expect(throw).to_be_hidden()
    page.get_by_text("Kill switch …").press("Enter")
    expect(page.get_by_text("positions stay")).to_be_visible()
    assert state.load(traders, "aapl").status == RUNNING, "nothing was done as yet"
    switches.halt(traders, "aapl", "the broker does not answer", datetime.now(UTC))
    accessible(page)
    throw.press("Enter")
    expect(page.get_by_text("Its kill switch is on: within seconds")).to_be_visible()
    assert state.load(traders, "aapl").status == KILLED
    page.get_by_text("Release the kill switch …").press("Enter")
    page.get_by_role("button", name="Release the kill switch").press("Enter")
    expect(page.get_by_text("Its kill switch is off.")).to_be_visible()
    page.get_by_text("Lift the halt …").press("Enter")
    page.get_by_role("button", name="Lift the halt").press("Enter")
    expect(page.locator(".state")).to_have_text("running")


@pytest.mark.thorough
def test_what_a_person_has_unfolded_is_not_taken_away_by_a_look(page: Page, traders, history):
    put_trader(traders, history, "aapl")
    page.goto("/traders/aapl")
    page.get_by_text("Kill switch …").click()
    switches.halt(traders, "aapl", "the broker does not answer", datetime.now(UTC))
    for _ in range(2):  # the first may have been on its way before
        with page.expect_response(re.compile("/parts$")):
            pass
    expect(page.get_by_role("button", name="Throw the kill switch")).to_be_visible()
    page.get_by_text("Kill switch …").click()
    page.get_by_role("heading", name="Last orders").click()
    expect(page.locator(".state")).to_have_text("halted", timeout=PATIENCE)


@pytest.mark.thorough
def test_all_are_stopped_from_the_page_of_all(page: Page, traders, history, fits_a_phone):
    for name in ("one", "other"):
        put_trader(traders, history, name)
    page.goto("/")
    page.get_by_role("link", name="Traders").click()
    expect(page.locator(".state")).to_have_text(["running", "running"])
    page.get_by_text("Kill switch of all traders …").click()
    page.get_by_role("button", name="Throw the kill switch").click()
    expect(page.locator(".state")).to_have_text(["killed", "killed"])
    accessible(page)
    fits_a_phone()
    page.get_by_text("Release it …").click()
    page.get_by_role("button", name="Release the kill switch of all").click()
    expect(page.locator(".state")).to_have_text(["running", "running"])
    assert [state.load(traders, name).status for name in ("one", "other")] == [RUNNING, RUNNING]
    page.get_by_role("link", name="other").click()
    expect(page).to_have_url(re.compile("/traders/other$"))
