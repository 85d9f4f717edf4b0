"""Keeping to a vendor's limits: limits per stretch of time → a session that waits its turn; an answer's headers → how long to wait."""

import datetime as dt
import email.utils
import math
import re
import time
from collections.abc import Mapping

import requests
from pyrate_limiter import Limiter, Rate
from requests.adapters import HTTPAdapter
from requests_ratelimiter import LimiterSession
from requests_ratelimiter.buckets import HostBucketFactory

# a vendor with several quotas sends one set of headers for each; the spent one says so in its `Remaining`
_QUOTA_PREFIXES = ("X-RateLimit-", "Application-RateLimit-", "Burst-RateLimit-", "RateLimit-", "Hour-Quota-")


class Throttle:
    """A `requests` session that never asks faster than allowed; without limits it never waits.

    Args:
        limits: Seconds → requests allowed in any such stretch; fractions and zeros (no limit) are fine.
        longest_wait_seconds: Waiting longer than this for a turn raises `requests.Timeout`.
    """

    def __init__(self, limits: Mapping[float, float], longest_wait_seconds: float) -> None:
        rates = [_rate(seconds, count) for seconds, count in consistent_limits(limits).items()]
        self.limiter: Limiter | None = None
        self.session = requests.Session()
        if rates:
            self.limiter = Limiter(HostBucketFactory(rates=rates))
            # limit_statuses: its own way with a 429 logs the URL as it is; ours does not
            self.session = LimiterSession(limiter=self.limiter, max_delay=longest_wait_seconds, limit_statuses=())
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=0))  # the library's own retries would pass the limiter by

    def close(self) -> None:
        """Ends connections and the limiter's thread."""
        self.session.close()
        if self.limiter is not None:
            self.limiter.close()


def consistent_limits(limits: Mapping[float, float]) -> dict[float, float]:
    """Limits without those that a stricter one makes moot (the limiter refuses such lists), shortest stretch first."""
    kept: dict[float, float] = {}
    for seconds, count in sorted(limits.items()):
        if count <= 0:
            continue
        kept = {shorter: n for shorter, n in kept.items() if n < count}
        longest = max(kept, default=None)
        if longest is None or count / seconds < kept[longest] / longest:
            kept[seconds] = count
    return kept


def _rate(seconds: float, count: float) -> Rate:
    whole = max(1, int(count))
    return Rate(whole, max(1, math.ceil(seconds * 1000 * whole / count)))


def asked_wait(headers: Mapping[str, str], longest_wait_seconds: float) -> float | None:
    """Seconds a vendor asks us to wait, None if it does not say.

    `Retry-After` is taken at its word. A quota's reset is waited for up to `longest_wait_seconds` only: a shorter quota may
    be the one that is spent.
    """
    wait = seconds_until(headers.get("Retry-After"))
    if wait is not None:
        return wait
    for prefix in _QUOTA_PREFIXES:
        if headers.get(f"{prefix}Remaining", "0").strip() not in ("0", "0.0", ""):
            continue
        wait = seconds_until(headers.get(f"{prefix}Reset") or headers.get(f"{prefix}ResetTime"))
        if wait is not None:
            return min(wait, longest_wait_seconds)
    return None


def seconds_until(value: str | None) -> float | None:
    """Seconds to wait out of a header: seconds, a Unix time in s or ms, an ISO moment or an HTTP date; None if it is none."""
    if not value:
        return None
    value = value.strip()
    now = time.time()
    if re.fullmatch(r"\d{1,18}(\.\d+)?", value):
        number = float(value)
        if number > 1e11:  # as seconds this were the year 5138: milliseconds
            number /= 1000
        return max(0.0, number - now) if number > 1e8 else number
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, moment.timestamp() - now)
