"""What one machine of an Auto Scaling group may cost, from what all may cost: a group knows no limit for all."""

from collections.abc import Mapping

from cloudformation.template import PARENT, read
from deployment.account import DeploymentError

ALL, MOST, EACH = "MaxDollarsPerHour", "MaxWorkers", "MachineDollarsPerHour"
ON_DEMAND = "OnDemandPercent"


def price_for_each(given: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """The parameter that limits the Spot price of a machine: MaxDollarsPerHour / MaxWorkers.

    Nothing is worked out where the workers are in no group, where a person says what a machine may cost, and where
    nothing that it depends on is given.

    Args:
        given: What a person wants now.
        known: What the stack was launched with; empty for a new one.

    Raises:
        DeploymentError: no machine costs so little, by the example price.
    """
    template = read(PARENT)
    defaults = {name: str(each["Default"]) for name, each in template["Parameters"].items() if "Default" in each}
    wanted = {**defaults, **known, **given}
    changes = not known or {ALL, MOST, "WorkersOn"} & given.keys()
    if wanted["WorkersOn"] != "AutoScalingGroup" or EACH in given or not changes:
        return {}
    try:
        each, none_on_spot = float(wanted[ALL]) / float(wanted[MOST]), float(wanted[ON_DEMAND]) >= 100
    except (ValueError, ZeroDivisionError):
        return {}  # the template refuses them in its own words
    usual = float(template["Mappings"]["ExamplePrice"]["WorkerHour"]["Spot"])
    if each < usual and not none_on_spot:
        raise DeploymentError(
            f"{ALL} {wanted[ALL]} for {MOST} {wanted[MOST]} leaves ${each:.3g} an hour for each machine of the group; "
            f"one costs about ${usual:g} on Spot, so none would start; set {ALL} to {float(wanted[MOST]) * usual:g} or "
            f"more, or {EACH} to what one may cost"
        )
    return {EACH: f"{each:.4g}"}
