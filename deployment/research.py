"""The part of a stack that trains and serves on SageMaker: its image, its roles, and the bucket that they may use."""

from dataclasses import dataclass

from deployment.account import Account, DeploymentError
from deployment.stack import find

ALLOW = "allow"  # of the parameter OwnRules, and of the environment of what runs them


@dataclass(frozen=True)
class Research:
    """What training jobs and endpoints of a stack are made of.

    Attributes:
        stack: Name of the stack.
        bucket: Where inputs and results are.
        image: Address of the container image, with its tag.
        training_role, endpoint_role: ARNs of the roles that jobs and endpoints have.
        own_rules: Whether people's own rules may run.
        key: ARN of the key that encrypts the bucket; empty where S3's own does.
    """

    stack: str
    bucket: str
    image: str
    training_role: str
    endpoint_role: str
    own_rules: bool
    key: str = ""


def research_of(account: Account, name: str) -> Research:
    """
    Raises:
        DeploymentError: there is no such stack, or it has no such part (yet).
    """
    deployed = find(account.cloudformation, name)
    if deployed is None:
        raise DeploymentError(
            f"there is no stack {name} in {account.region}; `spotmc deploy --research` creates one that trains and "
            "serves on SageMaker"
        )
    if not deployed.ours:
        raise DeploymentError(f"the stack {name} is of something else; give another --name")
    outputs = deployed.outputs
    needed = ("BucketName", "ResearchImage", "TrainingRoleArn", "EndpointRoleArn")
    if missing := [each for each in needed if not outputs.get(each)]:
        if deployed.status.endswith("_IN_PROGRESS"):
            raise DeploymentError(f"the stack {name} is {deployed.status}: wait until that is done")
        raise DeploymentError(
            f"the stack {name} has no part for SageMaker ({', '.join(missing)}): "
            f"`spotmc deploy --name {name} --research` adds it"
        )
    bucket, image, training_role, endpoint_role = (outputs[each] for each in needed)
    own_rules, key = deployed.parameters.get("OwnRules") == ALLOW, deployed.parameters.get("KmsKeyArn", "")
    return Research(name, bucket, image, training_role, endpoint_role, own_rules, key)
