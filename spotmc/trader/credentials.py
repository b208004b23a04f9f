"""``spotmc trader credentials``: what opens a paper account, given to the trader of a stack."""

import os

import click

from spotmc import options


@click.command()
@options.region
@options.stack_name
@click.option("--from-environment", is_flag=True, help="Take ALPACA_KEY_ID and ALPACA_SECRET_KEY instead of asking.")
def command(*, region: str | None, name: str, from_environment: bool) -> None:
    """Give the trader of a stack the key of a paper account of Alpaca; it is asked for, and shown nowhere.

    The key is kept in Secrets Manager, and the trader is started, or started anew.  A trader on this machine takes it
    from ALPACA_KEY_ID and ALPACA_SECRET_KEY instead.
    """
    from deployment.account import Account
    from deployment.trader import trader_of
    from deployment.trader_credentials import KEY_ID, SECRET_KEY
    from spotmc.errors import as_click_errors
    from spotmc.stack_trader import give_credentials

    with as_click_errors():
        account = Account.connect(region)
        trader_of(account, name)  # nobody types a key for a stack that has no trader
        if from_environment:
            if lacking := [each for each in (KEY_ID, SECRET_KEY) if not os.environ.get(each)]:
                raise click.UsageError(f"--from-environment: {' and '.join(lacking)} not in the environment")
            key_id, secret_key = os.environ[KEY_ID], os.environ[SECRET_KEY]
        else:
            key_id = click.prompt("Key id of the paper account, which begins with PK", err=True)
            secret_key = click.prompt("Its secret key", hide_input=True, err=True)
        give_credentials(account, name, key_id=key_id.strip(), secret_key=secret_key.strip())
