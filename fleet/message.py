"""The message that puts a job on the queue: the job in the body, its essentials in attributes for a person to read."""

from dataclasses import dataclass
from typing import Self

from fleet import keys
from fleet.errors import MessageError
from fleet.job import FORMAT, Job, canonical, read_json
from fleet.queue import Attributes


@dataclass(frozen=True)
class Shard:
    """A range of a job's paths, from ``first`` up to but not including ``stop``; in this format always all of them."""

    job: Job
    first: int
    stop: int

    @classmethod
    def whole(cls, job: Job) -> Self:
        return cls(job, 0, job.simulation.iterations)

    def to_body(self) -> str:
        values = {"format": FORMAT, "job": self.job.to_dict(), "first": self.first, "stop": self.stop}
        return canonical(values)

    @classmethod
    def from_body(cls, body: str) -> Self:
        """The shard that ``to_body`` wrote.

        Raises:
            MessageError, ParameterError: anything in it is not understood.
        """
        values = read_json(body)
        if not isinstance(values, dict):
            raise MessageError(f"a message must be a JSON object, not {type(values).__name__}")
        if values.get("format") != FORMAT:
            raise MessageError(
                f"the message has format {str(values.get('format'))[:20]!r}; this version understands {FORMAT}"
            )
        if values.keys() != {"format", "job", "first", "stop"}:
            raise MessageError("a message must have format, job, first and stop")
        shard = cls.whole(Job.from_dict(values["job"]))
        if shard.to_body() != canonical(values):
            raise MessageError(f"the message must be for all {shard.job.simulation.iterations:,} paths of its job")
        return shard


def message(job: Job, bucket_name: str) -> tuple[str, Attributes]:
    """Body and attributes of the message that submits a job; the attributes are named as the workshop's were."""
    simulation = job.simulation
    attributes: Attributes = {
        "stock": job.symbol,
        "short": job.strategy.short,
        "long": job.strategy.long,
        "days": simulation.days,
        "iter": simulation.iterations,
        "key": keys.folder(job.id),
        "bucket": bucket_name,
    }
    return Shard.whole(job).to_body(), attributes
