"""Partitions of AWS: worlds of their own, with other accounts, other addresses and other ARNs.

https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Partition:
    """What differs.

    Attributes:
        name: As ARNs have it.
        url_suffix: Of the addresses of services.
    """

    name: str
    url_suffix: str


# By how the names of their regions begin.
_PARTITIONS = {
    "cn-": Partition("aws-cn", "amazonaws.com.cn"),
    "eu-isoe-": Partition("aws-iso-e", "cloud.adc-e.uk"),
    "eusc-": Partition("aws-eusc", "amazonaws.eu"),
    "us-gov-": Partition("aws-us-gov", "amazonaws.com"),
    "us-iso-": Partition("aws-iso", "c2s.ic.gov"),
    "us-isob-": Partition("aws-iso-b", "sc2s.sgov.gov"),
    "us-isof-": Partition("aws-iso-f", "csp.hci.ic.gov"),
}
_COMMERCIAL = Partition("aws", "amazonaws.com")


def partition(region: str) -> Partition:
    """That a region is in."""
    return next((each for begin, each in _PARTITIONS.items() if region.startswith(begin)), _COMMERCIAL)
