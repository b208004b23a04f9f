"""``spotmc trader delete``: a trader that is to trade no more."""

import click

from spotmc.trader import options as of_traders


@click.command()
@of_traders.name
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(*, name: str, yes: bool) -> None:
    """Delete the trader NAME with its days, orders and report; its name and its symbol are free then.

    A trader that runs is not deleted.  What it has at the broker stays there: throw its kill switch first, which
    cancels its orders, and close its position.
    """
    from fleet.errors import UnreadableObjectError
    from fleet.traders import deletion, state
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = of_traders.own_bucket()
        position = ""
        try:
            now = state.load(bucket, name)
        except UnreadableObjectError as error:
            click.echo(f"{name} cannot be read: {error}", err=True)
        else:
            if now.holder:
                raise click.ClickException(f"{name} is run by {now.holder}: end that process first")
            if now.last and now.last.standing.shares:
                held = f"{now.last.standing.shares:,} shares of {now.settings.job.symbol}"
                position = f"; it holds {held} at its broker ({now.settings.broker}), where they stay"
        if not yes:
            click.confirm(f"Delete all that {name} has left in the bucket{position}?", abort=True, err=True)
        deleted = deletion.delete(bucket, name)
    click.echo(f"Deleted {name}, {deleted:,} objects")
