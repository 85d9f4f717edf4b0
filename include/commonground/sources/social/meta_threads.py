"""A `message_N.json` of Facebook, Messenger or Instagram → the records of its messages.

All three write the same file; Messenger's export of end-to-end encrypted chats has other names for the same things
(`senderName`, `text`, `threadName`) and is called like the person written to.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal
from commonground.sources.drop_json import json_items, payload_of
from commonground.sources.drops import Member
from commonground.sources.social.conversations import LARGEST_GROUP, Conversations, Participant
from commonground.sources.social.elements import Element
from commonground.sources.social.owners import Owner
from commonground.sources.text import clean_text, epoch_millis, mojibake_deep

# who is behind a name: name, place, thread → record_id and the records to yield for them
Meet = Callable[[str, dict[str, Any], str], tuple[str, list[Record]]]


@dataclass(frozen=True, slots=True)
class Thread:
    """One file of a conversation: everybody in it, and its messages as they come."""

    key: str
    title: str
    people: list[str]
    messages: Iterator[Element | Refusal]


def thread(member: Member) -> Thread | Refusal:
    """Opens a file of messages; the folder of a `message_N.json` is the conversation's key, since all its files lie there."""
    *_, folder, _ = ("", "", *member.name.split("/"))
    is_numbered = re.fullmatch(r"message[ _()\d-]*\.json", member.base) is not None
    people: list[str] = []
    title = ""
    try:
        # people and title come first in Facebook's own files; in small ones they may come anywhere
        ahead: list[tuple[str, Any]] = []
        rest = json_items(member)
        for key, value in rest:
            if key == "participants":
                name = value.get("name") if isinstance(value, dict) else value
                people += [clean_text(mojibake_deep(name))] if isinstance(name, str) else []
            elif key in ("title", "threadName") and isinstance(value, str):
                title = clean_text(mojibake_deep(value))
            elif key == "messages":
                ahead.append((key, value))
                if len(ahead) >= 100_000:
                    break
    except UnreadableError as error:
        return member.unreadable(error)
    if not people and not ahead:
        return member.unreadable(UnreadableError(f"{member.source_file}: neither participants nor messages; expected a conversation"))
    key = (folder or title) if is_numbered else title or member.name
    return Thread(key, "" if not is_numbered else title, list(dict.fromkeys(people)), _messages(member, ahead, rest))


def _messages(member: Member, ahead: list[tuple[str, Any]], rest: Iterator[tuple[str, Any]]) -> Iterator[Element | Refusal]:
    position = 0
    try:
        for source in (ahead, rest):
            for key, value in source:
                if key != "messages":
                    continue
                position += 1
                if isinstance(value, dict):
                    yield Element("message", mojibake_deep(value), member.source_file, position)
                else:
                    reason = f"{member.source_file}, message {position}: {str(value)[:60]!r} is not an object"
                    yield member.refusal("not_an_object", reason, payload_of(value), position)
    except UnreadableError as error:
        yield member.unreadable(error)


def is_thread(member: Member) -> bool:
    """Whether a file of any name is a conversation: Messenger calls those of encrypted chats like the person written to."""
    return re.match(rb'\s*\{\s*"(?:participants|threadName)"\s*:', member.head(200)) is not None


def messages(found: Thread, owner: Owner, talks: Conversations, meet: Meet, file: str) -> Iterator[Item]:
    """The records of everybody in a conversation and of every message of it."""
    refs = []
    for name in found.people:
        ref, records = meet(name, {"source_file": file}, found.key)
        refs.append(ref)
        yield from records
    everybody = [Participant(ref, name) for ref, name in zip(refs, found.people, strict=True)]
    for item in found.messages:
        if isinstance(item, Element):
            yield from _message(item, found, everybody, owner, talks, meet)
        else:
            yield item


def _message(
    element: Element, found: Thread, everybody: list[Participant], owner: Owner, talks: Conversations, meet: Meet
) -> Iterator[Item]:
    message = element.content
    name = clean_text(message.get("sender_name") or message.get("senderName"))
    if not name:
        yield element.refused("missing_name", "a message without sender_name", "interaction")
        return
    try:
        sent_at = epoch_millis(message.get("timestamp_ms", message.get("timestamp")))
        if sent_at is None:
            raise ValueError("no timestamp_ms; expected milliseconds since 1970")
    except ValueError as error:
        yield element.refused("bad_date", f"timestamp_ms: {error}", "interaction")
        return
    ref, records = meet(name, element.place, found.key)
    yield from records
    is_large = len(everybody) > LARGEST_GROUP and ref == owner.record_id
    others = [] if is_large else [person for person in everybody if person.ref != ref]
    is_silent = not records
    people = [Participant(ref, name), *others]
    for said in talks.message(owner, found.key, found.title, people, sent_at, _words(message), element.place, **_call(message)):
        is_silent = False
        yield said
    if is_silent:
        yield element.refused("missing_text", "a picture or event of the conversation without words", "utterance")


def _words(message: dict[str, Any]) -> str:
    if message.get("is_unsent") or message.get("isUnsent"):
        return ""
    share = message.get("share")
    shared = share.get("share_text") if isinstance(share, dict) else None
    parts = [message.get("content") or message.get("text"), shared]
    return "\n".join(clean_text(part) for part in parts if isinstance(part, str) and part.strip())


def _call(message: dict[str, Any]) -> dict[str, Any]:
    seconds = message.get("call_duration")
    with suppress(TypeError, ValueError, OverflowError):
        if seconds is not None and not isinstance(seconds, bool):
            return {"call_seconds": int(seconds)}
    return {}
