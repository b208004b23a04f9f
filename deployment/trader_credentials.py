"""Credentials of a trader's paper account: in Secrets Manager, put there by a person and read by the service alone."""

import json

from deployment.account import Account, DeploymentError
from deployment.trader import TraderService
from fleet.errors import explained

KEY_ID, SECRET_KEY = "ALPACA_KEY_ID", "ALPACA_SECRET_KEY"
"""Under which names they lie in the secret, and the trader finds them in its environment."""

NOT_GIVEN = "not-given"
"""What the template puts in their place: no account has such a key."""

_OF_PAPER = "PK"  # how ids of keys for paper begin


def give(account: Account, service: TraderService, *, key_id: str, secret_key: str) -> None:
    """Put credentials into the secret of a trader; it reads them when it starts the next time.

    Raises:
        DeploymentError: the key is not for paper, or AWS refuses; neither of the two is repeated in the message.
    """
    if not key_id.startswith(_OF_PAPER):
        raise DeploymentError(
            f"this key is not for paper: the id of one that is begins with {_OF_PAPER}; make one on the page of the "
            "paper account"
        )
    if not secret_key:
        raise DeploymentError("the secret key is empty")
    content = json.dumps({KEY_ID: key_id, SECRET_KEY: secret_key})
    with explained(DeploymentError, f"keep the credentials of the trader {service.trader}"):
        account.secrets.put_secret_value(SecretId=service.secret, SecretString=content)


def are_given(account: Account, service: TraderService) -> bool:
    """Whether a person has put any there; they are not read.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"see whether the trader {service.trader} has credentials"):
        versions = account.secrets.describe_secret(SecretId=service.secret).get("VersionIdsToStages", {})
    return any("AWSPREVIOUS" in stages for stages in versions.values())
