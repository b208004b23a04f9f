"""``spotmc run``: a job in this process, without a queue."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    import pandas as pd

    from fleet.job import Job


@click.command()
@options.job_options
@click.option("--threads", type=int, help="Cores to use.  [default: all]")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.  [default: the job's id]"
)
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | None,
    shares: float | None,
    all_in: bool,
    threads: int | None,
    out: Path | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Simulate a job here; writes job.json, paths.csv and summary.csv."""
    from fleet.new_job import make_job
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        history = options.history_of(symbol, source, prices)
        job = make_job(history, shares=options.shares_of(shares, all_in), **parameters)
        output.print_warnings(history.warnings)
        folder = Path(job.id) if out is None else out
        summary = run_job(job, folder, threads)
    if as_json:
        output.print_json({"job_id": job.id, "out": str(folder), "summary": output.plain_summary(summary)})
    else:
        output.print_summary(summary, output.describe_job(job))
        click.echo(f"Written to {folder}/")


def run_job(job: "Job", folder: Path, threads: int | None) -> "pd.DataFrame":
    """Simulate the job and write its files; paths.csv takes its name when it is whole."""
    from montecarlo import limits
    from montecarlo.accounting import rows
    from montecarlo.experiments.simulate import simulate_to_csv
    from montecarlo.statistics.summary import summarise, summary_to_csv
    from spotmc.progress import load_engine, progress_bar

    if threads is not None:
        limits.require(threads=threads)
    simulation, paths, summary_file = job.simulation, folder / "paths.csv", folder / "summary.csv"
    folder.mkdir(parents=True, exist_ok=True)
    # Before the new job.json, so that an interruption leaves no results beside a job that they are not of.
    for old in (paths, summary_file):
        old.unlink(missing_ok=True)
    (folder / "job.json").write_bytes(job.to_json())
    load_engine(simulation)
    unfinished = folder / "paths.csv.unfinished"
    with progress_bar(simulation.iterations, "Simulating") as progress:
        if job.paths:
            with unfinished.open("wb") as stream:
                tally = simulate_to_csv(
                    simulation, 0, simulation.iterations, stream, threads=threads, progress=progress
                )
            unfinished.replace(paths)
        else:
            tally = simulate_to_csv(simulation, 0, simulation.iterations, None, threads=threads, progress=progress)
    exact = job.paths and simulation.iterations <= limits.ROWS_BY_DEFAULT
    summary = summarise(simulation, tally, rows.from_csv(paths.read_bytes()) if exact else None)
    summary_file.write_bytes(summary_to_csv(summary))
    return summary
