"""Each check names what AWS does, whichever way it does it, and finds what is not as promised."""

from datetime import timedelta

import pytest

from fleet.listing import recent
from rehearsal.check import RehearsalError, Verdict
from rehearsal.checks.destroy import Destroy
from rehearsal.checks.failed_boots import FailedBoots
from rehearsal.checks.falling_target import FallingTarget
from rehearsal.checks.idle_alarm import IdleAlarm
from rehearsal.checks.interruption import Interruption
from rehearsal.checks.redeploy import Redeploy
from rehearsal.site import AUTO_SCALING_GROUP
from tests.rehearsal.behaviour import with_switch

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("check", "switch", "on", "verdict", "told"),
    [
        (IdleAlarm(), "a_missing_value_counts_as_zero", True, Verdict.CONFIRMED, "A missing value counts as zero."),
        (IdleAlarm(), "a_missing_value_counts_as_zero", False, Verdict.OTHER, "The expression has no values"),
        (FallingTarget(), "a_falling_target_ends_machines", False, Verdict.CONFIRMED, "0 of 3 busy workers were ended"),
        (FallingTarget(), "a_falling_target_ends_machines", True, Verdict.OTHER, "2 of 3 busy workers were ended"),
        (FallingTarget(), "spot_takes_a_machine_meanwhile", True, Verdict.CONFIRMED, "0 of 3 busy workers were ended"),
        (Redeploy(), "an_update_is_made_in_place", False, Verdict.CONFIRMED, "the workers' fleet is another"),
        (Redeploy(), "an_update_is_made_in_place", True, Verdict.OTHER, "the workers' fleet is the same"),
        (FailedBoots(), "growth_stops", True, Verdict.CONFIRMED, "the last one: ... not a tar archive"),
        (FailedBoots(), "a_person_is_told", True, Verdict.CONFIRMED, "`spotmc stack` says: 6 boots failed"),
        (Interruption(), "there_is_fault_injection", True, Verdict.CONFIRMED, "Server.SpotInstanceTermination"),
        (Interruption(), "there_is_fault_injection", False, Verdict.NOT_TRIED, "fault injection is not to be had"),
        (Interruption(), "fault_injection_fails", True, Verdict.NOT_TRIED, "EXP1 failed: Unable to assume the role"),
        (Destroy(), "tags_stay_listed", False, Verdict.CONFIRMED, "nothing carries the stack's tag any more"),
        (Destroy(), "tags_stay_listed", True, Verdict.OTHER, "still lists arn:aws:sqs:us-east-1:123456789012:gone"),
    ],
)
def test_what_aws_does_is_named(*, check, switch, on, verdict, told, site):
    answer = check.run(site(with_switch(switch, on)))
    assert answer.verdict is verdict
    assert told in " ".join(answer.seen)


@pytest.mark.parametrize(
    ("check", "switch", "on", "told"),
    [
        (IdleAlarm(), "the_alarm_goes_on", False, "in vain for the alarm QueueEmpty: QueueEmpty is OK"),
        (FallingTarget(), "workers_lower_the_target", False, "nothing was left to do, but machines were started: i-"),
        (Redeploy(), "a_deployment_replaces_old_machines", False, "machines of the new program only: i-.* of before"),
        (FailedBoots(), "growth_stops", False, "growth had stopped, and machines were started again: i-"),
        (FailedBoots(), "failed_boots_report", False, "none has left a report"),
        (FailedBoots(), "a_person_is_told", False, "`spotmc stack` says that nothing is wrong"),
        (Destroy(), "a_machine_stays", True, "there is still instance i-"),
        (Interruption(), "work_is_given_back", False, "in vain for the job"),
    ],
)
def test_what_is_not_as_promised_is_found(check, switch, on, told, site):
    switches = with_switch(switch, on)
    switches.an_update_is_made_in_place = True  # what replaces a fleet needs no help of ours
    there = site(switches)
    with pytest.raises(RehearsalError, match=told):
        check.run(there)


@pytest.mark.parametrize(
    ("check", "switch", "on", "verdict", "told"),
    [
        (IdleAlarm(), "the_alarm_goes_on", True, Verdict.NOT_TRIED, "no alarm lowers anything"),
        (FallingTarget(), "a_falling_target_ends_machines", False, Verdict.CONFIRMED, "0 of 3 busy workers were ended"),
        (FallingTarget(), "a_falling_target_ends_machines", True, Verdict.FAILED, "protected from scale-in"),
        (Redeploy(), "an_update_is_made_in_place", False, Verdict.CONFIRMED, "the workers' fleet is the same"),
        (FailedBoots(), "growth_stops", True, Verdict.CONFIRMED, "the last one: ... not a tar archive"),
        (Interruption(), "there_is_fault_injection", True, Verdict.CONFIRMED, "Server.SpotInstanceTermination"),
    ],
)
def test_in_a_group_it_is_the_same(*, check, switch, on, verdict, told, site):
    answer = check.run(site(with_switch(switch, on), AUTO_SCALING_GROUP))
    assert answer.verdict is verdict
    assert told in " ".join(answer.seen)


def test_without_a_role_for_fault_injection_it_is_said_what_is_missing(site, spot_account):
    there = site(with_switch("there_is_fault_injection", True))
    there.interruption_role = ""
    answer = Interruption().run(there)
    assert answer.verdict is Verdict.NOT_TRIED
    assert "ec2:SendSpotInstanceInterruptions" in answer.seen[0]
    assert "--interruption-role" in answer.seen[0]


@pytest.mark.parametrize(("check", "minutes"), [(FallingTarget(), 9), (FailedBoots(), 9), (Interruption(), 4)])
def test_nothing_of_a_check_that_is_cut_off_stays(*, check, minutes, site, spot_account, bucket, monkeypatch):
    there = site(with_switch("growth_stops", True))
    sleep, until = spot_account.sleep, spot_account.now() + timedelta(minutes=minutes)

    def interrupt(seconds):
        if spot_account.now() > until:
            raise KeyboardInterrupt
        sleep(seconds)

    monkeypatch.setattr(spot_account, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        check.run(there)
    assert spot_account.most == 3
    assert not spot_account.scheduled
    assert not spot_account.experiments
    assert {bucket.get(entry.key) for entry in bucket.list("spotmc/archives/")} == {b"good"}
    assert [each.state for each in recent(bucket).rows] == ["cancelled"]
