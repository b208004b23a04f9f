"""The permissions that looking at a stack takes."""

import json
from collections.abc import Iterator

import pytest

from deployment import permission_trial
from deployment.account import Account
from deployment.permission_trial import try_stack
from fleet.permission_trial import policy
from fleet.settings import Settings
from tests.cloudformation.policies import listed
from tests.cloudformation.test_roles import STATE
from tests.http_service import Answer, HttpService, Request

WHO = "User: arn:aws:sts::123456789012:assumed-role/somebody/me"


def deny(request: Request) -> Answer:
    """As each service says it: EC2 with an encoded message, JSON services in JSON, the others in XML."""
    if target := request.headers.get("X-Amz-Target"):
        services = {"AWSPriceListService": "pricing", "GraniteServiceVersion20100801": "cloudwatch"}
        service = services.get(target.partition(".")[0], "application-autoscaling")
        said = f"{WHO} is not authorized to perform: {service}:{target.rpartition('.')[2]} because no policy allows it"
        body = {"__type": "AccessDeniedException", "Message": said}
        return Answer(400, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})
    action = request.form.get("Action", "")
    if action.startswith("DescribeSpot"):
        body = (
            "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform "
            f"this operation. {WHO} is not authorized to perform: ec2:{action} because no identity-based policy allows "
            "it</Message></Error></Errors><RequestID>4442587F</RequestID></Response>"
        )
        return Answer(403, body.encode())
    said = f"{WHO} is not authorized to perform: {action}"
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{said}</Message></Error>"
    return Answer(403, f"{body}<RequestId>4442587F</RequestId></ErrorResponse>".encode())


def would(request: Request) -> Answer:
    """As EC2 says it of a request that is only to find out whether it is allowed; moto has never heard of these."""
    assert request.form["DryRun"] == "true"
    error = "<Code>DryRunOperation</Code><Message>Request would have succeeded, but DryRun flag is set.</Message>"
    body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>4442587F</RequestID></Response>"
    return Answer(412, body.encode())


def no_products(request: Request) -> Answer:
    """The price list, which moto does not have."""
    return Answer(200, b'{"FormatVersion": "aws_v1", "PriceList": []}', {"Content-Type": "application/x-amz-json-1.1"})


@pytest.fixture
def allowing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with HttpService(would) as ec2, HttpService(no_products) as pricing:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", ec2.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", pricing.url)
        yield


@pytest.fixture
def denying(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with HttpService(deny) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield


def test_all_that_the_role_grants_is_tried_and_may_be_asked(settings: Settings, allowing: None) -> None:
    found = try_stack(Account(settings.region), "spotmc")
    assert {each.action for each in found} == STATE
    assert [each for each in found if each.outcome != "allowed"] == []


def test_whoever_may_ask_nothing_gets_the_statements_for_all_of_it(settings: Settings, denying: None) -> None:
    found = try_stack(Account(settings.region), "spotmc")
    assert {each.outcome for each in found} == {"missing"}
    statements = json.loads(policy(found))["Statement"]
    assert {action for each in statements for action in listed(each["Action"])} == STATE
    assert {each["Resource"] for each in statements} == {
        "*",
        "arn:aws:cloudformation:us-east-1:*:stack/spotmc/*",
    }


def test_a_service_that_does_not_answer_is_not_waited_for(
    settings: Settings, allowing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permission_trial, "PATIENCE_SECONDS", 0.0)
    found = try_stack(Account(settings.region), "spotmc")
    assert {each.outcome for each in found} >= {"unknown"}
    assert "no answer within" in next(each.told for each in found if each.outcome == "unknown")
