"""Opt-outs that a team writes into tags and stages: their words → the channels that are closed."""

import re
from collections.abc import Iterable

_NO = r"(?:do\s*n[o']?t|don.?t|never|no)"
_CHANNELS = {
    "phone": re.compile(rf"\b{_NO}[\s_-]*(?:call|phone|ring)\b|\bdnc\b"),
    "text": re.compile(rf"\b{_NO}[\s_-]*(?:text|sms)\b"),
    "email": re.compile(rf"\b{_NO}[\s_-]*e?-?mail\b|\bunsubscribed?\b"),
    "any": re.compile(rf"\b{_NO}[\s_-]*(?:contact|market|disturb|solicit)\b|\bopt(?:ed)?[\s_-]*out\b"),
}


def revoked_channels(words: Iterable[str]) -> list[str]:
    """Channels (`phone`, `text`, `email`, `any`) that tags or a stage such as `Do Not Call` or `Opted out` close."""
    said = [word.casefold().replace("_", " ") for word in words if word]
    return [channel for channel, pattern in _CHANNELS.items() if any(pattern.search(word) for word in said)]
