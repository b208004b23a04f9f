"""``spotmc worker``: take shards of jobs off the queue and do them."""

import os

import click

SHORTEST_STOP_SECONDS = 5


@click.group(invoke_without_command=True)
@click.option("--drain", is_flag=True, help="Leave when the queue is empty.")
@click.option(
    "--lease-seconds",
    type=click.IntRange(3, 60 * 60),
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
@click.pass_context
def command(
    context: click.Context,
    *,
    drain: bool,
    lease_seconds: int,
    stop_seconds: float,
    idle_exit_minutes: float | None,
    max_life_hours: float | None,
) -> None:
    """Take shards of jobs off the queue, simulate, write the results into the bucket, until there is a reason to go.

    Queue and bucket are those of AWS_REGION, SPOTMC_QUEUE_URL and SPOTMC_BUCKET.  On SIGTERM, Ctrl-C, or a notice that
    the Spot instance will be taken away, the worker claims nothing more and hands back what it cannot finish in time.
    """
    if context.invoked_subcommand is None:
        _work(drain, lease_seconds, stop_seconds, idle_exit_minutes, max_life_hours)


def _work(
    drain: bool,
    lease_seconds: int,
    stop_seconds: float,
    idle_exit_minutes: float | None,
    max_life_hours: float | None,
) -> None:
    import signal
    import time
    from importlib.metadata import version

    from fleet.bucket import Bucket
    from fleet.connection import check
    from fleet.errors import SettingsError
    from fleet.queue import Queue
    from fleet.settings import Settings
    from montecarlo.simulation import ENGINE_VERSION
    from spotmc.errors import told_to_the_person
    from spotmc.progress import load_engine
    from worker.events import Event, Noticed, Started
    from worker.instance import Metadata, off_ec2
    from worker.leaving import Leaving, after_signal
    from worker.logs import log_to_stderr, tell_log
    from worker.loop import Orders, Worker
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
        listeners = [tell_log]

        def tell(event: Event) -> None:
            for listener in listeners:
                listener(event)

        load_engine()
        leaving = Leaving()
        orders = Orders(lease_seconds, drain, idle_exit_minutes and idle_exit_minutes * 60)
        queue, bucket = Queue.connect(settings), Bucket.connect(settings)
        worker = Worker(maker, orders, queue=queue, bucket=bucket, leaving=leaving, tell=tell)
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

        def leave(number: int, _: object) -> None:
            name = signal.Signals(number).name
            leaving.announce(after_signal(name, stop_seconds, time.monotonic()))
            tell(Noticed(reason=f"{name} was received", seconds_left=stop_seconds))

        # Not before it can have anything in hand: until then, a signal ends the process at once.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, leave)
        with Watch(metadata, max_life_hours and max_life_hours * 3600, leaving, tell):
            worker.run()
