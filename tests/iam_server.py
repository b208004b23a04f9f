"""IAM over HTTP, as far as a deployment asks it: what somebody may do, and the roles of AWS's services."""

from datetime import UTC, datetime
from typing import Any

from deployment import service_roles
from tests.query_api import QueryServer, RefusedError

ACCOUNT = "123456789012"


class IamServer(QueryServer):
    """An account's IAM.

    Attributes:
        denied: Actions that whoever asks has no permission for.
        tells: Whether whoever asks has permission to ask that.
        refused: Requests that whoever asks has no permission for.
        roles: Names of the roles that there are.
    """

    def __init__(self) -> None:
        super().__init__(self._dispatch)
        self.denied: set[str] = set()
        self.tells = True
        self.refused: set[str] = set()
        self.roles: set[str] = set()

    def _dispatch(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        if action in self.refused:
            raise RefusedError("AccessDenied", f"not authorized to perform: iam:{action}", status=403)
        if action == "SimulatePrincipalPolicy":
            return self._simulate(request["ActionNames"])
        if action == "GetRole":
            return self._get_role(request["RoleName"])
        assert action == "CreateServiceLinkedRole", action
        role = next(each.name for each in service_roles.ALL if each.service == request["AWSServiceName"])
        if role in self.roles:
            raise RefusedError("InvalidInput", f"Service role name {role} has been taken in this account")
        self.roles.add(role)
        return self._get_role(role)

    def _simulate(self, actions: list[str]) -> dict[str, Any]:
        if not self.tells:
            raise RefusedError("AccessDenied", "not authorized to perform: iam:SimulatePrincipalPolicy", status=403)
        results = [
            {"EvalActionName": name, "EvalDecision": "implicitDeny" if name in self.denied else "allowed"}
            for name in actions
        ]
        return {"IsTruncated": False, "EvaluationResults": results}

    def _get_role(self, name: str) -> dict[str, Any]:
        if name not in self.roles:
            raise RefusedError("NoSuchEntity", f"The role with name {name} cannot be found.", status=404)
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        created = datetime(2026, 1, 1, tzinfo=UTC)
        return {"Role": {"RoleName": name, "RoleId": "AROA", "Path": "/", "Arn": arn, "CreateDate": created}}
