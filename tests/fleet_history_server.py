"""EC2 over HTTP with what moto does not keep of Spot Fleets: their history, and that they are being modified.

All else is passed on to moto.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotFleetRequestHistory.html
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from tests.http_service import Answer, HttpService, Request, passed_on

PAGE = 2  # records
_REFUSED = (
    "<Response><Errors><Error><Code>InvalidSpotFleetRequestConfig</Code><Message>The fleet is being modified</Message>"
    "</Error></Errors><RequestID>0</RequestID></Response>"
)
_ASKED = "DescribeSpotFleetRequestHistory"


class FleetHistoryServer(HttpService):
    """While the ``with`` block lasts.

    Args:
        moto: Where it listens.

    Attributes:
        denied: Whether nobody may read histories.
        asked: How often one was read.
        modifying: So many of the next looks find every fleet being modified; until then none can be modified again.
    """

    def __init__(self, moto: str) -> None:
        self.denied, self.asked, self.modifying = False, 0, 0
        self._records: defaultdict[str, list[str]] = defaultdict(list)
        self._moto = moto
        super().__init__(self._answer)

    def happen(self, fleet_id: str, kind: str, sub_kind: str, description: str) -> None:
        """Something comes into the history of a fleet, as an event of that kind."""
        told = f"<eventSubType>{sub_kind}</eventSubType><eventDescription>{escape(description)}</eventDescription>"
        self._records[fleet_id].append(
            f"<item><timestamp>{datetime.now(UTC).isoformat()}</timestamp><eventType>{kind}</eventType>"
            f"<eventInformation>{told}</eventInformation></item>"
        )

    def _answer(self, request: Request) -> Answer:
        form = request.form
        action = form.get("Action")
        if action == _ASKED:
            return self._history(form)
        if action == "ModifySpotFleetRequest" and self.modifying:
            return Answer(400, _REFUSED.encode())
        told = passed_on(request, self._moto)
        if action == "DescribeSpotFleetRequests" and self.modifying:
            self.modifying -= 1
            return replace(told, body=told.body.replace(b"State>active<", b"State>modifying<"))
        return told

    def _history(self, form: dict[str, str]) -> Answer:
        self.asked += 1
        if self.denied:
            error = "<Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this</Message>"
            told = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>0</RequestID></Response>"
            return Answer(403, told.encode())
        records, first = self._records[form["SpotFleetRequestId"]], int(form.get("NextToken", 0))
        rest = f"<nextToken>{first + PAGE}</nextToken>" if first + PAGE < len(records) else ""
        items = "".join(records[first : first + PAGE])
        told = f"<{_ASKED}Response><historyRecordSet>{items}</historyRecordSet>{rest}</{_ASKED}Response>"
        return Answer(200, told.encode())
