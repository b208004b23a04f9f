"""One scenario from beginning to end: jobs, workers, faults, and what is left when all is done."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from fleet import keys
from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.submit import submit
from tests.chaos import verdict
from tests.chaos.fleet import Fleet
from tests.chaos.poison import poison
from tests.chaos.scenarios import Scenario
from tests.chaos.verdict import Verdict
from tests.chaos.workload import history, inputs, undisturbed

LIMIT_SECONDS = 300  # for a scenario; far more than any takes


@dataclass
class Outcome:
    """What came of a scenario.

    Attributes:
        scenario: Which.
        seed: Its seed.
        verdict: On results, queues and machines.
        injected: How many faults struck; where the poison is the fault, how much there was.
        jobs: How many there were.
        poison: How many messages there were that nobody could do.
        again: Deliveries that were not the first of their message.
        recoveries: Seconds until each message of a killed worker was given to another.
        claimed_after_notice: Seconds from a notice to the worker's last claim after it, where there was one.
        early: Seconds of notice, and seconds that were left of them when the worker was gone.
        seconds: That it took.
    """

    scenario: Scenario
    seed: int
    verdict: Verdict = field(default_factory=Verdict)
    injected: int = 0
    jobs: int = 0
    poison: int = 0
    again: int = 0
    recoveries: list[float] = field(default_factory=list)
    claimed_after_notice: list[float] = field(default_factory=list)
    early: list[tuple[float, float]] = field(default_factory=list)
    seconds: float = 0.0


def play(scenario: Scenario, seed: int, settings: Settings, folder: Path) -> Outcome:
    """Play the scenario.

    Args:
        scenario: Which.
        seed: Of jobs, poison and faults.
        settings: Of an emulator with an empty queue and an empty bucket; the environment lets us in.
        folder: For logs; a new one.
    """
    began, outcome = time.monotonic(), Outcome(scenario, seed)
    sqs, s3 = sqs_client(settings), s3_client(settings)
    queue, bucket = Queue(sqs, settings.queue_url), Bucket(s3, settings.bucket)
    dead_letters = queue.dead_letters()
    jobs = scenario.work.made(seed)
    poisoned = poison(jobs[0], bucket, seed, scenario.poison)
    for job in jobs:
        submit(job, history(), queue, bucket, inputs(job))
    for body in poisoned:
        queue.send(body, {})

    def done() -> bool:
        return (
            all(bucket.exists(keys.summary_key(job.id)) for job in jobs)
            and queue.depth().empty
            and dead_letters.depth().visible >= len(poisoned)
        )

    fleet = Fleet(
        settings,
        workers=scenario.workers,
        lease_seconds=scenario.lease_seconds,
        seed=seed,
        rules=scenario.rules,
        folder=folder / "machines",
    )
    with fleet:
        while not done() and time.monotonic() < began + LIMIT_SECONDS:
            fleet.keep_up()
            time.sleep(0.1)
        if not done():
            outcome.verdict.complaints.append(f"not done after {LIMIT_SECONDS} s")
        fleet.send_home()
        outcome.verdict.complaints += fleet.complaints()
    for job in jobs:
        outcome.verdict.add(verdict.of_job(bucket, job, undisturbed(job, folder / "undisturbed" / job.id)))
    outcome.verdict.add(verdict.of_queues(queue, dead_letters, poisoned))

    deliveries = fleet.proxy.deliveries
    outcome.injected, outcome.again = fleet.proxy.struck.total(), deliveries.again
    if not scenario.rules:
        outcome.injected = len(poisoned)
    elif outcome.injected == 0:
        outcome.verdict.complaints.append("the fault never struck")
    outcome.jobs, outcome.poison = len(jobs), len(poisoned)
    for machine in fleet.machines:
        if machine.died_at is not None:
            outcome.recoveries += deliveries.recovery(machine.name, machine.died_at)
        if machine.told_at is not None:
            later = [each.at - machine.told_at for each in deliveries.to(machine.name) if each.at > machine.told_at]
            outcome.claimed_after_notice += later[-1:]
        if machine.told_at is not None and machine.deadline is not None and machine.ended_at is not None:
            outcome.early.append((machine.deadline - machine.told_at, machine.deadline - machine.ended_at))
    outcome.seconds = time.monotonic() - began
    return outcome
