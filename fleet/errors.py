"""What can go wrong between here and the queue or the bucket, in words for the person who has to mend it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from fleet.reasons import reason


class FleetError(Exception):
    """Something about the queue, the bucket or a job in them; the message is for the person."""


class SettingsError(FleetError):
    """The environment does not say where the queue and the bucket are."""


class QueueError(FleetError):
    """The queue did not do what was asked."""


class HandleRefusedError(QueueError):
    """SQS does not take the receipt handle of a message any more."""


class BucketError(FleetError):
    """The bucket did not do what was asked."""


class AlarmsError(FleetError):
    """CloudWatch does not tell the alarms."""


class MissingObjectError(BucketError):
    """There is no object of that name in the bucket."""


class MessageError(FleetError):
    """A message, or a job in it, that this version does not understand."""


class UnreadableObjectError(FleetError):
    """Something that we wrote into the bucket is damaged, or of another version; it is told about the job it is of."""


class NoSuchJobError(FleetError):
    """There is no job of that name."""


class NoSuchTraderError(FleetError):
    """There is no trader of that name."""


class NotCompleteError(FleetError):
    """The job has no results yet."""


@contextmanager
def explained(kind: type[FleetError], action: str) -> Iterator[None]:
    """Raise what botocore raises inside as ``kind``: what was tried, why it failed, what to do next."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise kind(f"cannot {action}: {reason(error)}") from error
