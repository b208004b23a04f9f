"""The queue of work and the dead-letter queue behind it, over SQS."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from botocore.exceptions import ClientError

from fleet.connection import sqs_client
from fleet.errors import HandleRefusedError, QueueError, explained
from fleet.foreign import require
from fleet.reasons import error_code, reason
from fleet.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        MessageAttributeValueOutputTypeDef,
        MessageAttributeValueTypeDef,
        MessageTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

Attributes = dict[str, str | int]

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
BATCH = 10  # messages in one request
LONGEST_HIDDEN = 12 * 60 * 60  # seconds from a receive, extensions included
LONGEST_POLL = 20  # seconds
DIGITS = 38  # of a number in an attribute
LARGEST = 2**20  # bytes of a message, and of all messages in a request, attributes included
MOST_ATTRIBUTES = 10  # of a message

MAX_RECEIVE_COUNT = 30
"""How often SQS itself delivers a message before it moves it to the dead-letter queue.

A net for messages that end their worker: what fails otherwise is counted by the workers, and being handed back by a
worker that has to go is no failure, though SQS counts it.
"""


@dataclass(frozen=True)
class Message:
    """A message in hand.

    Attributes:
        id: Given by SQS when it was sent.
        body: The text.
        receipt_handle: What deletes, extends or releases it; changes with every delivery.
        receive_count: How often it was delivered, this time included.
        attributes: Message attributes.
    """

    id: str
    body: str
    receipt_handle: str
    receive_count: int
    attributes: Attributes


@dataclass(frozen=True)
class Depth:
    """About how many messages there are (SQS counts approximately).

    Attributes:
        visible: They wait, the delayed ones among them.
        in_flight: Somebody has them in hand.
        delayed: They can be taken only later.
    """

    visible: int
    in_flight: int
    delayed: int = 0

    @property
    def all(self) -> int:
        return self.visible + self.in_flight

    @property
    def empty(self) -> bool:
        return self.all == 0


class Queue:
    """One SQS queue.  Every method raises QueueError when the queue does not do what was asked."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self.url = url
        self._client = client

    @classmethod
    def connect(cls, settings: Settings, *, for_a_page: bool = False) -> Self:
        return cls(sqs_client(settings, for_a_page=for_a_page), settings.queue_url)

    def send(self, body: str, attributes: Mapping[str, str | int]) -> None:
        with explained(QueueError, "send a message to the queue"):
            answer = self._client.send_message(
                QueueUrl=self.url,
                MessageBody=body,
                MessageAttributes={name: _attribute(value) for name, value in attributes.items()},
            )
            require(answer, "MessageId")

    def send_all(self, bodies: Sequence[str], attributes: Mapping[str, str | int]) -> None:
        """Send up to BATCH messages with the same attributes in one request; when it fails, some may be sent."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "MessageBody": body,
                "MessageAttributes": {name: _attribute(value) for name, value in attributes.items()},
            }
            for number, body in enumerate(bodies)
        ]
        with explained(QueueError, "send messages to the queue"):
            answer = self._client.send_message_batch(QueueUrl=self.url, Entries=entries)
            require(answer, "Successful", "Failed")
        sent = {each["Id"] for each in answer.get("Successful", [])}
        if missing := len([each for each in entries if each["Id"] not in sent]):
            why = next((each.get("Message") for each in answer.get("Failed", [])), None) or "the queue does not say why"
            raise QueueError(f"cannot send {missing} of {len(bodies)} messages: {why}")

    def receive(self, *, wait_seconds: int, visibility_seconds: int, at_most: int = 1) -> list[Message]:
        """Messages to work on, as soon as there are any, or none after ``wait_seconds`` (20 at most).

        They are hidden from others for ``visibility_seconds``.
        """
        with explained(QueueError, "receive from the queue"):
            answer = self._client.receive_message(
                QueueUrl=self.url,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=visibility_seconds,
                MaxNumberOfMessages=at_most,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
                MessageAttributeNames=["All"],
            )
        return [_message(message) for message in answer.get("Messages", [])]

    def delete(self, message: Message) -> None:
        """
        Raises:
            HandleRefusedError: the message may have been given to another since; that it is not proves nothing.
        """
        with explained(QueueError, "delete a message from the queue"), _refusals():
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message.receipt_handle)

    def extend(self, message: Message, seconds: int) -> None:
        """Hide the message from others for ``seconds`` from now on; zero hands it back at once.

        Raises:
            HandleRefusedError: the message may have been given to another since; that it is not proves nothing.
        """
        with explained(QueueError, "change how long a message is hidden"), _refusals():
            self._client.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=message.receipt_handle, VisibilityTimeout=seconds
            )

    def release(self, message: Message, after_seconds: int = 0) -> None:
        """Hand the message back, to be delivered again after so many seconds."""
        self.extend(message, after_seconds)

    def depth(self) -> Depth:
        with explained(QueueError, "count the messages in the queue"):
            answer = self._client.get_queue_attributes(
                QueueUrl=self.url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesDelayed",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )
            require(answer, "Attributes")
        found = answer["Attributes"]
        delayed = int(found["ApproximateNumberOfMessagesDelayed"])
        return Depth(
            visible=int(found["ApproximateNumberOfMessages"]) + delayed,
            in_flight=int(found["ApproximateNumberOfMessagesNotVisible"]),
            delayed=delayed,
        )

    def dead_letters(self) -> "Queue":
        """The queue that this one's redrive policy names.

        Raises:
            QueueError: it has none, or may not be asked.
        """
        with explained(QueueError, "find the dead-letter queue"):
            answer = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["RedrivePolicy"])
            policy = answer.get("Attributes", {}).get("RedrivePolicy")
            if policy is None:
                raise QueueError(f"the queue {self.url} has no dead-letter queue; give it a redrive policy")
            *_, account, name = json.loads(policy)["deadLetterTargetArn"].split(":")
            return Queue(
                self._client, self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
            )


# What SQS says of a receipt handle that is no longer, or never was, that of a message in hand.
_REFUSALS = {"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"}


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error_code(error) not in _REFUSALS:
            raise
        raise HandleRefusedError(f"the queue no longer counts the message as ours: {reason(error)}") from error


def _attribute(value: str | int) -> "MessageAttributeValueTypeDef":
    return {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}


def _message(message: "MessageTypeDef") -> Message:
    return Message(
        id=message["MessageId"],
        body=message["Body"],
        receipt_handle=message["ReceiptHandle"],
        receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
        attributes={name: _value(given) for name, given in message.get("MessageAttributes", {}).items()},
    )


def _value(attribute: "MessageAttributeValueOutputTypeDef") -> str | int:
    text = attribute.get("StringValue", "")
    return int(text) if attribute["DataType"] == "Number" and text.isdecimal() and len(text) <= DIGITS else text
