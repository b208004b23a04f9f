"""The form of a new simulation in a browser: every choice, the chart before anything is sent, files, ranges, keys."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from fleet.job_store import load_job
from montecarlo.data.sources import load_history
from montecarlo.experiments.backtest import backtest
from montecarlo.models import MODELS
from montecarlo.strategies import STRATEGIES, BuyAndHold, SmaCrossover
from tests.montecarlo.any_forecast import random_model
from webui.forms.preview import headline

PATIENCE = 60_000  # milliseconds

DROP = """([name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name, { type: "text/csv" }));
    for (const kind of ["dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
}"""

pytestmark = pytest.mark.browser


def shown(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True).locator("visible=true")


def figures(page: Page) -> dict[str, str]:
    """The backtest's headline as it is shown."""
    pairs = page.locator("#preview-headline > div").all_inner_texts()
    return dict(pair.split("\n", 1) for pair in pairs)


def expect_backtest(page: Page, strategy, symbol: str = "AAPL") -> None:
    """The page shows the library's numbers, and as many markers as there were fills."""
    done = backtest(load_history(symbol, "sample"), strategy)
    told = dict(headline(done))
    expect(page.locator("#preview-headline")).to_contain_text(told["Return"], timeout=PATIENCE)
    assert {name: text.strip() for name, text in figures(page).items()} == told
    markers = page.locator("#preview-chart .scatterlayer .points path")
    expect(markers).to_have_count(len(done.trades) + int(done.trades["exit_date"].notna().sum()))


def sent_job(page: Page, bucket):
    page.get_by_role("button", name="Start the simulation").click()
    page.wait_for_url(re.compile("/jobs/."))
    return load_job(bucket, page.url.rsplit("/", 1)[-1])


@pytest.mark.thorough
def test_every_strategy_and_every_model_can_be_chosen_and_sent(page: Page, bucket):
    models = list(MODELS)
    for number, (name, kind) in enumerate(STRATEGIES.items()):
        model = models[number % len(models)]
        page.goto("/")
        page.get_by_label("Strategy", exact=True).select_option(name)
        page.locator("[data-heading=model] summary").click()
        page.get_by_role("radio", name=model).check()
        expect(page.locator(".own-fields:visible")).to_have_count(2)
        shown(page, "Drift").fill("0.05")
        page.get_by_label("Iterations", exact=True).fill("300")
        experiment = sent_job(page, bucket).experiment
        assert experiment.strategy == kind()
        assert (experiment.model.name, experiment.model.by_hand) == (model, ("drift",))
    assert number + 1 >= len(models)


def test_the_chart_and_the_figures_before_submission_follow_the_fields(page: Page, queue):
    page.goto("/")
    expect_backtest(page, SmaCrossover())
    shown(page, "Short window").fill("20")
    expect_backtest(page, SmaCrossover(20, 100))
    page.get_by_label("Strategy", exact=True).select_option("buy-and-hold")
    expect_backtest(page, BuyAndHold())
    page.get_by_label("Symbol", exact=True).fill("MSFT")
    expect_backtest(page, BuyAndHold(), "MSFT")

    page.get_by_label("Symbol", exact=True).fill("NOSUCH")
    expect(page.locator("#symbol-problem")).to_contain_text("NOSUCH")
    expect(page.get_by_label("Symbol", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#preview-chart .main-svg").first).to_be_visible()
    page.get_by_label("Symbol", exact=True).fill("MSFT")
    expect(page.locator("#symbol-problem")).to_have_count(0)
    expect(page.locator("#estimate")).to_contain_text("path-days", ignore_case=True, timeout=PATIENCE)
    assert queue.depth().empty


@pytest.mark.thorough
def test_a_form_of_which_nothing_can_be_shown_says_so(page: Page):
    page.goto("/?symbol=NONE&source=sample")
    expect(page.locator("#preview-prices")).to_contain_text("Nothing can be shown yet", timeout=PATIENCE)
    expect(page.locator("#preview-headline")).to_be_hidden()
    expect(page.locator("#preview-chart")).to_be_hidden()
    page.get_by_label("Symbol", exact=True).fill("AAPL")
    expect_backtest(page, SmaCrossover())
    expect(page.locator("#preview-prices")).not_to_contain_text("Nothing")


@pytest.mark.thorough
def test_an_answer_that_was_outrun_is_not_shown(page: Page):
    page.goto("/")
    expect_backtest(page, SmaCrossover())
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/preview", hold)
    shown(page, "Short window").fill("10")
    expect(page.locator("#preview-status")).to_have_text("updating …")
    page.wait_for_timeout(400)
    page.unroute("**/preview")
    shown(page, "Short window").fill("20")
    expect_backtest(page, SmaCrossover(20, 100))
    assert held, "the first question was on its way"
    expect(page.locator("#preview-status")).to_have_text("")


@pytest.mark.thorough
def test_prices_are_dropped_onto_the_page_and_let_go_of(page: Page, bucket):
    prices = load_history("MSFT", "sample", years=3)
    page.goto("/")
    page.get_by_label("Iterations", exact=True).fill("300")
    page.evaluate(DROP, ["ACME.csv", prices.to_csv().decode()])
    expect(page.locator("#held")).to_contain_text("ACME from csv")
    expect(page.locator("#held")).to_contain_text(f"{prices.dates[0]} to {prices.dates[-1]}")
    expect(page.locator("#preview-prices")).to_contain_text("ACME from csv")
    expect(page.get_by_role("radio", name="sample")).to_be_hidden()
    job = sent_job(page, bucket)
    assert (job.symbol, job.source, job.inputs["prices"]) == ("ACME", "csv", prices.digest)

    page.goto("/")
    page.evaluate(DROP, ["ACME.csv", prices.to_csv().decode()])
    expect(page.locator("#held")).to_contain_text("ACME from csv")
    page.get_by_role("button", name="Choose other prices").click()
    expect(page.locator("#held")).to_be_hidden()
    page.locator("[data-heading=prices] summary").click()
    expect(page.get_by_role("radio", name="sample")).to_be_checked()


@pytest.mark.answers(400)
def test_a_file_that_cannot_be_read_is_refused_beside_its_field(page: Page, tmp_path: Path):
    file = tmp_path / "notes.csv"
    file.write_text("hello\n")
    page.goto("/")
    page.locator("[data-heading=prices] summary").click()
    page.get_by_label("Or a CSV file").set_input_files(file)
    expect(page.locator("#file-problem")).to_contain_text("notes.csv: expected headers")
    expect(page.get_by_label("Or a CSV file")).to_have_accessible_description(re.compile("notes.csv"))
    expect(page.get_by_role("radio", name="sample")).to_be_visible()


@pytest.mark.thorough
def test_a_rule_of_ones_own_is_tried_by_its_button(page: Page):
    page.goto("/")
    page.get_by_label("Strategy", exact=True).select_option("own-rule")
    expect(page.locator("#preview-shown")).to_contain_text("Try the rule")
    page.get_by_label("Parameters", exact=True).fill("lookback=60")
    page.get_by_role("button", name="Try the rule").click()
    expect(page.locator("#preview-headline")).to_contain_text("Trades", timeout=PATIENCE)


@pytest.mark.thorough
def test_who_comes_back_to_the_form_finds_it_as_it_was(page: Page, bucket):
    page.goto("/")
    page.get_by_label("Symbol", exact=True).fill("MSFT")
    shown(page, "Short window").fill("20")
    page.get_by_label("Iterations", exact=True).fill("300")
    page.locator("[data-heading=money] summary").click()
    page.get_by_label("Capital", exact=True).fill("5000")
    sent = sent_job(page, bucket)
    page.go_back()
    expect(page.locator("#preview-prices")).to_contain_text("MSFT", timeout=PATIENCE)
    again = sent_job(page, bucket)
    assert again == sent.with_experiment(seed=again.experiment.seed)

    prices = load_history("IBM", "sample", years=3)
    page.go_back()
    page.evaluate(DROP, ["ACME.csv", prices.to_csv().decode()])
    expect(page.locator("#preview-prices")).to_contain_text("ACME from csv", timeout=PATIENCE)
    dropped = sent_job(page, bucket)
    page.go_back()
    expect(page.locator("#preview-prices")).to_contain_text("ACME from csv", timeout=PATIENCE)
    again = sent_job(page, bucket)
    assert again == dropped.with_experiment(seed=again.experiment.seed)

    page.go_back()
    page.get_by_label("Strategy", exact=True).select_option("own-rule")
    rule = page.get_by_label("Rule", exact=True)
    written = rule.input_value().replace("120", "90")
    rule.fill(written)
    page.get_by_label("Parameters", exact=True).fill("band=0.05")
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.wait_for_url("**/jobs")
    page.go_back()
    expect(rule).to_have_value(written)
    expect(page.get_by_label("Parameters", exact=True)).to_have_value("band=0.05")


@pytest.mark.answers(400)
@pytest.mark.thorough
def test_what_is_wrong_with_a_rule_of_ones_own_stays_until_the_rule_is_changed(page: Page):
    page.goto("/")
    page.get_by_label("Strategy", exact=True).select_option("own-rule")
    rule = page.get_by_label("Rule", exact=True)
    written = rule.input_value()
    rule.fill("def signals(closes):\n    return closes > 0\n")
    page.get_by_role("button", name="Start the simulation").click()
    wrong = page.get_by_text("has no function targets")
    expect(page.locator("#preview-shown")).to_contain_text("Try the rule", timeout=PATIENCE)
    expect(wrong).to_be_visible()
    with page.expect_response("**/preview"):
        page.get_by_label("Days", exact=True).fill("500")
    expect(page.locator("#real-history")).to_have_attribute("aria-busy", "false")
    expect(wrong).to_be_visible()
    rule.fill(written)
    expect(wrong).to_have_count(0)


@pytest.mark.thorough
def test_ranges_say_how_many_they_compare_and_are_sent_as_a_sweep(page: Page, bucket):
    page.goto("/")
    shown(page, "Short window").fill("10..20 step 5")
    shown(page, "Long window").fill("50, 100")
    expect(page.locator("#compares")).to_have_text("compares 3 \N{MULTIPLICATION SIGN} 2 = 6 combinations")
    expect(page.locator("#preview-shown")).to_contain_text("The trades of one of them")
    page.get_by_label("Iterations", exact=True).fill("300")
    assert dict(sent_job(page, bucket).experiment.axes) == {"short": (10, 15, 20), "long": (50, 100)}


@pytest.mark.parametrize(("scheme", "width"), [("dark", 360)])
def test_axe_finds_nothing_when_all_is_unfolded_and_something_is_wrong(page: Page, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/?strategy=own-rule&model=student_t&seed=x")
    page.evaluate("document.querySelectorAll('[data-heading]').forEach(heading => { heading.open = true; })")
    page.evaluate(DROP, ["ACME.csv", load_history("MSFT", "sample", years=3).to_csv().decode()])
    expect(page.locator("#held")).to_contain_text("ACME from csv")
    expect(page.locator("#seed-problem")).to_be_visible()
    expect(page.locator("#preview-chart .main-svg").first).to_be_visible(timeout=PATIENCE)
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_form_can_be_filled_in_and_sent_by_keys_alone(page: Page, bucket):
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips to the content
    focused = "document.activeElement.name || document.activeElement.tagName"
    seen = []
    while (name := page.evaluate(focused)) != "preview":
        seen.append(name)
        assert len(seen) < 40
        if name == "sma-crossover.short":
            page.keyboard.type("15")
        if name == "SUMMARY" and page.evaluate("document.activeElement.textContent").startswith("Money"):
            page.keyboard.press("Enter")  # unfolds
        if name == "capital":
            page.keyboard.press("Control+A")
            page.keyboard.type("5000")
        page.keyboard.press("Tab")
    assert {"symbol", "strategy", "days", "iterations", "SUMMARY"} <= set(seen)
    assert "breakout.channel" not in seen
    page.get_by_label("Iterations", exact=True).press("Enter")  # sends, and lets go of nothing
    page.wait_for_url(re.compile("/jobs/."))
    experiment = load_job(bucket, page.url.rsplit("/", 1)[-1]).experiment
    assert (experiment.strategy.short, experiment.rules.capital) == (15, 5000)


@pytest.mark.thorough
def test_only_fields_of_the_cost_that_is_chosen_are_in_sight_and_stops_are_traded_beside_the_form(page: Page, bucket):
    page.goto("/")
    page.get_by_text("Money and costs").click()
    expect(shown(page, "Commission per share")).to_have_count(0)
    page.get_by_label("Commission is").select_option("per-share")
    expect(shown(page, "Commission per share")).to_have_count(1)
    expect(shown(page, "Commission")).to_have_count(0)
    expect(page.locator("#commission_per_share-problem")).to_contain_text("Must be given", timeout=PATIENCE)
    page.get_by_label("Commission per share").fill("0.01")
    page.get_by_text("Stops and targets").click()
    page.get_by_label("Stop loss").fill("0.05")
    expect(page.locator("#preview-chart .legendtext", has_text="stop of a trade")).to_be_visible(timeout=PATIENCE)
    job = sent_job(page, bucket)
    assert (job.experiment.strategy.stop_loss, job.experiment.rules.commission_per_share) == (0.05, 0.01)
    assert job.experiment.rules.commission == 0.0005, "what is out of sight is as usual"


@pytest.mark.answers(400)
@pytest.mark.thorough
def test_the_file_of_a_model_is_dropped_and_chosen_and_what_is_none_is_refused(page: Page, bucket):
    model = random_model(5, n=4, stop_loss=0.03, take_profit=0.05, max_holding=7)
    page.goto("/?strategy=ml-forecast&model=gbm")
    page.evaluate(DROP, ["model.json", "{}"])
    expect(page.locator("#model_file-problem")).to_contain_text("The file is no trained model", timeout=PATIENCE)
    page.evaluate(DROP, ["model.json", model.to_json().decode()])
    expect(page.get_by_label("Trained model")).to_have_value(model.digest, timeout=PATIENCE)
    expect(page.locator("#model_file-problem")).to_have_count(0)
    expect(page.get_by_text("Trained on TEST from sample")).to_be_visible()
    assert sent_job(page, bucket).inputs["model"] == model.digest
