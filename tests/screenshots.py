"""Pictures of the web UI as a person sees it, for whoever changes it to look at, and those of the README.

``python -m tests.screenshots FOLDER`` takes each page on a wide screen, on a phone, and in the dark.
``python -m tests.screenshots --readme`` takes the three that the README shows, into docs/.
"""

import argparse
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.job import Job
from fleet.new_job import make_job, make_sweep_job
from fleet.progress import state
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.strategies import BuyAndHold, SmaCrossover
from spotmc.local_stack import emulator
from spotmc.local_stack.ports import HOST
from spotmc.local_stack.processes import running, wait_until
from tests.chromium import chromium

DOCS = Path(__file__).parent.parent / "docs"
MOST_BYTES = 200_000  # of a picture in the README

WIDE, PHONE = (1280, 800), (360, 740)


@dataclass(frozen=True)
class Shot:
    """A picture to take.

    Attributes:
        name: Of its file, without the ending.
        path: Of the page.
        dark: Whether the browser prefers the dark.
        size: Of the window, in pixels.
        whole: Whether all of the page is taken, however long.
        clicks: What is clicked before: CSS selectors.
    """

    name: str
    path: str
    dark: bool = False
    size: tuple[int, int] = WIDE
    whole: bool = True
    clicks: tuple[str, ...] = ()


def readme_shots(jobs: Mapping[str, Job]) -> list[Shot]:
    """The form with its preview, a job that is done, and a comparison in the dark."""
    return [
        Shot("web-form", "/", size=(1280, 900), whole=False),
        Shot("web-job", f"/jobs/{jobs['simulation'].id}", size=(1280, 1100), whole=False),
        Shot("web-compare", compared(jobs), dark=True, size=(1280, 1100), whole=False),
    ]


def all_shots(jobs: Mapping[str, Job]) -> Iterator[Shot]:
    """Each page on a wide screen, on a phone, and in the dark."""
    pages = {
        "form": "/",
        "jobs": "/jobs",
        "job": f"/jobs/{jobs['simulation'].id}",
        "queued": f"/jobs/{jobs['queued'].id}",
        "sweep": f"/jobs/{jobs['sweep'].id}",
        "compare": compared(jobs),
        "compare-some": f"/compare?{urlencode({'job': [jobs['simulation'].id, jobs['sweep'].id]}, doseq=True)}",
        "fleet": "/fleet",
        "configuration": "/configuration",
        "nothing": "/nothing",
    }
    for name, path in pages.items():
        yield Shot(name, path)
        yield Shot(f"{name}-phone", path, size=PHONE)
        yield Shot(f"{name}-dark", path, dark=True)


def compared(jobs: Mapping[str, Job]) -> str:
    """The page that compares the simulations."""
    return "/compare?" + urlencode({"job": [jobs[name].id for name in ("simulation", "costs", "quick")]}, doseq=True)


def take(browser: Browser, web: str, shot: Shot, folder: Path) -> Path:
    """Take one; returns the file."""
    width, height = shot.size
    context = browser.new_context(
        base_url=web,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(shot.path)
    _drawn(page)
    for selector in shot.clicks:
        page.click(selector)
    file = folder / f"{shot.name}.png"
    page.screenshot(path=file, full_page=shot.whole)
    context.close()
    return file


def _drawn(page: Page) -> None:
    """Wait until every chart of the page is drawn."""
    page.wait_for_load_state("load")
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-figure-url]')].every((place) => place.querySelector('.chart-drawing .main-svg'))"
    )


@contextmanager
def stack(folder: Path) -> Iterator[tuple[str, Settings]]:
    """An emulator of AWS, and a web UI on it."""
    port, web_port = _free_port(), _free_port()
    settings = emulator.settings(port)
    os.environ |= emulator.environment(settings, os.environ) | {
        "SPOTMC_WEB_DATA": str(folder / "data"),
        "SPOTMC_OWN_RULES": "allow",
    }
    with running({"emulator": emulator.command(port)}, folder) as (child,):
        wait_until(lambda: emulator.answers(port), child)
        emulator.create(sqs_client(settings), s3_client(settings), settings)
        with running({"web": ["spotmc.cli", "web", "--port", str(web_port)]}, folder) as (web,):
            wait_until(lambda: "Web UI on" in web.log.read_text(), web)
            yield f"http://{HOST}:{web_port}", settings


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def do_jobs(settings: Settings, folder: Path) -> dict[str, Job]:
    """Jobs that are worth a look, all of them done but one."""
    queue, bucket = Queue(sqs_client(settings), settings.queue_url), Bucket(s3_client(settings), settings.bucket)
    history = load_history("AAPL", "sample")
    rule = SmaCrossover(short=40, long=100)
    jobs = {
        "simulation": make_job(history, model="gbm", strategy=rule, seed=7, uncertainty=True),
        "costs": make_job(history, model="gbm", strategy=rule, seed=7, commission=0.002),
        "quick": make_job(history, model="gbm", strategy=SmaCrossover(short=10, long=30), seed=7),
        "held": make_job(history, model="gbm", strategy=BuyAndHold(), seed=7),
        "sweep": make_sweep_job(
            history,
            model="gbm",
            strategy=rule,
            over={"short": range(10, 60, 5), "long": range(60, 160, 10)},
            iterations=1000,
            seed=7,
        ),
    }
    for job in jobs.values():
        submit(job, history, queue, bucket)
    with running({"worker": ["spotmc.cli", "worker"]}, folder) as (worker,):
        for job in jobs.values():
            wait_until(lambda job=job: state(bucket, job.id) == "complete", worker)  # type: ignore[misc]
    jobs["queued"] = make_job(history, strategy=rule, seed=8, iterations=5_000_000)
    submit(jobs["queued"], history, queue, bucket)
    return jobs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    parser.add_argument("--readme", action="store_true", help="the three of the README, into docs/")
    parser.add_argument("--only", default="", help="those whose names begin so")
    chosen = parser.parse_args()
    if chosen.readme == bool(chosen.folder):
        parser.error("say either --readme or a folder")
    target = DOCS if chosen.readme else chosen.folder
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, stack(Path(name)) as (web, settings), chromium() as browser:
        jobs = do_jobs(settings, Path(name))
        for shot in readme_shots(jobs) if chosen.readme else all_shots(jobs):
            if shot.name.startswith(chosen.only):
                file = take(browser, web, shot, target)
                size = file.stat().st_size
                print(f"{file}: {size:,} bytes", flush=True)
                if chosen.readme and size > MOST_BYTES:
                    sys.exit(f"{file} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
