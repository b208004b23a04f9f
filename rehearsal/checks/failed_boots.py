"""Machines that cannot boot stop the growth, and a person is told why."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployment import checksums
from deployment.artefacts import FOLDER
from fleet.errors import explained
from rehearsal.check import Answer, RehearsalError, Verdict
from rehearsal.site import Site
from rehearsal.waiting import Look
from rehearsal.work import SOME_MINUTES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ALARM = "BootsFail"
LIMIT_MINUTES = 50
WATCHED_MINUTES = 12  # longer than the cooldown of growing

_KEPT_BESIDE = ".kept"
_OF_WORKERS = "worker-"  # how the names of archives begin that only workers unpack


@dataclass(frozen=True)
class FailedBoots:
    name: str = "failed-boots"
    why: str = (
        "A boot that always fails does not cost money for ever: failed boots are counted, growth stops while they "
        "prevail, the target goes to zero, and what the machine last said can be read."
    )
    unknown: str = "how late metrics of one's own come to an alarm that the fleet grows by."
    minutes: float = 40
    machine_minutes: float = 9 * 4
    fee: float = 0

    def run(self, site: Site) -> Answer:
        since, before = site.waiting.clock.now(), set(site.seen)
        bucket, prefix = site.operations.artefacts()
        with spoiled(site.account.s3, bucket, prefix) as number:
            job = site.work.submit(SOME_MINUTES, seed=2)
            try:
                began = site.waiting.clock.now()
                site.waiting.until("an end of growth", lambda: _stopped(site), minutes=LIMIT_MINUTES)
                took = (site.waiting.clock.now() - began).total_seconds() / 60
                started = set(site.seen) - before
                site.waiting.watch(
                    "the end of growth", lambda: _grows_again(site, started | before), minutes=WATCHED_MINUTES
                )
                again = set(site.seen) - started - before
                waiting, troubles = site.work.depth().visible, site.operations.troubles()
            finally:
                site.work.cancel(job)
        told = site.work.failed_boots(since, site.waiting.clock.now())
        if again:
            raise RehearsalError(f"growth had stopped, and machines were started again: {', '.join(sorted(again))}")
        if not told:
            raise RehearsalError(f"{len(started)} machines could not boot, and none has left a report in boots/")
        if not troubles:
            raise RehearsalError(f"{len(told)} boots failed, and `spotmc stack` says that nothing is wrong")
        return Answer(
            Verdict.CONFIRMED,
            (
                f"With {number} spoiled artefacts, {len(started)} machines were started and left; after {took:.0f} "
                f"minutes {ALARM} was on, the target 0, and {waiting} messages waited without another machine for "
                f"{WATCHED_MINUTES} minutes.",
                f"{len(told)} reports in boots/; the last one: {told[0]}",
                *(f"`spotmc stack` says: {trouble}" for trouble in troubles),
            ),
        )


@contextmanager
def spoiled(s3: "S3Client", bucket: str, prefix: str) -> Iterator[int]:
    """Have what only workers unpack unreadable as long as the block lasts; how many archives that is.

    Raises:
        RehearsalError: there is nothing of that kind, or S3 refuses; what was spoiled is put back.
    """
    with explained(RehearsalError, f"look at the artefacts in {bucket}"):
        keys = archives_of_workers(s3, bucket, prefix)
    if not keys:
        raise RehearsalError(f"there is nothing in s3://{bucket}/{prefix}/ that only workers unpack")
    done: list[str] = []
    try:
        with explained(RehearsalError, f"spoil the artefacts in {bucket}"):
            for key in keys:
                s3.copy_object(Bucket=bucket, Key=key + _KEPT_BESIDE, CopySource={"Bucket": bucket, "Key": key})
                done.append(key)
                s3.put_object(Bucket=bucket, Key=key, Body=b"spoiled by a rehearsal")
        yield len(keys)
    finally:
        with explained(RehearsalError, f"put the artefacts in {bucket} back"):
            for key in done:
                s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key + _KEPT_BESIDE})
                s3.delete_object(Bucket=bucket, Key=key + _KEPT_BESIDE)


def archives_of_workers(s3: "S3Client", bucket: str, prefix: str) -> list[str]:
    """Keys of them: in the published folder, or beside it under their sums."""
    listing = s3.get_object(Bucket=bucket, Key=f"{prefix}/{checksums.FILE}")["Body"].read().decode()
    sums = {name: digest for digest, name in (line.split() for line in listing.splitlines())}
    wanted = {
        key
        for name, digest in sums.items()
        if name.startswith(_OF_WORKERS)
        for key in (f"{prefix}/{name}", f"{FOLDER}/archives/{digest}")
    }
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{FOLDER}/")
    return sorted(wanted & {each["Key"] for page in pages for each in page.get("Contents", [])})


def _stopped(site: Site) -> Look:
    state, target, machines = site.alarms.find(ALARM).state, site.workers.target(), site.machines()
    told = f"{ALARM} is {state}, target {target}, {len(machines)} machines"
    return Look(state == "ALARM" and not target and not machines, told)


def _grows_again(site: Site, known: set[str]) -> Look:
    new = {machine.id for machine in site.machines()} - known
    return Look(bool(new), f"{len(new)} new machines, target {site.workers.target()}")
