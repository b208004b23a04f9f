"""Training jobs and endpoints of SageMaker on this machine: the same programs, folders and expressions, and no AWS.

What differs from a container there: the libraries are this installation's, there is no limit of memory, and an own rule
may run, because whoever starts it here has its file here.
"""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from container.metrics import found_in
from fleet.settings import ALLOW, OWN_RULES
from spotmc.sagemaker.folders import LOG, Channels, archive_of, lay_out, pack, unpacked
from spotmc.sagemaker.programs import Program, Say, running

PORT = 8080
START_SECONDS = 480.0  # until /ping is answered, as SageMaker has it
BIND = "SPOTMC_BIND"
"""Address and port of ``serve``; on this machine nobody else's programs shall reach it."""

_OWN_RULE = {OWN_RULES: ALLOW}
_RULE = "rule"
_STOPS_IN = 30.0  # seconds that an endpoint's container has after SIGTERM


class ServingError(Exception):
    """An endpoint of this machine that does not answer; the message is for a person.

    Args:
        message: Why.
        printed: What the program has printed.
    """

    def __init__(self, message: str, printed: str = "") -> None:
        super().__init__(message)
        self.printed = printed


@dataclass(frozen=True)
class LocalJob:
    """A training job that has ended.

    Attributes:
        folder: What stood for ``/opt/ml``; its results are in ``model``.
        status: Exit code of ``train``.
        printed: All that it has printed.
        archive: ``model.tar.gz``; None if it has failed.
        goes_on: Whether the folder was there, so that it has gone on from its checkpoints.
    """

    folder: Path
    status: int
    printed: str
    archive: Path | None
    goes_on: bool

    @property
    def metrics(self) -> dict[str, float]:
        """The final value of each, as the expressions find it in what was printed."""
        return found_in(self.printed)

    @property
    def failure(self) -> str:
        """The reason that DescribeTrainingJob would show; empty if there is none."""
        try:
            return (self.folder / "output" / "failure").read_text(errors="replace")
        except FileNotFoundError:
            return ""


@dataclass(frozen=True)
class LocalEndpoint:
    """One that answers.

    Attributes:
        url: Of ``/invocations``.
        program: That serves.
    """

    url: str
    program: Program


def train(
    hyperparameters: Mapping[str, str],
    channels: Channels,
    folder: Path,
    *,
    overwrite: bool = False,
    say: Say = print,
) -> LocalJob:
    """Do a training job on this machine.

    A folder of a job with the same inputs that was interrupted goes on from its checkpoints.

    Args:
        hyperparameters: All text, by name.
        channels: Files by name, by name of the channel.
        folder: What stands for ``/opt/ml``; made if it is missing.
        overwrite: Whether another job's folders in it may be taken away.
        say: Told each line that is printed.

    Raises:
        OccupiedError: the folder has another job.
        OSError: a file cannot be written.
    """
    goes_on = lay_out(folder, hyperparameters, channels, overwrite=overwrite)
    told = {
        "TRAINING_JOB_NAME": folder.resolve().name,
        "TRAINING_JOB_ARN": f"arn:aws:sagemaker:local:000000000000:training-job/{folder.resolve().name}",
        **(_OWN_RULE if _RULE in channels else {}),
    }
    printed = ""
    try:
        with running("train", folder, say, told) as program:
            try:
                status = program.wait()
            finally:
                program.stop()
                printed = program.printed
    finally:
        (folder / LOG).write_text(printed)
    return LocalJob(folder, status, printed, None if status else pack(folder), goes_on)


@contextmanager
def serving(place: Path, *, port: int = PORT, say: Say = print) -> Iterator[LocalEndpoint]:
    """An endpoint on this machine while the block lasts.

    Args:
        place: A model.tar.gz, or the folder of a training job on this machine.
        port: Where it answers; 0 takes one that is free.
        say: Told each line that is printed.

    Raises:
        ArchiveError: there is nothing that can be served.
        ServingError: the port is in use, or the program ends, or it does not answer.
        OSError: a folder cannot be made.
    """
    port = free_port(port)
    told = {BIND: f"127.0.0.1:{port}", **_OWN_RULE}
    with unpacked(archive_of(place)) as root, running("serve", root, say, told) as program:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for_ping(f"{address}/ping", program)
            yield LocalEndpoint(f"{address}/invocations", program)
        finally:
            program.stop(_STOPS_IN)


def free_port(port: int = 0) -> int:
    """The port, or one that is free for 0.

    Raises:
        ServingError: somebody else has it.
    """
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServingError(f"port {port} cannot be had ({error.strerror}): give another with --port") from error
        found: int = trial.getsockname()[1]
    return found


def _wait_for_ping(url: str, program: Program) -> None:
    """
    Raises:
        ServingError: it has ended, or does not come to answer.
    """
    until, last = time.monotonic() + START_SECONDS, "nothing answers"
    while time.monotonic() < until:
        if (status := program.process.poll()) is not None:
            program.wait()
            raise ServingError(f"serve has ended by itself with exit code {status}", program.printed)
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as error:
            last = f"/ping answers {error.code}"
            error.close()
        except OSError:
            pass
        time.sleep(0.05)
    raise ServingError(f"serve is not ready after {START_SECONDS:.0f} seconds: {last}")
