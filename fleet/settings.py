"""Where the queue and the bucket are, from the standard environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from fleet.errors import SettingsError
from fleet.reasons import REGION

VARIABLES = {"region": "AWS_REGION", "queue_url": "SPOTMC_QUEUE_URL", "bucket": "SPOTMC_BUCKET"}

OWN_RULES = "SPOTMC_OWN_RULES"
ALLOW, REFUSE = "allow", "refuse"
"""Whether people's own rules are run here: they are code with the rights of the process that has them run."""

_QUEUE_URL = re.compile(r"https?://[^\s/]+/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?")
_SQS_HOST = re.compile(r"https?://(?:sqs\.(?P<new>[a-z0-9-]+)|(?P<old>[a-z0-9-]+)\.queue)\.amazonaws\.(?:com|eu)")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_CHARACTERS = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SHORTEST_BUCKET, _LONGEST_BUCKET = 3, 63
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the queue and the bucket are.

    Args:
        region: AWS region of both.
        queue_url: URL of the SQS queue that jobs wait in.
        bucket: Name of the S3 bucket that holds price snapshots, jobs and results.
        endpoint_url: Where an emulator answers instead of AWS; None for AWS.
    """

    region: str
    queue_url: str
    bucket: str
    endpoint_url: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The settings that AWS_REGION, SPOTMC_QUEUE_URL, SPOTMC_BUCKET and perhaps AWS_ENDPOINT_URL give.

        Raises:
            SettingsError: naming the variables that are missing, empty or of a form that nothing there can have.
        """
        missing = [name for name in VARIABLES.values() if not environ.get(name)]
        if missing:
            raise SettingsError(
                f"the environment lacks {', '.join(missing)}: set {'it' if len(missing) == 1 else 'them'}, "
                "or start a queue and a bucket on this machine with `spotmc local`"
            )
        region, queue_url, bucket = (environ[name] for name in VARIABLES.values())
        endpoint_url = environ.get("AWS_ENDPOINT_URL") or None
        settings = cls(region=region, queue_url=queue_url, bucket=bucket, endpoint_url=endpoint_url)
        if found := problems(settings):
            raise SettingsError("; ".join(f"{VARIABLES[field]} {problem}" for field, problem in found.items()))
        return settings


def own_rules_allowed(environ: Mapping[str, str]) -> bool:
    """Whether SPOTMC_OWN_RULES allows people's own rules to be run here; without it they are refused.

    Raises:
        SettingsError: it says something else.
    """
    said = environ.get(OWN_RULES) or REFUSE
    if said not in (ALLOW, REFUSE):
        raise SettingsError(f"{OWN_RULES} must be {ALLOW} or {REFUSE}, not {said[:40]!r}")
    return said == ALLOW


def problems(settings: Settings) -> dict[str, str]:
    """What is wrong with the form of the settings, by field; empty when they can be tried."""
    found = {}
    if not REGION.fullmatch(settings.region):
        found["region"] = f"must be an AWS region such as us-east-1, not {settings.region!r}"
    host = _SQS_HOST.match(settings.queue_url)
    if not _QUEUE_URL.fullmatch(settings.queue_url):
        expected = "https://sqs.<region>.amazonaws.com/<account>/<name>"
        found["queue_url"] = f"must be the URL of an SQS queue, {expected}, not {settings.queue_url[:200]!r}"
    elif settings.queue_url.endswith(".fifo"):
        found["queue_url"] = (
            f"must be that of a standard queue, not of a FIFO queue like {settings.queue_url.rpartition('/')[2]}: "
            "create one whose name does not end in .fifo"
        )
    elif host and "region" not in found and (elsewhere := host["new"] or host["old"]) != settings.region:
        found["queue_url"] = f"is in region {elsewhere}, but the region is {settings.region}"
    if problem := bucket_problem(settings.bucket):
        found["bucket"] = f"must be the name of an S3 bucket, {problem}, not {settings.bucket[:80]!r}"
    return found


def bucket_problem(name: str) -> str:
    """Which rule for names it breaks; empty where it may be that of a bucket."""
    if name and not _BUCKET_CHARACTERS.fullmatch(name):
        return "small letters, digits, dots and hyphens, with a letter or a digit first and last"
    if len(name) < _SHORTEST_BUCKET:
        return f"which has at least {_SHORTEST_BUCKET} characters"
    if len(name) > _LONGEST_BUCKET:
        return f"which has {_LONGEST_BUCKET} characters at most"
    if ".." in name:
        return "without two dots in a row"
    return "which is no IP address" if _IP_ADDRESS.fullmatch(name) else ""
