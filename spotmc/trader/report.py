"""``spotmc trader report``: paper beside backtest, day by day."""

from pathlib import Path

import click

from spotmc import options
from spotmc.trader import options as of_traders


@click.command()
@of_traders.name
@of_traders.days_shown(20)
@of_traders.out
@options.overwrite
@options.as_json
def command(*, name: str, last: int, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Compare the trader NAME with the backtest of the same days: shares and equity at each close, and trades."""
    from fleet.traders import state
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.trader.compared import Compared

    with as_click_errors():
        bucket = of_traders.own_bucket()
        now = state.load(bucket, name)
        if now.last is None:
            raise click.ClickException(f"{name} has not traded a day yet: `spotmc trader run {name}` has it trade")
        found = Compared.of_trader(bucket, name)
        if out is not None:
            found.write(out, overwrite=overwrite)
    if as_json:
        output.print_json({"trader": name, "status": now.status, **found.plain(last)})
        return
    found.print(f"{name}: {now.settings.job.symbol} on paper, and its backtest", last)
    click.echo(str(found.difference))
    if out is not None:
        click.echo(f"Written to {out}/")
