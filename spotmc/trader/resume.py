"""``spotmc trader resume``: a halt that a person has looked at is lifted."""

import click

from spotmc.trader import options as of_traders


@click.command()
@of_traders.name
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(*, name: str, yes: bool) -> None:
    """Lift the halt of the trader NAME, once a person has looked at its reason; the reason is kept.

    At its next start the trader compares its position and its orders with the broker's, and halts again where they
    are not the same.
    """
    from fleet.traders import state
    from spotmc.errors import as_click_errors
    from spotmc.trader import words

    with as_click_errors():
        bucket = of_traders.own_bucket()
        now = state.load(bucket, name)
        halt = now.halt
        if halt is None:
            click.echo(f"{name} has not halted")
            return
        click.echo(f"{name} {words.halted(halt)}", err=True)
        if not yes:
            click.confirm("Lift this?", abort=True, err=True)
        state.lift(bucket, name)
    click.echo(f"The halt of {name} is lifted")
    click.echo(f"{now.settings.run_command}  # where it does not run already")
