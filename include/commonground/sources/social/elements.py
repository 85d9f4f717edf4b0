"""One thing in a JSON export → the small readings every network's parser makes of it: texts, lists, moments, utterances, refusals."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commonground.sources.base import Record, Refusal
from commonground.sources.drop_json import payload_of
from commonground.sources.text import clean_text, epoch_seconds


class CannotReadError(Exception):
    """An element that cannot be used: the rule and the reason of its refusal."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule, self.reason = rule, reason


@dataclass(frozen=True, slots=True)
class Element:
    """One thing in a file or (`file` empty) an API's answer: `shape` says how to read `content` (text repaired), `position` from 1."""

    shape: str
    content: dict[str, Any]
    file: str
    position: int

    @property
    def place(self) -> dict[str, Any]:
        """The columns that say where it stood."""
        return {"source_file": self.file or None, "source_line": self.position}

    def refused(self, rule: str, reason: str, kind: str = "utterance") -> Refusal:
        """A refusal of it."""
        where = f"{self.file or 'answer'}, element {self.position}: {clean_text(reason)}"
        return Refusal(rule, where, clean_text(payload_of(self.content)), kind, None, self.file or None, self.position)


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list, or none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(content: Any, *path: str) -> Any:
    """What stands under a path of keys, None where the path breaks off."""
    for name in path:
        if not isinstance(content, dict):
            return None
        content = content.get(name)
    return content


def text_of(content: Any, *names: str) -> str:
    """The first of several values of an object that is a text with something in it; empty if it is no object."""
    if not isinstance(content, dict):
        return ""
    for name in names:
        value = content.get(name)
        if isinstance(value, str) and (text := clean_text(value)):
            return text
    return ""


def id_of(content: Any, *names: str) -> str:
    """The first of several values that is an id: a number or a short text."""
    for name in names:
        value = content.get(name) if isinstance(content, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and (text := clean_text(value)) and len(text) <= 300:
            return text
    return ""


def moment_of(content: dict[str, Any], *names: str, reader: Callable[[Any], Any] = epoch_seconds) -> Any:
    """The first of several moments that is there; raises `CannotReadError` if it is not of the reader's convention."""
    for name in names or ("timestamp",):
        if content.get(name) is not None:
            try:
                return reader(content[name])
            except ValueError as error:
                raise CannotReadError("bad_date", f"{name}: {error}") from None
    return None


def point_of(latitude: Any, longitude: Any) -> dict[str, float]:
    """Coordinates as columns, if they are two numbers on the globe and not the null island."""
    found = [latitude, longitude]
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) for value in found):
        return {}
    if found == [0, 0] or abs(latitude) > 90 or abs(longitude) > 180:
        return {}
    return {"latitude": float(latitude), "longitude": float(longitude)}


def said(element: Element, author: str | None, kind: str, text: str, key: str, **more: Any) -> Record:
    """An utterance of `author`, by itself self-stated."""
    values = {"record_id": key, "author_ref": author, "utterance_type": kind, "text": text, "is_self_stated": True}
    return Record("utterance", {**values, **element.place, **more})
