"""Messages that nobody can do: broken, foreign, old, hostile; by kind, and random within each kind."""

import itertools
import json
import random
from collections.abc import Callable
from dataclasses import replace

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import MessageError
from fleet.job import Job, canonical
from fleet.message import FORMAT, Shard

LARGEST = 262_144  # bytes, what SQS took until 2025; the emulator takes as much

Kind = Callable[[Job, random.Random, Bucket], str]


def poison(job: Job, bucket: Bucket, seed: int, number: int) -> list[str]:
    """Bodies of so many different messages, most of which look as if they were for ``job``; may store other jobs."""
    dice = random.Random(seed)
    kinds = itertools.cycle(dice.sample(KINDS, len(KINDS)))
    bodies: list[str] = []
    while len(bodies) < number:
        body = next(kinds)(job, dice, bucket)
        if body not in bodies and not _can_be_done(body, job):
            bodies.append(body)
    return bodies


def _good(job: Job, /, **other: object) -> str:
    first, stop = job.tree.first_level()[0]
    return json.dumps({"format": FORMAT, "job": job.id, "first": first, "stop": stop, **other})


def _cut_short(job: Job, dice: random.Random, bucket: Bucket) -> str:
    body = _good(job)
    return body[: dice.randrange(1, len(body))]


def _one_letter_wrong(job: Job, dice: random.Random, bucket: Bucket) -> str:
    body = _good(job)
    at = dice.randrange(len(body))
    return body[:at] + chr(dice.randrange(0x20, 0x7F)) + body[at + 1 :]


def _noise(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return "".join(chr(dice.choice((0x9, 0xA, 0x20, 0x2028, 0x30, 0x7B, 0xE9, 0x4E2D, 0x1F600))) for _ in range(40))


def _largest(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return _good(job, padding="x" * dice.randrange(LARGEST // 2, LARGEST - 200))


def _deeply_nested(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return "[" * dice.randrange(10_000, 100_000)


def _foreign(job: Job, dice: random.Random, bucket: Bucket) -> str:
    record = {"eventSource": "aws:s3", "s3": {"object": {"key": f"uploads/{dice.randrange(10**6)}"}}}
    return json.dumps(dice.choice(({"Records": [record]}, {"Type": "Notification", "Message": str(record)})))


def _of_another_version(job: Job, dice: random.Random, bucket: Bucket) -> str:
    old = {"format": 1, "job": job.to_dict(), "first": 0, "stop": dice.randrange(1, 10**6)}
    return canonical(dice.choice((old, json.loads(_good(job, format=dice.randrange(3, 99))))))


def _of_an_unknown_job(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return _good(job, job=f"AAPL-5-20-{dice.randrange(16**12):012x}")


def _outside_of_the_job(job: Job, dice: random.Random, bucket: Bucket) -> str:
    first = dice.randrange(10**9)
    return _good(job, first=first, stop=first + dice.randrange(1, 10**9))


def _range_that_is_none(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return _good(job, stop=dice.choice((-1, 0, True, None, 1e300, "1024", [1024], 10**400, {"stop": 1024})))


def _not_a_number(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return _good(job, first=float(dice.choice(("nan", "inf", "-inf"))))


def _climbing_out(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return _good(job, job="../" * dice.randrange(1, 9) + "prices")


def _forging_the_log(job: Job, dice: random.Random, bucket: Bucket) -> str:
    return f"\u2028\n2026-01-01 00:00:00 ERROR forged event {dice.randrange(10**6)}"


def _for_another_engine(job: Job, dice: random.Random, bucket: Bucket) -> str:
    other = replace(job, engine=f"0.{dice.randrange(10**6)}")
    bucket.put(keys.job_key(other.id), other.to_json())
    return _good(other)


def _of_a_job_under_another_s_name(job: Job, dice: random.Random, bucket: Bucket) -> str:
    other = job.with_experiment(seed=dice.randrange(2**32, 2**64))
    bucket.put(keys.job_key(other.id), job.to_json())
    return _good(other)


KINDS: tuple[Kind, ...] = (
    _cut_short,
    _one_letter_wrong,
    _noise,
    _largest,
    _deeply_nested,
    _foreign,
    _of_another_version,
    _of_an_unknown_job,
    _outside_of_the_job,
    _range_that_is_none,
    _not_a_number,
    _climbing_out,
    _forging_the_log,
    _for_another_engine,
    _of_a_job_under_another_s_name,
)


def _can_be_done(body: str, job: Job) -> bool:
    try:
        shard = Shard.from_body(body)
    except MessageError:
        return False
    return shard.job_id == job.id and shard.range in job.tree
