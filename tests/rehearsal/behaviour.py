"""What an account to rehearse in does where AWS does not say so, and what a machine is there."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from fleet.queue import Message


@dataclass
class Switches:
    """What AWS does, and what our own parts do wrong."""

    a_falling_target_ends_machines: bool = False
    a_missing_value_counts_as_zero: bool = True
    an_update_is_made_in_place: bool = False
    an_update_resets_the_target: bool = False
    there_is_fault_injection: bool = True
    fault_injection_fails: bool = False
    tags_stay_listed: bool = False
    spot_takes_a_machine_meanwhile: bool = False  # while a target falls

    the_alarm_goes_on: bool = True
    workers_lower_the_target: bool = True
    a_deployment_replaces_old_machines: bool = True
    growth_stops: bool = True
    failed_boots_report: bool = True
    a_person_is_told: bool = True
    work_is_given_back: bool = True
    a_machine_stays: bool = False


@dataclass
class Computer:
    """A machine."""

    id: str
    fleet: str
    launched: datetime
    state: str = "pending"
    reason: str = ""
    messages: list[Message] = field(default_factory=list)
    since: datetime | None = None  # it holds a message, or has none
    taken_at: datetime | None = None

    @property
    def alive(self) -> bool:
        return self.state in ("pending", "running")


def with_switch(name: str, on: bool) -> Switches:
    """All as it should be, but for one."""
    return replace(Switches(), **{name: on})
