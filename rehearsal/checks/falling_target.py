"""Busy workers outlive a target that falls, and idle ones leave without being replaced."""

from dataclasses import dataclass

from rehearsal.check import Answer, RehearsalError, Verdict
from rehearsal.machines import look_up, notices
from rehearsal.site import AUTO_SCALING_GROUP, MACHINES, Site
from rehearsal.waiting import Look
from rehearsal.work import ENDLESS, all_busy

GROWING = "MessagesWait"  # the alarm that adds machines

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
TAKEN_BY_SPOT = ("by-price", "no-capacity", "capacity-oversubscribed")

LOWERED_TO = 1
BUSY_MINUTES = 25
LOWERED_MINUTES = 10
WATCHED_MINUTES = 8
QUIET_MINUTES = 15
LEFT_MINUTES = 35


@dataclass(frozen=True)
class FallingTarget:
    name: str = "falling-target"
    why: str = (
        "No worker is ended while it works. A worker lowers the target itself when it leaves, so that none takes its "
        "place."
    )
    unknown: str = (
        "whether Application Auto Scaling keeps a fleet's noTermination when it lowers the target. Nothing of ours has "
        "it do so while a message is in flight."
    )
    minutes: float = 40
    machine_minutes: float = 3 * 35
    fee: float = 0

    def run(self, site: Site) -> Answer:
        job = site.work.submit(ENDLESS, seed=1)
        try:
            began = site.waiting.clock.now()
            site.waiting.until(f"{MACHINES} busy workers", lambda: _busy(site), minutes=BUSY_MINUTES)
            took = (site.waiting.clock.now() - began).total_seconds() / 60
            ids = {machine.id for machine in site.machines()}
            with site.workers.lowered(LOWERED_TO, site.waiting.clock.now()):
                ended = _ended_by_the_fall(site, ids)
                site.work.cancel(job)
                site.waiting.until("an empty queue", lambda: _quiet(site), minutes=QUIET_MINUTES)
        finally:
            site.work.cancel(job)
        _leave(site)
        seen = (
            f"From the job to {MACHINES} busy workers it took {took:.1f} minutes.",
            f"The target fell from {MACHINES} to {LOWERED_TO}; {len(ended)} of {len(ids)} busy workers were ended.",
            *(f"{machine}: {why or 'no reason given'}." for machine, why in sorted(ended.items())),
            "When the job was cancelled, all workers left by themselves, and none came in their place.",
        )
        if not ended:
            return Answer(Verdict.CONFIRMED, seen)
        if site.workers_on == AUTO_SCALING_GROUP:
            return Answer(Verdict.FAILED, (*seen, "A group must not end instances that are protected from scale-in."))
        return Answer(Verdict.OTHER, (*seen, "So it matters that nothing of ours lowers the target of a busy fleet."))


def _busy(site: Site) -> Look:
    running = [machine for machine in site.machines() if machine.state == "running"]
    depth = site.work.depth()
    told = f"{len(running)} machines run, {depth.in_flight} messages in flight, {depth.visible} waiting"
    return Look(len(running) >= MACHINES and all_busy(MACHINES, depth), told)


def _ended_by_the_fall(site: Site, ids: set[str]) -> dict[str, str]:
    """Those that were ended or told so while the target was low, and why; without those that Spot took away."""

    def fallen() -> Look:
        target = site.workers.target()
        return Look(target <= LOWERED_TO, f"target {target}")

    def ended() -> dict[str, str]:
        site.machines()
        found = {machine.id: machine.reason for machine in look_up(site.account.ec2, ids) if machine.ended}
        found |= notices(site.account.ec2, ids)
        return {machine: why for machine, why in found.items() if not why.endswith(TAKEN_BY_SPOT)}

    site.waiting.until(f"a target of {LOWERED_TO}", fallen, minutes=LOWERED_MINUTES)
    site.waiting.watch(
        "the busy workers",
        lambda: Look(False, f"{len(ended())} of {len(ids)} ended or with a notice"),
        minutes=WATCHED_MINUTES,
    )
    return ended()


def _quiet(site: Site) -> Look:
    """Nothing is there that the number of machines would still be raised for."""
    depth, state = site.work.depth(), site.alarms.find(GROWING).state
    told = f"{depth.visible} messages wait, {depth.in_flight} are in flight, {GROWING} is {state}"
    return Look(depth.empty and state != "ALARM", told)


def _leave(site: Site) -> None:
    before = set(site.seen)

    def empty() -> Look:
        machines, target = site.machines(), site.workers.target()
        return Look(not machines and not target, f"{len(machines)} machines, target {target}")

    site.waiting.until("a fleet without machines, and target 0", empty, minutes=LEFT_MINUTES)
    if new := set(site.seen) - before:
        raise RehearsalError(f"nothing was left to do, but machines were started: {', '.join(sorted(new))}")
