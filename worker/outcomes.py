"""How the work on a message may end, other than by being done."""

from fleet.errors import MissingObjectError, UnreadableObjectError

ATTEMPTS = 3  # of a simulation that fails, in case it was the machine
FOREIGN_ATTEMPTS = 10  # of a job for another engine, in case a worker that has it comes by: some four minutes


class EndedEarly(Exception):  # noqa: N818  none of these is an error of anybody
    """The work has no sense any more, and why; nothing is wrong with the message."""


class Released(EndedEarly):
    """The worker has to go: another may have the message at once."""


class LeaseLost(EndedEarly):
    """SQS does not count the message as ours any more, so another may have it already."""


class LeftToOthers(EndedEarly):
    """This worker lacks what it takes, and another may have it."""


class Cancelled(EndedEarly):
    """The job was cancelled."""


class Poison(Exception):  # noqa: N818  the usual word for such a message
    """The message cannot be done, and why.

    Attributes:
        attempts: How often it may fail before it goes to the dead-letter queue.
    """

    def __init__(self, reason: str, attempts: int = 1) -> None:
        super().__init__(reason)
        self.attempts = attempts

    def is_hopeless(self, failures: int) -> bool:
        """Whether a message that failed so often, this time included, is given up."""
        return failures >= self.attempts


def poison_of(error: Exception) -> Poison:
    """What a simulation that fails says of its message, or something of the job in the bucket that is damaged."""
    if isinstance(error, Poison):
        return error
    if isinstance(error, UnreadableObjectError):  # it stays so
        return Poison(str(error))
    if isinstance(error, MissingObjectError):
        return Poison(str(error), ATTEMPTS)
    return Poison(f"{type(error).__name__}: {error}", ATTEMPTS)


def is_of_the_machine(error: Exception) -> bool:
    """Whether a failure says that this machine is short of something, and nothing about the message."""
    return isinstance(error, MemoryError | OSError) or str(error) == "can't start new thread"
