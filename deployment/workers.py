"""The workers of a stack, whichever way they are run."""

from deployment.account import Account
from deployment.scaling_group import WorkerGroup
from deployment.spot_fleet import WorkerFleet
from deployment.stack import Deployed
from fleet.queue import Queue


def workers_of(account: Account, deployed: Deployed) -> WorkerFleet | WorkerGroup | None:
    """The fleet or the group of the workers of a stack; None where they are on Batch, or not there yet."""
    queue_url = deployed.outputs.get("WorkQueueUrl")
    if not queue_url:
        return None
    queue = Queue(account.sqs, queue_url)
    if fleet_id := deployed.outputs.get("WorkerFleet"):
        return WorkerFleet(account.ec2, account.scaling, fleet_id, queue)
    if name := deployed.outputs.get("WorkerGroup"):
        return WorkerGroup(account.autoscaling, name, queue)
    return None
