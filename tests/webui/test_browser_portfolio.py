"""A new portfolio in a browser: rows that come and go, weights that follow, the frontier before anything is sent."""

import re

import pytest
from playwright.sync_api import Page, expect

from fleet.job_store import load_job
from montecarlo.data.sources import load_history

PATIENCE = 60_000

DROP = """(row, [name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name, { type: "text/csv" }));
    for (const kind of ["dragover", "drop"]) {
        row.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
}"""

pytestmark = pytest.mark.browser


def frontier(page: Page):
    return page.locator("#preview-chart .main-svg").first


def figure(page: Page, name: str) -> str:
    return page.locator("#preview-headline > div", has_text=name).locator("dd").inner_text()


def test_the_frontier_is_drawn_and_the_weights_follow_before_anything_is_sent(page: Page, queue, bucket):
    page.goto("/portfolio")
    expect(frontier(page)).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#compares")).to_have_text("The rest, 10 % of the capital, stays cash.")
    expect(page.locator("#preview-shown")).not_to_be_empty()
    expect(page.locator("#preview-reading")).to_be_visible()
    assert page.locator("#preview-shown").inner_text().count("\n\n") == 3, "a paragraph for each thing that is said"
    first = figure(page, "Your return a year")
    page.get_by_label("Weights", exact=True).select_option("inverse-volatility")
    expect(page.locator("#compares")).to_have_text("All of the capital is invested.", timeout=PATIENCE)
    weights = page.locator("input[name^='weight.']")
    assert [each.get_attribute("readonly") is not None for each in weights.all()] == [True] * 3
    expect(weights.first).to_have_attribute("placeholder", re.compile(r"^0\.\d+$"))
    assert weights.first.input_value() == ""
    assert figure(page, "Your return a year") != first
    page.get_by_label("Weights", exact=True).select_option("fixed")
    assert weights.first.input_value() == "0.4", "what was typed is there again"
    assert queue.depth().empty


def test_rows_come_and_go_while_the_page_stays(page: Page, bucket):
    page.goto("/portfolio")
    page.evaluate("window.stays = true")
    page.get_by_label("Capital").evaluate("field => { field.value = '5000'; }")
    page.get_by_role("button", name="Add a symbol").click()
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(4)
    expect(rows.last.get_by_label("Symbol", exact=True)).to_be_focused()
    page.keyboard.type("GOOG")
    rows.last.get_by_label("Weight", exact=True).fill("10%")
    page.get_by_role("button", name="Remove MSFT").click()
    expect(rows).to_have_count(3)
    assert page.evaluate("window.stays")
    page.get_by_label("Iterations", exact=True).fill("300")
    page.get_by_role("button", name="Start the simulation").last.click()
    page.wait_for_url(re.compile("/jobs/."))
    job = load_job(bucket, page.url.rsplit("/", 1)[-1])
    assert {each.symbol: each.weight for each in job.experiment.holdings} == {"AAPL": 0.4, "IBM": 0.2, "GOOG": 0.1}
    assert job.experiment.rules.capital == 5000


@pytest.mark.thorough
def test_a_file_that_is_dropped_on_a_row_is_of_its_prices(page: Page):
    content = load_history("IBM", "sample").bars[["close"]].to_csv()
    page.goto("/portfolio")
    rows = page.locator("[data-row]")
    rows.nth(1).get_by_label("Symbol", exact=True).fill("MINE")
    rows.nth(1).locator("summary").click()
    rows.nth(1).evaluate(DROP, ["mine.csv", content])
    expect(rows.nth(1).get_by_text("csv, kept")).to_be_visible(timeout=PATIENCE)
    expect(rows.nth(1).get_by_label("Symbol", exact=True)).to_have_value("MINE")
    expect(rows.nth(1).get_by_label("Currency")).to_be_visible()
    rows.nth(1).get_by_role("button", name="csv, kept").click()
    expect(rows.nth(1).get_by_label("Prices from")).to_be_focused()


@pytest.mark.thorough
def test_what_is_refused_is_said_beside_its_field_while_one_types(page: Page):
    page.goto("/portfolio")
    page.locator("[data-row]").first.get_by_label("Weight", exact=True).fill("0.9")
    said = page.locator("#holdings-problem")
    expect(said).to_contain_text("1 together at most, and are 1.4", timeout=PATIENCE)
    page.locator("[data-row]").first.get_by_label("Weight", exact=True).fill("0.5")
    expect(said).to_have_count(0, timeout=PATIENCE)


@pytest.mark.thorough
def test_all_of_it_fits_a_phone(page: Page, fits_a_phone):
    page.goto("/portfolio")
    fits_a_phone()
