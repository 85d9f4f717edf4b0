"""What comes back from a vendor: an answer that can be used, or one of two errors that keep status and body for who must tell."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from requests.structures import CaseInsensitiveDict

from commonground.errors import CredentialsError, UnreadableError
from commonground.sources.masking import mask


class AnswerError(UnreadableError):
    """An answer we cannot use. `status` is the HTTP status (0 = none came), `body` what the vendor said, parsed if JSON."""

    def __init__(self, message: str, status: int = 0, body: Any = None) -> None:
        super().__init__(message)
        self.status, self.body = status, body


class AwayError(AnswerError):
    """A link or redirection that leads to another host, where our token does not go, or nowhere."""


class RefusedError(CredentialsError):
    """401 or 403, with the same `status` and `body`."""

    def __init__(self, message: str, status: int, body: Any = None) -> None:
        super().__init__(message)
        self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `url` is masked; `body` is JSON, or bytes if asked for, or None for 304 (nothing new)."""

    status: int
    url: str
    headers: CaseInsensitiveDict[str]
    body: Any

    @property
    def etag(self) -> str | None:
        """For the next conditional `get`."""
        return self.headers.get("ETag")

    @property
    def last_modified(self) -> str | None:
        """For the next conditional `get`."""
        return self.headers.get("Last-Modified")

    @property
    def next_link(self) -> str | None:
        """The `Link: <...>; rel="next"` header's address; may hold a token: hand it to `get`, store nothing of it."""
        links = requests.utils.parse_header_links(self.headers.get("Link", ""))
        return next((link["url"] for link in links if link.get("rel") == "next"), None)


def joined(base: str, link: str) -> str:
    """A vendor's link as a whole address; raises `AwayError` if it is none."""
    try:
        return urljoin(base, link)
    except ValueError:
        raise AwayError(f"{mask(link[:80])!r} is no address") from None


def token_in(answer: Answer) -> str:
    """The token in a token endpoint's answer, under the standard's name or a well-known server's; raises `AnswerError` if there is none."""
    body = answer.body if isinstance(answer.body, dict) else {}
    token = body.get("access_token") or body.get("accessToken")
    if not isinstance(token, str):
        raise AnswerError(f"{answer.url}: the answer has no access_token", answer.status)
    return token


def trouble(error: Exception) -> str:
    """Words of our own: the library's message repeats the URL."""
    if isinstance(error, (requests.Timeout, TimeoutError)):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted TLS connection"
    if isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        return "the answer breaks off"
    return f"no connection ({type(error).__name__})"
