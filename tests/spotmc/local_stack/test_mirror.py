import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fleet import failures, keys, markers
from fleet.bucket import Bucket, Entry
from fleet.job import Job
from fleet.message import Shard
from fleet.progress import cancel
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.traders.keys import paper_account_key
from fleet.tree import Range
from montecarlo.data.history import PriceHistory
from spotmc.local_stack.mirror import Mirror, Mirroring
from spotmc.local_stack.processes import StackError
from spotmc.local_stack.unfinished_jobs import resend_unfinished
from tests.fleet.traders.examples import NAME, all_objects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ONE, TWO = "jobs/AAPL-0123456789ab/", "jobs/MSFT-ba9876543210/"
PRICES = f"prices/{'0f' * 32}.csv"
OBJECTS = {
    f"{ONE}job.json": b"{}",
    f"{ONE}paths/0-10.csv": b"rows",
    f"{ONE}summary.csv": b"\x00\xff",
    PRICES: b"prices",
    f"submissions/{123:013d}-{ONE.split('/')[1]}": b"",
}


def files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def objects(bucket: Bucket) -> dict[str, bytes]:
    return {entry.key: bucket.get(entry.key) for entry in bucket.list("")}


@pytest.fixture
def filled(bucket: Bucket) -> Bucket:
    for key, content in OBJECTS.items():
        bucket.put(key, content)
    return bucket


def test_objects_become_files_of_the_same_names(filled: Bucket, tmp_path: Path) -> None:
    Mirror(filled, tmp_path).update()
    assert files(tmp_path) == OBJECTS


def test_what_workers_say_of_themselves_is_not_kept_nor_brought_back(bucket: Bucket, tmp_path: Path) -> None:
    """A worker of yesterday would seem to be there."""
    said = {"workers/i-0abc-17.json": b"{}", f"{ONE}progress/i-0abc-17.json": b"{}"}
    for key, content in said.items():
        bucket.put(key, content)
    mirror = Mirror(bucket, tmp_path)
    mirror.update()
    assert files(tmp_path) == {}
    for key in said:
        bucket.delete(key)
        (tmp_path / key).parent.mkdir(parents=True)
        (tmp_path / key).write_bytes(b"{}")
    mirror.restore()
    assert objects(bucket) == {}


def test_files_become_objects_again_and_nothing_else_does(bucket: Bucket, tmp_path: Path) -> None:
    others = {"web/secret-key": b"secret", "logs/web.log": b"log", f"{ONE}job.json.partial": b"{", "notes.txt": b""}
    for name, content in {**OBJECTS, **others}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    mirror = Mirror(bucket, tmp_path)
    mirror.restore()
    assert objects(bucket) == OBJECTS
    mirror.update()
    assert files(tmp_path) == {**OBJECTS, **others}


def test_what_changes_or_goes_in_the_bucket_does_so_on_disk(filled: Bucket, tmp_path: Path) -> None:
    mirror = Mirror(filled, tmp_path)
    mirror.update()
    (tmp_path / "jobs" / "mine.txt").write_text("of the person")
    filled.put(f"{ONE}summary.csv", b"other")
    filled.put(f"{TWO}job.json", b"new")
    filled.delete(PRICES)
    mirror.update()
    assert files(tmp_path) == {**objects(filled), "jobs/mine.txt": b"of the person"}


def test_a_file_that_did_not_change_is_not_written_again(filled: Bucket, tmp_path: Path) -> None:
    mirror = Mirror(filled, tmp_path)
    mirror.update()
    file = tmp_path / f"{ONE}summary.csv"
    file.write_bytes(b"would be overwritten")
    filled.put(f"{TWO}job.json", b"new")
    mirror.update()
    assert file.read_bytes() == b"would be overwritten"


STRAY = (
    "jobs/../../escaped.txt",
    "jobs/",
    ONE,
    "submissions/",
    "submissions/x-y",
    "jobs/notes.txt",
    f"{ONE}tallies",
    f"{ONE}tallies/",
    f"{ONE}tallies/readme.txt",
    f"{ONE}paths/0-10.csv/",
    f"{ONE}job.json/of/somebody/else",
    f"{ONE}{'x' * 300}.csv",
    f"{ONE}failures/20260101T000000{'😀' * 80}.json",
    f"{ONE}dead/\u0660-\u0665.json",
    "jobs/\x01/job.json",
)


def test_what_we_did_not_write_is_passed_over(filled: Bucket, tmp_path: Path) -> None:
    for key in STRAY:
        filled.put(key, b"")
    mirror = Mirror(filled, tmp_path / "data")
    mirror.update()
    assert files(tmp_path / "data") == OBJECTS
    mirror.update()
    assert files(tmp_path).keys() == {f"data/{name}" for name in OBJECTS}


def test_what_has_too_long_a_name_for_the_disk_is_said_once_and_harms_nothing_else(
    filled: Bucket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deep = tmp_path.joinpath(*["x" * 200] * 16)  # a path may have 4,096 bytes
    shard = f"{10**18}-{10**18 + 1}"
    key = f"{ONE}tallies/{f'{shard}/' * 22}{shard}.json"
    filled.put(key, b"")
    assert keys.is_ours(key)
    mirror = Mirror(filled, deep)
    mirror.update()
    assert files(deep) == OBJECTS
    filled.put(key, b"other")
    filled.put(f"{TWO}job.json", b"new")
    mirror.update()
    assert f"{TWO}job.json" in files(deep)
    assert caplog.text.count("is not kept on disk: File name too long") == 1
    filled.delete(key)
    mirror.update()


def test_what_cannot_be_written_takes_no_other_job_with_it(filled: Bucket, tmp_path: Path) -> None:
    filled.put(f"{TWO}job.json", b"new")
    filled.put(f"{TWO}summary.csv", b"results")
    (tmp_path / ONE / "paths").mkdir(parents=True)
    (tmp_path / ONE / "paths" / "0-10.csv").mkdir()
    with pytest.raises(IsADirectoryError):
        Mirror(filled, tmp_path).update()
    written = {PRICES, f"{TWO}job.json", f"{TWO}summary.csv"}
    assert files(tmp_path).keys() - {f"{ONE}paths/0-10.csv.partial"} >= written
    assert f"{ONE}summary.csv" not in files(tmp_path), "it rests on the rows"


def test_what_is_no_file_is_left_out(filled: Bucket, tmp_path: Path) -> None:
    (tmp_path / ONE / "job.json").mkdir(parents=True)
    (tmp_path / ONE / "summary.csv").symlink_to(tmp_path / "nowhere")
    Mirror(filled, tmp_path).restore()
    assert objects(filled) == OBJECTS


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_left_out_and_said_to_be(
    bucket: Bucket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / ONE / "job.json"
    file.parent.mkdir(parents=True)
    file.touch(mode=0)
    Mirror(bucket, tmp_path).restore()
    assert objects(bucket) == {}
    assert f"{file} is left out: Permission denied" in caplog.text


def test_everything_that_a_job_leaves_in_the_bucket_is_kept(
    job: Job, submit_job: Callable[[Job], None], do_job: Callable[[Job], None], bucket: Bucket, tmp_path: Path
) -> None:
    submit_job(job)
    shard = Shard(job.id, Range(0, 500))
    failures.record(bucket, shard, "worker.of_any-name", "out of luck")
    failures.give_up(bucket, shard, "out of luck")
    cancel(bucket, job.id)
    do_job(job)
    Mirror(bucket, tmp_path).update()
    assert files(tmp_path) == objects(bucket)


def test_everything_that_a_trader_leaves_in_the_bucket_is_kept_and_brought_back(
    history: PriceHistory, bucket: Bucket, tmp_path: Path
) -> None:
    left = {**all_objects(history), paper_account_key(NAME): b"{}"}
    for key, content in left.items():
        bucket.put(key, content)
    mirror = Mirror(bucket, tmp_path)
    mirror.update()
    assert files(tmp_path) == left
    for key in left:
        bucket.delete(key)
    mirror.restore()
    assert objects(bucket) == left


def test_an_account_at_our_own_broker_is_written_before_what_is_recorded_of_it(
    history: PriceHistory, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a process that is killed in between, records would know of fills that the broker has forgotten."""
    written: list[str] = []
    for key in (*all_objects(history), paper_account_key(NAME)):
        bucket.put(key, b"{}")
    monkeypatch.setattr(os, "replace", lambda _, file: written.append(file.relative_to(tmp_path).as_posix()))
    Mirror(bucket, tmp_path).update()
    assert written[0] == paper_account_key(NAME)


class BusyBucket(Bucket):
    """While its listing goes from page to page, a job is submitted and a worker stores rows and then their tally."""

    def list(self, prefix: str) -> Iterator[Entry]:
        first = ("prices/", f"{ONE}paths/")
        yield from [entry for entry in super().list(prefix) if entry.key.startswith(first)]
        if prefix == "jobs/":
            self.put(PRICES, b"prices")
            self.put(f"{ONE}job.json", b"{}")
            self.put(f"{ONE}paths/0-10.csv", b"rows")
            self.put(f"{ONE}tallies/0-10.json", b"tally")
        yield from [entry for entry in super().list(prefix) if not entry.key.startswith(first)]


def test_nothing_stands_on_disk_without_what_it_rests_on(
    clients: tuple[object, "S3Client"], settings: Settings, tmp_path: Path
) -> None:
    Mirror(BusyBucket(clients[1], settings.bucket), tmp_path).update()
    stored = {PRICES, f"{ONE}job.json", f"{ONE}paths/0-10.csv", f"{ONE}tallies/0-10.json"}
    assert files(tmp_path).keys() == stored


def test_a_summary_is_written_after_tallies_and_tables_and_these_after_rows_and_records(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever this process is killed, what stands on disk is whole."""
    order = ["paths/0-10.csv", "records/0-10.json", "tallies/0-20/0-10.json", "tallies/0-20.json", "summary.csv"]
    table = keys.table_key("summary", ONE.split("/")[1])
    for key in (*(f"{ONE}{name}" for name in order), table):
        bucket.put(key, b"")
    written: list[str] = []
    replace_file = os.replace

    def note(partial: Path, file: Path) -> None:
        written.append(file.relative_to(tmp_path).as_posix())
        replace_file(partial, file)

    monkeypatch.setattr(os, "replace", note)
    Mirror(bucket, tmp_path).update()
    assert sorted(written) == sorted([*(f"{ONE}{name}" for name in order), table])
    ranks = [key.removeprefix(ONE).split("/")[0].split(".")[0] for key in written]
    assert ranks == ["tables", "paths", "records", "tallies", "tallies", "summary"]


def test_while_it_is_mirrored_files_follow_by_themselves_and_once_more_at_the_end(
    bucket: Bucket, tmp_path: Path, eventually: Callable[..., None]
) -> None:
    with Mirroring(Mirror(bucket, tmp_path)) as mirroring:
        bucket.put(f"{ONE}job.json", b"{}")
        eventually((tmp_path / f"{ONE}job.json").exists)
        mirroring.check()
        bucket.put(f"{ONE}summary.csv", b"last")
    assert files(tmp_path) == objects(bucket)


def test_a_folder_that_can_no_longer_be_written_is_told(
    bucket: Bucket, tmp_path: Path, eventually: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "jobs").write_text("in the way")
    with Mirroring(Mirror(bucket, tmp_path)) as mirroring:
        bucket.put(f"{ONE}job.json", b"{}")

        def told() -> bool:
            try:
                mirroring.check()
            except StackError as error:
                return "no longer kept on disk" in str(error)
            return False

        eventually(told)
    assert "not in the folder" in caplog.text


def test_only_unfinished_jobs_are_sent_again(
    *,
    job: Job,
    submit_job: Callable[[Job], None],
    settings: Settings,
    clients: tuple["SQSClient", "S3Client"],
    queue: Queue,
    bucket: Bucket,
) -> None:
    queued, running, cancelled, failed, complete = (job.with_experiment(seed=seed) for seed in range(5))
    for each in (queued, running, cancelled, failed, complete):
        submit_job(each)
    markers.write_marker(bucket, keys.running_key(running.id))
    cancel(bucket, cancelled.id)
    failures.give_up(bucket, Shard(failed.id, Range(0, 500)), "out of luck")
    bucket.put(keys.summary_key(complete.id), b"done")
    bucket.put(keys.sent_key("AAPL-1-2-0123456789ab"), b"of a job that is not there")
    clients[0].purge_queue(QueueUrl=settings.queue_url)

    assert sorted(resend_unfinished(queue, bucket)) == sorted([queued.id, running.id])
    received = queue.receive(wait_seconds=1, visibility_seconds=30, at_most=10)
    assert {Shard.from_body(each.body).job_id for each in received} == {queued.id, running.id}
