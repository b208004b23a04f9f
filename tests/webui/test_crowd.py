"""Two hundred open pages and fifty submissions at once: nothing is dropped."""

import time
from statistics import median
from typing import Any

from benchmarks.crowd import come
from fleet import keys
from fleet.new_job import RECOMMENDED, make_job
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.strategies import SmaCrossover

PAGES, SUBMISSIONS, WATCHED = 200, 50, 20


def test_200_open_pages_and_50_submissions_at_once(visitor, queue, bucket, submit_job, job, capsys):
    watched = [job.with_experiment(seed=5000 + number) for number in range(WATCHED)]
    for number, each in enumerate(watched):
        submit_job(each)
        if number % 2:
            bucket.put(keys.running_key(each.id), b"{}")

    def raw(seed: int) -> float:
        """Seconds of loading, fitting and storing."""
        began = time.perf_counter()
        history = load_history("AAPL", "sample")
        submit(make_job(history, strategy=SmaCrossover(40, 100), seed=seed), history, queue, bucket)
        return time.perf_counter() - began

    raw(6000)
    alone = median(raw(6001 + number) for number in range(5))
    asked: list[dict[str, Any]] = [{**RECOMMENDED, "seed": 7000 + number} for number in range(SUBMISSIONS)]
    before = queue.depth().visible
    crowd = come(int(visitor.web.rpartition(":")[2]), [each.id for each in watched] * (PAGES // WATCHED), asked)

    assert {answer.status for answer in crowd.looks} == {200}
    assert [answer.status for answer in crowd.submissions] == [201] * SUBMISSIONS
    made = {answer.value["job_id"] for answer in crowd.submissions}
    assert len(made) == SUBMISSIONS
    assert all(keys.SENT in bucket.names(keys.folder(job_id)) for job_id in made)
    assert queue.depth().visible == before + SUBMISSIONS, "each has its message"
    with capsys.disabled():
        print(
            f"\n{len(crowd.looks)} looks, median {median(each.seconds for each in crowd.looks):.2f} s; submissions, median "
            f"{median(each.seconds for each in crowd.submissions):.2f} s, last {max(each.seconds for each in crowd.submissions):.2f} s; raw {alone:.3f} s"
        )
