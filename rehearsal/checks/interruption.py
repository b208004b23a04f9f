"""A worker that Spot takes away gives its work back, and it is done all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from deployment.stack import TAG
from fleet.errors import explained
from fleet.reasons import reason
from rehearsal.check import Answer, RehearsalError, Verdict
from rehearsal.machines import look_up
from rehearsal.site import Site
from rehearsal.waiting import Look
from rehearsal.work import SOME_MINUTES, all_busy

WORKERS = 2
BUSY_MINUTES = 20
TAKEN_MINUTES = 12
DONE_MINUTES = 45
FAILED = {"failed", "stopped", "cancelled"}  # an experiment
DOLLARS_PER_ACTION_MINUTE = 0.10  # https://aws.amazon.com/fis/pricing/


@dataclass(frozen=True)
class Interruption:
    name: str = "interruption"
    why: str = "A worker with two minutes' notice gives back what it has in hand, and the job is completed by others."
    unknown: str = ""
    minutes: float = 40
    machine_minutes: float = 70
    fee: float = 3 * DOLLARS_PER_ACTION_MINUTE

    def run(self, site: Site) -> Answer:
        if not site.interruption_role:
            how = (
                "AWS's fault injection needs a role that it may take on, with the permissions "
                "ec2:SendSpotInstanceInterruptions and ec2:DescribeInstances: give its ARN by --interruption-role. "
                "docs/rehearsal.md has the commands that make one."
            )
            return Answer(Verdict.NOT_TRIED, (how,))
        job = site.work.submit(SOME_MINUTES, seed=3)
        try:
            site.workers.set_target(WORKERS)  # growth may still be stopped by boots that failed
            site.waiting.until(f"{WORKERS} busy workers", lambda: _busy(site), minutes=BUSY_MINUTES)
            victim = site.machines()[0].id
            try:
                with interrupted(site, victim) as experiment:
                    site.waiting.until(
                        f"the end of {victim}", lambda: _gone(site, victim, experiment), minutes=TAKEN_MINUTES
                    )
            except _NotThereError as error:
                return Answer(Verdict.NOT_TRIED, (f"AWS's fault injection is not to be had: {error}",))
            [machine] = look_up(site.account.ec2, [victim])
            began = site.waiting.clock.now()
            site.waiting.until(f"the job {job.id}", lambda: _done(site, job.id), minutes=DONE_MINUTES)
            took = (site.waiting.clock.now() - began).total_seconds() / 60
        finally:
            site.work.cancel(job)
        dead = site.work.dead()
        if dead:
            raise RehearsalError(f"{dead} messages were given up, though all of the job was done")
        return Answer(
            Verdict.CONFIRMED,
            (
                f"{victim} was taken away ({machine.reason or 'no reason given'}) while it worked.",
                f"The job was complete {took:.0f} minutes later, and no message was given up.",
            ),
        )


class _NotThereError(Exception):
    """Fault injection is not offered here, or not allowed."""


@contextmanager
def interrupted(site: Site, machine: str) -> Iterator[str]:
    """Have AWS take a Spot machine away, with two minutes' notice: the experiment's id; nothing of it stays.

    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html#send-spot-instance-interruptions
    """
    partition = site.account.caller.arn.split(":")[1]
    arn = f"arn:{partition}:ec2:{site.account.region}:{site.account.caller.account}:instance/{machine}"
    try:
        template = site.account.fis.create_experiment_template(
            clientToken=machine,
            description=f"Rehearsal of {site.name}",
            targets={"one": {"resourceType": "aws:ec2:spot-instance", "resourceArns": [arn], "selectionMode": "ALL"}},
            actions={
                "interrupt": {
                    "actionId": "aws:ec2:send-spot-instance-interruptions",
                    "parameters": {"durationBeforeInterruption": "PT2M"},
                    "targets": {"SpotInstances": "one"},
                }
            },
            stopConditions=[{"source": "none"}],
            roleArn=site.interruption_role,
            tags={TAG: site.name},
        )["experimentTemplate"]["id"]
    except (ClientError, BotoCoreError) as error:
        raise _NotThereError(reason(error)) from error
    try:
        try:
            experiment = site.account.fis.start_experiment(
                clientToken=machine, experimentTemplateId=template, tags={TAG: site.name}
            )["experiment"]["id"]
        except (ClientError, BotoCoreError) as error:
            raise _NotThereError(reason(error)) from error
        yield experiment
    finally:
        site.account.fis.delete_experiment_template(id=template)


def _busy(site: Site) -> Look:
    running = [machine for machine in site.machines() if machine.state == "running"]
    depth = site.work.depth()
    return Look(
        len(running) >= WORKERS and all_busy(WORKERS, depth),
        f"{len(running)} machines run, {depth.in_flight} messages in flight",
    )


def _gone(site: Site, machine: str, experiment: str) -> Look:
    site.machines()
    [now] = look_up(site.account.ec2, [machine])
    with explained(RehearsalError, f"look at the experiment {experiment}"):
        state = site.account.fis.get_experiment(id=experiment)["experiment"]["state"]
    if not now.ended and state["status"] in FAILED:
        raise _NotThereError(f"the experiment {experiment} {state['status']}: {state.get('reason', 'no reason given')}")
    return Look(now.ended, f"{machine} is {now.state}, the experiment {state['status']}")


def _done(site: Site, job_id: str) -> Look:
    machines, now = site.machines(), site.work.status(job_id)
    if now.state == "failed":
        raise RehearsalError(f"the job {job_id} failed: {now.reason}")
    return Look(now.state == "complete", f"{now.state}, {now.done:,} of {now.expected:,}; {len(machines)} machines")
