"""Many people at once: open pages that look how far their jobs are, and scripts that submit, all at the same moment."""

import http.client
import json
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

PATIENCE = 300.0  # seconds
REST = 1.0  # seconds between two looks of a page, which are more where looking takes long: see static/job.js
LOOKS = 2  # of each page, at the least


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    value: Any
    seconds: float


@dataclass(frozen=True)
class Crowd:
    """What people were answered.

    Attributes:
        looks: Each look of each page.
        submissions: In the order in which they were given.
    """

    looks: list[Answer]
    submissions: list[Answer]


def come(port: int, watched: Sequence[str], submitted: Sequence[Mapping[str, Any]]) -> Crowd:
    """Open a page for each name of a job in ``watched``, and submit what there is to submit, all at once.

    Pages look again and again until everything is submitted.
    """
    start = threading.Barrier(len(watched) + len(submitted))
    over = threading.Event()

    def look(job_id: str) -> list[Answer]:
        answers: list[Answer] = []
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        start.wait()
        while len(answers) < LOOKS or not over.is_set():
            answers.append(ask(connection, "GET", f"/api/jobs/{job_id}"))
            over.wait(max(REST, 10 * answers[-1].seconds) if len(answers) >= LOOKS else REST)
        connection.close()
        return answers

    def submit(fields: Mapping[str, Any]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        start.wait()
        try:
            return ask(connection, "POST", "/api/jobs", fields)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(watched) + len(submitted)) as people:
        pages = [people.submit(look, job_id) for job_id in watched]
        scripts = [people.submit(submit, fields) for fields in submitted]
        try:
            answers = [each.result() for each in scripts]
        finally:
            over.set()
        return Crowd([answer for page in pages for answer in page.result()], answers)


def ask(connection: http.client.HTTPConnection, method: str, path: str, sent: object = None) -> Answer:
    """What the JSON interface answers."""
    content = None if sent is None else json.dumps(sent)
    began = time.perf_counter()
    connection.request(method, path, content, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    value = json.loads(answer.read())
    return Answer(answer.status, value, time.perf_counter() - began)
