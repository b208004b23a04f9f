"""``spotmc sagemaker fetch``: what a training job has left."""

from pathlib import Path

import click

from spotmc import options
from spotmc.sagemaker.stack import account_for, job_named, same_options, stack_name


@click.command()
@click.argument("job", metavar="NAME")
@options.region
@stack_name
@click.option("--out", type=options.Folder(), help="Folder for them.  [default: the job's name]")
@options.overwrite
@options.as_json
def command(*, job: str, region: str | None, stack_name: str, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Fetch the files that a training job has left: those that `--out` has of the same work done here."""
    from deployment import training_artefacts
    from montecarlo.experiments.results_folder import replaced
    from spotmc import output
    from spotmc.errors import as_click_errors

    folder = Path(job) if out is None else out
    with as_click_errors():
        account, more = account_for(region, stack_name), same_options(region, stack_name)
        now = job_named(account, job, more)
        if not now.artefacts or now.status != "Completed":
            raise click.ClickException(
                f"{job} is {now.status}, and has left nothing yet: `spotmc sagemaker status {job}{more}` says more"
            )
        with replaced(folder) as unfinished:
            names = training_artefacts.fetch(account.s3, now.artefacts, unfinished)
            if not overwrite:
                _require_free(folder, unfinished, names)
            sizes = {name: (unfinished / name).stat().st_size for name in sorted(names)}
    if as_json:
        output.print_json({"out": str(folder), "files": sizes})
        return
    for name, size in sizes.items():
        click.echo(f"{size:>14,}  {name}")
    click.echo(f"Written to {folder}/")


def _require_free(folder: Path, unfinished: Path, names: list[str]) -> None:
    """
    Raises:
        OccupiedError: what is in the folder is of something else.
    """
    from montecarlo.experiments.results_folder import JOB, require_free

    told = [JOB] if JOB in names else names  # results beside the same job are the same bytes
    require_free(folder, {name: (unfinished / name).read_bytes() for name in told})
