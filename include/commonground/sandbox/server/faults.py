"""`503:0.05,429:0.02,truncate:0.01,slow:0.01,reset:0.01,token_expires:200,seed:3` → which request meets which mishap.

Mishaps come by counting, not by chance: a share of 0.05 hits every 20th request, from a start that the seed decides. So the
same run meets the same mishaps, and a request that is tried again gets through.
"""

import asyncio
import datetime as dt
import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commonground.errors import ConfigError

MISHAPS = ("503", "500", "429", "truncate", "slow", "reset")
SLOW_SECONDS = 1.5
RETRY_AFTER_SECONDS = 1
# Connections by the client's address, so that a mishap can cut one; kept by `run.CuttableProtocol`.
TRANSPORTS: dict[tuple[str, int], asyncio.Transport] = {}


@dataclass
class FaultPlan:
    """A parsed SPEC, how many requests it has seen, and what they met."""

    shares: dict[str, float] = field(default_factory=dict)
    token_expires: int | None = None
    is_strict: bool = False
    seed: int = 0
    seen: int = 0
    met: Counter[str] = field(default_factory=Counter)

    @classmethod
    def parse(cls, spec: str | None) -> "FaultPlan":
        """Reads a SPEC; raises `ConfigError` that names the part that is wrong."""
        plan = cls()
        for part in filter(None, (one.strip() for one in (spec or "").split(","))):
            name, _, value = part.partition(":")
            try:
                if name in MISHAPS and 0 < float(value) <= 0.5:
                    plan.shares[name] = float(value)
                elif name == "token_expires" and int(value) > 0:
                    plan.token_expires = int(value)
                elif name == "seed":
                    plan.seed = int(value)
                elif name == "strict":
                    plan.is_strict = True
                else:
                    raise ValueError
            except ValueError:
                expected = f"one of {', '.join(MISHAPS)} with a share up to 0.5, token_expires:N, seed:N or strict"
                raise ConfigError(f"faults: {part!r} is not {expected}") from None
        return plan

    def next(self) -> str | None:
        """The mishap of the next request, if any."""
        self.seen += 1
        for name, share in self.shares.items():
            period = round(1 / share)
            start = int(hashlib.sha256(f"{self.seed}:{name}".encode()).hexdigest(), 16)
            if self.seen % period == start % period:
                self.met[name] += 1
                return name
        return None


class Mishaps:
    """ASGI middleware that lets a plan's mishaps happen to everything but `/_control`."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self.app, self.plan = app, plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        mishap = None if scope["type"] != "http" or scope["path"].startswith("/_control") else self.plan.next()
        if mishap in ("503", "500", "429"):
            await _refuse(send, scope["path"], int(mishap))
        elif mishap == "reset":
            transport = TRANSPORTS.get(tuple(scope["client"] or ()))
            if transport is not None:
                transport.abort()
        else:
            if mishap == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            await self.app(scope, receive, _cut_short(send, scope) if mishap == "truncate" else send)


def _cut_short(send: Send, scope: Scope) -> Send:
    """Passes on half of the first body, then cuts the line."""

    async def half(message: Message) -> None:
        transport = TRANSPORTS.get(tuple(scope["client"] or ()))
        if message["type"] == "http.response.body" and message.get("body") and transport is not None:
            body = message["body"]
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            transport.close()
        else:
            await send(message)

    return half


async def _refuse(send: Send, path: str, status: int) -> None:
    body = json.dumps(vendor_error(path, status)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 429:
        headers += _limit_headers(path)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _limit_headers(path: str) -> list[tuple[bytes, bytes]]:
    """How the vendor that owns the path says when to come back; MLS Grid and Spark do not."""
    at = time.time() + RETRY_AFTER_SECONDS
    if path.startswith(("/mlsgrid", "/spark")):
        return []
    if path.startswith("/bridge"):
        reset = f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
        return [(b"burst-ratelimit-limit", b"334"), (b"burst-ratelimit-remaining", b"0"), (b"burst-ratelimit-reset", reset)]
    if path.startswith("/trestle"):
        return [(b"minute-quota-limit", b"180"), (b"hour-quota-limit", b"7200"), (b"hour-quota-resettime", str(int(at * 1000)).encode())]
    if path.startswith("/swarm"):
        return [(b"x-ratelimit-limit", b"500"), (b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", str(int(at)).encode())]
    return [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())]


def vendor_error(path: str, status: int) -> dict[str, object] | list[dict[str, str]]:
    """The body with which the vendor that owns the path words that status."""
    words = {429: "Too many requests", 503: "Service temporarily unavailable"}.get(status, "Internal error")
    if path.startswith("/followupboss"):
        return {"errorMessage": words}
    if path.startswith("/hubspot"):
        return {"status": "error", "message": words, "category": "RATE_LIMITS" if status == 429 else "INTERNAL_ERROR"}
    if path.startswith("/salesforce"):
        return [{"message": words, "errorCode": {429: "REQUEST_LIMIT_EXCEEDED", 503: "SERVER_UNAVAILABLE"}.get(status, "UNKNOWN")}]
    if path.startswith("/yelp"):
        code = "TOO_MANY_REQUESTS_PER_SECOND" if status == 429 else "INTERNAL_ERROR"
        return {"error": {"code": code, "description": words}}
    if path.startswith("/bluesky"):
        return {"error": "RateLimitExceeded" if status == 429 else "InternalServerError", "message": words}
    if path.startswith("/mastodon"):
        return {"error": words}
    if path.startswith("/spark"):
        return {"D": {"Success": False, "Code": {429: 1550, 503: 1515}.get(status, 1500), "Message": words}}
    if path.startswith("/swarm"):
        kind = "rate_limit_exceeded" if status == 429 else "server_error"
        return {"meta": {"code": status, "errorType": kind, "errorDetail": words}, "response": {}}
    if path.startswith("/foursquare"):
        return {"message": words}
    if path.startswith(("/gbp", "/gplaces")):
        word = {429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}.get(status, "INTERNAL")
        return {"error": {"code": status, "message": words, "status": word}}
    return {"error": {"code": str(status), "message": words, "target": None, "details": []}}
