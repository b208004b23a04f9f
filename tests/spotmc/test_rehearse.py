"""``spotmc rehearse``: a stack is made, tried and deleted, whatever AWS does, and whatever goes wrong."""

import io
import itertools
import json
import os
import re
import signal
from contextlib import suppress
from types import SimpleNamespace

import pytest

from deployment import draining
from deployment.account import Account
from fleet.bucket import Bucket
from rehearsal.checks import OPTIONAL
from spotmc import rehearse
from tests.rehearsal.conftest import ROLE, SERVICES, STACK
from tests.rehearsal.spot_account import SpotAccount
from tests.service_apis import ServiceApis

pytestmark = pytest.mark.thorough

OUTPUTS = {
    "Fleet.WorkerFleet": "WorkerFleet",
    "Group.Workers": "WorkerGroup",
    "Workstation.WorkstationFleet": "WorkstationFleet",
}


@pytest.fixture
def there(*, cloudformation, iam, artefacts, queue, bucket, settings, monkeypatch):
    """An account whose CloudFormation makes the stack, in which the time passes as fast as it can be computed."""
    account = SpotAccount(STACK, queue, bucket)
    s3 = Account(settings.region).s3
    account.artefact_bucket = Bucket(s3, f"{STACK}-artefacts-123456789012-us-east-1")
    cloudformation.update_fleet = lambda name: account.update_fleet(OUTPUTS[name])

    def look():
        status = cloudformation.status(STACK) or "DELETE_COMPLETE"
        if account.fleets and status.startswith("DELETE"):
            account.destroy()
        elif not account.fleets and status.startswith("CREATE"):
            account.make_fleets()
            cloudformation.physical_ids |= {name: account.fleets.get(output, "") for name, output in OUTPUTS.items()}

    cloudformation.physical_ids["Workstation.Workstation"] = "lt-1"
    cloudformation.on_events = look
    tags = [{"Key": "spotmc:stack", "Value": STACK}]
    s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": tags})
    monkeypatch.setattr(rehearse, "clock", lambda: account)
    monkeypatch.setattr(draining, "time", SimpleNamespace(sleep=account.sleep))
    with ServiceApis(account.act, settings.endpoint_url) as services:
        for service in SERVICES:
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", services.url)
        yield account
    with suppress(s3.exceptions.NoSuchBucket):  # other tests have the same account
        s3.delete_bucket_tagging(Bucket=bucket.name)


@pytest.fixture
def run(spotmc, there, tmp_path):
    """Rehearse without being asked: the exit status, what was said, and the report."""

    def go(*arguments):
        status, printed, told = spotmc("rehearse", "--yes", "--out", str(tmp_path), *arguments)
        report = json.loads((tmp_path / "rehearsal.json").read_text())
        return status, printed + told, report

    return go


def verdicts(report):
    return {result["name"]: result["verdict"] for result in report["results"]}


def test_a_stack_is_made_tried_and_deleted(run, there, cloudformation, tmp_path):
    status, told, report = run("--interruption-role", ROLE)
    assert status == 0, told
    assert verdicts(report) == dict.fromkeys(
        ("deploy", "idle-alarm", "falling-target", "redeploy", "failed-boots", "interruption", "destroy"), "confirmed"
    )
    assert cloudformation.status(STACK) is None
    assert there.left() == []
    assert report["left"] == ""
    assert 0 < report["dollars"] < 1
    assert report["seconds"] > 3600
    page = (tmp_path / "rehearsal.md").read_text()
    assert "| falling-target | confirmed |" in page
    assert "0 of 3 busy workers were ended" in page


def test_with_a_group_too(run, there, cloudformation):
    there.workers = "WorkerGroup"
    status, told, report = run("--only", "idle-alarm", "--only", "redeploy", "--workers-on", "AutoScalingGroup")
    assert status == 0, told
    assert verdicts(report) == {
        "deploy": "confirmed",
        "idle-alarm": "not tried",
        "redeploy": "confirmed",
        "destroy": "confirmed",
    }
    assert report["workers_on"] == "AutoScalingGroup"
    assert cloudformation.status(STACK) is None
    assert there.left() == []


def test_what_aws_does_otherwise_is_no_failure(run, there):
    there.switches.an_update_is_made_in_place = there.switches.an_update_resets_the_target = True
    status, told, report = run("--only", "redeploy")
    assert status == 0, told
    assert verdicts(report) == {"deploy": "confirmed", "redeploy": "other", "destroy": "confirmed"}
    assert "The target was 1 before and 0 afterwards." in told


def test_what_is_not_as_promised_fails_and_the_stack_goes_all_the_same(run, there, cloudformation):
    there.switches.growth_stops = False
    status, told, report = run("--only", "failed-boots", "--only", "interruption")
    assert status == 1
    assert verdicts(report) == {
        "deploy": "confirmed",
        "failed-boots": "failed",
        "interruption": "not tried",
        "destroy": "confirmed",
    }
    assert told.splitlines()[-1] == "spotmc: not as promised: failed-boots"
    assert re.search(r"`spotmc stack` says: \d+ boots failed within a day, the last one that of worker i-", told)
    assert cloudformation.status(STACK) is None
    assert there.left() == []


def test_an_interrupted_rehearsal_leaves_nothing(run, there, cloudformation, monkeypatch):
    sleep, until = there.sleep, []

    def interrupt(seconds):
        until.append(seconds)
        if len(until) == 20:
            raise KeyboardInterrupt
        sleep(seconds)

    monkeypatch.setattr(there, "sleep", interrupt)
    status, told, report = run("--only", "falling-target")
    assert status == 130
    assert verdicts(report) == {"deploy": "confirmed", "falling-target": "failed", "destroy": "confirmed"}
    assert "It was cut off: KeyboardInterrupt." in told
    assert cloudformation.status(STACK) is None
    assert there.left() == []


def test_ctrl_c_while_the_stack_is_made_leaves_nothing_either(run, there, cloudformation, monkeypatch):
    looks = itertools.count(1)
    before = cloudformation.on_events
    cloudformation.on_events = lambda: (before(), next(looks) == 3 and os.kill(os.getpid(), signal.SIGINT))
    status, told, report = run()
    assert status == 130, told
    assert verdicts(report) == {"deploy": "failed", "destroy": "confirmed"}
    assert cloudformation.status(STACK) is None
    assert there.left() == []


def test_what_an_earlier_attempt_left_is_no_obstacle(run, cloudformation):
    cloudformation.failing = ("Roles.WorkerRole", "no permission")
    assert run("--only", "interruption", "--keep")[0] == 1
    assert cloudformation.status(STACK) == "ROLLBACK_COMPLETE"
    cloudformation.failing = None
    status, told, report = run("--only", "interruption")
    assert status == 0, told
    assert verdicts(report)["deploy"] == "confirmed"


def test_a_mistake_of_ours_leaves_nothing_either(spotmc, there, cloudformation, monkeypatch, tmp_path):
    monkeypatch.setattr(there, "sleep", lambda seconds: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rehearse.command.main(
            ["--yes", "--out", str(tmp_path), "--only", "idle-alarm"],
            prog_name="spotmc rehearse",
            standalone_mode=False,
        )
    assert cloudformation.status(STACK) is None
    assert there.left() == []


def test_a_stack_that_cannot_be_made_is_deleted_and_nothing_else_is_tried(run, cloudformation):
    cloudformation.failing = ("Roles.WorkerRole", "API: iam:CreateRole User: moto is not authorized")

    def mend():
        if cloudformation.status(STACK) == "ROLLBACK_COMPLETE":
            cloudformation.failing = None

    cloudformation.on_events = mend
    status, _, report = run()
    assert status == 1
    assert set(verdicts(report).values()) == {"failed", "not tried", "confirmed"}
    assert verdicts(report)["destroy"] == "confirmed"
    assert "Roles.WorkerRole" in report["results"][0]["seen"][0]
    assert cloudformation.status(STACK) is None


def test_what_cannot_be_deleted_is_said_with_the_command_that_does_it(run, cloudformation):

    def fail():
        if cloudformation.status(STACK) == "CREATE_COMPLETE":
            cloudformation.failing = ("Network.WorkerGroup", "resource sg-1 has a dependent object")

    cloudformation.on_events = fail
    status, _, report = run("--only", "interruption")
    assert status == 1
    assert verdicts(report)["destroy"] == "failed"
    assert f"`spotmc destroy --name {STACK} --region us-east-1` deletes it" in report["left"]


def test_a_stack_that_is_kept_is_said_to_cost_money(run, cloudformation):
    status, _, report = run("--only", "interruption", "--keep")
    assert status == 0
    assert cloudformation.status(STACK) == "CREATE_COMPLETE"
    assert "goes on to cost money" in report["left"]
    status, told, _ = run("--only", "interruption")  # takes what is there
    assert status == 0, told
    assert cloudformation.status(STACK) is None


def test_a_person_is_asked_first(spotmc, there, cloudformation, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    status, printed, _ = spotmc("rehearse")
    assert status == 130
    assert "Together about" in printed
    assert cloudformation.status(STACK) is None


@pytest.mark.parametrize("variant", ["SpotFleet", "AutoScalingGroup"])
def test_a_dry_run_asks_aws_nothing_and_tells_steps_time_and_dollars(spotmc, settings, monkeypatch, variant):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    status, printed, told = spotmc("rehearse", "--dry-run", "--workers-on", variant, "--interruption-role", ROLE)
    assert (status, told) == (0, "")
    assert ("in this variant no alarm lowers anything" in printed) == (variant == "AutoScalingGroup")
    names = [line.split()[0] for line in printed.splitlines()[1:-1]]
    assert names == ["deploy", *rehearse.CHECKS, "destroy"]
    dollars = float(printed.rpartition("$")[2].partition(",")[0])
    assert 0.3 < dollars < 1


def test_what_needs_a_role_is_not_promised_without_one(spotmc):
    _, printed, _ = spotmc("rehearse", "--dry-run")
    assert "not tried: it needs --interruption-role" in printed
    assert float(printed.rpartition("$")[2].partition(",")[0]) < 0.3  # of which the fault injection alone takes that
    status, _, told = spotmc("rehearse", "--dry-run", "--interruption-role", "fis")
    assert status == 2
    assert "must be the ARN of a role" in told


def test_no_stack_that_is_used_is_rehearsed_with(spotmc):
    status, _, told = spotmc("rehearse", "--name", "spotmc", "--dry-run")
    assert status == 2
    assert "must end in -rehearsal" in told


def test_every_check_can_be_named():
    assert tuple(check.name for check in OPTIONAL) == rehearse.CHECKS
