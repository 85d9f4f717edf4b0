"""Opt-outs that a team writes into tags and stages: their words → the channels that are closed."""

import re
from collections.abc import Iterable
from functools import lru_cache

_NO = r"(?:do\s*n[o']?t|don.?t|never|no)"
_CHANNELS = {
    "phone": re.compile(rf"\b{_NO}[\s_-]*(?:call|phone|ring)\b|\bdnc\b"),
    "text": re.compile(rf"\b{_NO}[\s_-]*(?:text|sms)\b"),
    "email": re.compile(rf"\b{_NO}[\s_-]*e?-?mail\b|\bunsubscribed?\b"),
    "any": re.compile(rf"\b{_NO}[\s_-]*(?:contact|market|disturb|solicit)\b|\bopt(?:ed)?[\s_-]*out\b"),
}


def revoked_channels(words: Iterable[str]) -> list[str]:
    """Channels (`phone`, `text`, `email`, `any`) that tags or a stage such as `Do Not Call` or `Opted out` close."""
    closed: set[str] = set()
    for word in words:
        closed |= _closed_by(word)
    return [channel for channel in _CHANNELS if channel in closed]


@lru_cache(maxsize=4096)  # a book has some dozen tags and stages
def _closed_by(word: str) -> frozenset[str]:
    said = word.casefold().replace("_", " ")
    return frozenset(channel for channel, pattern in _CHANNELS.items() if pattern.search(said))
