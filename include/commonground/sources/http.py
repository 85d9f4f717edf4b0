"""Talking HTTP to an outside system: an address and our credentials → answers, or one error that a person can act on.

`HttpClient` keeps to the vendor's limits before it sends, tries again what may pass (5xx, broken connections, answers that
break off, 429 after the wait the vendor asks for), and turns the rest into our errors:

- 401, 403 → `RefusedError` (a `CredentialsError`); a 401 first asks `renew` for a new token, once
- third 429, an outage that lasts → `SourceUnavailableError`
- any other 4xx, 501, an answer that is no JSON or too large, a link that leads to another host → `AnswerError` (an `UnreadableError`)

The token never leaves home: absolute links are followed to the scheme and host of `base_url` only, and every URL and message
that leaves this module is masked. Retries stand outside the limiter, so a retry waits its turn like any other request.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Collection, Mapping
from importlib import metadata
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urljoin

import requests
import tenacity
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from commonground.errors import SourceUnavailableError
from commonground.sources.answers import Answer, AnswerError, AwayError, RefusedError, joined, token_in, trouble
from commonground.sources.masking import mask, vendor_body, vendor_message
from commonground.sources.throttle import Throttle, asked_wait

__all__ = ["Answer", "AnswerError", "AwayError", "HttpClient", "RefusedError", "user_agent"]

TRIES = 5  # a server that is down for longer than five spaced tries is for the next night
LIMIT_TRIES = 3  # vendors suspend tokens that keep hammering after a 429
BACKOFF_SECONDS = 1.0
LIMIT_WAIT_SECONDS = 30.0  # after a 429 that does not say how long; doubles
LONGEST_WAIT_SECONDS = 960.0  # longer than that a worker slot is worth more than the feed
LARGEST_ANSWER_BYTES = 256 * 2**20  # the largest MLS page we ask for stays well below
TIMEOUT_SECONDS = (10.0, 60.0)  # to connect, between two bytes
LONGEST_ANSWER_SECONDS = 600.0  # a server that drips one byte a minute is down, too
_AGAIN = frozenset({202, 408, 425, 500, 502, 503, 504})
_NEVER = frozenset({501, 505})  # not an outage: what was asked is not to be had
_LOOPBACK = ("127.0.0.1", "[::1]")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _AgainError(Exception):
    """Try again; `wait` in seconds if the vendor said how long. `last` is what to raise when there is no try left."""

    def __init__(self, last: Exception, wait: float | None = None, *, is_limit: bool = False) -> None:
        super().__init__(str(last))
        self.last, self.wait, self.is_limit = last, wait, is_limit


class HttpClient:
    """One vendor's API under `base_url` (closing slash included). Use as a context manager: it owns connections.

    Args:
        base_url: Where relative paths start, and the only scheme and host that ever see the credentials.
        headers: Sent with every request. Values that are secret go into `secrets` as well.
        auth: A bearer token, or (user, password) for Basic; None if `headers` do it, or nothing is needed.
        renew: Gives a bearer token: called before the first request if there is no `auth`, and once after a 401.
        per_second, per_minute, per_hour, per_day: The limits to keep to. `per_second` may be a fraction.
        burst: Seconds over which `per_second` is counted (2 per second and burst 10 = 20 in any ten seconds).
        secrets: More values to mask in every message and URL.
        is_spent: Given the JSON of a 429, says that waiting is useless until the quota resets (no further try).
        tries, backoff_seconds, limit_wait_seconds, longest_wait_seconds: How long to go on trying.
        largest_answer_bytes: Cap on one answer, unpacked.
        sleep: How to wait (for tests).
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: str | tuple[str, str] | None = None,
        renew: Callable[[], str] | None = None,
        per_second: float = 0,
        per_minute: float = 0,
        per_hour: float = 0,
        per_day: float = 0,
        burst: float = 1,
        secrets: Collection[str | None] = (),
        is_spent: Callable[[Any], bool] | None = None,
        tries: int = TRIES,
        backoff_seconds: float = BACKOFF_SECONDS,
        limit_wait_seconds: float = LIMIT_WAIT_SECONDS,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
        largest_answer_bytes: int = LARGEST_ANSWER_BYTES,
        timeout_seconds: tuple[float, float] = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url
        self._secrets: set[str] = set()
        self._learn(*secrets)
        self._auth: str | tuple[str, str] | None = None
        self._set_auth(auth)
        self._renew, self._is_spent, self._sleep = renew, is_spent, sleep
        self._tries, self._backoff, self._limit_wait = tries, backoff_seconds, limit_wait_seconds
        self._longest_wait, self._cap, self._timeout = longest_wait_seconds, largest_answer_bytes, timeout_seconds
        self._origin = _origin(base_url)
        self._stays_home = bool(auth or renew or any(secrets))
        self._own_headers = dict(headers or {})
        limits = {burst: per_second * burst, 60: per_minute, 3600: per_hour, 86400: per_day}
        self._throttle = Throttle(limits, longest_wait_seconds)
        self._session = self._throttle.session
        self._session.headers.update(
            {"User-Agent": user_agent(), "Accept-Encoding": "gzip", "Accept": "application/json", **self._own_headers}
        )
        self._session.auth = self._sign

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends connections and the limiter's thread."""
        self._throttle.close()

    def get(
        self,
        path_or_url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        as_json: bool = True,
        etag: str | None = None,
        last_modified: str | None = None,
        tries: int | None = None,
    ) -> Answer:
        """GET of a path under `base_url`, or of a link the vendor gave (same scheme and host only; sent on as it is).

        With `etag` or `last_modified` of an earlier answer it asks only for what is new: status 304, body None, if nothing is.
        `tries` 1 asks once, for links that do not give the same answer twice.

        Raises:
            RefusedError, AnswerError, SourceUnavailableError: see the module.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        sent: dict[str, str | None] = {**(headers or {}), **{name: value for name, value in conditions.items() if value}}
        return self._ask("GET", self.address(path_or_url, params), sent, as_json=as_json, tries=tries)

    def post_json(self, path: str, content: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """POST of JSON, for searches that vendors put into a body (so it is safe to repeat). Raises as `get`."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._ask("POST", self.address(path, None), sent, data=json.dumps(content).encode())

    def post_form(self, path_or_url: str, form: Mapping[str, str], *, auth: tuple[str, str] | None = None) -> Answer:
        """POST of a form without our token: for the token endpoint, whose address comes from settings (any host).

        Raises:
            RefusedError: also for 400, which token endpoints say to a wrong id or secret.
        """
        self._learn(*(value for name, value in form.items() if re.search("(?i)secret|password|token|assertion", name)))
        if auth:
            self._learn(auth[1])
        url = urljoin(self.base_url, path_or_url)
        sent: dict[str, str | None] = {"Content-Type": "application/x-www-form-urlencoded"}
        if _origin(url) != self._origin:
            sent |= dict.fromkeys(self._own_headers)  # None takes a header of the session out
        if auth:
            sent["Authorization"] = _basic(auth)
        try:
            return self._ask("POST", url, sent, data=urlencode(form).encode(), is_signed=False)
        except AnswerError as error:
            if error.status != 400:
                raise
            raise RefusedError(str(error), error.status, error.body) from None

    def client_credentials(self, token_url: str, client_id: str, client_secret: str, scope: str | None = None) -> str:
        """A bearer token for client credentials, told in the form or, if refused, in the header; a `renew`. Raises as `post_form`."""
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        try:
            answer = self.post_form(token_url, {**form, "client_id": client_id, "client_secret": client_secret})
        except RefusedError as refused:
            try:
                answer = self.post_form(token_url, form, auth=(client_id, client_secret))
            except (RefusedError, AnswerError, SourceUnavailableError):
                raise refused from None
        token = token_in(answer)
        self._learn(token)
        return token

    def mask(self, text: str) -> str:
        """The text without any secret this client knows or can recognise."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return mask(text)

    # -- one question, with its retries -------------------------------------------------------------------------------

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str | None],
        *,
        data: bytes | None = None,
        as_json: bool = True,
        is_signed: bool = True,
        tries: int | None = None,
    ) -> Answer:
        if is_signed and self._renew and self._auth is None:
            self._set_auth(self._renew())
        limits_met, may_renew = 0, is_signed and self._renew is not None

        def once() -> Answer:
            nonlocal limits_met, may_renew
            try:
                return self._once(method, url, headers, data, as_json=as_json, is_signed=is_signed)
            except RefusedError as refused:
                if refused.status != 401 or not may_renew or self._renew is None:
                    raise
                may_renew = False
                self._set_auth(self._renew())
                raise _AgainError(refused, 0.0) from None
            except _AgainError as again:
                limits_met += again.is_limit
                if limits_met >= LIMIT_TRIES:
                    raise again.last from None
                raise

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AgainError),
            stop=tenacity.stop_after_attempt(tries or self._tries),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(once)
        except _AgainError as again:
            raise again.last from None

    def _pause(self, state: tenacity.RetryCallState) -> float:
        again = state.outcome.exception() if state.outcome else None
        if isinstance(again, _AgainError) and again.wait is not None:
            return again.wait
        first = self._limit_wait if isinstance(again, _AgainError) and again.is_limit else self._backoff
        doubled = tenacity.wait_exponential(multiplier=first, max=self._longest_wait)
        return float(doubled(state) + tenacity.wait_random(0, first / 2)(state))

    def _once(
        self, method: str, url: str, headers: Mapping[str, str | None], data: bytes | None, *, as_json: bool, is_signed: bool
    ) -> Answer:
        for _ in range(6):
            what = f"{method} {self.mask(url)}"
            try:
                response = self._session.request(
                    method,
                    url,
                    headers=dict(headers),
                    data=data,
                    auth=None if is_signed else _unsigned,
                    stream=True,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
                with response:
                    content = self._content(response, what)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise self._broken(error, what) from None
            if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                return self._judge(response, content, what, as_json=as_json)
            url = self._redirected(url, response.headers["Location"], method, what)
        raise AnswerError(f"{what}: redirected in circles")

    def _broken(self, error: Exception, what: str) -> Exception:
        """Words of our own: the library's message repeats the URL or the header that it stumbled over."""
        if isinstance(error, ValueError):
            return AnswerError(f"{what}: cannot be sent: address, credentials or redirection hold a character that they must not")
        if type(error) is requests.Timeout:  # the limiter's; timeouts of the network are of subclasses
            return SourceUnavailableError(f"{what}: not sent, our own limit of requests for now is used up")
        return _AgainError(SourceUnavailableError(f"{what}: {trouble(error)}"))

    def _content(self, response: requests.Response, what: str) -> bytes:
        chunks, size, began = [], 0, time.monotonic()
        for chunk in response.iter_content(2**16):
            size += len(chunk)
            if size > self._cap:
                raise AnswerError(f"{what}: the answer is larger than {self._cap} bytes", response.status_code)
            if time.monotonic() - began > LONGEST_ANSWER_SECONDS:
                raise TimeoutError
            chunks.append(chunk)
        return b"".join(chunks)

    def _judge(self, response: requests.Response, content: bytes, what: str, *, as_json: bool) -> Answer:
        status = response.status_code
        if status == 304:
            return Answer(status, self.mask(response.url), response.headers, None)
        if 200 <= status < 300 and status not in _AGAIN:
            body = self._parsed(content, what, status) if as_json else content
            return Answer(status, self.mask(response.url), response.headers, body)
        said = vendor_body(content)
        line = f"{what} answered {status}: {self.mask(vendor_message(said)) or response.reason or 'no message'}"
        if status in (401, 403):
            raise RefusedError(line, status, said)
        if status == 429:
            raise self._limited(response, said, line)
        if status in _AGAIN:
            raise self._later(response, line)
        if status >= 500 and status not in _NEVER:
            raise SourceUnavailableError(line)
        raise AnswerError(line, status, said)

    def _parsed(self, content: bytes, what: str, status: int) -> Any:
        try:
            body = json.loads(content) if content.strip() else None
            # a lone surrogate is legal in JSON and illegal everywhere after it
            return json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")) if b"\\ud" in content.lower() else body
        except RecursionError:
            raise AnswerError(f"{what}: the JSON is nested too deep", status) from None
        except ValueError:
            begins = content.lstrip()[:1]
            if begins in (b"{", b"["):
                raise _AgainError(SourceUnavailableError(f"{what}: the JSON of the answer breaks off after {len(content)} bytes")) from None
            text = self.mask(vendor_message(vendor_body(content)))
            raise AnswerError(f"{what}: expected JSON, got {text!r}", status) from None

    def _limited(self, response: requests.Response, said: Any, line: str) -> Exception:
        if self._is_spent and self._is_spent(said):
            reset = response.headers.get("RateLimit-ResetTime") or response.headers.get("Retry-After")
            return SourceUnavailableError(f"{line} (resets {reset})" if reset else line)
        return self._later(response, line, is_limit=True)

    def _later(self, response: requests.Response, line: str, *, is_limit: bool = False) -> Exception:
        wait = asked_wait(response.headers, self._longest_wait)
        if wait is not None and wait > self._longest_wait:
            return SourceUnavailableError(f"{line} (come back in {wait:.0f} seconds)")
        return _AgainError(SourceUnavailableError(line), wait, is_limit=is_limit)

    # -- addresses and credentials ------------------------------------------------------------------------------------

    def address(self, path_or_url: str, params: Mapping[str, Any] | None = None) -> str:
        """The whole address of a path or link with its query; raises `AnswerError` if it leads away."""
        url = joined(self.base_url, path_or_url)
        if _origin(url) != self._origin:
            raise AwayError(f"{self.mask(url)}: leads away from {self._origin}; links are followed to the same scheme and host only")
        if params:
            given = {name: value for name, value in params.items() if value is not None}
            url += ("&" if "?" in url else "?") + urlencode(given, doseq=True, quote_via=quote, safe="$,:()'/")
        return url

    def _redirected(self, url: str, location: str, method: str, what: str) -> str:
        target = joined(url, location)
        if method != "GET":
            raise AnswerError(f"{what}: redirected to {self.mask(target)}; a POST is not sent on")
        if not target.startswith(("http://", "https://")) or (self._stays_home and _origin(target) != self._origin):
            raise AwayError(f"{what}: redirected to {self.mask(target)}; we follow to {self._origin} only")
        return target

    def _set_auth(self, auth: str | tuple[str, str] | None) -> None:
        self._auth = auth.strip() if isinstance(auth, str) else auth
        if isinstance(auth, tuple):
            self._learn(*auth, _basic(auth).removeprefix("Basic "))
        else:
            self._learn(self._auth)  # type: ignore[arg-type]

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._auth is not None and _origin(request.url or "") == self._origin:
            request.headers["Authorization"] = _basic(self._auth) if isinstance(self._auth, tuple) else f"Bearer {self._auth}"
        return request

    def _learn(self, *secrets: str | None) -> None:
        for secret in secrets:
            if secret and len(secret) > 3:  # shorter ones are no secrets, and masking them would garble every message
                self._secrets |= {secret, quote(secret, safe=""), quote_plus(secret)}


def user_agent() -> str:
    """What we call ourselves: `CommonGround/<version>`."""
    try:
        return f"CommonGround/{metadata.version('commonground')}"
    except metadata.PackageNotFoundError:
        return "CommonGround/0"


def _origin(url: str) -> str:
    try:
        parts = parse_url(url)  # the parser that also dials, so both see the same host
    except (LocationParseError, ValueError):
        return ""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme or "")
    host = (parts.host or "").lower()
    # a server on this machine may call itself by another of this machine's names
    return f"{parts.scheme}://{'localhost' if host in _LOOPBACK else host}:{port}"


def _basic(auth: tuple[str, str] | None) -> str:
    return "Basic " + base64.b64encode(":".join(auth or ("", "")).encode()).decode()


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
