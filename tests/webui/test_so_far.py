"""What a running job amounts to, as its page asks for it again and again."""

from dataclasses import replace
from time import monotonic

from fleet import keys
from fleet.job import Job
from fleet.new_job import make_portfolio_job
from fleet.shards import key_of
from montecarlo.data.joint_history import align
from montecarlo.data.sources import load_history
from montecarlo.experiments.holdings import holdings_of
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.memory_bucket import MemoryBucket
from webui.results.so_far import so_far


def test_a_page_that_looks_again_has_no_chunk_read_twice(job: Job):
    smaller = job.with_experiment(seed=6001, days=25, iterations=2 * BLOCK_PATHS, rows=False, uncertainty=False)
    mine, bucket = replace(smaller, chunk=BLOCK_PATHS), MemoryBucket("a-bucket")
    bucket.put(keys.job_key(mine.id), mine.to_json())
    chunk, _ = mine.tree.leaves()
    bucket.put(key_of(mine, chunk), mine.experiment.run(*chunk).to_bytes())
    with bucket.counted() as first:
        told = so_far(monotonic(), bucket, mine.id, "light")
    assert told["units"] == BLOCK_PATHS
    with bucket.counted() as again:
        assert so_far(monotonic(), bucket, mine.id, "light") == told
    assert (first["get"], again["get"]) == (2, 1), "the job, and its chunk once"


def test_a_portfolio_amounts_to_something_whichever_of_its_paths_are_done_first():
    prices = align([load_history(symbol, "sample") for symbol in ("AAPL", "IBM")])
    asked = {"days": 25, "iterations": 2 * BLOCK_PATHS, "seed": 1, "rows": False}
    mine = replace(make_portfolio_job(prices, holdings_of(prices), **asked), chunk=BLOCK_PATHS)
    bucket = MemoryBucket("a-bucket")
    bucket.put(keys.job_key(mine.id), mine.to_json())
    _, last = mine.tree.leaves()
    bucket.put(key_of(mine, last), mine.experiment.run(*last).to_bytes())
    told = so_far(monotonic(), bucket, mine.id, "dark")
    assert told["units"] == BLOCK_PATHS
    assert [line["name"] for line in told["lines"]][:2] == ["Median return", "Probability of loss"]
    assert told["charts"].keys() == {"fan", "returns"}
