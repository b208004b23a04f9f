"""``spotmc results``: the files of a complete job."""

import os
from pathlib import Path

import click

from spotmc import options


@click.command()
@click.argument("job_id", metavar="JOB")
@click.option("--out", type=options.Folder(), help="Folder for them.  [default: the job's id]")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one HTML file instead, with charts, that can be mailed and needs no network.",
)
@click.option(
    "--tables",
    is_flag=True,
    help="Write nothing here, but the job's tables for Athena into the bucket, if it was done before there were any.",
)
@options.overwrite
def command(*, job_id: str, out: Path | None, report: Path | None, tables: bool, overwrite: bool) -> None:
    """Fetch job.json, paths.csv, uncertainty.csv and summary.csv of a complete job."""
    if tables:
        if out is not None or report is not None:
            raise click.UsageError("--tables writes into the bucket, --out a folder and --report one file: give one")
        _store_tables(job_id)
        return
    if report is not None:
        if out is not None:
            raise click.UsageError("--report writes one file, and --out a folder: give one of them")
        _write_report(job_id, report, overwrite=overwrite)
        return
    from fleet.bucket import Bucket
    from fleet.job_store import load_job
    from fleet.progress import status
    from fleet.results import fetch_results, sentence
    from fleet.settings import Settings
    from montecarlo.experiments.results_folder import JOB, require_free
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        folder = Path(job_id) if out is None else out
        job = load_job(bucket, job_id)
        if not overwrite:
            require_free(folder, {JOB: job.to_json()})
        fetch_results(bucket, job, folder)
        said = sentence(bucket, job)
        if job.experiment.stops_early:
            output.print_warnings(output.missed(status(bucket, job_id).standing))
    click.echo(said)
    click.echo(f"Written to {folder}/")


def _store_tables(job_id: str) -> None:
    from fleet.bucket import Bucket
    from fleet.job_store import load_job
    from fleet.results import store_tables
    from fleet.settings import Settings
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        store_tables(bucket, load_job(bucket, job_id))
    click.echo(f"Queries over the tables in the bucket {bucket.name} find {job_id} now.")


def _write_report(job_id: str, file: Path, *, overwrite: bool) -> None:
    from fleet.bucket import Bucket
    from fleet.progress import status
    from fleet.results import sentence
    from fleet.settings import Settings
    from spotmc.errors import as_click_errors
    from webui.results.report import report

    if file.exists() and not overwrite:
        raise click.ClickException(f"{file} is there already: choose another name, or give --overwrite")
    with as_click_errors():
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        now = status(bucket, job_id)
        content = report(bucket, now)
        said = sentence(bucket, now.job)
        file.write_bytes(content)
    click.echo(said)
    click.echo(f"Written to {file}")
