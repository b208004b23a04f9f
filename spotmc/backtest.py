"""``spotmc backtest``: the strategy on the one real history."""

from pathlib import Path
from typing import Any

import click

from spotmc import options


@click.command()
@options.price_options
@options.strategy_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for equity.csv and trades.csv.")
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | None,
    short: int,
    long: int,
    shares: float | None,
    all_in: bool,
    out: Path | None,
    as_json: bool,
    **rules: Any,
) -> None:
    """Trade the strategy on the real price history."""
    import montecarlo as mc
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        history = options.history_of(symbol, source, prices)
        strategy = mc.SmaCrossover(short, long)
        result = mc.backtest(history, strategy, shares=options.shares_of(shares, all_in), **rules)
        output.print_warnings(result.warnings)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            result.equity.to_csv(out / "equity.csv")
            result.trades.to_csv(out / "trades.csv", index=False)
    if as_json:
        statistics = {name: record["value"] for name, record in output.plain_summary(result.summary).items()}
        output.print_json({"symbol": history.symbol, "source": history.source, "summary": statistics})
    else:
        dates = history.bars.index
        title = f"{history.symbol} from {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}, windows {short} and {long}"
        output.print_summary(result.summary, f"{title}\n{output.describe_rules(result.rules)}")
        if out is not None:
            click.echo(f"Written to {out}/")
