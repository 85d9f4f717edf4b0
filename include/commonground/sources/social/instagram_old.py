"""Instagram's exports of before 2021 (connections.json, likes.json, media.json, messages.json, ...) → the shapes of today's.

They hold rows instead of objects (`["2019-05-06T07:08:09+00:00", "nola_eats"]`), accounts as keys, times in ISO 8601, and name
people by their usernames everywhere.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Refusal
from commonground.sources.drop_json import json_items, payload_of
from commonground.sources.drops import Member
from commonground.sources.social.elements import Element, dicts, text_of
from commonground.sources.social.meta_threads import Thread
from commonground.sources.text import clean_text, mojibake_deep

SHAPES = {
    "followers": "follower",
    "following": "following",
    "close_friends": "close_friend",
    "follow_requests_sent": "asked",
    "following_hashtags": "hashtag",
    "media_likes": "like",
    "comment_likes": "like",
    "saved_media": "saved",
    "media_comments": "comment",
    "live_comments": "comment",
    "photos": "media",
    "videos": "media",
    "stories": "media",
}
_PROFILE = {
    "username": "Username",
    "name": "Name",
    "biography": "Bio",
    "email": "Email",
    "phone_number": "Phone Number",
    "website": "Website",
}


def rows(key: str, value: Any) -> list[tuple[str, Any]]:
    """`(shape, content)` of what stands under a top-level key, in today's shapes; empty if it is none of an old export."""
    shape = SHAPES.get(key)
    if shape is None:
        return []
    if isinstance(value, dict) and shape != "media":
        return [(shape, {"string_list_data": [{"value": name, "timestamp": _seconds(since)}]}) for name, since in value.items()]
    if isinstance(value, list) and len(value) > 1 and all(isinstance(part, str) for part in value):
        at, *words = value
        if shape == "comment":
            said = {"Comment": {"value": words[0]}, "Media Owner": {"value": words[-1] if len(words) > 1 else ""}}
            return [(shape, {"string_map_data": said | {"Time": {"timestamp": _seconds(at)}}})]
        return [(shape, {"title": words[0], "string_list_data": [{"timestamp": _seconds(at)}]})]
    if isinstance(value, dict) and "taken_at" in value:
        return [(shape, {"title": value.get("caption"), "creation_timestamp": _seconds(value["taken_at"])})]
    return []


def profile(content: dict[str, Any]) -> dict[str, Any]:
    """The owner's account."""
    return {"string_map_data": {label: {"value": content.get(name)} for name, label in _PROFILE.items()}}


def threads(member: Member) -> Iterator[Thread | Refusal]:
    """The conversations of a `messages.json`: one file holds them all."""
    try:
        for position, (_, value) in enumerate(json_items(member), start=1):
            people = (
                [clean_text(name) for name in value.get("participants") or [] if isinstance(name, str)] if isinstance(value, dict) else []
            )
            if not people:
                reason = f"{member.source_file}, element {position}: no conversation with participants"
                yield member.refusal("unknown_shape", reason, payload_of(value), position)
                continue
            said = [
                _message(Element("message", mojibake_deep(one), member.source_file, position)) for one in dicts(value.get("conversation"))
            ]
            yield Thread("+".join(sorted(people)), "", people, iter(said))
    except UnreadableError as error:
        yield member.unreadable(error)


def _message(element: Element) -> Element:
    one = element.content
    seconds = _seconds(one.get("created_at"))
    sent = {"sender_name": text_of(one, "sender"), "timestamp_ms": int(seconds * 1000) if isinstance(seconds, float) else seconds}
    return Element("message", {**sent, "content": text_of(one, "text")}, element.file, element.position)


def _seconds(written: Any) -> Any:
    """Seconds since 1970 of an ISO time (without a zone: UTC); anything else as it is, to be refused where it is read."""
    with suppress(ValueError, TypeError):
        moment = dt.datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    return written
