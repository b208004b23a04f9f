"""``spotmc models``: trained models that were kept in the bucket under a name."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotmc import options

if TYPE_CHECKING:
    from fleet.bucket import Bucket
    from montecarlo.trained import TrainedModel


@click.group(invoke_without_command=True)
@options.as_json
@click.pass_context
def command(context: click.Context, /, *, as_json: bool) -> None:
    """List the trained models in the bucket, or keep, fetch and forget one."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@command.command()
@click.argument("name", required=False)
@click.option("--model-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The model's JSON.")
@click.option("--job", "job_id", help="A training that is complete, whose chosen model is kept.")
@click.option("--replace", is_flag=True, help="Even if another model has that name.")
def keep(*, name: str | None, model_file: Path | None, job_id: str | None, replace: bool) -> None:
    """Keep a model under NAME, by default its own, so that it can be chosen on pages."""
    from fleet import trained_models
    from spotmc.errors import as_click_errors

    if (model_file is None) == (job_id is None):
        raise click.UsageError("give --model-file or --job: the model's JSON, or a training that is complete")
    with as_click_errors():
        bucket = _bucket()
        model = _of_job(bucket, job_id) if job_id else _of_file(model_file)
        kept = trained_models.keep(bucket, model, name or "", replace=replace)
    click.echo(f"Kept {kept.name}, trained on {kept.symbol} until {kept.last}: {kept.skill}")


@command.command()
@click.argument("name")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File.  [default: NAME.json]")
@options.overwrite
def fetch(*, name: str, out: Path | None, overwrite: bool) -> None:
    """Write the model of that name into a file, for --model-file."""
    from fleet import trained_models
    from spotmc.errors import as_click_errors

    file = Path(f"{name}.json") if out is None else out
    if file.exists() and not overwrite:
        raise click.UsageError(f"{file} is there already: choose another name, or give --overwrite")
    with as_click_errors():
        file.write_bytes(trained_models.load(_bucket(), name).to_json())
    click.echo(f"Written to {file}")


@command.command()
@click.argument("name")
def forget(*, name: str) -> None:
    """Forget a name; jobs that were made with its model keep it."""
    from fleet import trained_models
    from spotmc.errors import as_click_errors

    with as_click_errors():
        trained_models.forget(_bucket(), name)
    click.echo(f"Forgotten: {name}")


def _list(*, as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from fleet import trained_models
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        found = trained_models.listed(_bucket())
    if as_json:
        output.print_json([each.to_dict() for each in found])
        return
    if not found:
        click.echo("No model is kept in the bucket: `spotmc train` makes one, and `spotmc models keep` keeps it")
        return
    table = Table(title="Trained models", title_justify="left")
    for heading in ("name", "trained on", "until", "area under the curve on days not seen", "SHA-256"):
        table.add_column(heading)
    for each in found:
        table.add_row(each.name, each.symbol, each.last, each.skill, each.digest[:12])
    Console().print(table)


def _bucket() -> "Bucket":
    from fleet.bucket import Bucket
    from fleet.settings import Settings

    return Bucket.connect(Settings.from_environment(os.environ))


def _of_job(bucket: "Bucket", job_id: str) -> "TrainedModel":
    from fleet.job_store import load_job
    from fleet.results import parsed
    from montecarlo.strategies.ml_forecast import MODEL_FILE
    from montecarlo.trained import TrainedModel

    job = load_job(bucket, job_id)
    if MODEL_FILE not in job.experiment.result_files:
        raise click.UsageError(f"{job_id} is a {job.experiment.kind}, which makes no model")
    return parsed(bucket, job, TrainedModel.from_json, MODEL_FILE)


def _of_file(file: Path | None) -> "TrainedModel":
    from montecarlo.errors import TrainedModelError
    from montecarlo.trained import TrainedModel

    assert file is not None
    try:
        return TrainedModel.from_json(file.read_bytes())
    except TrainedModelError as error:
        raise TrainedModelError(f"{file} {error}") from error
