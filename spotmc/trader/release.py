"""``spotmc trader release``: the kill switch put back."""

import click

from spotmc.trader import options as of_traders


@click.command()
@of_traders.name_or_all
@click.option("--all", "everybody", is_flag=True, help="The switch of all traders; one of a trader's own stays on.")
def command(*, name: str | None, everybody: bool) -> None:
    """Put the kill switch of the trader NAME back: it may send orders again."""
    from fleet.traders import switches
    from spotmc.errors import as_click_errors

    whose = of_traders.whose(name, everybody=everybody)
    with as_click_errors():
        bucket = of_traders.own_bucket()
        was_on = switches.release(bucket, name)
    click.echo(f"The kill switch of {whose} is off{'' if was_on else ', and was before'}")
    if name and was_on:
        click.echo(f"spotmc trader run {name}  # where it does not run already")
