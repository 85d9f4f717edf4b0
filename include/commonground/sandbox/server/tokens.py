"""Bearer tokens → may this request come in: the static one always, a minted one for as many requests as the plan says."""

import secrets

from commonground.sandbox.server.faults import FaultPlan


class Tokens:
    """Who may come in: the static token for ever, a minted one for as many requests as the plan says."""

    def __init__(self, static: str, plan: FaultPlan) -> None:
        self.static, self.plan = static, plan
        self.left: dict[str, float] = {}

    def mint(self) -> str:
        """A new token."""
        token = secrets.token_hex(12)
        self.left[token] = self.plan.token_expires or float("inf")
        return token

    def opens(self, header: str) -> bool:
        """Whether an Authorization header is good for this request."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return False
        if token == self.static:
            return True
        self.left[token] = self.left.get(token, 0) - 1
        return self.left[token] >= 0
