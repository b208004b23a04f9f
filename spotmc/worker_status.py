"""``spotmc worker status``: what the workers on this machine are doing."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    from rich.console import RenderableType

    from worker.status import InHand, Status
    from worker.status_file import Seen

UNIT = "spotmc-worker"  # of systemd, on a worker of the fleet
FOLLOW_SECONDS = 1
QUIET_SECONDS = 5  # without progress, after which it is told; the file itself may be a second old


@click.command()
@click.option(
    "--queue", envvar="SPOTMC_QUEUE_URL", show_envvar=True, help="Only workers of this queue.  [default: all workers]"
)
@click.option("--all", "everybody", is_flag=True, help="All workers, whatever their queue.")
@click.option("--follow", is_flag=True, help="Show it anew every second, until Ctrl-C.")
@options.as_json
def command(*, queue: str | None, everybody: bool, follow: bool, as_json: bool) -> None:
    """Say what each worker on this machine is doing: its shard, rate, failures, lease, memory, last error.

    Looks in the folder SPOTMC_RUN_DIR, which a worker of another user may have set differently.
    """
    from rich.console import Console

    from spotmc import output
    from spotmc.errors import as_click_errors
    from worker.status_file import run_folder

    if follow and as_json:
        raise click.UsageError("--follow is for a person, --json for a program; take one of them")
    with as_click_errors():
        folder = run_folder(os.environ)
        queue = "" if everybody else queue or ""
        if follow:
            _follow(folder, queue)
            return
        found, others = of_queue(folder, queue)
        if as_json:
            output.print_json([plain(each) for each in found])
            return
        if not found:
            raise click.ClickException(nobody(folder, others))
        Console().print(_all(found))
        if others:
            click.echo(_hidden(others))


def of_queue(folder: Path, queue: str) -> "tuple[list[Seen], int]":
    """The workers that take their work from the queue, or all if it is empty; and how many others there are.

    One that has not said from which queue belongs to those that are asked for.
    """
    from worker.status_file import workers

    everybody = workers(folder)
    found = [each for each in everybody if not queue or each.status is None or each.status.queue in ("", queue)]
    return found, len(everybody) - len(found)


def plain(seen: "Seen") -> dict[str, Any]:
    """A worker for a program: its process and what it says, times in seconds since 1970, memory in bytes."""
    from dataclasses import asdict

    process = {"pid": seen.pid, "stopped": seen.stopped, "resident": seen.resident}
    if seen.status is None:
        return process
    shards = {message: {"rate": shard.rate} for message, shard in seen.status.in_hand.items()}
    told = asdict(seen.status)
    told["in_hand"] = {message: shard | shards[message] for message, shard in told["in_hand"].items()}
    return process | told | {"rate": seen.status.rate}


def nobody(folder: Path, others: int) -> str:
    """What to do where no worker is, but for so many of other queues."""
    if others:
        return f"no worker takes its work from this queue; {_hidden(others)}"
    return (
        f"no worker runs on this machine, by the files in {folder}\n"
        f"  systemctl status {UNIT}          says whether it is to run, and how it ended\n"
        f"  journalctl -u {UNIT} -n 50       shows its last words\n"
        "  SPOTMC_RUN_DIR=… spotmc worker status   looks in another folder, if the worker was given one"
    )


def _hidden(others: int) -> str:
    return f"not shown: {others:,} worker{' of another queue' if others == 1 else 's of other queues'} (--all)"


def _follow(folder: Path, queue: str) -> None:
    from contextlib import suppress

    from rich.live import Live
    from rich.text import Text

    with suppress(KeyboardInterrupt), Live(auto_refresh=False) as live:
        while True:
            found, others = of_queue(folder, queue)
            live.update(_all(found) if found else Text(nobody(folder, others)), refresh=True)
            time.sleep(FOLLOW_SECONDS)


def _all(found: "list[Seen]") -> "RenderableType":
    from rich.console import Group

    now = time.time()
    return Group(*(_panel(each, now) for each in found))


def _panel(seen: "Seen", now: float) -> "RenderableType":
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    from fleet.logs import one_line

    table = Table.grid(padding=(0, 2))
    for title, value in lines(seen, now):
        table.add_row(Text(title, "bold"), Text(one_line(value)))  # no markup: messages bring text of strangers
    title = seen.status.worker if seen.status else ""
    return Panel(table, title=Text(one_line(title or f"process {seen.pid}")), title_align="left")


def lines(seen: "Seen", now: float) -> list[tuple[str, str]]:
    """A worker in words, ``now`` in seconds since 1970: what each line is about, and what it says."""
    import psutil
    from rich.filesize import decimal

    machine = psutil.virtual_memory()
    stopped = f", stopped: it does nothing before `kill -CONT {seen.pid}`" if seen.stopped else ""
    left = f"the machine has {decimal(machine.available)} left of {decimal(machine.total)}"
    process = [("process", f"{seen.pid}{stopped}"), ("memory", f"{decimal(seen.resident)}; {left}")]
    if seen.status is None:
        return [*process, ("status", "written by another version of spotmc; ask with that one")]
    return [*_work(seen.status, now), *process, *_trouble(seen.status, now)]


def _work(status: "Status", now: float) -> list[tuple[str, str]]:
    simulating = [shard for shard in status.in_hand.values() if shard.fraction < 1]
    waiting = [since for message, since in status.claimed.items() if message not in status.in_hand]
    average = f"{_rate(status.rate)} on average"
    return [
        *(("shard", _shard(shard, now)) for shard in status.in_hand.values()),
        *([] if status.in_hand else [("shard", "none")]),
        ("claimed", f"{len(waiting)} more, for {_duration(now - min(waiting))}" if waiting else "none besides"),
        ("rate", f"{_rate(simulating[0].rate)} now, {average}" if simulating else average),
        ("shards done", f"{status.shards:,}, that is {status.path_days:,} path-days in {_duration(status.seconds)}"),
        ("failures", f"{status.failures:,}"),
        ("lease", f"{status.lease_seconds} s on {status.queue}"),
        ("up", f"for {_duration(now - status.since)}, since {_moment(status.since)}"),
        ("version", f"{status.version}, engine {status.engine}, on {status.instance}"),
    ]


def _trouble(status: "Status", now: float) -> list[tuple[str, str]]:
    found = []
    if status.last_error_at is not None:
        found.append(("last error", f"{_duration(now - status.last_error_at)} ago: {status.last_error}"))
    if status.notice:
        left = "" if status.deadline is None else f", {_duration(status.deadline - now)} left"
        found.append(("notice", f"{status.notice}{left}"))
    return found


def _shard(shard: "InHand", now: float) -> str:
    place = f"paths {shard.first:,} to {shard.stop:,} of job {shard.job}"
    age = _duration(now - shard.began)
    if shard.fraction == 1:
        return f"{place}: simulated, being stored after {age}"
    quiet = now - shard.progressed
    warning = f", without progress for {_duration(quiet)}" if quiet >= QUIET_SECONDS else ""
    return f"{place}: {shard.fraction * 100:.0f} % after {age}{warning}"


def _rate(rate: float | None) -> str:
    return "unknown" if rate is None else f"{rate:,.0f} path-days/s"


def _duration(seconds: float) -> str:
    seconds = max(0, round(seconds))  # the clock may have been set
    for unit, length, part, part_length in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= length:
            return f"{seconds // length} {unit} {seconds % length // part_length} {part}"
    return f"{seconds} s"


def _moment(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when))
