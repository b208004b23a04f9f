"""The work of a training job, from its folder to results, metrics, a picture, and what can be served."""

import json
import traceback
from collections.abc import Mapping

from container import metrics
from container.measured import measured
from container.opt_ml import PICTURE_FILE, STRATEGY_FILE, OptMl
from container.progress import Log
from container.stopping import Stopping
from container.work import Work, job_at_hand, read_work, to_be_served
from fleet.job import Job
from montecarlo.accounting.rules import Rules
from montecarlo.errors import LibraryError
from montecarlo.experiments import sentence
from montecarlo.experiments.compiling import load_stages
from montecarlo.experiments.experiment import Standing
from montecarlo.experiments.results_folder import INPUT_FILES, JOB, forget_unfinished
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.traded_paths import TradedPaths


def run(folder: OptMl, environment: Mapping[str, str], log: Log, stopping: Stopping) -> None:
    """Do the work that the folder asks for, and leave its results there.

    Args:
        folder: Of the training job.
        environment: Says whether a rule of a person's own may run.
        log: Told what is done, and how far it is.
        stopping: Raises what ends the work; once the results are there, it no longer does.

    Raises:
        ParameterError, HistoryError, RuleError, TrainedModelError: it cannot be done as it is asked for.
        LibraryError: this installation lacks something.
        OSError: a file cannot be read or written.
    """
    work = read_work(folder, environment)
    with job_at_hand(work, log.say) as job:
        if job.experiment.lacks:
            raise LibraryError(job.experiment.lacks)
        log.say(f"{work.asked.work}: {job.symbol} ({job.source}), {job.experiment.title}, job {job.id}")
        log.warn(job.experiment.warnings)
        forget_unfinished(folder.model)
        for name in (STRATEGY_FILE, PICTURE_FILE):
            (folder.model / name).unlink(missing_ok=True)
        if isinstance(job.experiment, TradedPaths):
            load_stages(job.experiment)
        results = _results(folder, work, job, log)
        stopping.enough()
    _leave(folder, work, job, results, log)


def _results(folder: OptMl, work: Work, job: Job, log: Log) -> dict[str, bytes]:
    """Do it, or the rest of it, and write the results."""
    ends: list[Standing] = []
    log.begin(job.experiment)
    results = run_to_folder(
        job.experiment,
        folder.model,
        beside={JOB: job.to_json(), **{INPUT_FILES[what]: content for what, content in work.contents.items()}},
        threads=work.asked.threads,
        progress=log.progress,
        told=ends.append,
        checkpoints=folder.checkpoints / job.id if folder.checkpoints.is_dir() else None,
        tell=log.say,
    )
    log.far()
    if ends and ends[-1].warning:
        log.warn([ends[-1].warning])
    return results


def _leave(folder: OptMl, work: Work, job: Job, results: Mapping[str, bytes], log: Log) -> None:
    """What is said and stored of results that are there."""
    strategy = to_be_served(work, job, results)
    if strategy is not None:
        (folder.model / STRATEGY_FILE).write_text(json.dumps(strategy.to_dict(), allow_nan=False))
    rules = getattr(job.experiment, "rules", Rules())
    for line in metrics.lines(work.asked.work, measured(work.asked.work, results, rules.capital)):
        log.say(line)
    log.say(sentence.of_results(job.symbol, job.experiment, results.__getitem__))
    try:
        from montecarlo.charts.picture import picture_of

        picture = picture_of(_with_rows(folder, results), job.experiment, work.history)
        (folder.model / PICTURE_FILE).write_bytes(picture)
    except Exception as error:  # noqa: BLE001 (the results are there, and are worth more)
        traceback.print_exc()
        (folder.model / PICTURE_FILE).unlink(missing_ok=True)
        log.say(f"No {PICTURE_FILE} could be made, {type(error).__name__}: {error}; all other results are there")
    log.say(f"Written to {folder.model}: {', '.join(sorted(path.name for path in folder.model.iterdir()))}")


def _with_rows(folder: OptMl, results: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The results, and the rows of a simulation where there are few enough to be read for a picture."""
    from montecarlo.charts.pictures.spread import MOST_ROWS, ROWS

    rows = folder.model / ROWS
    if not rows.exists() or rows.stat().st_size > MOST_ROWS:
        return results
    return {**results, ROWS: rows.read_bytes()}
