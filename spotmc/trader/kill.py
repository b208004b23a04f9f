"""``spotmc trader kill``: the kill switch."""

import click

from spotmc.trader import options as of_traders


@click.command()
@of_traders.name_or_all
@click.option("--all", "everybody", is_flag=True, help="All traders of the bucket, those to come among them.")
def command(*, name: str | None, everybody: bool) -> None:
    """Throw the kill switch of the trader NAME: it cancels its open orders and sends no more; its position stays.

    It asks nothing.  A trader that runs looks at the switch every few seconds; one that is started later stops at once.
    """
    from fleet.errors import UnreadableObjectError
    from fleet.traders import state
    from spotmc import output
    from spotmc.errors import as_click_errors

    whose = of_traders.whose(name, everybody=everybody)
    with as_click_errors():
        bucket = of_traders.own_bucket()
        state.kill(bucket, name, by=of_traders.who())
        click.echo(
            f"The kill switch of {whose} is on: no order is sent any more, and whoever runs cancels open ones within "
            "seconds, stops and targets among them; positions stay"
        )
        try:
            idle = name is not None and not state.load(bucket, name).holder
        except UnreadableObjectError as error:  # it is on all the same, and nobody shall believe that it is not
            output.print_warnings([f"{name}: {error}"])
            idle = False
    if idle:
        click.echo(
            f"No process runs {name}; where orders are open at the broker: spotmc trader run {name}  # cancels them"
        )
    click.echo(f"spotmc trader release {name or '--all'}  # puts it back")
