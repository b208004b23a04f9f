from datetime import UTC, datetime, timedelta

import pytest

from fleet import keys
from fleet.traders import keys as trader_keys
from fleet.tree import Range
from montecarlo.experiments.experiment import RowsFormat
from montecarlo.experiments.kinds import KINDS
from montecarlo.experiments.table_forms import FORMS

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PATHS = RowsFormat("paths", ".csv", joined=True)


OF_A_TRADER = (
    trader_keys.trader_key,
    trader_keys.lease_key,
    trader_keys.paper_account_key,
    trader_keys.trades_key,
    trader_keys.backtest_trades_key,
    trader_keys.halt_key,
)
SYMBOLS = ("AAPL", "brk-b", "VOD.L", "^GSPC", "EURUSD=X", "S&P", ".X", "..", "_X", "=", "^" * 32, "CARET")


def test_a_symbol_is_read_back_from_the_name_of_its_folder() -> None:
    assert [keys.history_symbol(keys.history_folder(each)) for each in SYMBOLS] == [each.upper() for each in SYMBOLS]
    assert keys.bars_key("^gspc") == "history/daily/caretGSPC/bars.csv"
    for key in ("aapl", "caret", "history/daily//bars.csv", "history/daily/aapl/bars.csv", "history/about/x.json", "x"):
        assert keys.symbol_of(key) is None
    assert keys.history_symbol("aapl") is None


def test_submissions_are_listed_newest_first() -> None:
    times = [NOON + timedelta(seconds=seconds) for seconds in (0, 0.001, 1, 10_000, 10**8)]
    listed = sorted(keys.submission_key(f"AAPL-{number:012x}", when) for number, when in enumerate(times))
    assert [keys.submission_of(key) for key in listed] == [(f"AAPL-{n:012x}", times[n]) for n in (4, 3, 2, 1, 0)]


def test_failures_are_listed_in_the_order_of_time() -> None:
    times = [NOON, NOON + timedelta(microseconds=1), NOON + timedelta(days=1)]
    listed = [keys.failure_key("job", Range(0, 10), when, "worker") for when in times]
    assert listed == sorted(listed)
    assert all(key.startswith(keys.failures_folder("job", Range(0, 10))) for key in listed)


def test_a_range_is_read_back_from_the_key_of_its_rows_its_record_and_its_tally() -> None:
    assert keys.rows_key("AAPL-x", PATHS, Range(0, 2000)) == "jobs/AAPL-x/paths/0-2000.csv"
    assert keys.rows_key("AAPL-x", PATHS, Range(0, 9), "ab") == "jobs/AAPL-x/paths/0-9-ab.csv"
    shard, above = Range(4096, 10**12), [Range(0, 10**13), Range(0, 10**12)]
    rows = (keys.rows_key("x", PATHS, shard), keys.rows_key("x", PATHS, shard, "0a1b2c"))
    for key in (*rows, keys.record_key("x", shard), keys.tally_key("x", shard, above)):
        assert keys.range_of(key) == shard


def test_a_tally_lies_in_the_folders_of_all_shards_that_it_is_a_part_of() -> None:
    assert keys.tally_key("x", Range(0, 500), []) == "jobs/x/tallies/0-500.json"
    above = [Range(0, 5000), Range(0, 1000)]
    assert keys.tally_key("x", Range(100, 200), above) == "jobs/x/tallies/0-5000/0-1000/100-200.json"
    assert keys.tallies_folder("x", above) == "jobs/x/tallies/0-5000/0-1000/"


def test_what_workers_say_of_themselves_is_told_from_what_stays() -> None:
    job = "AAPL-0123456789ab"
    passing = [keys.progress_key(job, "worker"), keys.worker_key("worker")]
    staying = [keys.record_key(job, Range(0, 9)), keys.job_key(job), keys.tally_key(job, Range(0, 9), [])]
    assert [key for key in [*passing, *staying, "progress/x.json"] if keys.is_passing(key)] == passing


def test_every_key_that_is_made_is_ours() -> None:
    job, shard = "BRK-B-0123456789ab", Range(0, 1024)
    made = [
        keys.input_key("prices", "0f" * 32),
        keys.input_key("rule", "0f" * 32),
        keys.input_key("model", "0f" * 32),
        keys.named_model_key("aapl_1.2-long"),
        *(make(symbol) for symbol in SYMBOLS for make in (keys.bars_key, keys.about_key)),
        f"{keys.sagemaker_folder('spotmc-train-20261128-035500')}output/model.tar.gz",
        f"{keys.sagemaker_checkpoints('mine')}/0-1024.json",
        f"{keys.sagemaker_input('mine', 'rule')}my_rule.py",
        keys.submission_key(job, NOON),
        *(
            make(job)
            for make in (
                keys.job_key,
                keys.submitted_key,
                keys.sent_key,
                keys.running_key,
                keys.lacking_key,
                keys.cancelled_key,
            )
        ),
        *(keys.result_key(job, name) for kind in KINDS.values() for name in kind.any_result_files),
        *(keys.table_key(name, job) for name in FORMS),
        keys.dead_key(job, shard),
        *(keys.failure_key(job, shard, NOON, name) for name in ("ip-10-0-0-1.ec2.internal-4711", "Zoë's/PC" * 99)),
        keys.record_key(job, shard),
        *(
            make
            for name in ("i-0abc-4711", "Zoë's/PC" * 99)
            for make in (keys.progress_key(job, name), keys.worker_key(name))
        ),
        keys.tally_key(job, shard, []),
        keys.tally_key(job, shard, [Range(0, 10**13), Range(0, 10240)]),
        *(make("my-trader-2") for make in OF_A_TRADER),
        *(trader_keys.kill_key(name) for name in (None, "x" * 32)),
        trader_keys.day_key("x", NOON.date()),
        trader_keys.order_key("x", NOON.date(), "mc-PA3-0f-caretGSPC-20261121-enter-1"),
        trader_keys.report_key("x", NOON.date()),
        trader_keys.lifted_key("x", NOON),
        *(trader_keys.account_key("PA/3 & more", symbol) for symbol in SYMBOLS),
        *(
            keys.rows_key(job, RowsFormat(folder.rstrip("/"), ".csv", joined=True), shard, attempt)
            for folder in keys.ROWS
            for attempt in ("", "0a1b2c3d4e5f")
        ),
    ]
    assert [key for key in made if not keys.is_ours(key)] == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "notes.txt",
        "jobs/",
        "jobs/notes.txt",
        "submissions/",
        "submissions/x-y",
        "prices/0f.csv",
        "models/0f.json",
        "history/daily/",
        "history/daily//bars.csv",
        "history/daily/AAPL/",
        "history/daily/AAPL/bars (1).csv",
        "history/daily/../bars.csv",
        "history/about/aapl.json",
        "named-models/",
        "named-models/..json",
        "named-models/a/b.json",
        "tables/summary/AAPL-0123456789ab/",
        "tables/summary/AAPL-0123456789ab/equity.csv",
        "tables/summary/notes/summary.csv",
        "jobs/AAPL-0123456789ab/",
        "jobs/AAPL-0123456789ab/tallies",
        "jobs/AAPL-0123456789ab/tallies/",
        "jobs/AAPL-0123456789ab/tallies/readme.txt",
        "jobs/AAPL-0123456789ab/tallies/0-5.json/",
        "jobs/AAPL-0123456789ab/tallies/../../0-5.json",
        "jobs/AAPL-0123456789ab/../x.json",
        "jobs/AAPL-0123456789ab/more/0-5.json",
        "jobs/AAPL-0123456789ab/failures/0-5/20260101T000000\x00.json",
        f"jobs/AAPL-0123456789ab/failures/20260101T000000{'😀' * 80}.json",
        f"jobs/AAPL-0123456789ab/failures/0-5/20260101T000000{'x' * 81}.json",
        "jobs/AAPL-0123456789ab/failures/0-5/2026010\u0661T000000x.json",
        "jobs/AAPL-0123456789ab/dead/\u0660-\u0665.json",
        "jobs/AAPL-0123456789ab/tallies/\u0660-\u0665/0-5.json",
        "submissions/\u066000000000000-AAPL-0123456789ab",
        "jobs/../job.json",
        "traders/",
        "traders/notes.txt",
        "traders/x/",
        "traders/X/trader.json",
        "traders/../trader.json",
        f"traders/{'x' * 33}/trader.json",
        "traders/x/notes.json",
        "traders/x/days/",
        "traders/x/days/2020-1-2.json",
        "traders/x/days/\u06620\u0662\u0660-01-02.json",
        "traders/x/orders/2020-01-02.json",
        f"traders/x/orders/2020-01-02/{'x' * 129}.json",
        "traders/x/orders/2020-01-02/a/b.json",
        "traders/x/report/2020-01.csv",
        "traders/x/halts/now.json",
        "trader-accounts/AAPL.json",
        "trader-accounts/PA 3/AAPL.json",
        "trader-accounts/PA3/aapl.json",
    ],
)
def test_what_has_no_such_name_is_not(key: str) -> None:
    assert not keys.is_ours(key)
    assert keys.submission_of(key) is None


@pytest.mark.parametrize(
    "name", ["readme.txt", "", "x-y.json", "0-.json", f"0-{10**30}.json", "0-5.json/", "\u0660-\u0665.json"]
)
def test_a_name_without_a_range_has_none(name: str) -> None:
    assert keys.range_of(f"jobs/x/tallies/{name}") is None
