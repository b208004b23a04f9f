"""Trying permissions: what is missing is named, with the statement that grants it, and nobody's work is disturbed."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fleet import keys, listing
from fleet.bucket import Bucket
from fleet.dead_letters import dead_letter
from fleet.permission_trial import Tried, partition, policy, queue_arn, try_all
from fleet.queue import Message, Queue
from fleet.settings import Settings
from tests.denying_aws import KEY, DenyingAws


@pytest.fixture
def aws(settings: Settings) -> Iterator[DenyingAws]:
    with DenyingAws(settings.endpoint_url or "") as server:
        yield server


@pytest.fixture
def denied(aws: DenyingAws, settings: Settings) -> Settings:
    """Of the same queue and bucket, which deny what the test says."""
    queue_url = settings.queue_url.replace(settings.endpoint_url or "", aws.url)
    return replace(settings, endpoint_url=aws.url, queue_url=queue_url)


def by_action(tried: list[Tried]) -> dict[tuple[str, str], Tried]:
    """By action and folder."""
    return {(each.action, each.resource.partition("/")[2]): each for each in tried}


def test_where_all_is_allowed_nothing_is_missing_and_nothing_is_left_on_a_queue(
    settings: Settings, queue: Queue, dead_letters: Queue, bucket: Bucket
) -> None:
    dead_letter(dead_letters, Message("id", "hello", "handle", 1, {}), "no luck", "worker-1")
    for _ in range(2):  # the second time finds what the first has left
        tried = try_all(settings)
        assert {each.outcome for each in tried} == {"allowed"}, tried
        assert policy(tried) == ""
    assert {each.action for each in tried} >= {
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "s3:PutObject",
        "s3:GetObject",
        "s3:DeleteObject",
        "s3:ListBucket",
    }
    assert queue.depth().empty
    assert dead_letters.depth().visible == 1
    left = [entry.key for entry in bucket.list("")]
    assert left == [f"{folder}/permission-trial" for folder in ("models", "prices", "rules", "submissions", "traders")]
    assert not any(map(keys.is_ours, left))
    assert listing.recent(bucket).rows == []


@pytest.mark.parametrize(
    ("action", "begins", "resource"),
    [
        ("sqs:SendMessage", "", "{queue}"),
        ("sqs:ReceiveMessage", "", "{queue}-dead"),
        ("sqs:ChangeMessageVisibility", "", "{queue}-dead"),
        ("sqs:DeleteMessage", "", "{queue}-dead"),
        ("s3:PutObject", "jobs/", "{bucket}/jobs/*"),
        ("s3:GetObject", "jobs/", "{bucket}/jobs/*"),
        ("s3:DeleteObject", "jobs/", "{bucket}/jobs/*"),
        ("s3:PutObject", "prices/", "{bucket}/prices/*"),
        ("s3:PutObject", "submissions/", "{bucket}/submissions/*"),
        ("s3:PutObject", "models/", "{bucket}/models/*"),
        ("s3:GetObject", "named-models/", "{bucket}/named-models/*"),
        ("s3:DeleteObject", "named-models/", "{bucket}/named-models/*"),
        ("s3:PutObject", "history/", "{bucket}/history/*"),
        ("s3:PutObject", "traders/", "{bucket}/traders/*"),
        ("s3:GetObject", "workers/", "{bucket}/workers/*"),
    ],
)
def test_what_is_missing_is_named_with_the_statement_that_grants_it(
    aws: DenyingAws, denied: Settings, action: str, begins: str, resource: str
) -> None:
    aws.denied = {(action, begins)}
    tried = try_all(denied)
    arn = resource.format(queue=queue_arn(denied), bucket=f"arn:aws:s3:::{denied.bucket}")
    [missing] = [each for each in tried if each.outcome != "allowed"]
    assert (missing.action, missing.resource, missing.outcome) == (action, arn, "missing")
    assert "no permission for this" in missing.told
    assert f"not authorized to perform: {action}".lower() in missing.told.lower()
    assert json.loads(policy(tried)) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": arn}],
    }


def test_what_depends_on_another_permission_is_said_to_be_untried(aws: DenyingAws, denied: Settings) -> None:
    aws.denied = {("sqs:GetQueueAttributes", ""), ("s3:ListBucket", ""), ("s3:GetObject", "")}
    tried = try_all(denied)
    assert {each.action for each in tried if each.outcome == "missing"} == {"sqs:GetQueueAttributes", "s3:ListBucket"}
    unknown = [each for each in tried if each.outcome == "unknown"]
    assert {each.action for each in unknown} >= {"sqs:ReceiveMessage", "sqs:DeleteMessage", "s3:GetObject"}
    assert all("only where" in each.told for each in unknown)


def test_a_key_that_nobody_may_use_is_what_is_missing(aws: DenyingAws, denied: Settings) -> None:
    aws.encrypted = True
    missing = {(each.action, each.resource) for each in try_all(denied) if each.outcome == "missing"}
    assert missing == {("kms:GenerateDataKey", KEY)}


def test_a_queue_and_a_bucket_that_are_not_there_are_no_missing_permission(settings: Settings) -> None:
    elsewhere = replace(settings, queue_url=f"{settings.queue_url}-never", bucket="no-such-bucket")
    tried = try_all(elsewhere)
    assert {each.outcome for each in tried} == {"unknown"}
    assert {"no such queue", "no such bucket"} <= {
        words for words in ("no such queue", "no such bucket") for each in tried if words in each.told
    }
    assert policy(tried) == ""


def test_a_rule_of_ones_own_takes_permissions_only_where_it_is_submitted(settings: Settings) -> None:
    assert not [each for each in try_all(settings, own_rules=False) if each.resource.endswith("/rules/*")]


def test_names_are_those_of_the_part_of_aws_that_a_region_is_in() -> None:
    assert [partition(region) for region in ("us-east-1", "cn-north-1", "us-gov-west-1", "xx-none-1")] == [
        "aws",
        "aws-cn",
        "aws-us-gov",
        "aws",
    ]
