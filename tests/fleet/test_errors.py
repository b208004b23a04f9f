import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError

from fleet.errors import BucketError, explained
from fleet.reasons import reason


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutObject")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refusal("AWS.SimpleQueueService.NonExistentQueue"), "no such queue"),
        (refusal("QueueDoesNotExist"), "no such queue"),
        (refusal("NoSuchBucket"), "no such bucket"),
        (refusal("AccessDenied"), "no permission"),
        (refusal("403"), "no permission"),
        (refusal("ExpiredToken"), "sign in again"),
        (refusal("PermanentRedirect"), "another region"),
        (refusal("SlowDown", "Reduce your request rate."), "Reduce your request rate. (SlowDown)"),
        (refusal("Odd"), "no reason given (Odd)"),
        (NoCredentialsError(), "AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "no answer"),
    ],
)
def test_a_reason_says_what_to_do(error: ClientError | BotoCoreError, words: str) -> None:
    assert words in reason(error)


def test_what_was_tried_comes_before_the_reason() -> None:
    with (
        pytest.raises(BucketError, match=r"^cannot write a file: .* permission"),
        explained(BucketError, "write a file"),
    ):
        raise refusal("AccessDenied")


def test_a_mistake_of_the_program_is_not_dressed_up() -> None:
    with pytest.raises(KeyError), explained(BucketError, "write a file"):
        raise KeyError("mistake")
