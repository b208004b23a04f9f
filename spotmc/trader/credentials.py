"""``spotmc trader credentials``: what opens a paper account, given to the trader of a stack."""

import click

from spotmc import options


@click.command()
@options.region
@options.stack_name
def command(*, region: str | None, name: str) -> None:
    """Give the trader of a stack the key of a paper account of Alpaca, which is asked for and shown nowhere.

    The key is kept in Secrets Manager, and the trader is started, or started anew.  A trader on this machine takes it
    from ALPACA_KEY_ID and ALPACA_SECRET_KEY instead.
    """
    from deployment.account import Account
    from spotmc.errors import as_click_errors
    from spotmc.stack_trader import give_credentials

    key_id = click.prompt("Key ID of the paper account, which begins with PK", err=True)
    secret_key = click.prompt("Its secret key", hide_input=True, err=True)
    with as_click_errors():
        give_credentials(Account.connect(region), name, key_id=key_id.strip(), secret_key=secret_key.strip())
