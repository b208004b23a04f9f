"""``spotmc trader``: traders that people create, watch and stop, in the bucket of an emulator."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.job_store import load_job
from fleet.settings import Settings
from fleet.traders import journal, state, switches
from montecarlo.data.sources import load_history
from trader.lease import Lease

Run = Callable[..., tuple[int, str, str]]

SMALL = ("--end", "2000-05-31", "--short", "3", "--long", "10")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def demo(spotmc: Run) -> str:
    """A trader of AAPL that has not run yet."""
    status, _, told = spotmc("trader", "create", "demo", *SMALL)
    assert status == 0, told
    return "demo"


def test_a_trader_is_stored_with_what_it_trades_and_what_comes_next_is_said(spotmc: Run, bucket: Bucket) -> None:
    status, out, told = spotmc("trader", "create", "demo", *SMALL, "--shares", "50", "--drawdown", "0.2")
    assert status == 0, told
    assert out.splitlines()[0] == "Created demo"
    assert "50 shares" in out
    assert "halts at more than 10 orders a day, a drawdown of more than 20 %" in out
    assert out.splitlines()[-1] == "spotmc trader run demo"
    now = state.load(bucket, "demo")
    assert (now.status, now.settings.feed, now.settings.broker) == (state.STOPPED, "replay", "paper")
    history = load_history("AAPL", "sample", end="2000-05-31")
    assert bucket.get(keys.input_key("prices", now.settings.job.inputs["prices"])) == history.to_csv()


def test_the_same_trader_is_created_once_and_another_needs_another_name(spotmc: Run, demo: str) -> None:
    status, out, _ = spotmc("trader", "create", demo, *SMALL)
    assert (status, out.splitlines()[0]) == (0, "demo is there already, with the same settings")
    status, out, told = spotmc("trader", "create", demo, *SMALL, "--shares", "7")
    assert (status, out) == (1, "")
    assert told.splitlines()[-1] == "spotmc: there is another trader called demo: choose another name"


def test_what_would_be_stored_is_shown_without_a_bucket(
    spotmc: Run, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPOTMC_BUCKET")
    status, out, told = spotmc("trader", "create", "demo", *SMALL, "--dry-run")
    assert status == 0
    assert told.splitlines()[-1] == "Nothing is stored."
    shown = json.loads(out)
    assert list(shown["objects"]) == [
        keys.input_key("prices", shown["trader"]["job"]["inputs"]["prices"]),
        "traders/demo/trader.json",
    ]
    assert state.names(bucket) == []
    status, _, told = spotmc("trader", "create", "demo", *SMALL)
    assert (status, told.splitlines()[-1]) == (
        1,
        "spotmc: the environment lacks SPOTMC_BUCKET, the bucket in which traders are kept: set it",
    )


def test_all_that_cannot_be_traded_is_said_at_once(spotmc: Run, bucket: Bucket) -> None:
    wrong = ("--shares", "1.5", "--fill", "same-close", "--entry-limit", "0.01", "--drawdown", "2", "--day-orders", "x")
    status, out, told = spotmc("trader", "create", "demo", *wrong)
    assert (status, out) == (2, "")
    assert all(f"--{name} " in told for name in ("shares", "fill", "entry-limit", "drawdown", "day-orders"))
    assert told.count("\n") == 1
    assert state.names(bucket) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "Demo"), "must be of small letters, digits and hyphens"),
        (("create", "demo", "--all-in"), "--shares must be a whole number"),
        (("create", "demo", "--broker", "alpaca"), "give --feed alpaca, too"),
        (("create", "demo", "--first", "2020-01-01"), "--first must be"),
        (("create", "demo", "--simulated", "x"), "--simulated must be one of normal, gbm"),
        (("create", "demo", "--job", "AAPL-0123456789ab"), "there is no job AAPL-0123456789ab"),
        (("create", "demo", "--job", "x", "--short", "5", "--shares", "5"), "--short, --shares cannot be given beside"),
        (("create", "demo", "AAPL"), "a symbol is given by --symbol"),
        (("run", "demo"), "there is no trader named demo"),
        (("status", "demo"), "there is no trader named demo"),
        (("report", "demo"), "there is no trader named demo"),
        (("kill", "demo"), "there is no trader named demo"),
        (("release", "demo"), "there is no trader named demo"),
        (("resume", "demo"), "there is no trader named demo"),
        (("delete", "demo"), "there is no trader named demo"),
        (("kill",), "give the NAME of a trader, or --all"),
        (("kill", "demo", "--all"), "give the NAME of a trader, or --all"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(spotmc: Run, arguments: tuple[str, ...], told: str) -> None:
    status, out, said = spotmc("trader", *arguments)
    assert status in (1, 2)
    assert out == ""
    assert told in said
    assert said.count("\n") == 1


def test_a_feed_elsewhere_has_the_share_and_the_bars_that_the_strategy_was_tried_on(
    spotmc: Run, bucket: Bucket, tmp_path: Path
) -> None:
    history = load_history("AAPL", "sample", end="2010-12-31")
    daily, monthly = tmp_path / "coin.csv", tmp_path / "monthly.csv"
    daily.write_bytes(history.to_csv())
    closes = pd.read_csv(daily, index_col="date", parse_dates=True)["close"]
    closes.resample("MS").first().to_csv(monthly)
    asked = ("--feed", "alpaca", "--short", "3", "--long", "10")
    status, _, told = spotmc("trader", "create", "coin", "--prices", str(daily), *asked)
    assert status == 2
    assert "--symbol must be given beside --prices and --feed alpaca" in told
    status, _, told = spotmc("trader", "create", "coin", "--prices", str(daily), "--symbol", "coin", *asked)
    assert status == 2
    assert "--symbol must be a share by the name that Alpaca has for it" in told
    status, _, told = spotmc("trader", "create", "coin", "--prices", str(monthly), "--symbol", "AAPL", *asked)
    assert status == 2
    assert '--feed must be "replay" for bars of which 12 make a year' in told
    assert state.names(bucket) == []
    assert spotmc("trader", "create", "aapl", "--prices", str(daily), "--symbol", "AAPL", *asked)[0] == 0


def test_a_backtest_that_was_submitted_is_traded_as_it_is(spotmc: Run, bucket: Bucket) -> None:
    status, out, told = spotmc("backtest", *SMALL, "--shares", "30", "--submit", "--json")
    assert status == 0, told
    job_id = json.loads(out)["job_id"]
    status, out, told = spotmc("trader", "create", "demo", "--job", job_id, "--order-value", "1e6", "--json")
    assert (status, json.loads(out)) == (0, {"trader": "demo", "created": True}), told
    settings = state.load(bucket, "demo").settings
    assert settings.job == load_job(bucket, job_id)
    assert settings.limits.order_value == 1e6
    simulated = ("--days", "60", "--iterations", "100", "--shares", "30", "--no-uncertainty", "--json")
    simulation = json.loads(spotmc("submit", *SMALL, *simulated)[1])["job_id"]
    status, _, told = spotmc("trader", "create", "other", "--job", simulation)
    assert status == 2
    assert "is a simulation, but a trader trades a backtest" in told


def test_traders_are_listed_and_a_damaged_one_is_told_of(spotmc: Run, bucket: Bucket) -> None:
    assert spotmc("trader", "list")[1].startswith("There is no trader yet: `spotmc trader create` makes one")
    assert json.loads(spotmc("trader", "list", "--json")[1]) == []
    for name in ("one", "two"):
        assert spotmc("trader", "create", name, *SMALL)[0] == 0
    bucket.put("traders/two/trader.json", b"{}")
    status, out, told = spotmc("trader", "list")
    assert status == 0
    assert "one" in out
    assert "stopped" in out
    assert told.startswith("warning: two: ")
    assert [each.get("error", "")[:1] for each in json.loads(spotmc("trader", "list", "--json")[1])] == ["", "c"]


def test_the_kill_switch_of_one_trader_and_of_all(spotmc: Run, bucket: Bucket, demo: str) -> None:
    status, out, _ = spotmc("trader", "kill", demo)
    assert status == 0
    assert out.splitlines()[-1] == "spotmc trader release demo  # puts it back"
    assert state.load(bucket, demo).status == state.KILLED
    status, out, _ = spotmc("trader", "status", demo)
    assert status == 0
    assert out.startswith("demo: its kill switch is on since ")
    assert json.loads(spotmc("trader", "status", demo, "--json")[1])["killed"]["own"]["on"] is True
    assert spotmc("trader", "release", demo)[1].startswith("The kill switch of demo is off\n")
    assert spotmc("trader", "release", demo)[1] == "The kill switch of demo is off, and was before\n"
    assert spotmc("trader", "kill", "--all")[0] == 0
    assert state.load(bucket, demo).status == state.KILLED
    status, out, _ = spotmc("trader", "status", demo)
    assert out.splitlines()[-1] == "spotmc trader release --all"
    assert spotmc("trader", "release", "--all")[0] == 0
    assert state.load(bucket, demo).status == state.STOPPED


def test_the_kill_switch_of_a_trader_that_cannot_be_read_is_on_and_said_to_be(
    spotmc: Run, bucket: Bucket, demo: str
) -> None:
    bucket.put("traders/demo/trader.json", b'{"name": "de')
    status, out, told = spotmc("trader", "kill", demo)
    assert status == 0
    assert out.startswith("The kill switch of demo is on: no order is sent any more")
    assert told.startswith("warning: demo: cannot read traders/demo/trader.json")
    assert switches.killed(bucket, demo) is not None


def test_a_halt_is_lifted_by_a_person_who_was_told_its_reason(spotmc: Run, bucket: Bucket, demo: str) -> None:
    assert spotmc("trader", "resume", demo)[1] == "demo has not halted\n"
    switches.halt(
        bucket, demo, "the position is not the broker's: look at the account", datetime(2026, 1, 2, tzinfo=UTC)
    )
    status, out, _ = spotmc("trader", "status", demo)
    assert status == 1
    assert out.startswith(
        "demo: halted at 2026-01-02 00:00:00 UTC: the position is not the broker's: look at the account"
    )
    assert json.loads(spotmc("trader", "status", demo, "--json")[1])["halt"]["reason"].startswith("the position")
    status, out, told = spotmc("trader", "resume", demo, "--yes")
    assert (status, out.splitlines()[0]) == (0, "The halt of demo is lifted")
    assert "the position is not the broker's" in told
    assert state.load(bucket, demo).halt is None
    bucket.put("traders/demo/halt.json", b"stop")
    assert spotmc("trader", "status", demo)[1].startswith("demo: halted: there is something in traders/demo/halt.json")
    assert spotmc("trader", "resume", demo, "--yes")[2].startswith("demo halted: there is something in")


@pytest.mark.thorough
def test_a_trader_runs_to_the_end_of_its_feed_and_tells_what_came_of_it(
    spotmc: Run, bucket: Bucket, demo: str, tmp_path: Path
) -> None:
    assert "has not traded a day yet: `spotmc trader run demo`" in spotmc("trader", "report", demo)[2]
    run = [sys.executable, "-m", "spotmc", "trader", "run", demo]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "demo: its feed is over after 2000-05-31"
    assert done.stdout.splitlines()[1].endswith("the backtest has the same, to the last bit")
    assert done.stdout.splitlines()[-1] == "spotmc trader report demo"
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    assert {each["trader"] for each in logged} == {"demo"}
    assert sum(each["event"] == "decided" for each in logged) == len(journal.report(bucket, demo))
    assert state.load(bucket, demo).status == state.ENDED
    status, out, told = spotmc("trader", "report", demo, "--last", "3", "--out", str(tmp_path / "demo"))
    assert status == 0, told
    assert sum(line.startswith("│ 2000-") for line in out.splitlines()) == 3
    status, _, told = spotmc("backtest", *SMALL, "--shares", "100", "--out", str(tmp_path / "backtest"))
    assert status == 0, told
    backtest = (tmp_path / "backtest/trades.csv").read_bytes()
    assert backtest.count(b"\n") > 2
    assert (
        (tmp_path / "demo/trades.csv").read_bytes() == (tmp_path / "demo/backtest-trades.csv").read_bytes() == backtest
    )
    status, out, _ = spotmc("trader", "status", demo)
    assert (status, out.splitlines()[0]) == (0, "demo: ended: its feed has no more days")
    assert "Last orders" in out
    status, out, _ = spotmc("trader", "run", demo, "--json")
    assert status == 0
    assert (json.loads(out)["outcome"], json.loads(out)["same"]) == ("ended", True)


def test_one_that_may_not_send_ends_with_a_status_of_its_own(spotmc: Run, bucket: Bucket, demo: str) -> None:
    spotmc("trader", "kill", demo)
    status, out, _ = spotmc("trader", "run", demo)
    assert status == 4
    assert out.startswith("demo: stopped before its first day: its kill switch is on")
    assert out.splitlines()[-1] == "spotmc trader release demo"
    spotmc("trader", "release", demo)
    switches.halt(bucket, demo, "look at the account", datetime(2026, 1, 2, tzinfo=UTC))
    status, out, _ = spotmc("trader", "run", demo)
    assert status == 3
    assert "halted at 2026-01-02 00:00:00 UTC: look at the account" in out


def test_one_that_another_process_runs_is_left_to_it(spotmc: Run, bucket: Bucket, demo: str) -> None:
    lease = Lease.take(bucket, demo, holder="another process", seconds=3)
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.3):
            lease.keep()

    with ThreadPoolExecutor() as pool:
        running = pool.submit(go_on)
        try:
            status, out, told = spotmc("trader", "run", demo)
        finally:
            over.set()
        running.result()
    assert (status, out) == (5, "")
    assert "another process" in told.splitlines()[-1]
    assert spotmc("trader", "status", demo)[1].startswith("demo: running, by another process-")


def test_a_limit_halts_it_with_its_reason(spotmc: Run) -> None:
    assert spotmc("trader", "create", "small", *SMALL, "--order-value", "10")[0] == 0
    status, out, _ = spotmc("trader", "run", "small")
    assert status == 3
    assert "order" in out.splitlines()[0]
    assert out.splitlines()[-1] == "spotmc trader resume small  # once you have looked at the reason"


def test_the_dry_run_gives_the_trades_of_the_backtest_without_a_bucket(
    spotmc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("SPOTMC_BUCKET", "SPOTMC_QUEUE_URL", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(variable)
    strategy = (
        "--symbol",
        "IBM",
        "--end",
        "2000-05-31",
        "--strategy",
        "breakout",
        "--channel",
        "5",
        "--stop-loss",
        "0.02",
    )
    status, out, told = spotmc(
        "trader", "dry-run", *strategy, "--take-profit", "0.04", "--out", str(tmp_path / "paper")
    )
    assert status == 0, told
    assert "the backtest has the same, to the last bit" in out
    assert out.splitlines()[-1].startswith("spotmc trader create NAME")
    stops = ("--take-profit", "0.04", "--shares", "100", "--out", str(tmp_path / "backtest"))
    assert spotmc("backtest", *strategy, *stops)[0] == 0
    backtest = (tmp_path / "backtest/trades.csv").read_bytes()
    assert b"stop" in backtest
    assert (tmp_path / "paper/trades.csv").read_bytes() == backtest
    assert "--overwrite replaces that" in spotmc("trader", "dry-run", *strategy, "--out", str(tmp_path / "paper"))[2]


def test_a_dry_run_of_a_simulated_path_can_be_had_again(spotmc: Run) -> None:
    simulated = ("trader", "dry-run", *SMALL, "--simulated", "bootstrap", "--days", "60", "--json", "--last", "1")
    status, out, told = spotmc(*simulated)
    assert status == 0, told
    seed = told.partition("--seed ")[2].split()[0]
    first = json.loads(out)
    assert first["same"]
    assert json.loads(spotmc(*simulated, "--seed", seed)[1]) == first
    assert "--days and --seed are those of a simulated path" in spotmc("trader", "dry-run", "--seed", "1")[2]


@pytest.mark.thorough
@pytest.mark.usefixtures("cloudformation")
def test_nobody_is_asked_for_a_key_that_no_stack_can_take(spotmc: Run) -> None:
    status, out, told = spotmc("trader", "credentials", "--name", "none")
    assert (status, out) == (1, "")
    assert told.startswith("spotmc: there is no stack none")


def test_an_account_that_is_not_for_paper_is_refused_before_anything_is_sent(
    spotmc: Run, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ALPACA_KEY_ID", "ALPACA_SECRET_KEY", "APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "APCA_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert spotmc("trader", "create", "aapl", *SMALL, "--feed", "alpaca")[0] == 0
    assert state.load(bucket, "aapl").settings.broker == "alpaca"
    status, out, told = spotmc("trader", "run", "aapl")
    assert (status, out) == (1, "")
    assert "ALPACA_KEY_ID and ALPACA_SECRET_KEY not in the environment" in told.splitlines()[-1]
    monkeypatch.setenv("ALPACA_KEY_ID", "AKLIVELIVELIVE")
    monkeypatch.setenv("ALPACA_SECRET_KEY", "a-very-secret-word")
    status, out, told = spotmc("trader", "run", "aapl")
    assert (status, out) == (1, "")
    assert "is not of a paper account" in told.splitlines()[-1]
    assert "secret-word" not in told


@pytest.mark.thorough
def test_a_rule_of_a_persons_own_runs_where_that_is_allowed(spotmc: Run, tmp_path: Path) -> None:
    rule = tmp_path / "my_rule.py"
    rule.write_text("def targets(closes):\n    return (closes > 3.5) * 1.0\n\n\ndef first_decision():\n    return 0\n")
    status, out, _ = spotmc("trader", "create", "mine", *SMALL[:2], "--strategy", str(rule))
    assert (status, out.splitlines()[-1]) == (0, "spotmc trader run mine --own-rules allow")
    assert spotmc("trader", "status", "mine")[1].splitlines()[-1] == "spotmc trader run mine --own-rules allow"
    status, out, told = spotmc("trader", "run", "mine")
    assert (status, out) == (1, "")
    assert "SPOTMC_OWN_RULES=allow" in told.splitlines()[-1]
    status, out, told = spotmc("trader", "run", "mine", "--own-rules", "allow")
    assert status == 0, told
    assert "the backtest has the same, to the last bit" in out


def test_a_dry_run_that_halts_says_why_and_one_without_cash_what_was_rejected(spotmc: Run) -> None:
    status, out, told = spotmc("trader", "dry-run", *SMALL, "--order-value", "10")
    assert status == 3
    assert told.splitlines()[-1].startswith("spotmc: halted: ")
    assert " of 64 days, where it ended" in out
    assert "the limit is $10.00" in told
    status, out, _ = spotmc("trader", "dry-run", *SMALL, "--shares", "1e6", "--last", "100", "--json")
    assert status == 0
    assert set(json.loads(out)["orders"]) == {"rejected"}
    assert any("cannot pay for 1,000,000 shares" in each["note"] for each in json.loads(out)["days"])


def test_a_trader_is_deleted_once_nobody_runs_it(spotmc: Run, demo: str, bucket: Bucket) -> None:
    lease = Lease.take(bucket, demo, holder="somebody")
    status, _, told = spotmc("trader", "delete", demo, "--yes")
    assert (status, told.splitlines()[-1]) == (1, f"spotmc: demo is run by {lease.holder}: end that process first")
    lease.give_back()
    status, out, told = spotmc("trader", "delete", demo, "--yes")
    assert (status, out) == (0, "Deleted demo, 2 objects\n"), told
    assert state.names(bucket) == []
