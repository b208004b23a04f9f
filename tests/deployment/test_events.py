"""What is told of a stack's events: how it ended, and what failed first."""

from datetime import UTC, datetime, timedelta

import pytest

from cloudformation.template import NESTED_STACK
from deployment.account import DeploymentError
from deployment.events import Event, first_cause
from deployment.stack import Deployed, Step, changes_nothing, next_step, parameters_of

START = datetime(2026, 11, 21, tzinfo=UTC)
ROOT = "arn:aws:cloudformation:us-east-1:123456789012:stack/my-fleet/1"
NESTED = "arn:aws:cloudformation:us-east-1:123456789012:stack/my-fleet-Queue-1A2B3C/2"


def event(
    second: int, resource: str, status: str, reason: str = "", *, kind: str = "AWS::SQS::Queue", stack: str = NESTED
) -> Event:
    physical_id = stack if kind == NESTED_STACK and resource in stack else resource.lower()
    return Event(str(second), START + timedelta(seconds=second), stack, resource, kind, physical_id, status, reason)


def test_the_cause_is_the_first_failure_that_follows_from_no_other() -> None:
    story = [
        event(5, "Queue", "CREATE_FAILED", "Embedded stack was not created", kind=NESTED_STACK, stack=ROOT),
        event(3, "Other", "CREATE_FAILED", "Resource creation cancelled"),
        event(2, "WorkQueue", "CREATE_FAILED", "A queue of this name exists"),
        event(1, "WorkQueue", "CREATE_IN_PROGRESS"),
        event(4, "DeadLetterQueue", "CREATE_FAILED", "Another reason, later"),
    ]
    cause = first_cause(story)
    assert cause is not None
    assert (cause.resource, cause.reason) == ("WorkQueue", "A queue of this name exists")
    assert cause.place("my-fleet") == "Queue.WorkQueue"


def test_a_nested_stack_is_the_cause_where_nothing_in_it_failed() -> None:
    failed = event(1, "Queue", "CREATE_FAILED", "S3 error: Access Denied", kind=NESTED_STACK, stack=ROOT)
    assert first_cause([failed]) == failed
    assert first_cause([event(1, "Queue", "CREATE_COMPLETE")]) is None


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (None, Step.CREATE),
        ("REVIEW_IN_PROGRESS", Step.CREATE),
        ("CREATE_COMPLETE", Step.UPDATE),
        ("UPDATE_COMPLETE", Step.UPDATE),
        ("UPDATE_ROLLBACK_COMPLETE", Step.UPDATE),
        ("CREATE_IN_PROGRESS", Step.FOLLOW),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Step.FOLLOW),
        ("ROLLBACK_IN_PROGRESS", Step.FOLLOW),
        ("DELETE_IN_PROGRESS", Step.FOLLOW),
        ("ROLLBACK_COMPLETE", Step.DELETE),
        ("CREATE_FAILED", Step.DELETE),
        ("DELETE_FAILED", Step.DELETE),
    ],
)
def test_the_status_of_a_stack_says_what_to_do_next(status: str | None, step: Step) -> None:
    assert next_step("spotmc", deployed(status) if status else None) is step


def test_a_stack_that_needs_a_person_is_not_touched() -> None:
    with pytest.raises(DeploymentError, match="continue-update-rollback"):
        next_step("spotmc", deployed("UPDATE_ROLLBACK_FAILED"))
    with pytest.raises(DeploymentError, match="of something else; give another --name"):
        next_step("spotmc", deployed("CREATE_COMPLETE", ours=False))


def deployed(status: str, *, ours: bool = True) -> Deployed:
    return Deployed(ROOT, status, "", ours, {"MaxWorkers": "5", "Gone": "1", "Password": "****"}, {})


def test_parameters_that_are_not_given_keep_their_value_unless_the_template_forgot_them() -> None:
    known: dict[str, object] = {"MaxWorkers": {}, "Password": {}, "LeaseSeconds": {}}
    assert parameters_of({"LeaseSeconds": "90"}, deployed("CREATE_COMPLETE"), known) == [
        {"ParameterKey": "LeaseSeconds", "ParameterValue": "90"},
        {"ParameterKey": "MaxWorkers", "UsePreviousValue": True},
        {"ParameterKey": "Password", "UsePreviousValue": True},
    ]


def test_nothing_to_change_is_told_by_words_only() -> None:
    assert changes_nothing("The submitted information didn't contain changes. Submit different information …")
    assert changes_nothing("No updates are to be performed.")
    assert not changes_nothing("Template error: instance of Fn::GetAtt references undefined resource")
