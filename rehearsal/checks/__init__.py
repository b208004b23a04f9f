"""The checks, one in a file, in the order in which they are tried."""

from rehearsal.check import Check
from rehearsal.checks.deploy import Deploy
from rehearsal.checks.destroy import Destroy
from rehearsal.checks.failed_boots import FailedBoots
from rehearsal.checks.falling_target import FallingTarget
from rehearsal.checks.idle_alarm import IdleAlarm
from rehearsal.checks.interruption import Interruption
from rehearsal.checks.redeploy import Redeploy

FIRST: Check = Deploy()
OPTIONAL: tuple[Check, ...] = (IdleAlarm(), FallingTarget(), Redeploy(), FailedBoots(), Interruption())
LAST: Check = Destroy()
ALL = (FIRST, *OPTIONAL, LAST)
