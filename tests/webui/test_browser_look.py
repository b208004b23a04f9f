"""Every page as people see it: on a desk and on a phone, light and dark, with a keyboard, with colours of their own.

Screenshots of all pages go into the folder that SPOTMC_SCREENSHOTS names, to be looked at.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from fleet import results, trained_models
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.new_job import make_backtest_job, make_portfolio_job, make_sweep_job, make_training_job
from fleet.submit import submit
from fleet.traders import switches
from fleet.traders.keys import trader_key
from montecarlo.charts.colours import COLOURS as PALETTE
from montecarlo.charts.colours import FAINT, GROUNDS
from montecarlo.data.joint_history import align
from montecarlo.data.sources import load_history
from montecarlo.experiments.holdings import holdings_of
from montecarlo.learning import Training
from montecarlo.strategies import Breakout, SmaCrossover
from montecarlo.trained import TrainedModel
from tests.montecarlo.charts.figures import contrast
from tests.webui.paper_traders import put_trader
from tests.webui.quiet import visitor_of
from webui import create_app

PATIENCE = 60_000  # milliseconds
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LINES, TEXT = 3.0, 4.5  # the least contrasts that WCAG 2.2 allows
NO_PAGES = ("static", "charts.", "api.", "health.")  # how the names of endpoints begin that answer with no page

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    """What the first test that wanted addresses has found."""
    return {}


@pytest.fixture
def addresses(*, known, job, history, queue, bucket, submit_job, do_job, tmp_path: Path) -> dict[str, str]:
    """Of all pages, by a name for each: those without a job, and what jobs have of each kind and state."""
    if known:
        return known
    sweep = {"days": 60, "iterations": 20, "seed": 7}
    jobs = {
        "simulation": job.with_experiment(uncertainty=True, rows=True),
        "other-simulation": job.with_experiment(strategy=SmaCrossover(5, 30)),
        "sweep": make_sweep_job(history, strategy=SmaCrossover(), over={"short": (5, 10), "long": (20, 30)}, **sweep),
        "sweep-of-one": make_sweep_job(history, strategy=Breakout(), over={"channel": (5, 9, 20)}, **sweep),
    }
    for each in jobs.values():
        submit_job(each)
        do_job(each)
    whole = load_history("AAPL", "sample")
    of_history = {
        "backtest": make_backtest_job(whole, strategy=SmaCrossover(5, 30, stop_loss=0.05, take_profit=0.1)),
        "training": make_training_job(whole, Training(direction="long"), {"n": (4, 16)}),
    }
    for each in of_history.values():
        submit(each, whole, queue, bucket)
        do_job(each)
    jobs |= of_history
    several = align([load_history(symbol, "sample") for symbol in ("AAPL", "MSFT", "IBM")])
    held = holdings_of(several, {"AAPL": 0.4, "MSFT": 0.3, "IBM": 0.2})
    jobs["portfolio"] = make_portfolio_job(several, held, days=60, iterations=300, seed=7, uncertainty=True)
    submit(jobs["portfolio"], several, queue, bucket)
    do_job(jobs["portfolio"])
    submit_job(queued := job.with_experiment(seed=8))
    put_trader(bucket, whole, "apart", strategy=SmaCrossover(20, 50), missed=(3, 9))
    switches.halt(
        bucket, "apart", "the broker has 7 shares more: look at `its` account, then lift this", datetime.now(UTC)
    )
    put_trader(bucket, whole, "same")
    bucket.put(trader_key("broken"), b"{}")
    rules = create_app({"ENVIRONMENT": {"SPOTMC_WEB_DATA": str(tmp_path)}}).url_map.iter_rules()
    plain = [rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments]
    known |= {rule.endpoint: rule.rule for rule in plain if not rule.endpoint.startswith(NO_PAGES)}
    several = "&".join(f"job={each.id}" for each in (jobs["simulation"], jobs.pop("other-simulation")))
    known |= {f"job-{name}": f"/jobs/{each.id}" for name, each in (jobs | {"queued": queued}).items()}
    known |= {"compare-two": f"/compare?{several}", "own-rule": "/?strategy=own-rule", "not-found": "/nowhere"}
    known |= {f"trader-{name}": f"/traders/{name}" for name in ("same", "apart", "broken")}
    known |= {"portfolio-refused": "/portfolio?symbol.1=AAPL&weight.1=0.7&symbol.2=MSFT&weight.2=0.7&trades.2=magic"}
    known |= {"stops": "/?stop_loss=0.05&take_profit=0.1&commission_model=per-share&commission_per_share=0.01"}
    known |= {"forecast": f"/?strategy=ml-forecast&trained_model={forecast_of(bucket, jobs['training'])}"}
    return known


def forecast_of(bucket: Bucket, training: Job) -> str:
    """The digest of its model, which can be chosen by its name now."""
    model = TrainedModel.from_json(results.result(bucket, training, "model.json"))
    return trained_models.keep(bucket, model, replace=True).digest


class Look:
    """At pages one after the other, of which those may be photographed that SPOTMC_SCREENSHOTS names a folder for.

    Attributes:
        found: What is wrong with them.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self._axe = Axe()

    def at(self, page: Page, name: str) -> None:
        """A page, on a desk when it is light and on a phone when it is dark."""
        for scheme, size in (("light", DESK), ("dark", PHONE)):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            wait_for_charts(page, scheme)
            for violation in self._axe.run(page).response["violations"]:
                nodes = [node["target"] for node in violation["nodes"][:3]]
                self.found.append(f"{name}: {violation['id']} ({violation['impact']}), {violation['help']}: {nodes}")
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                self.found.append(f"{name}: wider than {size['width']} pixels")
            photograph(page, f"{name}-{scheme}-{size['width']}")


@pytest.fixture
def look() -> Iterator[Look]:
    look = Look()
    yield look
    assert not look.found, "\n".join(look.found)


def photograph(page: Page, name: str) -> None:
    if folder := os.environ.get("SPOTMC_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def wait_for_charts(page: Page, scheme: str) -> None:
    """Until each is there, in the colours of a scheme."""
    expect(page.locator(f'.chart[data-figure-url]:visible:not([data-theme="{scheme}"])')).to_have_count(
        0, timeout=PATIENCE
    )
    for place in page.locator(".chart:visible").all():
        expect(place.locator(".main-svg").first).to_be_visible(timeout=PATIENCE)


@pytest.mark.thorough
@pytest.mark.answers(400, 404, 409)
def test_every_page_is_sound_light_and_dark_on_a_desk_and_on_a_phone(page: Page, addresses, look):
    for name, address in addresses.items():
        answer = page.goto(address)
        assert answer
        if answer.text().lower().startswith("<!doctype html>"):  # and not a part of a page
            look.at(page, name)
    page.goto("/")
    page.get_by_label("Preview only").check()
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.get_by_role("button", name="Send this job")).to_be_visible()
    look.at(page, "preview")


@pytest.mark.answers(401, 403)
def test_the_page_that_asks_for_a_password_is_sound(*, browser: Browser, serve_web, tmp_path: Path, look):
    (tmp_path / "password").write_text("correct horse battery staple\n")
    visitor = serve_web(SPOTMC_WEB_PASSWORD_FILE=str(tmp_path / "password"))
    with visitor_of(browser, visitor.web, (401, 403)) as context:
        page = context.new_page()
        page.goto("/jobs")
        page.get_by_label("Password").fill("a guess")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("That is not the password")).to_be_visible()
        look.at(page, "log-in")


COLOURS = """place => {
    const parts = (selector, property) => [...place.querySelectorAll(selector)].map((each) => {
        const style = getComputedStyle(each);
        return [style[property], Number(style[`${property}Opacity`] ?? 1) * Number(style.opacity)];
    });
    return {
        ground: getComputedStyle(place).backgroundColor,
        bands: parts(".js-fill", "fill"),
        lines: parts(".js-line", "stroke"),
        bars: parts(".bars .point path", "fill"),
        points: parts(".points path", "fill"),
        text: [...parts("text:not(.heatmap-label *)", "fill"), ...parts("p", "color")], // those of cells are upon them
    };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_stand_out_from_the_page(page: Page, addresses, scheme):
    page.emulate_media(color_scheme=scheme)
    seen = set()
    for address in ("new_simulation.show", "job-sweep-of-one", "job-simulation", "trader-apart", "job-portfolio"):
        page.goto(addresses[address])
        wait_for_charts(page, scheme)
        for place in page.locator(".chart:visible").all():
            colours = place.evaluate(COLOURS)
            ground = as_hex(colours.pop("ground"))
            for kind, found in colours.items():
                drawn = {as_hex(*each, ground) for each in found if each[0] != "none"}
                for colour in drawn - {ground, faint(scheme)}:  # which sets others off, and what lines go around
                    seen.add(kind)
                    assert contrast(colour, ground) >= (TEXT if kind == "text" else LINES), f"{kind}, {address}"
    assert seen == {"bands", "lines", "bars", "points", "text"}


def faint(scheme: str) -> str:
    """The colour of a band whose edges are lines, upon the ground."""
    *parts, opacity = re.findall(r"[\d.]+", PALETTE[scheme][FAINT])
    return as_hex(f"rgb({', '.join(parts)})", float(opacity), GROUNDS[scheme])


def as_hex(colour: str, opacity: float = 1.0, ground: str = "#000000") -> str:
    """Of a colour as a browser says it, upon the ground."""
    parts = [int(each) for each in re.findall(r"\d+", colour)]
    assert len(parts) == 3, f"{colour} is opaque"
    under = (int(ground[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(
        f"{round(opacity * part + (1 - opacity) * below):02x}" for part, below in zip(parts, under, strict=True)
    )


def test_a_chart_that_gets_less_room_keeps_title_and_legend(page: Page, addresses):
    page.goto(addresses["job-simulation"])
    wait_for_charts(page, "light")
    page.set_viewport_size(PHONE)
    places = page.locator(".chart[data-figure-url]")
    for place in places.all():
        expect(place.locator(".chart-axis")).to_contain_text("(")
        expect(place.locator(".chart-title")).not_to_be_empty()
        box = place.bounding_box()
        assert box
        for text in place.locator(".legendtext").all():
            inside = text.bounding_box()
            assert inside
            assert box["x"] <= inside["x"] < inside["x"] + inside["width"] <= box["x"] + box["width"] + 1
    assert places.locator(".legendtext").count() > places.count()


def test_colours_of_a_readers_own_leave_shapes_and_charts(page: Page, addresses):
    page.emulate_media(forced_colors="active")
    page.goto(addresses["job-simulation"])
    wait_for_charts(page, "light")
    expect(page.locator(".state").first).to_have_css("border-top-style", "solid")
    chart = page.locator(".chart[data-figure-url]").first
    colours = chart.evaluate(COLOURS)
    for ink, _ in colours["text"]:
        assert contrast(as_hex(ink), as_hex(colours["ground"])) >= TEXT
    photograph(page, "job-simulation-forced-colours")
    page.goto(addresses["job-queued"])
    expect(page.get_by_role("progressbar").first).to_have_css("border-top-style", "solid")
    here = "getComputedStyle(document.querySelector('.top [aria-current]')).borderBottomColor"
    other = here.replace("[aria-current]", "a:not([aria-current])")
    page.goto(addresses["jobs.show"])
    assert page.evaluate(here) != page.evaluate(other), "the page that one is on can be told"
    photograph(page, "jobs-forced-colours")


def test_nothing_moves_for_who_wants_it_still(page: Page, addresses):
    page.goto(addresses["job-simulation"])
    page.locator(".state").first.evaluate("state => { state.className = 'state state-running'; }")
    moving = "document.getAnimations({subtree: true}).length"
    assert page.evaluate(moving) == 1, "a running job's dot"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == 0


FOCUS = """() => {
    const at = document.activeElement;
    const shown = at.closest(".choice") ?? at;
    const box = shown.getBoundingClientRect();
    return {
        name: at.textContent.trim() || at.value || at.name,
        label: at.labels?.[0]?.textContent ?? "",
        outlined: getComputedStyle(shown).outlineStyle !== "none",
        inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    };
}"""


def test_the_form_is_filled_in_and_sent_with_the_keyboard_alone(page: Page):
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["name"] == "Skip to the content"
    page.keyboard.press("Enter")
    typed = {"Short window": "5", "Long window": "20", "Days": "60", "Iterations": "500"}
    for _ in range(100):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        assert at["outlined"], at
        assert at["inside"], at
        if value := typed.pop(at["label"], ""):
            page.keyboard.press("Control+A")
            page.keyboard.type(value)
        if at["name"].startswith("Start the simulation"):
            break
    assert typed == {}, "in the order in which they stand"
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_have_text("queued", timeout=PATIENCE)
