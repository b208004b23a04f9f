"""``spotmc stack``: what is wrong with a stack, and what to do about it."""

import html
import json
import os
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cloudformation.template import PARENT, read, resolve
from deployment.account import Account
from fleet.alarms import STEERING
from tests.alarms import alarm
from tests.spotmc.conftest import CIDR
from webui import create_app


@pytest.fixture
def account(settings, fleet_histories):
    return Account(settings.region)


@pytest.fixture
def machine(account):
    """Starts a Spot Fleet that has so many machines."""
    image = account.ssm.get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")[
        "Parameter"
    ]["Value"]
    subnet = account.ec2.describe_subnets()["Subnets"][0]["SubnetId"]

    def request(machines):
        specification = {"ImageId": image, "InstanceType": "m7i.large", "SubnetId": subnet, "SpotPrice": "1"}
        config = {
            "TargetCapacity": machines,
            "AllocationStrategy": "lowestPrice",
            "LaunchSpecifications": [specification],
            "IamFleetRole": "arn:aws:iam::123456789012:role/fleet",
        }
        return account.ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]

    return request


@pytest.fixture
def deployed(deploy, cloudformation, machine):
    """A stack with two workers and a workstation."""
    ids = cloudformation.physical_ids
    ids["Fleet.WorkerFleet"], ids["Workstation.WorkstationFleet"] = machine(2), machine(1)
    status, _, told = deploy(*CIDR)
    assert status == 0, told
    return ids


@pytest.fixture
def alarms(account):
    """Sets alarms, by the names that CloudFormation gives them."""
    with ExitStack() as set_now:
        yield lambda *arguments, **options: set_now.enter_context(alarm(account.cloudwatch, *arguments, **options))


def boot(bucket, when, kind="worker", machine="i-0123456789abcdef0", report="it failed"):
    bucket.put(f"boots/{when:%Y-%m-%dT%H:%M:%SZ}-{kind}-{machine}.txt", report.encode())


def test_a_stack_that_is_well_says_so_in_a_few_lines(spotmc, deployed, queue):
    queue.send("work", {})
    status, printed, told = spotmc("stack")
    assert (status, told) == (0, "")
    assert printed.splitlines() == [
        "spotmc in us-east-1: CREATE_COMPLETE",
        "  workers       2 wanted, 2 there, on a Spot Fleet",
        "  workstation   1 wanted, 1 there",
        "  queue         1 waiting, 0 in flight",
        "  dead letters  0",
        "  alarms on     none that wants a person",
        "  failed boots  0 within a day",
        "Nothing is wrong.",
    ]


def test_what_is_wrong_comes_with_what_to_do_and_a_status(
    *, spotmc, deployed, bucket, dead_letters, alarms, fleet_histories
):
    now = datetime.now(UTC)
    boot(bucket, now - timedelta(hours=30), report="long ago")
    boot(bucket, now - timedelta(minutes=9), report="an earlier one")
    boot(bucket, now - timedelta(minutes=5), report="the boot of this worker failed at line 70;\nno such package")
    dead_letters.send("poison", {})
    alarms("spotmc-Scaling-1A2B3C-NobodyWorks-4D5E6F", says="Do machines have a network?")
    fleet_histories.happen(
        deployed["Fleet.WorkerFleet"], "error", "spotInstanceCountLimitExceeded", "Max spot instance count exceeded"
    )
    status, printed, _ = spotmc("stack")
    assert status == 1
    assert "4 things are wrong:" in printed
    assert "2 boots failed within a day, the last one that of worker i-0123456789abcdef0" in printed
    assert "the boot of this worker failed at line 70; no such package" in printed
    assert "the log group /spotmc/worker has more" in printed
    assert "workers gave up on 1 message\n  What to do: `spotmc failed` says why" in printed
    assert "the alarm NobodyWorks is on since" in printed
    assert "  What to do: Do machines have a network?" in printed
    assert "workers: spotInstanceCountLimitExceeded: Max spot instance count exceeded" in printed
    assert "All Standard Spot Instance Requests" in printed


def test_alarms_of_every_day_and_of_other_stacks_are_no_trouble(spotmc, deployed, alarms):
    alarms("spotmc-Scaling-1A2B3C-MessagesWait-4D5E6F")
    alarms("spotmc-Scaling-1A2B3C-QueueEmpty-4D5E6F")
    alarms("spotmc-Queue-1A2B3C-OldMessage-4D5E6F", on=False)
    alarms("spotmc-two-Queue-1A2B3C-OldMessage-4D5E6F")
    status, printed, _ = spotmc("stack")
    assert status == 0, printed


def test_one_thing_is_not_told_twice(spotmc, deployed, bucket, dead_letters, alarms):
    dead_letters.send("poison", {})
    boot(bucket, datetime.now(UTC))
    alarms("spotmc-Queue-1A2B3C-DeadLetters-4D5E6F", says="see `spotmc failed`")
    alarms("spotmc-Scaling-1A2B3C-BootsFail-4D5E6F", says="see `spotmc stack`")
    _, printed, _ = spotmc("stack")
    assert "  alarms on     " in printed
    assert "2 things are wrong:" in printed


def test_a_script_gets_the_same(spotmc, deployed, bucket):
    boot(bucket, datetime.now(UTC), kind="workstation")
    status, printed, _ = spotmc("stack", "--json")
    told = json.loads(printed)
    assert status == 1
    assert told["workers"] == {"wanted": 2, "running": 2}
    assert told["boots"][0]["kind"] == "workstation"
    assert [each["what"] for each in told["problems"]] == [
        f"1 boot failed within a day, the last one that of workstation i-0123456789abcdef0 at "
        f"{datetime.fromisoformat(told['boots'][0]['at']):%Y-%m-%d %H:%M} UTC: it failed"
    ]


def test_a_workstation_that_nobody_wants_any_more_is_said(spotmc, deployed, account):
    account.ec2.modify_spot_fleet_request(SpotFleetRequestId=deployed["Workstation.WorkstationFleet"], TargetCapacity=0)
    status, printed, _ = spotmc("stack")
    assert status == 1
    assert "no workstation is wanted\n  What to do: `spotmc deploy` puts that right" in printed


def test_workers_in_a_group_are_counted_too(spotmc, group_of_workers, fleet_histories):
    group_of_workers.desired = 3
    group_of_workers.fail("Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity.")
    status, printed, _ = spotmc("stack")
    assert status == 1
    assert "  workers       3 wanted, 3 there, on an Auto Scaling group" in printed
    assert "EC2 has no such machine to spare" in printed


def test_workers_that_a_drain_has_left_on_hold_are_said_to_be(spotmc, group_of_workers, fleet_histories):
    group_of_workers.suspended = {"Launch", "AlarmNotification"}
    status, printed, _ = spotmc("stack")
    assert status == 1
    assert "the workers do not follow the queue" in printed


def test_what_aws_does_not_tell_does_not_hide_the_rest(spotmc, deployed, dead_letters, fleet_histories):
    dead_letters.send("poison", {})
    fleet_histories.denied = True
    status, printed, _ = spotmc("stack")
    assert status == 1
    assert "  workers       2 wanted, 2 there, on a Spot Fleet" in printed
    assert f"cannot read the history of {deployed['Fleet.WorkerFleet']}" in printed
    assert "workers gave up on 1 message" in printed


@pytest.fixture
def page_of_the_fleet(tmp_path, eventually):
    """What a web UI of the stack shows as soon as it knows that."""

    def opened(text):
        environment = {**os.environ, "SPOTMC_STACK": "spotmc", "SPOTMC_WEB_DATA": str(tmp_path / "web")}
        client = create_app({"ENVIRONMENT": environment, "TESTING": True}).test_client()
        eventually(lambda: text in client.get("/fleet").text)
        return html.unescape(client.get("/fleet").text)

    return opened


def test_a_page_shows_the_same_to_who_may_not_know_everything(
    page_of_the_fleet, deployed, dead_letters, fleet_histories
):
    dead_letters.send("poison", {})
    fleet_histories.denied = True
    text = page_of_the_fleet("CREATE_COMPLETE")
    assert "<dt>Machines</dt><dd>2 of 2 " in text
    assert "<dt>Workers on</dt><dd>a Spot Fleet</dd>" in text
    assert f"Cannot read the history of {deployed['Fleet.WorkerFleet']}" in text
    assert "Workers gave up on 1 message" in text
    assert "What to do: <code>spotmc failed</code> says why" in text


def test_a_page_of_a_stack_that_is_gone_says_so(page_of_the_fleet, cloudformation):
    assert "SPOTMC_STACK names it" in page_of_the_fleet("There is no stack spotmc in us-east-1")


@pytest.mark.parametrize(
    ("broken", "became", "to_do"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", "ended as ", "it is as it was before"),
        ("UPDATE_ROLLBACK_FAILED", "ended as ", "says what to do before it can be changed"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "is being put back: ", "`spotmc deploy` follows it"),
        ("ROLLBACK_COMPLETE", "ended as ", "`spotmc deploy` tries again"),
        ("DELETE_FAILED", "ended as ", "`spotmc destroy` goes on"),
    ],
)
def test_a_stack_that_is_not_as_it_was_asked_for_is_said_to_be_so(
    *, spotmc, deployed, cloudformation, broken, became, to_do
):
    cloudformation.set_status("spotmc", broken)
    status, printed, _ = spotmc("stack")
    assert status == 1
    assert f"the stack {became}{broken}" in printed
    assert to_do in printed


def test_a_stack_in_the_making_has_nothing_yet_and_that_is_not_wrong(spotmc, deployed, cloudformation):
    cloudformation.set_status("spotmc", "CREATE_IN_PROGRESS")
    status, printed, told = spotmc("stack")
    assert (status, told) == (0, "")
    assert "Nothing is wrong." in printed


def test_without_a_stack_a_person_is_told_how_to_have_one(spotmc, cloudformation):
    status, _, told = spotmc("stack")
    assert status == 1
    assert "there is no stack spotmc in us-east-1; `spotmc deploy` creates one" in told


@pytest.mark.parametrize("page", [b"<!doctype html><title>Log in</title><hr>", b"<html><title>Log in</title></html>"])
def test_a_proxy_that_answers_in_place_of_aws_is_named_in_one_line(*, spotmc, settings, monkeypatch, page):
    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(403)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", f"http://127.0.0.1:{server.server_port}")
        status, _, told = spotmc("stack")
        server.shutdown()
    assert status == 1
    assert "what answered is no AWS" in told.splitlines()[-1]


def test_alarms_are_told_unless_they_only_steer_the_fleet():
    """Every alarm of the templates says in its description what to do, or moves the number of machines."""
    given = {"ArtefactBucket": "mine", "ArtefactPrefix": "x", "AllowedCidr": "203.0.113.7/32", "Password": "x" * 12}
    alarms = dict(resolve(read(PARENT), {**given, "AlarmEmail": "me@example.com"}).of_type("AWS::CloudWatch::Alarm"))
    steering = {
        name.rpartition(".")[2]
        for name, each in alarms.items()
        if all("Scaling." in action for action in each["AlarmActions"])
    }
    assert steering == STEERING
    assert all(each["AlarmDescription"] for each in alarms.values())
