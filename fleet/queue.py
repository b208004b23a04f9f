"""The queue of work, over SQS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from fleet.connection import sqs_client
from fleet.errors import QueueError, explained
from fleet.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, MessageTypeDef

Attributes = dict[str, str | int]


@dataclass(frozen=True)
class Message:
    """A message in hand.

    Attributes:
        id: Given by SQS when it was sent.
        body: The text.
        receipt_handle: What deletes, extends or releases it; changes with every delivery.
        receive_count: How often it was delivered, this time included.
        attributes: Message attributes, numbers among them as text.
    """

    id: str
    body: str
    receipt_handle: str
    receive_count: int
    attributes: dict[str, str]


@dataclass(frozen=True)
class Depth:
    """About how many messages there are (SQS counts approximately)."""

    visible: int
    in_flight: int

    @property
    def empty(self) -> bool:
        return self.visible == 0 and self.in_flight == 0


class Queue:
    """One SQS queue.  Every method raises QueueError when the queue does not do what was asked."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self.url = url
        self._client = client

    @classmethod
    def connect(cls, settings: Settings) -> Self:
        return cls(sqs_client(settings), settings.queue_url)

    def send(self, body: str, attributes: Mapping[str, str | int]) -> None:
        with explained(QueueError, "send a message to the queue"):
            self._client.send_message(
                QueueUrl=self.url,
                MessageBody=body,
                MessageAttributes={name: _attribute(value) for name, value in attributes.items()},
            )

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
        with explained(QueueError, "delete a message from the queue"):
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message.receipt_handle)

    def extend(self, message: Message, seconds: int) -> None:
        """Hide the message from others for ``seconds`` from now on; zero hands it back at once."""
        with explained(QueueError, "change how long a message is hidden"):
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
            )["Attributes"]
        delayed = int(answer["ApproximateNumberOfMessagesDelayed"])
        return Depth(
            visible=int(answer["ApproximateNumberOfMessages"]) + delayed,
            in_flight=int(answer["ApproximateNumberOfMessagesNotVisible"]),
        )


def _attribute(value: str | int) -> "MessageAttributeValueTypeDef":
    return {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}


def _message(message: "MessageTypeDef") -> Message:
    return Message(
        id=message["MessageId"],
        body=message["Body"],
        receipt_handle=message["ReceiptHandle"],
        receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
        attributes={name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()},
    )
