"""``spotmc worker``: take jobs off the queue and do them."""

import click


@click.command()
@click.option("--drain", is_flag=True, help="End when the queue is empty.")
@click.option(
    "--lease-seconds",
    type=click.IntRange(3, 12 * 60 * 60),  # SQS hides a message for 12 hours at most
    default=60,
    show_default=True,
    envvar="SPOTMC_LEASE_SECONDS",
    help="How long a message stays hidden from other workers after a sign of life.",
)
def command(drain: bool, lease_seconds: int) -> None:
    """Take jobs off the queue, simulate, and write the results into the bucket, until told to stop.

    Queue and bucket are those of AWS_REGION, SPOTMC_QUEUE_URL and SPOTMC_BUCKET.  SIGTERM or Ctrl-C makes the worker
    hand back what it has in hand and leave.
    """
    import os
    import signal
    import socket
    from threading import Event

    from fleet.bucket import Bucket
    from fleet.connection import check
    from fleet.errors import SettingsError
    from fleet.queue import Queue
    from fleet.settings import Settings
    from spotmc.errors import told_to_the_person
    from spotmc.progress import load_engine
    from worker.logs import log_to_stderr
    from worker.loop import Worker

    with told_to_the_person():
        settings = Settings.from_environment(os.environ)
        if problems := check(settings):
            raise SettingsError("; ".join(problems.values()))

        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        name = f"{socket.gethostname()}-{os.getpid()}"
        log_to_stderr(name)
        load_engine()
        Worker(name, Queue.connect(settings), Bucket.connect(settings), stopping, lease_seconds).run(drain=drain)
