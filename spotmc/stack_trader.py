"""The service that runs a trader of a stack: when it may start, and the credentials that a person gives it."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cloudformation.template import Stack
    from deployment.account import Account
    from deployment.stack import Deployed


def is_to_run(stack: "Stack") -> bool:
    """Whether a stack, as it would be, has a trader that runs."""
    return bool(stack.parameters["Trader"]) and stack.parameters["TraderRuns"] == "yes"


def has_to_wait(account: "Account", deployed: "Deployed | None", name: str, trader: str) -> str:
    """Why a trader cannot run in a stack as it is; empty where it can.

    A service that starts without an image, or a trader without credentials, would end and be started again and again,
    and the change of the stack fail.

    Args:
        account: Where.
        deployed: The stack; None where there is none.
        name: Of the stack.
        trader: Name of the trader.

    Raises:
        FleetError: the trader or its credentials cannot be looked at.
    """
    from deployment.trader import service_in
    from deployment.trader_checks import needs_credentials
    from deployment.trader_credentials import are_given

    service = service_in(deployed, name) if deployed else None
    if deployed is None or service is None:
        return "its image is not there yet"
    if service.runs and service.trader == trader:
        return ""
    if needs_credentials(account, deployed.outputs["BucketName"], trader) and not are_given(account, service):
        return f"it has no credentials yet: `spotmc trader credentials --name {name}` asks for them"
    return ""


def begin(account: "Account", name: str, trader: str) -> None:
    """Have a trader run whose image is there, or say what is missing.

    Raises:
        FleetError, click.ClickException: it fails.
    """
    from deployment.artefacts import Published
    from deployment.stack import find
    from spotmc.stack_change import change

    deployed = find(account.cloudformation, name)
    if deployed is None:
        raise click.ClickException(f"the stack {name} is gone: somebody else deleted it")
    if why_not := has_to_wait(account, deployed, name, trader):
        again = f"`spotmc deploy --name {name} --trader {trader}` starts it then"
        click.echo(f"The trader {trader} does not run: {why_not}; {again}.", err=True)
        return
    click.echo(f"Starting the trader {trader}", err=True)
    place = Published(deployed.parameters["ArtefactBucket"], deployed.parameters["ArtefactPrefix"], account.region)
    change(account, name, {"TraderRuns": "yes"}, place.template_url, deployed, drain=False)


def give_credentials(account: "Account", name: str, *, key_id: str, secret_key: str) -> None:
    """Keep the credentials of a stack's trader; one that runs is started anew with them.

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
        click.echo(f"The trader {service.trader} is started anew, which takes two minutes.", err=True)
    else:
        click.echo(f"`spotmc deploy --name {name} --trader {service.trader}` starts it.", err=True)
