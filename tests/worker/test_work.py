import json
from pathlib import Path

import pytest

from fleet.job import Job
from fleet.tree import Range
from montecarlo.tally import BLOCK_PATHS, Tally
from spotmc.run import run_job
from worker.instance import Identity
from worker.work import Maker, compute, path_days

MAKER = Maker("worker-1", "0.1.0", Identity("i-1", "c7i.large", "us-east-1c", "us-east-1", spot=True))


def test_sittings_come_together_to_the_rows_and_the_tally_of_one_process(four_sittings: Job, tmp_path: Path) -> None:
    made = [compute(four_sittings, sitting, MAKER, lambda done: None)[0] for sitting in four_sittings.tree.leaves()]
    run_job(four_sittings, tmp_path, threads=1)
    header, *_ = (tmp_path / "paths.csv").read_bytes().splitlines(keepends=True)
    rows = [part.rows or b"" for part in made]
    assert header + b"".join(each.removeprefix(header) for each in rows) == (tmp_path / "paths.csv").read_bytes()
    total = made[0].tally + made[1].tally + made[2].tally + made[3].tally
    assert total.paths == four_sittings.simulation.iterations
    whole = compute(four_sittings, four_sittings.tree.root, MAKER, lambda done: None)[0].tally
    assert Tally.to_json(total) == Tally.to_json(whole)


def test_a_record_tells_who_made_a_part_and_when_and_how_long(four_sittings: Job) -> None:
    sitting = Range(0, BLOCK_PATHS)
    part, seconds = compute(four_sittings, sitting, MAKER, lambda done: None)
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
        "engine": four_sittings.engine,
        "path_days": path_days(four_sittings, sitting),
    }


def test_what_looks_up_can_end_the_work(four_sittings: Job) -> None:
    def enough(done: int) -> None:
        raise TimeoutError(f"after {done} paths")

    with pytest.raises(TimeoutError, match=r"after \d+ paths"):
        compute(four_sittings, four_sittings.tree.root, MAKER, enough)
