"""``spotmc submit``: a job onto the queue."""

import os
from pathlib import Path
from typing import Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.chosen import chosen_by, history_of, say_trying
from spotmc.sending import preview_option, send, show, wait_option


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
@preview_option
@wait_option
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | str | None,
    preview: bool,
    wait: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Put a job onto the queue."""
    from fleet.before_prices import require_simulation
    from fleet.chosen import strategy_at_hand
    from fleet.new_job import make_job
    from fleet.settings import Settings
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        settings = None if preview else Settings.from_environment(os.environ)
        chosen = chosen_by(given)
        require_simulation(chosen)
        history = history_of(symbol, source, prices, given)
        with strategy_at_hand(chosen, history, on_workers=True, trying=say_trying) as strategy:
            job = make_job(history, strategy=strategy, rules=chosen.rules, **chosen.of_a_simulation)
        output.print_warnings(job.experiment.warnings)
        if settings:
            send(job, history, chosen.contents, settings, wait=wait, as_json=as_json)
        else:
            show(job)
