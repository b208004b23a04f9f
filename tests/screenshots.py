"""The pictures of the web UI in the README: ``python -m tests.screenshots`` takes them anew, into docs/."""

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
from fleet.new_job import make_job
from fleet.progress import state
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover
from spotmc.local_stack import emulator
from spotmc.local_stack.ports import HOST
from spotmc.local_stack.processes import running, wait_until
from tests.chromium import chromium

DOCS = Path(__file__).parent.parent / "docs"
MOST_BYTES = 200_000  # of a picture in the README

WIDTH = 1180  # pixels


@dataclass(frozen=True)
class Shot:
    """A picture to take.

    Attributes:
        name: Of its file, without the ending.
        path: Of the page.
        height: In pixels, from the top of the page.
        dark: Whether the browser prefers the dark.
    """

    name: str
    path: str
    height: int
    dark: bool = False


def shots(jobs: Mapping[str, Job]) -> list[Shot]:
    """The form with its preview, a job that is done, and a comparison in the dark."""
    return [
        Shot("web-form", "/", height=1000),
        Shot("web-job", f"/jobs/{jobs['simulation'].id}", height=1220),
        Shot("web-compare", compared(jobs), height=1000, dark=True),
    ]


def compared(jobs: Mapping[str, Job]) -> str:
    """The page that compares the simulations."""
    return "/compare?" + urlencode({"job": [jobs[name].id for name in ("simulation", "costs", "quick")]}, doseq=True)


def take(browser: Browser, web: str, shot: Shot) -> Path:
    """Take one; returns the file."""
    context = browser.new_context(
        base_url=web,
        viewport={"width": WIDTH, "height": shot.height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(shot.path)
    _drawn(page)
    file = DOCS / f"{shot.name}.png"
    page.screenshot(path=file)
    context.close()
    return file


def _drawn(page: Page) -> None:
    """Wait until every chart of the page is drawn, that of the form's preview among them."""
    page.wait_for_load_state("load")
    page.wait_for_function(
        """() => [...document.querySelectorAll("[data-figure-url], #preview-chart")]
            .every((place) => place.querySelector(".chart-drawing .main-svg"))"""
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
    """The recommended job, the same with other costs, and with other windows, on the same paths."""
    queue, bucket = Queue(sqs_client(settings), settings.queue_url), Bucket(s3_client(settings), settings.bucket)
    history = load_history("AAPL", "sample")
    rule = SmaCrossover(short=40, long=100)
    jobs = {
        "quick": make_job(history, model="gbm", strategy=SmaCrossover(short=10, long=30), seed=7),
        "costs": make_job(history, model="gbm", strategy=rule, seed=7, commission=0.002),
        "simulation": make_job(history, model="gbm", strategy=rule, seed=7, uncertainty=True),
    }
    for job in jobs.values():
        submit(job, history, queue, bucket)
    with running({"worker": ["spotmc.cli", "worker"]}, folder) as (worker,):
        wait_until(lambda: all(state(bucket, job.id) == "complete" for job in jobs.values()), worker)
    return jobs


def main() -> None:
    with tempfile.TemporaryDirectory() as name, stack(Path(name)) as (web, settings), chromium() as browser:
        jobs = do_jobs(settings, Path(name))
        for shot in shots(jobs):
            file = take(browser, web, shot)
            size = file.stat().st_size
            print(f"{file}: {size:,} bytes", flush=True)
            if size > MOST_BYTES:
                sys.exit(f"{file} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
