"""What a query finds in the tables is what a person finds in the files of results."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cloudformation.template import Stack
from fleet import kept_histories, keys, partial_results
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.new_job import make_backtest_job, make_job, make_portfolio_job, make_sweep_job, make_training_job
from fleet.queue import Queue
from fleet.results import fetch_results, store_tables
from fleet.submit import submit
from montecarlo.accounting.rows import COLUMNS, ORDER_COLUMNS
from montecarlo.data import cleaning
from montecarlo.data.history import PriceHistory
from montecarlo.data.joint_history import align
from montecarlo.data.sources import load_history
from montecarlo.experiments import table_forms
from montecarlo.experiments.holdings import holdings_of
from montecarlo.experiments.training import VARIED
from montecarlo.learning import Training
from montecarlo.own_rules.in_process import strategy_from
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from montecarlo.trained import Skill
from spotmc.local_stack.mirror import Mirror
from tests.cloudformation.athena import BUCKET, database, tables, template
from tests.memory_bucket import MemoryBucket
from tests.programs import ROOT
from worker.compute import Provenance, compute
from worker.instance_metadata import off_ec2

RECORDED = Path(__file__).with_name("table_columns.json")
PAGE = ROOT / "docs/athena.md"
SMALL = {"days": 60, "seed": 7}
OWN_RULE = b"def targets(closes): return closes > 30"


@pytest.fixture(scope="module")
def athena() -> Stack:
    return template()


# ---- the template by itself ------------------------------------------------------------------------------------------


def test_columns_are_those_of_the_library_in_its_order(athena: Stack) -> None:
    found = {table.name: dict(table.columns) for table in tables(athena)}
    daily = found.pop("daily")
    assert found == {name: dict(form) for name, form in table_forms.FORMS.items()}
    assert [list(form) for form in found.values()] == [list(form) for form in table_forms.FORMS.values()]
    assert list(daily) == ["date", *cleaning.COLUMNS]
    assert list(found["paths"]) == [*COLUMNS, *ORDER_COLUMNS]
    assert {each.name for each in fields(Skill)} | set(VARIED) < found["training"].keys()


def test_new_columns_come_behind_those_of_files_that_are_there(athena: Stack) -> None:
    recorded = json.loads(RECORDED.read_text())
    found = {table.name: [list(column) for column in table.columns.items()] for table in tables(athena)}
    assert found.keys() == recorded.keys()
    for name, columns in recorded.items():
        assert found[name][: len(columns)] == columns, f"add columns of {name} at the end, then record them"


def test_each_job_has_a_folder_of_its_own_in_each_table(athena: Stack) -> None:
    places = {table.name: table.location.removeprefix(f"s3://{BUCKET}/") for table in tables(athena)}
    assert len(set(places.values())) == len(places)
    for name in table_forms.FORMS.keys() - {table_forms.PATHS}:
        key = keys.table_key(name, "AAPL-0123456789ab")
        assert key.rpartition("/")[0] + "/" == places[name].replace("${job}", "AAPL-0123456789ab")
    assert places["daily"].replace("${symbol}", "AAPL") + keys.BARS == keys.bars_key("AAPL")
    assert places["paths"] == keys.folder("${job}") + keys.ROWS[0]


def test_answers_are_encrypted_as_the_bucket_and_nobody_reads_more_than_is_allowed() -> None:
    for key, option in (("", "SSE_S3"), ("arn:aws:kms:eu-central-1:123456789012:key/1", "SSE_KMS")):
        [(_, workgroup)] = template(KmsKeyArn=key, QueryGigabytes=100).of_type("AWS::Athena::WorkGroup")
        told = workgroup["WorkGroupConfiguration"]
        assert told["EnforceWorkGroupConfiguration"] is True
        assert int(told["BytesScannedCutoffPerQuery"]) == 100 * 10**9
        assert told["ResultConfiguration"]["OutputLocation"] == f"s3://{BUCKET}/athena/"
        assert told["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == option


# ---- over the results of jobs ----------------------------------------------------------------------------------------


def jobs_of(history: PriceHistory, own_rule: Path) -> dict[str, Job]:
    """A job for each form of results, each of a moment."""
    many = {**SMALL, "iterations": 2 * BLOCK_PATHS + 10}
    stopped, plain = SmaCrossover(5, 20, stop_loss=0.03, take_profit=0.05), SmaCrossover(5, 20)
    two = {"short": (5, 10), "stop_loss": (None, 0.02)}
    joint = align([load_history(symbol, "sample") for symbol in ("AAPL", "MSFT")])
    found = {
        "plain": make_job(history, strategy=plain, rows=True, **many),
        "stopped": make_job(history, strategy=stopped, rows=True, **many),
        "own rule": make_job(history, strategy=strategy_from(own_rule), rows=True, **many),
        "sweep of one": make_sweep_job(history, strategy=plain, over={"long": (15, 20, 30)}, **SMALL),
        "sweep of two": make_sweep_job(history, strategy=plain, over=two, iterations=500, **SMALL),
        "backtest": make_backtest_job(history, strategy=stopped),
        "training": make_training_job(load_history("AAPL", "sample"), Training(direction="long"), {"n": (4, 16)}),
        "portfolio": make_portfolio_job(joint, holdings_of(joint, (0.5, 0.3)), rows=True, **many),
    }
    return {name: replace(job, chunk=job.experiment.block) for name, job in found.items()}


@dataclass(frozen=True)
class Done:
    """Jobs that were done.

    Attributes:
        jobs: By what they are.
        fetched: For each of them, files as a person gets them.
        query: Asks the tables; a frame.
    """

    jobs: Mapping[str, Job]
    fetched: Mapping[str, Path]
    query: Callable[[str], pd.DataFrame]

    def table(self, name: str, what: str) -> pd.DataFrame:
        """Lines of one job, in the order of the file."""
        return self.query(f"SELECT * EXCLUDE (job) FROM {name} WHERE job = '{self.jobs[what].id}'")

    def file(self, name: str, what: str) -> pd.DataFrame:
        return pd.read_csv(self.fetched[what] / name)


def do(bucket: Bucket, job: Job) -> None:
    """As a worker; of a job whose bits are not promised, two attempts at each chunk, of which the first stays."""
    provenance = Provenance("nobody", "0", off_ec2())
    for chunk in job.tree.leaves():
        part, _ = compute(job, chunk, provenance, lambda paths: None)
        partial_results.store(bucket, job, part)
        if not job.experiment.reproducible and part.rows is not None:
            partial_results.store(bucket, job, replace(part, attempt="later", rows=part.rows.replace(b"0.", b"0.5")))
        partial_results.complete(bucket, job, chunk)


def done_in(bucket: Bucket, jobs: Mapping[str, Job], folder: Path) -> Done:
    Mirror(bucket, folder / "bucket").update()
    fetched = {name: folder / name.replace(" ", "-") for name in jobs}
    for name, job in jobs.items():
        fetch_results(bucket, job, fetched[name])
    ids = [job.id for job in jobs.values()]
    connection = database(template(), folder / "bucket", {"job": ids, "symbol": ["AAPL"]})
    return Done(jobs, fetched, lambda sql: connection.execute(sql).fetch_df())


@pytest.fixture(scope="module")
def done(history: PriceHistory, tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder, bucket = tmp_path_factory.mktemp("athena"), MemoryBucket(BUCKET)
    (folder / "rule.py").write_bytes(OWN_RULE)
    jobs = jobs_of(history, folder / "rule.py")
    for job in jobs.values():
        bucket.put(keys.job_key(job.id), job.to_json())
        do(bucket, job)
    bucket.put(keys.bars_key("AAPL"), history.to_csv())
    return done_in(bucket, jobs, folder)


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same numbers to the last bit, the same dates and words, and gaps in the same places."""
    assert len(found) == len(expected) > 0
    for name in expected:
        ours, theirs = found[name], expected[name]
        if pd.api.types.is_datetime64_any_dtype(ours):
            theirs = pd.to_datetime(theirs)
        elif pd.api.types.is_numeric_dtype(theirs):
            ours, theirs = ours.astype(float), theirs.astype(float)
        np.testing.assert_array_equal(ours.isna(), theirs.isna(), err_msg=name)
        there = ours.notna().to_numpy()
        np.testing.assert_array_equal(ours[there].to_numpy(), theirs[there].to_numpy(), err_msg=name)


@pytest.mark.parametrize(
    ("table", "file", "what"),
    [
        *(("summary", "summary.csv", what) for what in ("plain", "stopped", "sweep of two", "backtest", "training")),
        ("paths", "paths.csv", "plain"),
        ("paths", "paths.csv", "stopped"),
        ("sweep", "sweep.csv", "sweep of one"),
        ("sweep", "sweep.csv", "sweep of two"),
        ("equity", "equity.csv", "backtest"),
        ("trades", "trades.csv", "backtest"),
        ("training", "training.csv", "training"),
        ("reliability", "reliability.csv", "training"),
        ("importance", "importance.csv", "training"),
        *(
            (name, f"{name}.csv", "portfolio")
            for name in ("summary", "paths", "equity", "contributions", "beating", "correlations", "stylized_facts")
        ),
    ],
)
def test_a_table_has_the_lines_of_the_file(done: Done, table: str, file: str, what: str) -> None:
    expected, found = done.file(file, what), done.table(table, what)
    if table == "sweep":
        varied = [name for name, _ in done.jobs[what].experiment.axes]  # type: ignore[attr-defined]
        for place, name in zip(("first", "second"), varied, strict=False):
            assert set(found[f"{place}_name"]) == {name}
            assert_same(found.assign(**{name: found[f"{place}_value"].astype(float)}), expected[[name]])
        assert found["second_name"].isna().all() == (len(varied) == 1)
        assert list(found["combination"]) == list(range(len(expected)))
        expected = expected.drop(columns=varied)
    assert set(expected) <= set(found), "a column of the file is in no table: add it to the form, at the end"
    assert_same(found.sort_values("path") if table == "paths" else found, expected)
    if what == "plain" and table == "paths":
        assert found[list(ORDER_COLUMNS)].isna().all(axis=None)


def test_of_rows_that_were_made_twice_those_count_that_the_results_are_of(done: Done) -> None:
    every, counted = done.table("paths", "own rule"), done.file("paths.csv", "own rule")
    assert len(every) == 2 * len(counted)
    asked = re.sub(r"LIMIT 10", "", queries()["Worst paths"]).replace("JOB", done.jobs["own rule"].id)
    assert_same(
        done.query(asked), counted.sort_values(["return", "path"], ignore_index=True)[["path", "return", "trades"]]
    )


def test_words_with_commas_and_backslashes_come_back_whole(tmp_path: Path) -> None:
    words = 'of "these", half\\all\nare none'
    key = keys.table_key("facts", "AAPL-0123456789ab")
    (tmp_path / key).parent.mkdir(parents=True)
    lines = [{"name": "title", "value": words}, {"name": "none", "value": ""}]
    (tmp_path / key).write_bytes(table_forms.written("facts", lines))
    found = (
        database(template(), tmp_path, {"job": ["AAPL-0123456789ab"], "symbol": []}).execute("FROM facts").fetchall()
    )
    assert [each[1:3] for each in found] == [("title", words.replace("\n", " ")), ("none", None)]


# ---- queries to begin with -------------------------------------------------------------------------------------------


def queries() -> dict[str, str]:
    return {each["Name"]: each["QueryString"] for _, each in template().of_type("AWS::Athena::NamedQuery")}


def test_the_page_shows_the_queries_of_the_workgroup() -> None:
    shown = re.findall(r"^### (.+?)\n.*?```sql\n(.*?)```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert dict(shown) == queries()


def asked(done: Done, name: str, what: str, other: str = "") -> pd.DataFrame:
    sql = queries()[name].replace("'JOB'", f"'{done.jobs[what].id}'").replace("'SYMBOL'", "'AAPL'")
    return done.query(sql.replace("'OTHER'", f"'{done.jobs[other].id}'") if other else sql)


def test_jobs_stand_side_by_side(done: Done) -> None:
    found = asked(done, "Jobs side by side", "plain", "stopped").set_index("job")
    for what in ("plain", "stopped"):
        summary = done.file("summary.csv", what).set_index("statistic").loc["probability_of_loss"]
        line = found.loc[done.jobs[what].id]
        assert [line["probability_of_loss"], line["low"], line["high"]] == summary.to_list()
        assert line["title"] == done.jobs[what].experiment.title
    assert len(found) == 2


def test_the_worst_paths_are_found(done: Done) -> None:
    expected = done.file("paths.csv", "stopped").sort_values(["return", "path"], ignore_index=True)[:10]
    found = asked(done, "Worst paths", "stopped")
    assert_same(found, expected[list(found)])


def test_the_best_combinations_are_found(done: Done) -> None:
    expected = done.file("sweep.csv", "sweep of two").sort_values("return_median", ascending=False, ignore_index=True)
    found = asked(done, "Best combinations", "sweep of two")
    assert_same(found, expected[["return_median", "return_median_low", "return_median_high"]])
    assert found["best_in"].isna().all(), "nobody asked for it"


def test_trades_are_joined_with_the_bars_of_their_days(done: Done, history: PriceHistory) -> None:
    trades = done.file("trades.csv", "backtest")
    found = asked(done, "Trades and daily bars", "backtest")
    assert_same(found, trades[["entry_date", "exit_date", "exit_reason", "profit"]])
    for line, trade in zip(found.itertuples(), trades.itertuples(), strict=True):
        held = history.bars.loc[trade.entry_date : None if pd.isna(trade.exit_date) else trade.exit_date]
        assert (line.bars, line.lowest) == (len(held), held["adjusted_close"].min() / trade.entry_price - 1)


def test_models_stand_side_by_side(done: Done) -> None:
    found = asked(done, "Models side by side", "training")
    assert_same(found, done.file("training.csv", "training")[["n", "auc", "auc_low", "auc_high", "doubts"]])
    assert set(found["method"]) == {"logistic"}


def test_a_job_that_was_done_before_there_were_tables_has_the_same_when_a_person_asks(history: PriceHistory) -> None:
    bucket, job = MemoryBucket(BUCKET), make_job(history, strategy=SmaCrossover(5, 20), iterations=500, **SMALL)
    do(bucket, job)
    stored = {entry.key: bucket.get(entry.key) for entry in bucket.list(keys.TABLES)}
    for key in stored:
        bucket.delete(key)
    store_tables(bucket, job)
    assert {entry.key: bucket.get(entry.key) for entry in bucket.list(keys.TABLES)} == stored
    assert len(stored) == 3


# ---- all the way -----------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_what_a_worker_stores_by_way_of_a_queue_is_the_same(
    *,
    history: PriceHistory,
    queue: Queue,
    bucket: Bucket,
    start_worker: Callable[..., object],
    eventually: Callable[..., None],
    tmp_path: Path,
) -> None:
    """With what takes longer: how results change with what is not known of a model."""
    strategy, settings = SmaCrossover(5, 20), {**SMALL, "uncertainty": True}
    jobs = {
        "plain": make_job(history, strategy=strategy, rows=True, iterations=500, **settings),
        "sweep": make_sweep_job(history, strategy=strategy, over={"long": (15, 20)}, iterations=500, **settings),
        "backtest": make_backtest_job(history, strategy=strategy),
    }
    for job in jobs.values():
        submit(job, history, queue, bucket)
    start_worker()
    eventually(lambda: all(bucket.exists(keys.summary_key(job.id)) for job in jobs.values()))
    kept_histories.change(bucket, "AAPL", lambda state: history)
    done = done_in(bucket, jobs, tmp_path)
    assert_same(done.query("FROM daily WHERE symbol = 'AAPL'"), history.bars.reset_index())
    assert_same(done.table("uncertainty", "plain"), done.file("uncertainty.csv", "plain"))
    assert_same(done.table("paths", "plain"), done.file("paths.csv", "plain"))
    assert_same(done.table("sweep_ranges", "sweep"), done.file("uncertainty.csv", "sweep").drop(columns="long"))
    assert_same(done.table("equity", "backtest"), done.file("equity.csv", "backtest"))
    ours = {entry.key for entry in bucket.list(keys.TABLES)}
    assert ours
    assert all(keys.is_ours(key) for key in ours)
