"""``spotmc sagemaker train … --local`` and ``deploy --local``: the container's programs on this machine."""

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotmc import interruption
from spotmc.sagemaker.wanted import FILES, PRICES

if TYPE_CHECKING:
    from spotmc.sagemaker.harness import LocalJob
    from spotmc.sagemaker.wanted import Wanted

_COUNTS = ("paths", "trades", "units_done")


class _JobFailedError(click.ClickException):
    exit_code: int  # type: ignore[misc]  # of each of its own

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.exit_code = status


def train_here(wanted: "Wanted", *, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Lay the folders of the contract out, run ``train`` in them, and keep what it leaves.

    Args:
        wanted: What it shall do.
        out: What stands for ``/opt/ml``; None for a folder that is named by the job.
        overwrite: Whether results may take the place of files that are there.
        as_json: Print JSON for a script instead of text.

    Raises:
        OccupiedError: the folder has another job.
        OSError: a file cannot be written.
        click.ClickException: it failed, with the exit code of ``train``.
    """
    from spotmc import output
    from spotmc.folder_in_use import FolderInUseError, held
    from spotmc.sagemaker import harness

    folder = out or Path(wanted.job.id)
    channels = {name: {wanted.file_name(name): content} for name, content in wanted.channels.items()}
    click.echo(f"{folder}/ stands for /opt/ml, in which `python -m container train` runs:", err=True)
    try:
        with held(folder), _stoppable():
            job = harness.train(
                wanted.hyperparameters,
                channels,
                folder,
                overwrite=overwrite,
                say=lambda line: click.echo(line, err=True),
            )
    except FolderInUseError as error:
        raise click.ClickException(f"{error}: wait for it, or give another --out") from error
    except KeyboardInterrupt:
        click.echo(f"Interrupted: the same command with {_again(wanted, folder)} goes on from there", err=True)
        raise click.exceptions.Exit(interruption.STATUS) from None
    if job.archive is None:
        what = f"train has ended with exit code {job.status}"
        raise _JobFailedError(f"{what}: {job.failure or 'it says no more; see ' + str(folder)}", _status(job.status))
    if as_json:
        values = {"job_id": wanted.job.id, "out": str(folder), "archive": str(job.archive), "metrics": job.metrics}
        output.print_json(values)
    else:
        _print(job)


def serve_here(place: Path, *, port: int) -> None:
    """Serve what a training job has left until Ctrl-C.

    Args:
        place: A model.tar.gz, or the folder of ``train_here``.
        port: Where it answers.

    Raises:
        click.ClickException: it cannot be served.
        OSError: a folder cannot be made.
    """
    from spotmc.sagemaker import harness
    from spotmc.sagemaker.folders import ArchiveError, archive_of

    if lacking := [name for name in ("flask", "gunicorn") if find_spec(name) is None]:
        missing = f"serving takes {' and '.join(lacking)}, which this installation lacks"
        raise click.ClickException(f'{missing}: pip install "spot-montecarlo[container]"')
    try:
        click.echo(f"{archive_of(place)} is unpacked, and `python -m container serve` starts:", err=True)
        with (
            _stoppable(),
            harness.serving(place, port=port, say=lambda line: click.echo(line, err=True)) as endpoint,
        ):
            click.echo(f"Serving on {endpoint.url}; Ctrl-C ends it. Ask it from another terminal:")
            click.echo(ask(endpoint.url, place))
            status = endpoint.program.wait()
    except KeyboardInterrupt:
        click.echo("Ended", err=True)
        return
    except (ArchiveError, harness.ServingError) as error:
        raise click.ClickException(str(error)) from error
    raise click.ClickException(f"serve has ended by itself with exit code {status}")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Have SIGTERM do what Ctrl-C does while the block lasts: what was begun is ended and cleared away."""
    with interruption.raised():
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)


def ask(url: str, place: Path) -> str:
    """A line for a shell that asks what it wants on the last day: with the job's prices, where they are at hand."""
    prices = place / "input" / "data" / PRICES / FILES[PRICES]
    bars = str(prices) if prices.is_file() else "FILE.csv"
    sent = f"--header 'Content-Type: text/csv' --data-binary {shlex.quote('@' + bars)}"
    return f"curl --silent --show-error {sent} '{url}?last=true'"


def _again(wanted: "Wanted", folder: Path) -> str:
    seed = wanted.hyperparameters.get("seed")
    return f"--out {shlex.quote(str(folder))}" + (f" --seed {seed}" if seed else "")


def _status(status: int) -> int:
    return 128 - status if status < 0 else status


def _print(job: "LocalJob") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Metrics", title_justify="left")
    table.add_column("metric")
    table.add_column("value", justify="right")
    for name, value in job.metrics.items():
        table.add_row(name, f"{value:,.0f}" if name in _COUNTS else f"{value:,.4f}")
    Console().print(table)
    model = job.folder / "model"
    picture = f"; to look at it: {model / 'picture.png'}" if (model / "picture.png").exists() else ""
    click.echo(f"Written to {model}/{picture}")
    if (model / "strategy.json").exists():
        click.echo(f"Packed as {job.archive}; next:")
        click.echo(f"spotmc sagemaker deploy --local {shlex.quote(str(job.folder))}")
    else:
        why = "A sweep is not served, for the best of its combinations is partly luck: do a backtest of one"
        click.echo(f"Packed as {job.archive}. {why}")
