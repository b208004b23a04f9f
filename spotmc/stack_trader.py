"""What a person does with the service that runs a trader in a stack: giving it credentials, and starting it."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deployment.account import Account


def give_credentials(account: "Account", name: str, *, key_id: str, secret_key: str) -> None:
    """Keep the credentials of a stack's trader, and have it use them: it is started, or started anew.

    Args:
        account: Where.
        name: Of the stack.
        key_id, secret_key: Of the paper account; asked for without an echo, and never an argument.

    Raises:
        DeploymentError: there is no such stack, it runs no trader, or the key is not for paper.
    """
    from deployment import trader, trader_credentials

    service = trader.trader_of(account, name)
    trader_credentials.give(account, service, key_id=key_id, secret_key=secret_key)
    click.echo(f"The credentials of the trader {service.trader} are kept in {service.secret}", err=True)
    if service.runs:
        trader.restart(account, service)
        click.echo(f"The trader {service.trader} is started anew, which takes two minutes", err=True)
    else:
        start(account, name)


def start(account: "Account", name: str) -> None:
    """Change the stack such that its trader runs, and show how it goes.

    Raises:
        click.ClickException: it fails.
    """
    from deployment.artefacts import Published
    from spotmc.stack_change import change, settled

    before = settled(account, name)
    if before is None:
        raise click.ClickException(f"there is no stack {name} in {account.region}; `spotmc deploy` creates one")
    place = Published(before.parameters["ArtefactBucket"], before.parameters["ArtefactPrefix"], account.region)
    change(account, name, {"TraderRuns": "yes"}, place.template_url, before, drain=False)
