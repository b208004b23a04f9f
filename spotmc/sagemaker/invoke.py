"""``spotmc sagemaker invoke``: ask an endpoint."""

import sys
from pathlib import Path

import click

from spotmc import options
from spotmc.sagemaker.stack import account_for, stack_name

KINDS = {".csv": "text/csv", ".json": "application/json"}

# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-invoke.html
MOST_BYTES = 4 * 1024 * 1024


@click.command()
@click.argument("endpoint", metavar="NAME")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.region
@stack_name
@click.option("--accept", type=click.Choice(["csv", "json"]), help="Of the answer.  [default: as the file]")
def command(*, endpoint: str, file: Path, region: str | None, stack_name: str, accept: str | None) -> None:
    """Send a CSV or JSON file to the endpoint NAME, and print its answer."""
    from deployment import endpoints
    from spotmc import output
    from spotmc.errors import as_click_errors

    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        raise click.UsageError(f"{file} must end in .csv or .json: that tells the endpoint what it is")
    if (size := file.stat().st_size) > MOST_BYTES:
        raise click.UsageError(
            f"{file} has {size:,} bytes, and a serverless endpoint takes {MOST_BYTES:,}: send it in parts, or run the "
            "strategy here, as `spotmc backtest` does"
        )
    with as_click_errors():
        answer, doubtful = endpoints.invoke(
            account_for(region, stack_name), endpoint, file.read_bytes(), kind, KINDS[f".{accept}"] if accept else kind
        )
    text = answer.decode(errors="replace")
    output.print_warnings([doubtful] if doubtful else [])
    click.echo(text, nl=not text.endswith("\n"))
    sys.stdout.flush()
