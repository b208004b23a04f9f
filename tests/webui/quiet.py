"""A browser that tells when a page complains or asks anybody else."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


@contextmanager
def visitor_of(browser: Browser, web: str, statuses: Collection[int] = (), **options: Any) -> Iterator[BrowserContext]:
    """A fresh visitor's pages; afterwards none of them has written an error or a warning, or asked another site.

    Args:
        browser: A real one.
        web: Address of the web UI.
        statuses: Of HTTP, that the test provokes: the browser itself writes that a server has answered so.
        options: Of the browser's context.
    """
    context = browser.new_context(base_url=web, **options)
    complaints: list[str] = []
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: complaints.append(f"{error.error}"))
    context.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    yield context
    context.close()
    unexpected = [each for each in complaints if not _provoked(each, statuses)]
    assert not unexpected, f"the console of a page must be empty, and has {unexpected}"
    assert [url for url in asked if not url.startswith((f"{web}/", "data:", "blob:"))] == []


def _provoked(complaint: str, statuses: Collection[int]) -> bool:
    refused = REFUSED.match(complaint)
    return refused is not None and int(refused[1]) in statuses
