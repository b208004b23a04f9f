"""``spotmc trader kill``: the kill switch."""

from datetime import UTC, datetime

import click

from spotmc.trader import options as of_traders


@click.command()
@of_traders.name_or_all
@click.option("--all", "everybody", is_flag=True, help="All traders of the bucket, those to come among them.")
def command(*, name: str | None, everybody: bool) -> None:
    """Throw the kill switch of the trader NAME: it cancels its open orders and sends no more; its position stays.

    It asks nothing.  A trader that runs looks at the switch every few seconds; one that is started later stops at once.
    """
    from fleet.traders import leases, switches
    from spotmc.errors import as_click_errors

    whose = of_traders.whose(name, everybody=everybody)
    with as_click_errors():
        bucket = of_traders.own_bucket()
        switches.kill(bucket, name, by=of_traders.who())
        # Said before anything else of the trader is looked at, which may be what is damaged.
        click.echo(
            f"The kill switch of {whose} is on: no order is sent any more, open ones are cancelled, positions stay"
        )
        lease = leases.look(bucket, name)[0] if name else None
        if name and not (lease and lease.holder_at(datetime.now(UTC))):
            click.echo(
                f"No process runs {name}; if orders are open at the broker: spotmc trader run {name}  # cancels them"
            )
    click.echo(f"spotmc trader release {name or '--all'}  # puts it back")
