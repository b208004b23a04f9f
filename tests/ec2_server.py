"""EC2 over HTTP: the emulator's, with the one thing that it does not know: which key encrypts an account's disks."""

from tests.http_service import Answer, HttpService, Request, passed_on
from tests.query_api import xml

AWS_KEY = "alias/aws/ebs"


class Ec2Server(HttpService):
    """Answers while the ``with`` block lasts.

    Args:
        emulator: Where it listens.

    Attributes:
        disk_key: The account's default; None where whoever asks has no permission to know it.
    """

    def __init__(self, emulator: str) -> None:
        self.disk_key: str | None = AWS_KEY
        self._emulator = emulator
        super().__init__(self._answer)

    def _answer(self, request: Request) -> Answer:
        if request.form["Action"] != "GetEbsDefaultKmsKeyId":
            return passed_on(request, self._emulator)
        if self.disk_key is None:
            refused = {"Code": "UnauthorizedOperation", "Message": "not authorized to perform this operation"}
            return Answer(403, f"<Response><Errors>{xml({'Error': refused})}</Errors></Response>".encode())
        key = xml({"kmsKeyId": self.disk_key})
        return Answer(200, f"<GetEbsDefaultKmsKeyIdResponse>{key}</GetEbsDefaultKmsKeyIdResponse>".encode())
