"""``spotmc worker``: take shards of jobs off the queue and do them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from spotmc import options, worker_status

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

    from fleet.events import Emit, Event
    from worker.shutdown import Shutdown

LONGEST_LEASE_SECONDS = 60 * 60
SHORTEST_STOP_SECONDS = 5


@click.group(invoke_without_command=True)
@click.option("--drain", is_flag=True, help="Leave when the queue is empty.")
@click.option(
    "--lease-seconds",
    type=options.WholeFrom(3, LONGEST_LEASE_SECONDS),
    default=60,
    show_default=True,
    envvar="SPOTMC_LEASE_SECONDS",
    show_envvar=True,
    help="How long a message stays hidden from other workers after a sign of life.",
)
@click.option(
    "--stop-seconds",
    type=options.NumberFrom(SHORTEST_STOP_SECONDS),
    default=8,  # docker stop waits for 10 seconds, systemd for 90
    show_default=True,
    envvar="SPOTMC_STOP_SECONDS",
    show_envvar=True,
    help="Be gone so soon after SIGTERM or Ctrl-C.",
)
@click.option(
    "--idle-exit-minutes",
    type=options.NumberFrom(0, min_open=True),
    envvar="SPOTMC_IDLE_EXIT_MINUTES",
    show_envvar=True,
    help="Leave after so long without work.  [default: stay]",
)
@click.option(
    "--max-life-hours",
    type=options.NumberFrom(0, min_open=True),
    envvar="SPOTMC_MAX_LIFE_HOURS",
    show_envvar=True,
    help="Leave after so long, with or without work.  [default: stay]",
)
@click.option(
    "--own-rules",
    type=click.Choice(["allow", "refuse"]),
    default="refuse",
    show_default=True,
    envvar="SPOTMC_OWN_RULES",
    show_envvar=True,
    help="Whether to run people's own rules: each is code with the rights of the worker.",
)
@click.option(
    "--metrics",
    is_flag=True,
    envvar="SPOTMC_METRICS",
    show_envvar=True,
    help="Add lines to the log that CloudWatch makes metrics of.",
)
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Take shards of jobs off the queue, simulate, write the results into the bucket, until there is a reason to go.

    Queue and bucket are those of AWS_REGION, SPOTMC_QUEUE_URL and SPOTMC_BUCKET.  On SIGTERM, Ctrl-C, or a notice that
    the Spot instance will be taken away, the worker claims nothing more and hands back what it cannot finish in time.
    """
    if context.invoked_subcommand is None:
        _work(**options)


command.add_command(worker_status.command, "status")


def _work(
    *,
    drain: bool,
    lease_seconds: int,
    stop_seconds: float,
    idle_exit_minutes: float | None,
    max_life_hours: float | None,
    own_rules: str,
    metrics: bool,
) -> None:
    import logging
    import sys
    from importlib.metadata import version

    from fleet.bucket import Bucket
    from fleet.connection import check
    from fleet.errors import SettingsError
    from fleet.logs import log_event, log_to_stderr
    from fleet.queue import Queue
    from fleet.settings import ALLOW, Settings
    from montecarlo.experiments.traded_paths import ENGINE_VERSION
    from spotmc.engine_loading import load_engine
    from spotmc.errors import as_click_errors
    from worker.compute import Provenance
    from worker.events import Started
    from worker.instance_metadata import Metadata, off_ec2
    from worker.loop import Orders, Worker
    from worker.metrics import metrics_to
    from worker.shutdown import Shutdown
    from worker.spot_watcher import SpotWatcher
    from worker.status_file import run_folder, status_file

    with as_click_errors():
        settings = Settings.from_environment(os.environ)
        if problems := check(settings):
            raise SettingsError("; ".join(problems.values()))
        metadata = Metadata.from_environment(os.environ)
        machine = metadata.identity() if metadata else off_ec2()
        provenance = Provenance(f"{machine.instance}-{os.getpid()}", version("spot-montecarlo"), machine)
        log_to_stderr("worker", provenance.worker)
        load_engine(say=logging.getLogger(__name__).info)
        with status_file(run_folder(os.environ)) as update_status:
            listeners = [log_event, update_status]
            if metrics:
                listeners.append(
                    metrics_to(sys.stderr, queue=settings.queue_url.rpartition("/")[2], worker=provenance.worker)
                )

            def emit(event: "Event") -> None:
                for listener in listeners:
                    listener(event)

            shutdown = Shutdown()
            worker = Worker(
                provenance,
                Orders(lease_seconds, drain, idle_exit_minutes and idle_exit_minutes * 60, own_rules == ALLOW),
                queue=Queue.connect(settings),
                bucket=Bucket.connect(settings),
                shutdown=shutdown,
                emit=emit,
            )
            emit(
                Started(
                    worker=provenance.worker,
                    queue=settings.queue_url,
                    version=provenance.version,
                    engine=ENGINE_VERSION,
                    instance=machine.instance,
                    lease_seconds=lease_seconds,
                )
            )
            with (
                _shutdown_on_signals(shutdown, stop_seconds, emit),
                SpotWatcher(metadata, max_life_hours and max_life_hours * 3600, shutdown, emit),
            ):
                worker.run()


@contextmanager
def _shutdown_on_signals(shutdown: "Shutdown", stop_seconds: float, emit: "Emit") -> Iterator[None]:
    """As long as there may be something in hand.  Before that, a signal ends the process at once; afterwards it ends by
    itself, and another signal must not make a failure of that."""
    import signal
    import time

    from worker.events import Noticed
    from worker.shutdown import after_signal

    def leave(number: int, _: object) -> None:
        have(signal.SIG_IGN)  # another one asks for nothing more, and a storm of them would fill the stack
        deadline = after_signal(signal.Signals(number).name, stop_seconds, time.monotonic())
        shutdown.request(deadline)
        emit(Noticed(reason=deadline.reason, seconds_left=stop_seconds))

    def have(handler: "Callable[[int, object], None] | signal.Handlers") -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handler)

    have(leave)
    try:
        yield
    finally:
        have(signal.SIG_IGN)
