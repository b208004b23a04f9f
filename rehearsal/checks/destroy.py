"""Nothing stays."""

from dataclasses import dataclass

from rehearsal.check import Answer, RehearsalError, Verdict
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
            left, listed = site.operations.left(), site.operations.listed()
            return Look(not left and not listed, ", ".join([*left, *listed]) or "nothing left")

        if not site.waiting.watch("what is left", nothing, minutes=LIMIT_MINUTES).done:
            if left := site.operations.left():
                raise RehearsalError(f"{LIMIT_MINUTES} minutes after the deletion there is still {', '.join(left)}")
            listed = ", ".join(site.operations.listed())
            told = f"AWS's tagging service still lists {listed}. See whether that is there; if so, delete it by hand."
            return Answer(Verdict.OTHER, (f"Deleted in {took:.0f} minutes.", told))
        return Answer(Verdict.CONFIRMED, (f"Deleted in {took:.0f} minutes; nothing carries the stack's tag any more.",))
