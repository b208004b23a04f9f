"""``spotmc portfolio``: several symbols in one account, on simulated paths."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import holding_options as asked
from spotmc import options
from spotmc.asked_holdings import chosen_holdings, joint_history_of, say_unknown_currencies
from spotmc.sending import preview_option, require_sent, send, show, wait_option

if TYPE_CHECKING:
    from fleet.job import Job
    from montecarlo.data.joint_history import JointHistory
    from montecarlo.experiments.experiment import Standing


@click.command(
    cls=asked.HoldingsCommand,
    asks=(
        asked.holdings_options,
        asked.traded_options,
        asked.price_options,
        asked.path_options,
        asked.portfolio_rules_options,
    ),
)
@options.threads
@click.option("--out", type=options.Folder(), help="Folder for the results.  [default: the job's id]")
@options.overwrite
@options.checkpoints
@click.option("--submit", is_flag=True, help="Put it onto the queue instead of doing it here.")
@preview_option
@wait_option
@options.as_json
def command(
    *,
    threads: int | None,
    out: Path | None,
    overwrite: bool,
    checkpoints: Path | None,
    submit: bool,
    preview: bool,
    wait: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Hold several symbols in one account, on simulated futures in which they move together.

    Tells what may become of it, what each symbol contributes to gain and risk, which symbols it beats, and how little
    of the best weighting survives another draw of the history.
    """
    from fleet.new_job import make_portfolio_job
    from fleet.settings import Settings
    from montecarlo.experiments.parallel import require_threads
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.run import require_seed

    require_sent(submit=submit, preview=preview, wait=wait, out=out, overwrite=overwrite, what="a portfolio")
    if submit and (threads is not None or checkpoints is not None):
        raise click.UsageError("--threads and --checkpoints are for a portfolio that is simulated here")
    require_seed(checkpoints, given)
    with as_click_errors():
        settings = Settings.from_environment(os.environ) if submit and not preview else None
        chosen = chosen_holdings(given)
        require_threads(threads)
        history = joint_history_of(chosen, given)
        job = make_portfolio_job(history, chosen.of_history(history), **chosen.of_a_portfolio)
        output.print_warnings(job.experiment.warnings)
        say_unknown_currencies(history)
        if settings:
            send(job, history, {}, settings, wait=wait, as_json=as_json)
        elif preview:
            show(job)
        else:
            _simulate(job, history, out, threads, overwrite=overwrite, checkpoints=checkpoints, as_json=as_json)


def _simulate(
    job: "Job",
    history: "JointHistory",
    out: Path | None,
    threads: int | None,
    *,
    overwrite: bool,
    checkpoints: Path | None,
    as_json: bool,
) -> None:
    from spotmc import output, portfolio_output
    from spotmc.run import run_job

    folder = Path(job.id) if out is None else out
    ends: list[Standing] = []
    files = run_job(job, folder, threads, overwrite=overwrite, told=ends.append, checkpoints=checkpoints)
    output.print_warnings(output.missed(ends[-1] if ends else None))
    frontier = portfolio_output.frontier_of(history, job.experiment)
    if as_json:
        told = portfolio_output.plain(job, files, frontier)
        output.print_json({"job_id": job.id, "out": str(folder), **told})
        return
    portfolio_output.show(job, files, frontier)
    click.echo(f"Written to {folder}/")
