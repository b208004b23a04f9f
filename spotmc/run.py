"""``spotmc run``: a job in this process, without a queue."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from spotmc import experiment_options as asked
from spotmc import interruption, options
from spotmc.chosen import chosen_by, history_of, say_trying

if TYPE_CHECKING:
    from fleet.job import Job
    from montecarlo.experiments.experiment import Standing

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@click.command(
    cls=asked.ExperimentCommand,
    asks=(
        asked.price_options,
        asked.strategy_options,
        asked.path_options,
        asked.simulation_options,
        asked.rules_options,
    ),
)
@options.threads
@click.option("--out", type=options.Folder(), help="Folder for the results.  [default: the job's id]")
@options.overwrite
@options.checkpoints
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | str | None,
    threads: int | None,
    out: Path | None,
    overwrite: bool,
    checkpoints: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Simulate a job here; writes job.json, paths.csv, uncertainty.csv and summary.csv."""
    from fleet.before_prices import require_simulation
    from fleet.chosen import strategy_at_hand
    from fleet.new_job import make_job
    from montecarlo.experiments import sentence, uncertainty
    from montecarlo.experiments.experiment import SUMMARY
    from montecarlo.experiments.parallel import require_threads
    from montecarlo.experiments.traded_paths import UNCERTAINTY
    from montecarlo.statistics.summary import summary_from_csv
    from spotmc import output
    from spotmc.errors import as_click_errors

    require_seed(checkpoints, given)
    with as_click_errors():
        chosen = chosen_by(given)
        require_threads(threads)
        require_simulation(chosen)
        history = history_of(symbol, source, prices, given)
        with strategy_at_hand(chosen, history, trying=say_trying) as strategy:
            job = make_job(history, strategy=strategy, rules=chosen.rules, **chosen.of_a_simulation)
            output.print_warnings(job.experiment.warnings)
            folder = Path(job.id) if out is None else out
            ends: list[Standing] = []
            results = run_job(
                job,
                folder,
                threads,
                chosen.contents,
                overwrite=overwrite,
                told=ends.append,
                checkpoints=checkpoints,
            )
    summary, found = summary_from_csv(results[SUMMARY]), results.get(UNCERTAINTY)
    table = None if found is None else uncertainty.from_csv(found)
    output.print_warnings(output.missed(ends[-1] if ends else None))
    said = sentence.of_results(job.symbol, job.experiment, results.__getitem__)
    if as_json:
        plain = {"job_id": job.id, "out": str(folder), "sentence": said, "summary": output.plain_summary(summary)}
        plain |= {"model": output.plain_model(job.experiment), "warnings": list(job.experiment.warnings)}
        output.print_json(plain if table is None else plain | {"uncertainty": output.plain_table(table)})
    else:
        output.print_summary(summary, output.describe_job(job))
        if table is not None:
            output.print_uncertainty(summary, table)
        click.echo(said)
        click.echo(f"Written to {folder}/")


def run_job(
    job: "Job",
    folder: Path,
    threads: int | None,
    contents: Mapping[str, bytes] = _NOTHING,
    *,
    overwrite: bool = False,
    told: "Callable[[Standing], object]" = lambda standing: None,
    checkpoints: Path | None = None,
) -> dict[str, bytes]:
    """Do all of a job in this process, write job.json, its results and what it was made with; returns the results.

    At the end of each round of a job that may be enough before its last unit it is ``told`` where that stands.  What is
    done lies in the folder ``checkpoints`` until all of it is.

    Raises:
        OccupiedError: the results of another job stand there, and shall not be overwritten.
    """
    from montecarlo.experiments.parallel import require_threads
    from montecarlo.experiments.portfolio import Portfolio
    from montecarlo.experiments.results_folder import INPUT_FILES, JOB, require_free
    from montecarlo.experiments.run import run_to_folder
    from montecarlo.experiments.traded_paths import TradedPaths
    from spotmc.engine_loading import load_engine, say_on_stderr
    from spotmc.progress_bar import progress_bar

    require_threads(threads)
    beside = {JOB: job.to_json(), **{INPUT_FILES[what]: content for what, content in contents.items()}}
    if not overwrite:
        require_free(folder, beside)
    experiment = job.experiment
    if isinstance(experiment, TradedPaths | Portfolio):
        load_engine(experiment)
    with interruption.raised(), progress_bar(experiment.rounds[0], experiment.doing) as progress:

        def stands(standing: "Standing") -> None:
            progress.stands(standing)
            told(standing)

        kept = checkpoints and checkpoints / job.id
        try:
            results = run_to_folder(
                experiment,
                folder,
                beside=beside,
                threads=threads,
                progress=progress,
                told=stands,
                checkpoints=kept,
                tell=say_on_stderr,
            )
        except KeyboardInterrupt:
            if kept and kept.is_dir():
                say_on_stderr(f"What is done lies in {kept}/: the same command goes on from there")
            raise
        if kept:
            shutil.rmtree(kept, ignore_errors=True)
        return results


def require_seed(checkpoints: Path | None, given: Mapping[str, Any]) -> None:
    """
    Raises:
        click.UsageError: what is kept could not be found again, because each time a new seed is drawn.
    """
    if checkpoints is not None and given.get("seed") is None:
        raise click.UsageError("--checkpoints needs --seed, so that the same command goes on with the same paths")
