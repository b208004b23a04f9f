"""The messages on the queue: a job's name and one of its shards; what the job is, the bucket tells."""

from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from fleet import keys
from fleet.canonical import canonical, read_json
from fleet.errors import MessageError
from fleet.job import Job
from fleet.queue import MOST_ATTRIBUTES, Attributes
from fleet.tree import Range

FORMAT = 2  # of the body; raised whenever an older version could not read it

LONGEST_ATTRIBUTE = 200  # characters

_NAMES = {"iterations": "iter"}  # the workshop's name


@dataclass(frozen=True)
class Shard:
    """A range of a job's paths."""

    job_id: str
    range: Range

    def to_body(self) -> str:
        first, stop = self.range
        return canonical({"format": FORMAT, "job": self.job_id, "first": first, "stop": stop})

    @classmethod
    def from_body(cls, body: str) -> Self:
        """The shard that ``to_body`` wrote.

        Raises:
            MessageError: anything in it is not understood.
        """
        values = read_json(body)
        if not isinstance(values, dict):
            raise MessageError("a message must be a JSON object")
        if values.get("format") != FORMAT:
            raise MessageError(
                f"the message has format {str(values.get('format'))[:20]!r}; this version understands {FORMAT}: "
                "submit the job again"
            )
        if values.keys() != {"format", "job", "first", "stop"}:
            raise MessageError("a message must have format, job, first and stop")
        job_id, first, stop = values["job"], values["first"], values["stop"]
        if not isinstance(job_id, str) or not keys.JOB_ID.fullmatch(job_id):
            raise MessageError(f"{str(job_id)[:80]!r} is not the name of a job")
        if type(first) is not int or type(stop) is not int or not 0 <= first < stop:
            raise MessageError(f"{str(first)[:20]} to {str(stop)[:20]} is not a range of paths")
        return cls(job_id, Range(first, stop))


def attributes(job: Job, bucket_name: str) -> Attributes:
    """What a person who looks at the queue can read of a message; named as the workshop's attributes were.

    SQS leaves room for ten: what is told beyond that stands together in the last one, ``more``.
    """
    told = {_NAMES.get(name, name): _written(value) for name, value in job.experiment.headline().items()}
    given: Attributes = {"stock": job.symbol, "key": keys.folder(job.id), "bucket": bucket_name}
    given |= {name: value for name, value in told.items() if name not in given}
    if len(given) <= MOST_ATTRIBUTES:
        return given
    alone = dict(islice(given.items(), MOST_ATTRIBUTES - 1))
    rest = ", ".join(f"{name} {value}" for name, value in given.items() if name not in alone)
    return alone | {"more": rest[:LONGEST_ATTRIBUTE]}


def _written(value: Any) -> str | int:
    if isinstance(value, tuple):
        return ", ".join(str(_written(each)) for each in value)[:LONGEST_ATTRIBUTE]
    return value if type(value) is int or isinstance(value, str) else str(value).lower()
