"""Nothing stays."""

from dataclasses import dataclass

from rehearsal.check import Answer, Verdict
from rehearsal.site import Site
from rehearsal.waiting import Look

LIMIT_MINUTES = 15  # for which the tagging service may list what is gone


@dataclass(frozen=True)
class Destroy:
    name: str = "destroy"
    why: str = "`spotmc destroy` leaves nothing behind that costs money."
    unknown: str = "what CloudFormation cannot delete because machines still use it; nothing but a deletion can tell."
    minutes: float = 12
    machine_minutes: float = 0
    fee: float = 0

    def run(self, site: Site) -> Answer:
        began = site.waiting.clock.now()
        site.operations.destroy()
        took = (site.waiting.clock.now() - began).total_seconds() / 60

        def nothing() -> Look:
            left = site.operations.left()
            return Look(not left, ", ".join(left) or "nothing left")

        site.waiting.until("an account without anything of it", nothing, minutes=LIMIT_MINUTES)
        return Answer(Verdict.CONFIRMED, (f"Deleted in {took:.0f} minutes; nothing carries the stack's tag any more.",))
