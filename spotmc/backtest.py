"""``spotmc backtest``: a strategy on the one real history."""

from pathlib import Path
from typing import Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.chosen import Chosen, history_of, strategy_at_hand


@click.command(cls=asked.ExperimentCommand, asks=(asked.price_options, asked.strategy_options, asked.rules_options))
@click.option("--out", type=options.Folder(), help="Folder for equity.csv and trades.csv.")
@options.overwrite
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Trade a strategy on the real price history."""
    import montecarlo as mc
    from montecarlo.experiments.results_folder import replaced, require_free
    from spotmc import output
    from spotmc.before_prices import require_strategy
    from spotmc.errors import as_click_errors

    with as_click_errors():
        chosen = Chosen.of(given)
        require_strategy(chosen)
        history = history_of(symbol, source, prices, given)
        with strategy_at_hand(chosen, history) as (strategy, _):
            result = mc.backtest(history, strategy, rules=chosen.rules)
        output.print_warnings(result.warnings)
        if out is not None:
            files = {"equity.csv": result.equity.to_csv(), "trades.csv": result.trades.to_csv(index=False)}
            contents = {name: text.encode() for name, text in files.items()}
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
