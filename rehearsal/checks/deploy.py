"""The stack is created as it is, and costs nothing but its rest."""

from dataclasses import dataclass

from rehearsal.check import Answer, RehearsalError, Verdict
from rehearsal.site import DOLLARS_PER_HOUR, MACHINES, Site

NOBODY = "192.0.2.1/32"  # an address of documentation's: https://www.rfc-editor.org/rfc/rfc5737


def parameters(workers_on: str) -> dict[str, str]:
    """Of the stack: small, and closed to everybody."""
    return {
        "AllowedCidr": NOBODY,
        "MaxWorkers": str(MACHINES),
        "MaxDollarsPerHour": str(DOLLARS_PER_HOUR),
        "WorkersOn": workers_on,
    }


@dataclass(frozen=True)
class Deploy:
    name: str = "deploy"
    why: str = "`spotmc deploy` creates the stack at the first try, and an empty queue means no worker."
    unknown: str = "whether it accepts these templates; nothing but CloudFormation can tell."
    minutes: float = 12
    machine_minutes: float = 0
    fee: float = 0

    def run(self, site: Site) -> Answer:
        site.operations.deploy(parameters(site.workers_on))
        target, machines = site.workers.target(), site.machines()
        if target or machines:
            raise RehearsalError(f"nothing is on the queue, but the target is {target} with {len(machines)} machines")
        workstation = ", ".join(machine.id for machine in site.workstation.machines()) or "none"
        return Answer(
            Verdict.CONFIRMED,
            (
                f"The stack is there; target 0, no worker; its workstation is {workstation}.",
                f"At most {MACHINES} workers, for at most ${DOLLARS_PER_HOUR:g} an hour together.",
            ),
        )
