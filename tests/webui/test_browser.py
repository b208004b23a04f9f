"""What only a browser shows: scripts, layout, and that nothing is fetched from elsewhere."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from fleet.job_store import load_job
from fleet.new_job import make_sweep_job
from montecarlo.strategies import STRATEGIES, Breakout, SmaCrossover
from tests.webui.quiet import visitor_of

PATIENCE = 60_000  # milliseconds

pytestmark = pytest.mark.browser


def shown(page: Page, label: str) -> Locator:
    """The field of that label that is in sight, of those that strategies share the label of."""
    return page.get_by_label(label, exact=True).locator("visible=true")


def send_small_job(page: Page) -> None:
    page.goto("/")
    for name, value in {"Days": "60", "Iterations": "500"}.items():
        page.get_by_label(name, exact=True).fill(value)
    for name, value in {"Short window": "5", "Long window": "20"}.items():
        page.get_by_label(name, exact=True).first.fill(value)
    page.get_by_role("button", name="Start the simulation").click()


def test_the_page_follows_the_job_until_its_pictures_are_drawn(page: Page, start_worker, fits_a_phone):
    send_small_job(page)
    expect(page.locator(".state")).to_have_text("queued")
    start_worker("--drain")
    expect(page.locator(".state")).to_have_text("complete", timeout=PATIENCE)
    for picture in ("How often each return came", "How equity spreads day by day"):
        expect(page.get_by_role("region", name=picture).locator(".main-svg").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("rowheader", name="Median return", exact=True).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="paths.csv").click()
    assert len(download.value.path().read_text().splitlines()) == 501
    fits_a_phone()


def test_only_the_fields_of_the_chosen_strategy_are_in_sight_and_sent(page: Page, bucket):
    page.goto("/")
    expect(shown(page, "Short window")).to_have_count(1)
    expect(shown(page, "Channel")).to_have_count(0)
    shown(page, "Short window").fill("0")  # refused, if it counted
    page.get_by_label("Strategy", exact=True).select_option(label="Channel breakout")
    expect(shown(page, "Short window")).to_have_count(0)
    expect(page.get_by_role("group", name="Channel breakout")).to_be_visible()
    shown(page, "Channel").fill("30")
    shown(page, "Direction").select_option("both")
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator(".state")).to_have_text("queued")
    strategy = load_job(bucket, page.url.rsplit("/", 1)[-1]).experiment.strategy
    assert strategy == Breakout(channel=30, direction="both")


def test_going_back_shows_the_fields_of_what_was_chosen(page: Page):
    page.goto("/")
    page.get_by_label("Strategy", exact=True).select_option("momentum")
    page.get_by_role("link", name="Configuration").click()
    page.go_back()
    chosen = page.get_by_label("Strategy", exact=True).input_value()
    assert chosen == "momentum"
    expect(shown(page, "Lookback")).to_have_count(1)
    expect(shown(page, "Short window")).to_have_count(0)


@pytest.mark.answers(400)
@pytest.mark.thorough
def test_what_is_folded_away_comes_in_sight_when_it_cannot_be_used(page: Page, bucket):
    page.goto("/")
    seed = page.get_by_label("Seed", exact=True)
    expect(seed).to_be_hidden()
    page.get_by_text("Money and costs").click()
    page.get_by_label("Commission", exact=True).fill("3")
    page.get_by_text("Money and costs").click()
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator("#commission-problem")).to_be_visible()
    expect(seed).to_be_hidden()
    page.get_by_label("Commission", exact=True).fill("0.00125")
    page.get_by_text("Warm-up, seed").click()
    seed.fill("18446744073709551615")
    page.get_by_label("Warm-up").check()
    page.get_by_label("Keep rows").select_option("no")
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator(".state")).to_have_text("queued")
    experiment = load_job(bucket, page.url.rsplit("/", 1)[-1]).experiment
    assert (experiment.rules.commission, experiment.seed, experiment.rows) == (0.00125, 2**64 - 1, False)
    assert len(experiment.warm_up) == 99


@pytest.mark.thorough
def test_without_script_all_strategies_are_in_sight_and_the_page_follows_the_job(
    browser: Browser, web: str, bucket, do_job
):
    with visitor_of(browser, web, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        for strategy in STRATEGIES.values():
            expect(page.get_by_role("group", name=strategy.label)).to_be_visible()
        send_small_job(page)
        expect(page.locator(".state")).to_have_text("queued")
        job = load_job(bucket, page.url.rsplit("/", 1)[-1])
        assert job.experiment.strategy == SmaCrossover(5, 20)
        do_job(job)
        expect(page.locator(".state")).to_have_text("complete", timeout=PATIENCE)


@pytest.mark.thorough
def test_the_map_of_a_sweep_has_a_sharp_cell_for_each_combination(
    *, page: Page, submit_job, do_job, history, fits_a_phone
):
    over = {"short": (5, 10), "long": (20, 30)}
    job = make_sweep_job(history, strategy=SmaCrossover(), over=over, days=60, iterations=20, seed=7)
    submit_job(job)
    do_job(job)
    page.goto(f"/jobs/{job.id}")
    cells = page.locator(".hm image")
    expect(cells).to_be_visible(timeout=PATIENCE)
    assert cells.evaluate("cells => getComputedStyle(cells).imageRendering") == "pixelated"
    assert cells.evaluate(
        """async cells => {
            const image = new Image();
            image.src = cells.href.baseVal;
            await image.decode();
            return image.width > 0;
        }"""
    ), "the picture is let through"
    fits_a_phone()


@pytest.mark.answers(400)
def test_a_refusal_is_read_out_with_its_field(page: Page):
    page.goto("/")
    shown(page, "Short window").fill("100")
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator("[aria-invalid]")).to_be_visible()
    page.wait_for_load_state()  # until then the fields of all strategies are in sight
    short = shown(page, "Short window")
    expect(short).to_have_value("100")
    expect(short).to_have_accessible_description(
        "Must be less than long: the short window is 100 days, the long one 100 trading days Less than the long one."
    )
    expect(page.get_by_role("alert")).to_contain_text("1 thing in the form cannot be used")


@pytest.mark.answers(400)
@pytest.mark.thorough
def test_what_was_typed_stays_in_sight_even_if_it_is_no_number(page: Page):
    page.goto("/")
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


@pytest.mark.thorough
def test_a_rule_of_ones_own_comes_out_of_a_file(page: Page, bucket, tmp_path):
    file = tmp_path / "always_in.py"
    file.write_text("import numpy as np\n\ndef targets(closes):\n    return np.ones(closes.shape)\n")
    page.goto("/")
    page.get_by_label("Strategy", exact=True).select_option("own-rule")
    page.get_by_label("Take it from a file").set_input_files(file)
    expect(page.get_by_label("Rule", exact=True)).to_have_value(file.read_text())
    expect(page.get_by_label("Name of its file")).to_have_value("always_in.py")
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator("h1")).to_contain_text("always_in.py")
    assert load_job(bucket, page.url.rsplit("/", 1)[-1]).experiment.strategy.file == "always_in.py"
