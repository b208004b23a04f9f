"""The subcommands as a person or a script meets them."""

import csv
import html
import itertools
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from fleet import failures, keys
from fleet.dead_letters import dead_letter
from fleet.message import Shard
from fleet.progress import cancel
from fleet.tree import Range
from spotmc.cli import main
from tests.denying_aws import DenyingAws

SMALL = ["--short", "5", "--long", "20", "--days", "60", "--iterations", "1500"]
HEAVY = ("numpy", "pandas", "numba", "boto3", "botocore", "flask", "rich")


@dataclass(frozen=True)
class Finished:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def spotmc(tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder, in this process: a start takes longer than the work."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capsys.readouterr()
        return Finished(left.value.code, printed.out, printed.err)

    return run


@pytest.fixture
def prices(tmp_path):
    """A file of made-up bars, in which one day falls by half and one bar's high is below its close."""
    closes = [100 + day % 7 for day in range(130)]
    closes[90:] = [close / 2 for close in closes[90:]]
    path = tmp_path / "MADE.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Date", "Open", "High", "Low", "Close", "Volume"])
        day = date(2015, 1, 1)
        for number, close in enumerate(closes):
            while day.weekday() > 4:
                day += timedelta(days=1)
            writer.writerow([day, close, close - 1 if number == 50 else close, close, close, 1000])
            day += timedelta(days=1)
    return path


def read(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_help_answers_without_loading_anything_heavy():
    code = (
        "import sys, spotmc.cli\n"
        "try: spotmc.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Commands:" in done.stdout
    assert done.stderr.strip() == "[]"


def test_run_writes_the_same_bytes_for_the_same_seed_and_others_for_another(spotmc, tmp_path):
    for folder, seed, threads in (("a", "7", "1"), ("b", "7", "2"), ("c", "8", "1")):
        done = spotmc("run", *SMALL, "--seed", seed, "--threads", threads, "--out", folder)
        assert done.returncode == 0, done.stderr
    first, again, other = (read(tmp_path / folder) for folder in "abc")
    assert set(first) == {"job.json", "paths.csv", "summary.csv", "uncertainty.csv"}
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_run_without_a_seed_draws_one_and_keeps_it(spotmc, tmp_path):
    seeds = set()
    for folder in ("a", "b"):
        spotmc("run", *SMALL, "--out", folder)
        seeds.add(json.loads((tmp_path / folder / "job.json").read_text())["experiment"]["seed"])
    assert len(seeds) == 2


def test_run_leaves_the_rows_out_on_request(spotmc, tmp_path):
    done = spotmc("run", *SMALL, "--seed", "7", "--no-rows", "--json", "--out", "a")
    assert set(read(tmp_path / "a")) == {"job.json", "summary.csv", "uncertainty.csv"}
    summary = json.loads(done.stdout)["summary"]
    assert summary["paths"]["value"] == 1500
    assert summary["quantile_error"]["value"] > 0


def test_run_stops_when_it_is_precise_enough_and_says_when_it_never_was(spotmc, tmp_path):
    options = ["run", "--days", "60", "--short", "5", "--long", "20", "--seed", "7", "--out"]
    done = spotmc(*options, "a", "--iterations", "1e5", "--precision", "probability_of_loss=2%", "--json")
    paths = int(json.loads(done.stdout)["summary"]["paths"]["value"])
    assert (paths, "precision" in done.stderr) == (12_288, False)
    spotmc(*options, "b", "--iterations", str(paths))
    assert all(read(tmp_path / "a")[name] == read(tmp_path / "b")[name] for name in ("paths.csv", "summary.csv"))
    done = spotmc(*options, "d", "--precision", "probability_of_loss=2%", "--no-rows", "--json")
    assert json.loads(done.stdout)["summary"]["paths"]["value"] == 12_288, "as many as it needs, unless told"
    done = spotmc(*options, "c", "--iterations", "5000", "--precision", "probability_of_loss=2%")
    assert done.returncode == 0
    assert "warning: the precision was not reached with 5,000 paths: ± 2." in done.stderr
    assert "at most 5,000 paths of 60 days (252 a year), seed 7, for a precision of probability_of_loss=2%" in " ".join(
        done.stdout.split()
    )


def test_run_shows_the_costs_and_the_warnings_of_a_price_file(spotmc, prices):
    done = spotmc("run", "--prices", str(prices), *SMALL, "--commission", "0.002", "--out", "a")
    assert done.returncode == 0
    assert "commission 0.002" in " ".join(done.stdout.split())
    assert "1 move of more than 40 % in a day" in done.stderr
    assert "1 impossible bar" in done.stderr


def test_backtest_prints_the_statistics_and_writes_the_curve(spotmc, prices, tmp_path):
    options = ["--prices", str(prices), "--short", "2", "--long", "10"]
    done = spotmc("backtest", *options, "--json", "--out", "a")
    summary = json.loads(done.stdout)["summary"]
    equity, trades = (read(tmp_path / "a")[name].decode().splitlines() for name in ("equity.csv", "trades.csv"))
    assert float(equity[-1].split(",")[1]) == summary["final_value"]
    assert len(trades) == 1 + summary["trades"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--short", "100", "--long", "40"], "--short must be less than long"),
        (["run", "--long", "2000"], "--long must let sma-crossover decide before the last day"),
        (["run", "--iterations", "0"], "--iterations must be a whole number from 1"),
        (["run", "--iterations", "many"], "--iterations"),
        (["run", "--iterations", "1,5"], "not '1,5': thousands may be parted by commas"),
        (["run", "--threads", "1,5"], "not '1,5': thousands may be parted by commas"),
        (["run", "--strategy", "none.py"], "--strategy none.py cannot be read: No such file or directory"),
        (["run", "--capital", "nan"], "--capital must be a number above 0"),
        (["run", "--fill", "never"], "--fill must be one of next-close, same-close, next-open"),
        (["run", "--model", "heston"], "--model must be one of"),
        (["run", "--threads", "0"], "--threads must be a whole number"),
        (["run", "--iterations", "200000000", "--rows"], "--rows can be kept for 100,000,000"),
        (
            ["run", "--precision", "risk=1%"],
            "--precision must name a statistic that has an interval, not 'risk': return_m",
        ),
        (["run", "--precision", "win_rate=0"], "--precision must have a width above 0 for win_rate"),
        (["sweep", "--precision", "win_rate=1%"], "--precision cannot be given: a sweep compares all combinations"),
        (["run", "--shares", "5", "--all-in"], "exclude each other"),
        (["run", "--symbol", "INTC"], "source 'sample' has AAPL"),
        (["run", "--symbol", ""], "symbol: expected"),
        (["run", "--source", ""], "expected one of sample"),
        (["run", "--source", "csv"], "--prices FILE"),
        (["run", "--prices", "/nowhere.csv"], "does not exist"),
        (["run", "--source", "bloomberg"], "expected one of sample"),
        (["run", "--bogus"], "No such option"),
        (["run", "--strategy", "martingale"], "--strategy must be one of sma-crossover, ema-crossover, breakout"),
        (["run", "--strategy", "breakout", "--short", "5"], "--short is no parameter of breakout, which has channel"),
        (["run", "--set", "short"], "must be NAME=VALUE"),
        (["run", "--set", "short=5", "--short", "6"], "short is given twice"),
        (
            ["run", "--strategy", "bollinger-reversion", "--width", "11"],
            "--width must be a number from 0 to 10, not 11.0",
        ),
        (["run", "--set-model", "drif=3"], "--set-model drif cannot be set for the normal model, which has drift, vol"),
        (["sweep", "--wait"], "give --submit, too"),
        (["sweep", "--submit", "--out", "a"], "`spotmc results` fetches files"),
        (["backtest", "--long", "5000"], "--long"),
        (["walk"], "No such command"),
        (["status"], "Missing argument"),
        (["redrive"], "name the jobs to send again, or give --all"),
        (["redrive", "A-5-20-0123456789ab", "--all"], "name the jobs to send again, or give --all"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(spotmc, arguments, message, tmp_path):
    done = spotmc(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.startswith("warning:")]
    assert len(lines) == 1
    assert lines[0].startswith("spotmc")
    assert message in lines[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "command", [["jobs"], ["status", "A-5-20-0123456789ab"], ["submit"], ["failed"], ["redrive", "--all"], ["worker"]]
)
def test_what_the_environment_lacks_is_said_in_one_line(spotmc, command, monkeypatch):
    for name in ("AWS_REGION", "SPOTMC_QUEUE_URL", "SPOTMC_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    done = spotmc(*command)
    assert done.returncode == 1
    assert "SPOTMC_QUEUE_URL" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(spotmc, tmp_path):
    (tmp_path / "file").touch()
    done = spotmc("run", *SMALL, "--out", "file/folder")
    assert done.returncode == 2
    assert done.stderr == "spotmc run: Invalid value for '--out': file/folder cannot be a folder: file is a file\n"


def test_a_job_that_could_not_be_sent_is_sent_by_the_command_that_the_error_gives(spotmc, queue, monkeypatch):
    with monkeypatch.context() as wrong:
        wrong.setenv("SPOTMC_QUEUE_URL", f"{queue.url}-gone")
        failed = spotmc("submit", *SMALL)
    assert failed.returncode == 1
    job_id, seed = re.search(r"(\S+) is kept, but was not sent: .*no such queue.* --seed (\d+)", failed.stderr).groups()
    assert spotmc("status", job_id).stdout.startswith("not sent")
    assert json.loads(spotmc("submit", *SMALL, "--seed", seed, "--json").stdout)["job_id"] == job_id
    assert spotmc("status", job_id).stdout.startswith("queued")


@pytest.mark.parametrize("command", [["submit", *SMALL], ["sweep", "--submit", "--days", "300"]])
def test_a_preview_needs_neither_queue_nor_bucket(spotmc, command, monkeypatch):
    for name in ("AWS_REGION", "SPOTMC_QUEUE_URL", "SPOTMC_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    done = spotmc(*command, "--preview")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["attributes"]["bucket"] == "$SPOTMC_BUCKET"


def test_a_preview_sends_nothing(spotmc, queue, bucket):
    done = spotmc("submit", *SMALL, "--preview")
    shown = json.loads(done.stdout)
    assert shown["attributes"]["iter"] == 1500
    assert shown["job"]["symbol"] == "AAPL"
    assert shown["messages"] == [{"format": 2, "job": shown["job"]["id"], "first": 0, "stop": 1500}]
    assert queue.depth().empty
    assert list(bucket.list("")) == []


def test_a_job_goes_through_the_queue_and_its_results_are_those_of_run(spotmc, queue, start_worker, tmp_path):
    submitted = json.loads(spotmc("submit", *SMALL, "--seed", "7", "--json").stdout)["job_id"]
    assert json.loads(spotmc("status", submitted, "--json").stdout)["state"] == "queued"
    assert spotmc("results", submitted).returncode == 1  # not complete

    start_worker()
    done = spotmc("submit", *SMALL, "--seed", "7", "--wait")  # the same job once more
    assert done.returncode == 0, done.stderr
    now = json.loads(spotmc("status", submitted, "--json").stdout)
    assert now["state"] == "complete"
    said = now["sentence"]
    expected = r"In 1,500 futures like AAPL's past, the rule loses money in \d+ % \(\d+ to \d+ % if the drift"
    assert re.match(expected, said)
    assert said in spotmc("status", submitted).stdout
    assert [job["job_id"] for job in json.loads(spotmc("jobs", "--json").stdout)] == [submitted]
    assert spotmc("jobs").stdout.startswith(f"{submitted} ")

    assert said in spotmc("results", submitted, "--out", "fetched").stdout
    assert said in spotmc("run", *SMALL, "--seed", "7", "--out", "here").stdout
    assert read(tmp_path / "fetched") == read(tmp_path / "here")

    assert said in spotmc("results", submitted, "--report", "report.html").stdout
    assert said in html.unescape((tmp_path / "report.html").read_text())
    assert "give --overwrite" in spotmc("results", submitted, "--report", "report.html").stderr
    assert "give one of them" in spotmc("results", submitted, "--report", "report.html", "--out", "there").stderr


@pytest.mark.thorough
def test_a_precision_that_was_not_reached_is_said_by_whoever_waits_and_by_the_status(spotmc, start_worker):
    start_worker()
    done = spotmc("submit", *SMALL, "--iterations", "5000", "--precision", "win_rate=0.1%", "--wait", "--json")
    warning = "warning: the precision was not reached with 5,000 paths: ± "
    assert warning in done.stderr
    job = json.loads(done.stdout)["job_id"]
    now = spotmc("status", job)
    assert now.stdout.startswith("complete: 5,000 paths: ± ")
    assert warning in now.stderr
    plain = json.loads(spotmc("status", job, "--json").stdout)
    assert (plain["done"], plain["expected_units"], plain["units"]) == (5000, 5000, 5000)
    assert plain["standing"] in plain["warnings"][-1]
    fetched = spotmc("results", job, "--out", "fetched")
    assert warning in fetched.stderr


def test_a_cancelled_job_says_so_and_waiting_for_it_fails(spotmc, queue):
    job = json.loads(spotmc("submit", *SMALL, "--json").stdout)["job_id"]
    assert "workers leave it within seconds" in spotmc("cancel", job).stdout
    assert spotmc("status", job).stdout.startswith("cancelled")
    missing = spotmc("cancel", "A-5-20-0123456789ab")
    assert missing.returncode == 1
    assert "there is no job" in missing.stderr


def test_a_job_that_runs_tells_its_rate_and_the_time_left(spotmc, long_job, submit_job, bucket):
    submit_job(long_job)
    plain = json.loads(spotmc("status", long_job.id, "--json").stdout)
    assert plain["units_per_second"] is plain["seconds_left"] is None
    assert (plain["workers"], plain["ahead"]) == ([], 0)
    time.sleep(1.1)  # the bucket tells times in whole seconds, and only what comes after the sending counts
    for number, chunk in enumerate(itertools.islice(long_job.tree.leaves(), 3)):
        bucket.put(keys.tally_key(long_job.id, chunk, long_job.tree.ancestors(chunk)), b"")
        time.sleep(1.1 if number == 0 else 0)
    said = spotmc("status", long_job.id).stdout
    assert re.fullmatch(r"running: 3,072 of 30,720 paths \(10 %\), [\d,]+ paths a second, .* left\n", said)
    assert "3,072 of 30,720 paths (10 %), " in spotmc("jobs").stdout
    plain = json.loads(spotmc("status", long_job.id, "--json").stdout)
    assert plain["seconds_left"] == pytest.approx((30_720 - 3072) / plain["units_per_second"])


@pytest.fixture
def failed(job, submit_job, queue, dead_letters, bucket):
    """Of two jobs that have failed the first; and in the dead-letter queue is also what a worker could not read."""
    jobs = [job.with_experiment(seed=seed) for seed in (1, 2)]
    for each in jobs:
        submit_job(each)
    queue.send("hello", {})
    messages = []
    while len(messages) < 3:
        messages += queue.receive(wait_seconds=1, visibility_seconds=60, at_most=10)
    for message in messages:
        dead_letter(dead_letters, message, f"no luck with {message.body[:5]}", "worker-1")
        queue.delete(message)
    for each in jobs:
        failures.give_up(bucket, Shard(each.id, Range(0, 500)), "no luck")
    return jobs[0]


def test_what_failed_is_listed_with_its_reason_and_what_to_do(spotmc, failed):
    said = spotmc("failed").stdout
    assert re.search(rf"^{failed.id}  paths 0 to 499  20\S+\+00:00  worker-1\n    no luck with ", said, re.MULTILINE)
    assert re.search(r"^message \S+: 'hello'  20\S+  worker-1\n    no luck with hello$", said, re.MULTILINE)
    assert "spotmc redrive" in said.splitlines()[-1]
    plain = json.loads(spotmc("failed", "--json").stdout)
    assert len(plain) == 3
    [of_job] = [each for each in plain if each["job_id"] == failed.id]
    assert (of_job["first"], of_job["stop"], of_job["worker"]) == (0, 500, "worker-1")
    told = spotmc("status", failed.id).stdout
    assert told.startswith("failed: 0 of 500 paths (0 %)\nno luck\n")
    assert f"spotmc redrive {failed.id}" in told


def test_a_job_that_cannot_be_read_is_listed_with_the_reason_and_what_to_do(spotmc, job, submit_job, bucket):
    other = job.with_experiment(seed=8)
    for each in (other, job):
        submit_job(each)
    bucket.put(keys.job_key(job.id), b"{}")
    bucket.put(keys.SUBMISSIONS, b"")
    first, second = spotmc("jobs").stdout.splitlines()
    assert first.startswith(job.id)
    assert f"unreadable  cannot read {keys.job_key(job.id)}: the job has format 'None'" in first
    assert first.endswith("submit the same job again")
    assert second.startswith(other.id)
    plain, _ = json.loads(spotmc("jobs", "--json").stdout)
    assert (plain["job_id"], plain["state"]) == (job.id, "unreadable")
    for words in (["status"], ["results"], ["cancel"]):
        said = spotmc(*words, job.id)
        assert said.returncode == 1
        assert said.stderr.startswith(f"spotmc: cannot read {keys.job_key(job.id)}: ")


def test_jobs_behind_very_many_submissions_of_nothing_are_not_said_to_be_none(spotmc, job, submit_job, bucket):
    submit_job(job)
    for number in range(6):
        bucket.put(f"{keys.SUBMISSIONS}{number:013d}-ABC-{number:012x}", b"")
    assert spotmc("jobs", "--limit", "2").stdout.startswith(job.id)
    said = spotmc("jobs", "--limit", "1")
    assert said.stdout == ""
    assert said.stderr.startswith("warning: there may be older jobs")


def test_jobs_are_looked_for_by_name_words_state_kind_and_time(spotmc, job, submit_job, bucket):
    other = job.with_experiment(seed=8)
    for each in (job, other):
        submit_job(each)
    cancel(bucket, other.id)
    for found, *arguments in (
        ([other.id, job.id], "--name", "aapl"),
        ([job.id], "--name", job.id.rpartition("-")[2]),
        ([other.id], "--state", "cancelled"),
        ([other.id, job.id], "--state", "cancelled", "--state", "queued", "--kind", "simulation"),
        ([], "--kind", "sweep"),
        ([other.id, job.id], "--words", "short 5"),
        ([], "--words", "breakout"),
        ([], "--before", "2026-01-31"),
        ([other.id, job.id], "--before", "2100-01-31T12:00Z"),
    ):
        assert [each["job_id"] for each in json.loads(spotmc("jobs", "--json", *arguments).stdout)] == found
    assert spotmc("jobs", "--kind", "sweep").stdout == "No such jobs.\n"
    said = spotmc("jobs", "--before", "yesterday")
    assert said.returncode == 2
    assert "must be a day such as 2026-01-31" in said.stderr
    said = spotmc("jobs", "--state", "asleep")
    assert said.returncode == 2
    assert "--state must be one of queued, running" in said.stderr


def test_permissions_are_tried_and_what_is_missing_ends_with_a_status(spotmc, settings, monkeypatch):
    said = spotmc("check")
    assert said.returncode == 0
    assert said.stdout.endswith("Nothing is missing.\n")
    with DenyingAws(settings.endpoint_url) as aws:
        aws.denied = {("sqs:SendMessage", "")}
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("SPOTMC_QUEUE_URL", settings.queue_url.replace(settings.endpoint_url, aws.url))
        said = spotmc("check")
        told = json.loads(spotmc("check", "--json").stdout)
    assert said.returncode == 1
    assert re.search(
        r"^missing  sqs:SendMessage +arn:aws:sqs:us-east-1:123456789012:\S+: the credentials", said.stdout, re.MULTILINE
    )
    assert '"Action": "sqs:SendMessage"' in said.stdout
    assert [each["statement"]["Action"] for each in told if each["outcome"] == "missing"] == ["sqs:SendMessage"]


def test_a_status_shows_the_first_of_many_warnings_and_where_the_others_are(spotmc, job, submit_job):
    warnings = tuple(f"odd day {number} {'x' * 1000}\x1b[31m" for number in range(1000))
    job = job.with_experiment(model=replace(job.experiment.model, warnings=warnings))
    submit_job(job)
    said = spotmc("status", job.id)
    assert len(said.stderr) < 20_000
    assert said.stderr.startswith("warning: odd day 0 x")
    assert said.stderr.endswith(f"that is not all of 1,000 warnings; `spotmc status {job.id} --json` has them\n")
    assert json.loads(spotmc("status", job.id, "--json").stdout)["warnings"] == list(warnings)


def test_a_dead_letter_of_sqs_itself_says_what_that_means(spotmc, job, dead_letters):
    dead_letters.send(Shard(job.id, Range(0, 500)).to_body(), {})
    assert "delivered 30 times, and each time its worker ended" in spotmc("failed").stdout
    assert json.loads(spotmc("failed", "--json").stdout)[0]["reason"] is None


@pytest.mark.thorough
def test_what_failed_of_a_job_is_sent_again_without_the_rest(spotmc, failed, queue):
    dry = spotmc("redrive", failed.id, "--dry-run").stdout
    assert dry.startswith(f"Would be sent again: {failed.id}")
    assert dry.endswith("1 message would be sent again\n")
    assert queue.depth().empty
    assert spotmc("redrive", failed.id).stdout.endswith("1 message sent again\n")
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30, at_most=10)
    assert Shard.from_body(message.body) == Shard(failed.id, Range(0, 500))
    assert spotmc("status", failed.id).stdout.startswith("queued")
    assert len(json.loads(spotmc("failed", "--json").stdout)) == 2

    again = spotmc("redrive", failed.id)
    assert again.returncode == 1
    assert again.stdout == ""
    assert f"nothing in the dead-letter queue is of {failed.id}" in again.stderr


def test_where_the_note_of_a_failure_is_damaged_what_helps_is_named_and_helps(spotmc, job, submit_job, queue, bucket):
    submit_job(job)
    shard = Shard(job.id, Range(0, 500))
    failures.record(bucket, shard, "worker", "out of luck")
    bucket.put(keys.dead_key(job.id, shard.range), b"hello")
    for message in queue.receive(wait_seconds=1, visibility_seconds=60):
        queue.delete(message)
    told = spotmc("status", job.id).stdout
    assert f"cannot read {keys.dead_key(job.id, shard.range)}: " in told
    assert "submit the same job again" in told
    assert "noted beside it: out of luck" in told
    assert "submit it again" in spotmc("redrive", job.id).stderr
    submit_job(job)
    assert spotmc("status", job.id).stdout.startswith("queued")


def test_all_that_failed_is_sent_again(spotmc, failed, queue):
    assert spotmc("redrive", "--all").stdout.endswith("3 messages sent again\n")
    assert queue.depth().visible == 3
    nothing = "The dead-letter queue is empty. If a job is failed all the same, submit it again.\n"
    assert spotmc("failed").stdout == spotmc("redrive", "--all").stdout == nothing


def test_several_precisions_are_all_wanted(spotmc, tmp_path):
    options = ["run", "--days", "60", "--short", "5", "--long", "20", "--seed", "7", "--no-uncertainty", "--out"]
    one, two = "probability_of_loss=5%", "return_std=2%"
    together = spotmc(*options, "a", "--precision", f"{one},{two}", "--json")
    apart = spotmc(*options, "b", "--precision", one, "--precision", two, "--json")
    assert json.loads(apart.stdout)["summary"] == json.loads(together.stdout)["summary"]
    alone = spotmc(*options, "c", "--precision", one, "--json")
    paths = [int(json.loads(done.stdout)["summary"]["paths"]["value"]) for done in (alone, apart)]
    assert paths[0] < paths[1]
