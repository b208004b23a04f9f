"""An idle queue turns on the alarm that brings a Spot Fleet to zero."""

from dataclasses import dataclass

from rehearsal.check import Answer, Verdict
from rehearsal.site import SPOT_FLEET, Site
from rehearsal.waiting import Look

ALARM = "QueueEmpty"
IN_FLIGHT = "inFlight"
LIMIT_MINUTES = 30
LOOKED_AT_MINUTES = 15


@dataclass(frozen=True)
class IdleAlarm:
    name: str = "idle-alarm"
    why: str = (
        f"When nothing is on the queue, the alarm {ALARM} goes on and sets the target to zero. Were it never on, "
        "workers that have left by themselves could be replaced for ever."
    )
    unknown: str = (
        "whether an alarm's expression has values while one of its metrics has none: SQS reports messages in flight "
        "only while there are some."
    )
    minutes: float = 18
    machine_minutes: float = 0
    fee: float = 0

    def run(self, site: Site) -> Answer:
        if site.workers_on != SPOT_FLEET:
            return Answer(Verdict.NOT_TRIED, ("In this variant no alarm lowers anything.",))

        def on() -> Look:
            state = site.alarms.find(ALARM).state
            return Look(state == "ALARM", f"{ALARM} is {state}")

        site.waiting.until(f"the alarm {ALARM}", on, minutes=LIMIT_MINUTES)
        alarm = site.alarms.find(ALARM)
        points = site.alarms.points(alarm, site.waiting.clock.now(), LOOKED_AT_MINUTES)
        judged, in_flight = points.get(alarm.judged, 0), points.get(IN_FLIGHT, 0)
        seen = (
            f"{ALARM} is on.",
            f"Minutes of the last {LOOKED_AT_MINUTES} that have a value: "
            + ", ".join(f"{name} {number}" for name, number in points.items())
            + ".",
        )
        if not judged:
            how = "The expression has no values: the alarm is on because it counts missing ones as breaching."
            return Answer(Verdict.OTHER, (*seen, how))
        if in_flight:
            return Answer(Verdict.OTHER, (*seen, "SQS reports messages in flight although there are none."))
        return Answer(Verdict.CONFIRMED, (*seen, "A missing value counts as zero."))
