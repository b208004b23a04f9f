"""``spotmc run``: a job in this process, without a queue."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.chosen import Chosen, history_of, strategy_at_hand

if TYPE_CHECKING:
    from fleet.job import Job


@click.command(
    cls=asked.ExperimentCommand,
    asks=(asked.price_options, asked.strategy_options, asked.path_options, asked.rows_option, asked.rules_options),
)
@options.threads
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.  [default: the job's id]"
)
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | None,
    threads: int | None,
    out: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Simulate a job here; writes job.json, paths.csv and summary.csv."""
    from fleet.new_job import make_job
    from montecarlo.experiments.experiment import SUMMARY
    from montecarlo.statistics.summary import summary_from_csv
    from montecarlo.strategies.own_rule import RULE_FILE
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        chosen = Chosen.of(given)
        history = history_of(symbol, source, prices, given)
        with strategy_at_hand(chosen, history) as (strategy, _):
            job = make_job(history, strategy=strategy, rules=chosen.rules, **chosen.paths)
            output.print_warnings(job.experiment.warnings)
            folder = Path(job.id) if out is None else out
            summary = summary_from_csv(run_job(job, folder, threads)[SUMMARY])
            if chosen.rule:
                (folder / RULE_FILE).write_bytes(chosen.rule.source)
    if as_json:
        output.print_json({"job_id": job.id, "out": str(folder), "summary": output.plain_summary(summary)})
    else:
        output.print_summary(summary, output.describe_job(job))
        click.echo(f"Written to {folder}/")


def run_job(job: "Job", folder: Path, threads: int | None) -> dict[str, bytes]:
    """Do all of a job in this process, write job.json and its results, and return these by name."""
    from montecarlo.experiments.kinds import clear
    from montecarlo.experiments.parallel import require_threads
    from montecarlo.experiments.run import run_to_folder
    from montecarlo.experiments.traded_paths import TradedPaths
    from spotmc.engine_loading import load_engine
    from spotmc.progress_bar import progress_bar

    require_threads(threads)
    experiment = job.experiment
    folder.mkdir(parents=True, exist_ok=True)
    clear(folder)  # before the new job.json: an interruption leaves no results beside a job that they are not of
    (folder / "job.json").write_bytes(job.to_json())
    if isinstance(experiment, TradedPaths):
        load_engine(experiment)
    with progress_bar(experiment.units, "Simulating") as progress:
        return run_to_folder(experiment, folder, threads=threads, progress=progress)
