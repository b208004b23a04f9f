"""``spotmc trader dry-run``: a trader on past days, in memory, beside the backtest."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.trader import options as of_traders
from spotmc.trader.errors import HaltedError, as_trader_errors
from spotmc.trader.wanted import wanted

if TYPE_CHECKING:
    from fleet.events import Event
    from fleet.traders.orders import OrderRecord
    from spotmc.trader.wanted import Wanted
    from trader.dry_run import DryRun


@click.command(
    cls=asked.ExperimentCommand,
    asks=(
        asked.price_options,
        asked.strategy_options,
        of_traders.rules_options,
        of_traders.simulated_options,
        of_traders.limits_options,
    ),
)
@of_traders.days_shown(5)
@of_traders.out
@options.overwrite
@options.as_json
def command(*, last: int, out: Path | None, overwrite: bool, as_json: bool, **given: Any) -> None:
    """Have a trader trade the days of a price history here and now, and compare it with the backtest: start here.

    It decides, sends and keeps account as `run` does, at our own paper broker and with everything in memory: no bucket
    and no account are needed.
    """
    from spotmc import output
    from spotmc.trader.compared import Compared

    with as_trader_errors():
        with wanted(given, feed="replay", broker="paper", carried=False) as found:
            output.print_warnings(found.warnings)
            done = _trade(found)
        compared = Compared(done.report, done.trades, done.backtest_trades)
        if out is not None:
            compared.write(out, overwrite=overwrite)
    if as_json:
        plain = {"symbol": found.history.symbol, "strategy": found.strategy.to_dict(), "outcome": done.outcome}
        plain |= {"halt": done.halt, "differences": list(done.differences), "orders": _counted(done.orders)}
        output.print_json(plain | compared.plain(last))
    else:
        click.echo(_title(found))
        compared.print_totals(of=_days(found))
        compared.print("The last days", last)
        click.echo(
            f"orders: {', '.join(f'{count:,} {state}' for state, count in _counted(done.orders).items()) or 'none'}"
        )
        click.echo(str(compared.difference))
        if out is not None:
            click.echo(f"Written to {out}/")
    if done.halt:
        raise HaltedError(f"halted: {done.halt}")
    if done.differences:
        raise click.ClickException(f"paper and backtest are not the same, which is our mistake: {done.differences[0]}")
    if not as_json:
        click.echo("spotmc trader create NAME  # with the same options: a trader that is kept")


def _trade(found: "Wanted") -> "DryRun":
    from spotmc.progress_bar import progress_bar
    from trader.dry_run import dry_run
    from trader.events import Decided

    with progress_bar(_days(found), "Trading") as progress:

        def tell(event: "Event") -> None:
            if isinstance(event, Decided):
                progress(event.number + 1)

        return dry_run(found.history, found.strategy, found.rules, first=found.first, limits=found.limits, emit=tell)


def _days(found: "Wanted") -> int:
    """How many days it is told."""
    import numpy as np

    dates = found.history.dates
    return len(dates) - (0 if found.first is None else int(np.searchsorted(dates, np.datetime64(found.first, "D"))))


def _title(found: "Wanted") -> str:
    from spotmc import output

    return f"{found.history.symbol} ({found.history.source}), {found.strategy}\n{output.describe_rules(found.rules)}"


def _counted(orders: Sequence["OrderRecord"]) -> dict[str, int]:
    """How many came to which end."""
    return dict(Counter(each.state for each in orders).most_common())
