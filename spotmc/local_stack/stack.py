"""All of it, started in the order in which each needs the one before."""

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from capacity.policy import Policy
from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.queue import Queue
from fleet.settings import ALLOW, OWN_RULES, Settings
from spotmc.engine_loading import load_engine
from spotmc.folder_in_use import claimed, require_unused
from spotmc.local_stack import emulator
from spotmc.local_stack.local_fleet import Capacity, LocalFleet
from spotmc.local_stack.mirror import Mirror, Mirroring
from spotmc.local_stack.ports import HOST, require_free
from spotmc.local_stack.processes import Child, running, wait_until
from spotmc.local_stack.unfinished_jobs import resend_unfinished


@dataclass(frozen=True)
class LocalStack:
    """A local stack that is up.

    Attributes:
        web: URL of the web UI.
        settings: Where queue and bucket are.
        bucket: The bucket.
        mirror: What keeps it on disk.
        taken_up: Ids of the jobs that an earlier stack left unfinished.
    """

    web: str
    settings: Settings
    bucket: Bucket
    mirror: Mirror
    taken_up: list[str]
    _mirroring: Mirroring
    _children: list[Child]
    _fleet: LocalFleet | None

    def check(self) -> None:
        """
        Raises:
            StackError: a part of it has failed.
        """
        for child in self._children:
            child.check()
        self._mirroring.check()
        if self._fleet:
            self._fleet.check()


@contextmanager
def local_stack(
    *, port: int, workers: int, policy: Policy | None, tell: Callable[[Capacity], object], data: Path
) -> Iterator[LocalStack]:
    """A local stack while the block lasts.  It changes this process's environment, which its children inherit.

    Args:
        port: Of the web UI; the emulator takes the next one.
        workers: Number of worker processes that run all the time.
        policy: How the number of further ones follows the queue; None for none.
        tell: Called when the number of those changes.
        data: Folder for jobs, results, logs and the web UI's own data.

    Raises:
        StackError, FleetError, OSError: it cannot be started.
        FolderInUseError: another one has the data folder.
    """
    require_unused(data)
    require_free(port)
    require_free(port + 1)
    logs = data / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    settings = emulator.settings(port + 1)
    environment = emulator.environment(settings, os.environ) | {"SPOTMC_WEB_DATA": str((data / "web").absolute())}
    environment.setdefault(OWN_RULES, ALLOW)  # they are the person's own, on the person's own machine
    os.environ.clear()
    os.environ.update(environment)

    web = f"http://{HOST}:{port}"
    with ExitStack() as stack:
        stack.enter_context(claimed(data, f"spotmc local, web UI on {web}"))
        emulated = stack.enter_context(running({"emulator": emulator.command(port + 1)}, logs))
        load_engine()  # here, where a person sees it, and once for all workers
        wait_until(lambda: emulator.answers(port + 1), emulated[0])
        sqs, s3 = sqs_client(settings), s3_client(settings)
        emulator.create(sqs, s3, settings)
        bucket = Bucket(s3, settings.bucket)
        mirror = Mirror(bucket, data)
        mirror.restore()
        queue = Queue(sqs, settings.queue_url)
        taken_up = resend_unfinished(queue, bucket)
        mirroring = stack.enter_context(Mirroring(mirror))
        commands = {"web": ["spotmc.cli", "web", "--port", str(port)]}
        commands |= {f"worker-{number}": ["spotmc.cli", "worker"] for number in range(1, workers + 1)}
        children = stack.enter_context(running(commands, logs))
        wait_until(lambda: _is_served(web), children[0])
        fleet = stack.enter_context(LocalFleet(policy, queue, logs, tell)) if policy else None
        yield LocalStack(web, settings, bucket, mirror, taken_up, mirroring, [*emulated, *children], fleet)


def _is_served(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True  # an answer, if only to say what is wrong
    except OSError:
        return False
