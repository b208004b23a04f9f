"""``spotmc worker``: take shards of jobs off the queue and do them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from spotmc import worker_status

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

    from worker.events import Event, Tell
    from worker.leaving import Leaving

LONGEST_LEASE_SECONDS = 60 * 60
SHORTEST_STOP_SECONDS = 5


@click.group(invoke_without_command=True)
@click.option("--drain", is_flag=True, help="Leave when the queue is empty.")
@click.option(
    "--lease-seconds",
    type=click.IntRange(3, LONGEST_LEASE_SECONDS),
    default=60,
    show_default=True,
    envvar="SPOTMC_LEASE_SECONDS",
    show_envvar=True,
    help="How long a message stays hidden from other workers after a sign of life.",
)
@click.option(
    "--stop-seconds",
    type=click.FloatRange(SHORTEST_STOP_SECONDS),
    default=8,  # docker stop waits for 10 seconds, systemd for 90
    show_default=True,
    envvar="SPOTMC_STOP_SECONDS",
    show_envvar=True,
    help="Be gone so soon after SIGTERM or Ctrl-C.",
)
@click.option(
    "--idle-exit-minutes",
    type=click.FloatRange(0, min_open=True),
    envvar="SPOTMC_IDLE_EXIT_MINUTES",
    show_envvar=True,
    help="Leave after so long without work.  [default: stay]",
)
@click.option(
    "--max-life-hours",
    type=click.FloatRange(0, min_open=True),
    envvar="SPOTMC_MAX_LIFE_HOURS",
    show_envvar=True,
    help="Leave after so long, with or without work.  [default: stay]",
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
    metrics: bool,
) -> None:
    import logging
    import sys
    from importlib.metadata import version

    from fleet.bucket import Bucket
    from fleet.connection import check
    from fleet.errors import SettingsError
    from fleet.queue import Queue
    from fleet.settings import Settings
    from montecarlo.simulation import ENGINE_VERSION
    from spotmc.errors import told_to_the_person
    from spotmc.progress import load_engine
    from worker.events import Started
    from worker.instance import Metadata, off_ec2
    from worker.leaving import Leaving
    from worker.logs import log_to_stderr, tell_log
    from worker.loop import Orders, Worker
    from worker.metrics import metrics_to
    from worker.status_file import run_folder, status_file
    from worker.watch import Watch
    from worker.work import Maker

    with told_to_the_person():
        settings = Settings.from_environment(os.environ)
        if problems := check(settings):
            raise SettingsError("; ".join(problems.values()))
        metadata = Metadata.from_environment(os.environ)
        machine = metadata.identity() if metadata else off_ec2()
        maker = Maker(f"{machine.instance}-{os.getpid()}", version("spot-montecarlo"), machine)
        log_to_stderr(maker.worker)
        load_engine(say=logging.getLogger(__name__).info)
        with status_file(run_folder(os.environ)) as tell_status:
            listeners = [tell_log, tell_status]
            if metrics:
                listeners.append(
                    metrics_to(sys.stderr, queue=settings.queue_url.rpartition("/")[2], worker=maker.worker)
                )

            def tell(event: "Event") -> None:
                for listener in listeners:
                    listener(event)

            leaving = Leaving()
            worker = Worker(
                maker,
                Orders(lease_seconds, drain, idle_exit_minutes and idle_exit_minutes * 60),
                queue=Queue.connect(settings),
                bucket=Bucket.connect(settings),
                leaving=leaving,
                tell=tell,
            )
            tell(
                Started(
                    worker=maker.worker,
                    queue=settings.queue_url,
                    version=maker.version,
                    engine=ENGINE_VERSION,
                    instance=machine.instance,
                    lease_seconds=lease_seconds,
                )
            )
            with (
                _leaving_on_signals(leaving, stop_seconds, tell),
                Watch(metadata, max_life_hours and max_life_hours * 3600, leaving, tell),
            ):
                worker.run()


@contextmanager
def _leaving_on_signals(leaving: "Leaving", stop_seconds: float, tell: "Tell") -> Iterator[None]:
    """As long as there may be something in hand.  Before that, a signal ends the process at once; afterwards it ends by
    itself, and another signal must not make a failure of that."""
    import signal
    import time

    from worker.events import Noticed
    from worker.leaving import after_signal

    def leave(number: int, _: object) -> None:
        departure = after_signal(signal.Signals(number).name, stop_seconds, time.monotonic())
        leaving.announce(departure)
        tell(Noticed(reason=departure.reason, seconds_left=stop_seconds))

    def have(handler: "Callable[[int, object], None] | signal.Handlers") -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handler)

    have(leave)
    try:
        yield
    finally:
        have(signal.SIG_IGN)
