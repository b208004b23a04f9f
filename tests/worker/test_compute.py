import json
from functools import reduce
from operator import add
from pathlib import Path

import pytest

from fleet.job import Job
from fleet.tree import Range
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.run import run_job
from worker.compute import Provenance, compute, path_days
from worker.instance_metadata import Identity

MAKER = Provenance("worker-1", "0.1.0", Identity("i-1", "c7i.large", "us-east-1c", "us-east-1", spot=True))


def test_chunks_come_together_to_the_rows_and_the_tally_of_one_process(four_chunks: Job, tmp_path: Path) -> None:
    made = [compute(four_chunks, chunk, MAKER, lambda done: None)[0] for chunk in four_chunks.tree.leaves()]
    run_job(four_chunks, tmp_path, threads=1)
    header, *_ = (tmp_path / "paths.csv").read_bytes().splitlines(keepends=True)
    rows = [part.rows or b"" for part in made]
    assert header + b"".join(each.removeprefix(header) for each in rows) == (tmp_path / "paths.csv").read_bytes()
    total = reduce(add, (part.partial for part in made))
    whole = compute(four_chunks, four_chunks.tree.root, MAKER, lambda done: None)[0].partial
    assert total.to_bytes() == whole.to_bytes()


def test_a_record_tells_who_made_a_part_and_when_and_how_long(four_chunks: Job) -> None:
    chunk = Range(0, BLOCK_PATHS)
    part, seconds = compute(four_chunks, chunk, MAKER, lambda done: None)
    record = json.loads(part.record)
    assert record.pop("began").endswith("+00:00")
    assert record.pop("seconds") == round(seconds, 3) > 0
    assert record.pop("cores") >= 1
    assert record == {
        "worker": "worker-1",
        "version": "0.1.0",
        "instance": "i-1",
        "type": "c7i.large",
        "zone": "us-east-1c",
        "region": "us-east-1",
        "spot": True,
        "engine": four_chunks.engine,
        "path_days": path_days(four_chunks, chunk),
    }


def test_what_looks_up_can_end_the_work(four_chunks: Job) -> None:
    def enough(done: int) -> None:
        raise TimeoutError(f"after {done} paths")

    with pytest.raises(TimeoutError, match=r"after \d+ paths"):
        compute(four_chunks, four_chunks.tree.root, MAKER, enough)
