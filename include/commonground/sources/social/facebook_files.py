"""The JSON files of a Facebook export: which member of a drop is which, over all its folder layouts → their elements.

Folders were renamed twice (`your_facebook_activity/`, before that `your_activity_across_facebook/`, before that none), files are
numbered and renamed (`your_posts_1.json`, `your_posts__check_ins__photos_and_videos_1.json`), so a file is known by its own
name, and what an element is by the key it stands under.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Refusal
from commonground.sources.drop_json import json_items, payload_of
from commonground.sources.drops import Drop, Member
from commonground.sources.social.elements import Element
from commonground.sources.social.meta_threads import is_thread
from commonground.sources.text import mojibake_deep

# In reading order: who the owner is and whom they know comes before what they said to whom.
_NAMES: dict[str, str] = {
    "profile": r"profile_information",
    "friends": r"your_friends|friends|sent_friend_requests|received_friend_requests|friend_requests_(?:sent|received)"
    r"|followers|people_who_follow(?:ed)?_you",
    "removed": r"removed_friends|rejected_friend_requests",
    "pages": r"pages_you.{0,5}ve_liked|pages|who_you.{0,5}ve_followed|who_you_follow|following|pages_you_follow(?:ed)?"
    r"|pages_you.{0,5}ve_followed",
    "groups": r"your_group_membership_activity|your_groups",
    "events": r"your_event_responses|event_responses",
    "messages": r"message",
    "comments": r"comments|group_posts_and_comments|your_comments_in_groups|your_posts_in_groups",
    "reactions": r"likes_and_reactions|posts_and_comments",
    "timeline": r"other_people.{0,5}s_posts_(?:to|on)_your_(?:timeline|profile)|wall_posts_sent_to_you",
    "posts": r"your_posts.*|your_uncategorized_photos|your_photos",
}
_NUMBER = r"[ _()\d-]*\.json"
_ORDER = (*_NAMES, "albums")
# What stands under a top-level key, version suffix (`_v2`) left out.
_KEYS = {
    "friends": "friend",
    "sent_requests": "request_sent",
    "received_requests": "request_received",
    "followers": "follower",
    "rejected_requests": "request_rejected",
    "deleted_friends": "unfriended",
    "wall_posts_sent_to_you": "wall_post",
    "page_likes": "page",
    "following": "page",
    "pages_followed": "page",
    "groups_joined": "group",
    "groups_admined": "group",
    "event_responses": "events",
    "comments": "comment",
    "group_comments": "comment",
    "group_posts": "activity",
    "reactions": "activity",
    "other_photos": "photo",
    "photos": "photo",
    "profile": "profile",
    "status_updates": "activity",
    "": "activity",
}
EXPECTED = "a Facebook export in JSON (your_friends.json, comments.json, message_1.json, your_posts_1.json, ...)"
_FOLDER = re.compile(r"(?:^|/)(?:posts|photos_and_videos)/album/[^/]+\.json$", re.IGNORECASE)


def files(drop: Drop) -> dict[str, list[Member]]:
    """The members we read, by group, in reading order.

    Raises:
        UnreadableError: it is the HTML export, or none.
    """
    found: dict[str, list[Member]] = {group: [] for group in _ORDER}
    others = []
    for member in drop.members:
        group = _group(member)
        if group:
            found[group].append(member)
        elif member.base.endswith(".json"):
            others.append(member)
    found["messages"] += [member for member in others if is_thread(member)]
    if any(found.values()):
        return found
    if len(drop.members) == 1 and drop.members[0].base.endswith(".json") and not _is_empty(drop.members[0]):
        return {**found, "posts": drop.members}
    if any(member.base.endswith((".html", ".htm")) for member in drop.members):
        raise UnreadableError(f"{drop.path}: this is the HTML export; ask Facebook for JSON")
    raise UnreadableError(f"{drop.path}: nothing of {EXPECTED} in it")


def _group(member: Member) -> str | None:
    if _FOLDER.search(member.name):
        return "albums"
    for group, pattern in _NAMES.items():
        if re.fullmatch(rf"(?:{pattern}){_NUMBER}", member.base):
            if group == "posts" and "archive" in member.base:
                return None
            return group
    return None


def elements(member: Member) -> Iterator[Element | Refusal]:
    """The elements of a file; a damaged file ends in its refusal, and one without a key we know is refused."""
    is_known, position = False, 0
    try:
        for key, value in json_items(member):
            shape = _shape(key)
            if shape is None:
                continue
            is_known = True
            for item in _unwrapped(value):
                position += 1
                if isinstance(item, dict):
                    yield Element(shape, mojibake_deep(item), member.source_file, position)
                else:
                    reason = f"{member.source_file}, element {position}: {str(item)[:60]!r} is not an object"
                    yield member.refusal("not_an_object", reason, payload_of(item), position)
    except UnreadableError as error:
        yield member.unreadable(error)
        return
    if not is_known and not _is_empty(member):
        yield member.unreadable(UnreadableError(f"{member.source_file}: no list of friends, posts, comments, ... as Facebook writes it"))


@lru_cache(maxsize=1024)
def _shape(key: str) -> str | None:
    return _KEYS.get(re.sub(r"_v\d+$", "", key))


def _unwrapped(value: Any) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get("activity_log_data"), list):
        return list(value["activity_log_data"])
    return [value]


def _is_empty(member: Member) -> bool:
    """Whether nothing is in it: an empty list or object, or lists that are all empty, which Facebook writes for "none"."""
    content = re.sub(rb"\s", b"", member.head(2000))
    return content in (b"[]", b"{}") or (len(content) < 1000 and re.fullmatch(rb'\{("[^"]*":\[\],?)+\}', content) is not None)
