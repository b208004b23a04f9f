"""``spotmc backtest``: a strategy on the one real history."""

import os
from pathlib import Path
from typing import Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.chosen import chosen_by, history_of, say_trying
from spotmc.sending import preview_option, require_sent, send, show, wait_option


@click.command(cls=asked.ExperimentCommand, asks=(asked.price_options, asked.strategy_options, asked.rules_options))
@click.option("--out", type=options.Folder(), help="Folder for job.json, equity.csv, trades.csv and summary.csv.")
@options.overwrite
@click.option("--submit", is_flag=True, help="Put it onto the queue instead of doing it here.")
@preview_option
@wait_option
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | str | None,
    out: Path | None,
    overwrite: bool,
    submit: bool,
    preview: bool,
    wait: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Trade a strategy on the real price history."""
    import montecarlo as mc
    from fleet.before_prices import require_strategy
    from fleet.chosen import strategy_at_hand
    from fleet.new_job import make_backtest_job
    from fleet.settings import Settings
    from montecarlo.experiments.historical import files_of
    from montecarlo.experiments.results_folder import INPUT_FILES, JOB, replaced, require_free
    from spotmc import output
    from spotmc.errors import as_click_errors

    require_sent(submit=submit, preview=preview, wait=wait, out=out, overwrite=overwrite, what="a backtest")
    with as_click_errors():
        settings = Settings.from_environment(os.environ) if submit and not preview else None
        chosen = chosen_by(given)
        require_strategy(chosen)
        history = history_of(symbol, source, prices, given)
        with strategy_at_hand(chosen, history, on_workers=submit, trying=say_trying) as strategy:
            if submit:
                job = make_backtest_job(history, strategy=strategy, rules=chosen.rules)
                output.print_warnings(job.experiment.warnings)
                if settings:
                    send(job, history, chosen.contents, settings, wait=wait, as_json=as_json)
                else:
                    show(job)
                return
            result = mc.backtest(history, strategy, rules=chosen.rules)
        output.print_warnings(result.warnings)
        if out is not None:
            job = make_backtest_job(history, strategy=strategy, rules=chosen.rules)
            contents = {JOB: job.to_json(), **files_of(result)}
            contents |= {INPUT_FILES[what]: content for what, content in chosen.contents.items()}
            if not overwrite:
                require_free(out, contents)
            with replaced(out) as folder:
                for name, content in contents.items():
                    (folder / name).write_bytes(content)
    if as_json:
        statistics = {name: record["value"] for name, record in output.plain_summary(result.summary).items()}
        output.print_json(
            {
                "symbol": history.symbol,
                "source": history.source,
                "strategy": strategy.to_dict(),
                "summary": statistics,
            }
        )
    else:
        dates = history.bars.index
        span = f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}, {output.describe_bars(len(dates), history.bars_per_year)}"
        title = f"{history.symbol} from {span}\n{strategy}"
        output.print_summary(result.summary, f"{title}\n{output.describe_rules(result.rules)}")
        if out is not None:
            click.echo(f"Written to {out}/")
