"""``spotmc results``: the files of a complete job."""

import os
from pathlib import Path

import click


@click.command()
@click.argument("job_id", metavar="JOB")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for them.  [default: the job's id]"
)
def command(*, job_id: str, out: Path | None) -> None:
    """Fetch job.json, paths.csv and summary.csv of a complete job."""
    from fleet.bucket import Bucket
    from fleet.job_store import load_job
    from fleet.results import fetch_results
    from fleet.settings import Settings
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        folder = Path(job_id) if out is None else out
        fetch_results(bucket, load_job(bucket, job_id), folder)
    click.echo(f"Written to {folder}/")
