"""The JSON files of an Instagram export: which member is which, over its folder layouts → elements, each with its shape.

A file is known by its own name, an element by the key of the list it stands in (`relationships_following`), or by its file
where that list has none (`followers_1.json`). Keys inside elements follow the language of the account, so values are found by
their names in the languages we know, else by what they look like.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Refusal
from commonground.sources.drop_json import json_items, payload_of
from commonground.sources.drops import Drop, Member
from commonground.sources.social import instagram_old
from commonground.sources.social.elements import Element, dicts, text_of
from commonground.sources.text import mojibake_deep

# In reading order: whose export it is and whom they follow come before what was said to whom.
_NAMES = {
    "profile": r"personal_information|profile_information|profile",
    "followers": r"followers",
    "following": r"following|close_friends|pending_follow_requests|recent_follow_requests|follow_requests_you.{0,5}ve_received"
    r"|following_hashtags|recently_unfollowed_(?:profiles|accounts)|removed_(?:friends|followers)|connections",
    "comments": r"(?:post|reels?|story|live|hype)_?comments|hype|comments",
    "likes": r"liked_posts|liked_comments|media_likes|comment_likes|likes",
    "saved": r"saved_posts|saved_collections|saved",
    "topics": r"recommended_topics|your_topics|your_reels?_topics",
    "posts": r"posts|reels|stories|igtv_videos|archived_posts|media",
    "messages": r"message",
    "old_messages": r"messages",
}
_KEYS = {
    "relationships_followers": "follower",
    "relationships_following": "following",
    "relationships_close_friends": "close_friend",
    "relationships_permanent_follow_requests": "asked",
    "relationships_follow_requests_sent": "asked",
    "relationships_follow_requests_received": "was_asked",
    "relationships_unfollowed_users": "removed",
    "relationships_following_hashtags": "hashtag",
    "likes_media_likes": "like",
    "likes_comment_likes": "like",
    "saved_saved_media": "saved",
    "saved_saved_collections": "saved",
    "profile_user": "profile",
    "ig_stories": "media",
    "ig_reels_media": "media",
    "ig_igtv_media": "media",
    "ig_archived_post_media": "media",
}
# what an element of a list without a key is, by its file
_LISTED = {"followers": "follower", "comments": "comment", "likes": "like", "posts": "media", "saved": "saved"}
# of lists that once stood under a key, by the file alone
_BARE = {"following": "following", "close_friends": "close_friend"}
# files of before 2021
_OLD = frozenset({"connections", "likes", "comments", "media", "saved"})
_STEMS = {group: re.compile(rf"(?:{pattern})[ _()\d-]*\.json") for group, pattern in _NAMES.items()}
USERNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._]{0,28}[A-Za-z0-9_])?|_[A-Za-z0-9._]{1,29}")
_PROFILE = re.compile(r"https?://(?:www\.)?instagram\.com/(?:_u/)?([A-Za-z0-9._]{1,30})/?(?:\?.*)?")
_NO_USER = frozenset({"p", "reel", "reels", "stories", "explore", "tv", "accounts", "direct"})
# our name of a field -> Instagram's, in the languages we have seen
_FIELDS = {
    "username": "username|benutzername|nom d'utilisateur|nombre de usuario|nome de usuário|nome utente",
    "name": "name|nom|nombre|nome",
    "bio": "bio|biography|steckbrief|biografía|biografia|biographie",
    "comment": "comment|kommentar|commentaire|comentario|comentário|commento",
    "owner": "media owner|author|owner|medieninhaber|propriétaire du média|propietario del contenido|proprietário da mídia",
}
_WORDS = {field: frozenset(words.split("|")) for field, words in _FIELDS.items()}


def files(drop: Drop) -> dict[str, list[Member]]:
    """The members we read, by group, in reading order.

    Raises:
        UnreadableError: it is the HTML export, or none.
    """
    found: dict[str, list[Member]] = {group: [] for group in _STEMS}
    for member in drop.members:
        for group, stem in _STEMS.items():
            if stem.fullmatch(member.base):
                found[group].append(member)
                break
    if any(found.values()):
        return found
    if any(member.base.endswith((".html", ".htm")) for member in drop.members):
        raise UnreadableError(f"{drop.path}: this is the HTML export; ask Instagram for JSON")
    raise UnreadableError(
        f"{drop.path}: no Instagram export (no followers_1.json, following.json, liked_posts.json or message_1.json in it)"
    )


def elements(member: Member, group: str) -> Iterator[Element | Refusal]:
    """The elements of a file; a damaged file ends in its refusal, and one without a list we know is refused."""
    is_known, position = False, 0
    try:
        stem = _stem(member)
        if stem == "profile" and (old := dict(json_items(member))).keys() >= {"username"}:
            yield Element("profile", mojibake_deep(instagram_old.profile(old)), member.source_file, 1)
            return
        for key, value in json_items(member):
            if stem in _OLD and key in instagram_old.SHAPES and isinstance(value, (list, dict)):
                is_known = True
                rows = instagram_old.rows(key, value)
                for old_shape, content in rows:
                    position += 1
                    yield Element(old_shape, mojibake_deep(content), member.source_file, position)
                if value and not rows:
                    position += 1
                    reason = f"{member.source_file}, element {position}: no row of {key} as Instagram wrote them before 2021"
                    yield member.refusal("unknown_shape", reason, payload_of(value), position)
                continue
            shape = _shape(key, group) or (_BARE.get(stem) if not key else None)
            if shape is None:
                continue
            is_known, position = True, position + 1
            if isinstance(value, dict):
                yield Element(shape, mojibake_deep(value), member.source_file, position)
            else:
                reason = f"{member.source_file}, element {position}: {str(value)[:60]!r} is not an object"
                yield member.refusal("not_an_object", reason, payload_of(value), position)
    except UnreadableError as error:
        yield member.unreadable(error)
        return
    if not is_known and not _is_empty(member):
        yield member.unreadable(UnreadableError(f"{member.source_file}: no list of {group} as Instagram writes it"))


def _stem(member: Member) -> str:
    return re.sub(r"[ _()\d-]*\.json$", "", member.base)


def _shape(key: str, group: str) -> str | None:
    if not key:
        return _LISTED.get(group)
    if key in _KEYS:
        return _KEYS[key]
    if key.startswith("topics_"):
        return "topic"
    return "comment" if key.startswith("comments_") else None


def _is_empty(member: Member) -> bool:
    """An account that follows nobody gets an empty list, an empty object or an object of empty lists."""
    content = re.sub(rb"\s", b"", member.head(2000))
    return re.fullmatch(rb'\[\]|\{("[^"]*":\[\],?)*\}', content) is not None


def username_of(text: str, href: str = "") -> str:
    """The username in a profile's address, else the text if it can be one; lower-cased, empty if neither is."""
    address = _PROFILE.fullmatch(href)
    if address and address[1].lower() not in _NO_USER:
        return address[1].lower()
    name = text.strip().removeprefix("@")
    return name.lower() if USERNAME.fullmatch(name) and ".." not in name else ""


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of an element: its label as the account's language has it, and what stands there."""

    label: str
    value: str
    href: str
    timestamp: Any


def fields(content: dict[str, Any]) -> list[Field]:
    """The entries of `string_map_data` (labels are keys), `string_list_data` (none) or `label_values` (the newest shape), in order."""
    found = []
    mapped = content.get("string_map_data")
    for label, entry in mapped.items() if isinstance(mapped, dict) else ():
        if isinstance(entry, dict):
            found.append(Field(label, text_of(entry, "value"), text_of(entry, "href"), entry.get("timestamp")))
    listed = dicts(content.get("string_list_data"))
    found += [Field("", text_of(entry, "value"), text_of(entry, "href"), entry.get("timestamp")) for entry in listed]
    level = dicts(content.get("label_values"))
    for _ in range(4):  # owners stand in a dictionary in a dictionary
        below: list[dict[str, Any]] = []
        for entry in level:
            if entry.get("label") or entry.get("value"):
                found.append(Field(text_of(entry, "label"), text_of(entry, "value"), text_of(entry, "href"), entry.get("timestamp_value")))
            below += dicts(entry.get("dict"))
        level = below
    return found


def called(found: list[Field], field: str) -> str:
    """The value of the entry that is called like the field in a language we know; empty if none is."""
    words = _WORDS[field]
    return next((entry.value for entry in found if entry.label.casefold() in words and entry.value), "")
