"""An update brings the new program to every machine."""

from dataclasses import dataclass
from datetime import datetime

from rehearsal.check import Answer, RehearsalError, Verdict
from rehearsal.machines import look_up
from rehearsal.site import Site
from rehearsal.waiting import Look

CHANGED, CHANGED_BACK = {"OwnRules": "allow"}, {"OwnRules": "refuse"}
"""What both kinds of machines are told when they boot, and nobody makes use of here."""

STARTED_MINUTES = 15
REPLACED_MINUTES = 20


@dataclass(frozen=True)
class Before:
    """Fleets and machines as they were before an update."""

    fleet: str
    workstation: str
    target: int
    machines: frozenset[str]


@dataclass(frozen=True)
class Redeploy:
    name: str = "redeploy"
    why: str = (
        "After `spotmc deploy` with a new program, no machine runs the old one, and an empty queue wants no worker."
    )
    unknown: str = (
        "whether a new version of a launch template replaces a Spot Fleet or modifies it in place: CloudFormation's "
        "pages and its resource schema disagree. In place, the machines that are there go on with the old program."
    )
    minutes: float = 45
    machine_minutes: float = 20
    fee: float = 0

    def run(self, site: Site) -> Answer:
        site.workers.set_target(1)
        site.waiting.until("a worker", lambda: _number(site), minutes=STARTED_MINUTES)
        before = Before(
            site.workers.id,
            site.workstation.id,
            site.workers.target(),
            frozenset(machine.id for machine in (*site.machines(), *site.workstation.machines())),
        )
        site.operations.update(CHANGED)
        seen, in_place = _alone(site, before)
        began = site.waiting.clock.now()
        site.operations.deploy(CHANGED_BACK)
        site.waiting.until("machines of the new program only", lambda: _all_new(site, began), minutes=REPLACED_MINUTES)
        target = site.workers.target()
        if target:
            raise RehearsalError(f"nothing is on the queue, but after `spotmc deploy` the target is {target}")
        seen += ("After `spotmc deploy` every machine was a new one, and the target 0.",)
        return Answer(Verdict.OTHER if in_place else Verdict.CONFIRMED, seen)


def _alone(site: Site, before: Before) -> tuple[tuple[str, ...], bool]:
    """What CloudFormation alone did, and whether it left a Spot Fleet where it was."""
    fleet, workstation, target = site.workers.id, site.workstation.id, site.workers.target()
    alive = {machine.id for machine in look_up(site.account.ec2, before.machines) if not machine.ended}
    stayed = "the same" if fleet == before.fleet else "another"
    other = "the same" if workstation == before.workstation else "another"
    return (
        f"By CloudFormation alone: the workers' fleet is {stayed} ({before.fleet}, then {fleet}), the workstation's "
        f"{other} ({before.workstation}, then {workstation}).",
        f"Of {len(before.machines)} machines {len(alive)} stayed: {', '.join(sorted(alive)) or 'none'}.",
        f"The target was {before.target} before and {target} afterwards.",
    ), workstation == before.workstation


def _number(site: Site) -> Look:
    machines = [machine for machine in site.machines() if machine.state == "running"]
    return Look(bool(machines), f"{len(machines)} run")


def _all_new(site: Site, since: datetime) -> Look:
    workstation = site.workstation.machines()
    old = [machine.id for machine in (*site.machines(), *workstation) if machine.launched < since]
    told = f"{', '.join(old)} of before" if old else f"{len(workstation)} workstation"
    return Look(not old and bool(workstation), told)
