"""The part of a stack that runs a trader on paper: a service of ECS on Fargate, its image, and its credentials."""

from dataclasses import dataclass

from deployment.account import Account, DeploymentError
from deployment.stack import Deployed, find
from fleet.bucket import Bucket
from fleet.errors import explained
from fleet.traders import switches

RUNS = "yes"  # of the parameter TraderRuns


@dataclass(frozen=True)
class TraderService:
    """What runs a trader of a stack.

    Attributes:
        stack: Name of the stack.
        trader: Name of the trader.
        cluster, service: ARNs.
        secret: ARN of the secret with its credentials.
        runs: Whether the stack wants it to run.
    """

    stack: str
    trader: str
    cluster: str
    service: str
    secret: str
    runs: bool


@dataclass(frozen=True)
class ServiceState:
    """How a service stands.

    Attributes:
        trader: Name of the trader.
        wanted, running: Numbers of tasks, each 0 or 1.
        says: What ECS has said of it last; empty where it has said nothing.
        halt: Why the trader has halted; empty where it has not.
    """

    trader: str
    wanted: int
    running: int
    says: str
    halt: str


def trader_of(account: Account, name: str) -> TraderService:
    """
    Raises:
        DeploymentError: there is no such stack, or it has no such part (yet).
    """
    deployed = find(account.cloudformation, name)
    if deployed is None:
        raise DeploymentError(f"there is no stack {name} in {account.region}; `spotmc deploy` creates one")
    if not deployed.ours:
        raise DeploymentError(f"the stack {name} is of something else; give another --name")
    found = service_in(deployed, name)
    if found is None:
        if deployed.status.endswith("_IN_PROGRESS"):
            raise DeploymentError(f"the stack {name} is {deployed.status}: wait until that is done")
        raise DeploymentError(
            f"the stack {name} runs no trader: `spotmc deploy --name {name} --trader NAME` adds the service for one "
            "that `spotmc trader create NAME` has made"
        )
    return found


def service_in(deployed: Deployed, name: str) -> TraderService | None:
    """That of a stack; None where it has none."""
    outputs, parameters = deployed.outputs, deployed.parameters
    needed = ("TraderCluster", "TraderService", "TraderSecretArn")
    if not all(outputs.get(each) for each in needed):
        return None
    cluster, service, secret = (outputs[each] for each in needed)
    return TraderService(
        name, parameters.get("Trader", ""), cluster, service, secret, parameters.get("TraderRuns") == RUNS
    )


def state_of(account: Account, service: TraderService, bucket: Bucket) -> ServiceState:
    """
    Args:
        account: Where.
        service: Of a stack.
        bucket: That of its results.

    Raises:
        DeploymentError: ECS does not tell, or knows no such service.
        BucketError
    """
    with explained(DeploymentError, f"see how the service of the trader {service.trader} stands"):
        found = account.ecs.describe_services(cluster=service.cluster, services=[service.service])["services"]
    if not found or found[0]["status"] != "ACTIVE":
        raise DeploymentError(f"ECS has no service for the trader {service.trader}; `spotmc deploy` makes it anew")
    [said] = found
    events, halt = said.get("events", []), switches.halted(bucket, service.trader)
    return ServiceState(
        service.trader,
        said["desiredCount"],
        said["runningCount"],
        events[0]["message"] if events else "",
        halt.reason if halt else "",
    )


def restart(account: Account, service: TraderService) -> None:
    """Have ECS end the task and start another one, which reads the credentials anew; the old one ends first.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"start the trader {service.trader} anew"):
        account.ecs.update_service(cluster=service.cluster, service=service.service, forceNewDeployment=True)
