"""AWS when it has too much to do: in front of the emulator, it refuses requests at first, or is slow to change a fleet.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
"""

from collections import Counter
from dataclasses import replace
from threading import Lock

from tests.http_service import Answer, HttpService, Request, passed_on

REFUSED = (
    b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error>"
    b"</Errors><RequestID>4442587F</RequestID></Response>"
)


class UnwellAws(HttpService):
    """In front of the emulator.

    Args:
        emulator: Its address.

    Attributes:
        refuse: How often each action is still refused, by its name.
        modifying: How often a Spot Fleet is still said to be in the state "modifying".
        asked: How often each action was asked for, refused or not.
        answered: How often it was answered.
        parameters: What each action was last asked with.
    """

    def __init__(self, emulator: str) -> None:
        self.refuse: Counter[str] = Counter()
        self.modifying = 0
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.parameters: dict[str, dict[str, str]] = {}
        self._emulator, self._lock = emulator, Lock()
        super().__init__(self._answer)

    def _is_refused(self, action: str) -> bool:
        with self._lock:
            self.asked[action] += 1
            refused = self.refuse[action] > 0
            (self.refuse if refused else self.answered)[action] += -1 if refused else 1
            return refused

    def _is_modifying(self, action: str) -> bool:
        with self._lock:
            modifying = action == "DescribeSpotFleetRequests" and self.modifying > 0
            self.modifying -= modifying
            return modifying

    def _answer(self, request: Request) -> Answer:
        action = request.form.get("Action", "")
        self.parameters[action] = request.form
        told = Answer(503, REFUSED) if self._is_refused(action) else passed_on(request, self._emulator)
        if self._is_modifying(action):
            return replace(told, body=told.body.replace(b"RequestState>active<", b"RequestState>modifying<"))
        return told
