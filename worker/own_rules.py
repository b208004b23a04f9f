"""People's own rules on a worker: in processes of their own, and only where whoever runs the worker allows it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psutil

from fleet.job import Job
from fleet.settings import ALLOW, OWN_RULES
from montecarlo.errors import RuleError
from montecarlo.experiments.parallel import available_cores
from montecarlo.own_rules.process import Limits, RuleProcesses
from montecarlo.own_rules.rule_file import RuleFile
from worker.outcomes import Poison

SECONDS = Limits.seconds  # for the targets of a group of paths
SHARE_OF_MEMORY = 0.6  # of the machine's, for the rules on all of its cores


def require_allowed(job: Job, allowed: bool) -> None:
    """
    Raises:
        Poison: the job has a person's own rule, and none may be run here.
    """
    if job.experiment.own_rule and not allowed:
        raise Poison(
            f"job {job.id} has a person's own rule, {job.experiment.own_rule.file}, and this worker runs none: set "
            f"{OWN_RULES}={ALLOW} for the workers; on AWS, the stack parameter OwnRules"
        )


@contextmanager
def at_hand(job: Job, source: Callable[[Job], bytes], look: Callable[[], object]) -> Iterator[Job]:
    """The job with what runs its rule, if it has one, while the block lasts.

    Args:
        job: What is asked for.
        source: Gives the text of a job's rule.
        look: Called some times a second while the rule has the word; what it raises ends that.

    Raises:
        Poison: the rule fails, or goes beyond its limits; it would do so again.
        OSError: this machine cannot start a process.
    """
    rule = job.experiment.own_rule
    if rule is None:
        yield job
        return
    try:
        with RuleProcesses(RuleFile(rule.file, source(job)), _limits(), look=look) as code:
            yield replace(job, experiment=job.experiment.bound(code))
    except RuleError as error:
        raise Poison(str(error)) from error


def most_bytes(memory: int, cores: int) -> int:
    """What a process of a rule may take, of a machine with so much memory, where each core has one."""
    return min(Limits.most_bytes, int(memory * SHARE_OF_MEMORY) // cores)


def _limits() -> Limits:
    return Limits(seconds=SECONDS, most_bytes=most_bytes(psutil.virtual_memory().total, available_cores()))
