"""Saved answers of Gowalla's API as it was from 2009 to 2011 → people, check-ins, and spots as places.

What a JSON object is, its fields tell: a check-in has a `spot` or an address under `/checkins/`, a person a first name or an address
under `/users/`, a spot an address under `/spots/`. Lists of them (`activity`, `users`, `stamps`, ...) are walked; of a list that stands
in a person or a spot, its check-ins are that person's, or were there. The answers of 2009 say `comment` and write dates with slashes.
"""

import re
from collections.abc import Iterator
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record
from commonground.sources.drop_json import json_document, payload_of
from commonground.sources.drops import Member
from commonground.sources.social.elements import CannotReadError, Element, dicts, inner, moment_of, point_of, said, text_of
from commonground.sources.social.usernames import Accounts
from commonground.sources.text import iso_moment, stable_id

ADDRESS = "https://gowalla.com"
_DEEPEST = 3
_LISTS = ("activity", "events", "stamps", "friends", "users", "spots", "top_spots", "checkins")


class Answers:
    """Answers read so far."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def file(self, member: Member) -> Iterator[Item]:
        """The records of a file; raises `UnreadableError` if it is no JSON or nothing in it is Gowalla's."""
        document = json_document(member)
        found = list(_things(document, {}))
        if not found and not _is_empty(document):
            raise UnreadableError(f"{member.source_file}: neither a check-in nor a person nor a spot of Gowalla")
        for position, value in enumerate(found, start=1):
            if isinstance(value, dict):
                yield from self._element(Element(_shape(value), value, member.source_file, position))
            else:
                reason = f"{member.source_file}, element {position}: {str(value)[:60]!r} is not an object"
                yield member.refusal("not_an_object", reason, payload_of(value), position)

    def _element(self, element: Element) -> Iterator[Item]:
        try:
            if element.shape == "checkin":
                yield from self._checkin(element)
            elif element.shape == "person":
                yield from self._friend(element)
            elif element.shape == "spot":
                yield self._spot(element)
            else:
                raise CannotReadError("unknown_shape", "neither a check-in nor a person nor a spot")
        except CannotReadError as error:
            yield element.refused(error.rule, error.reason)

    def _person(self, user: dict[str, Any], place: dict[str, Any]) -> tuple[str, list[Record]]:
        path = _path(user, "users")
        name = f"{text_of(user, 'first_name')} {text_of(user, 'last_name')}".strip() or text_of(user, "name")
        if not path and not name:
            raise CannotReadError("missing_name", "a person with neither name nor address")
        ref = path.rpartition("/")[2] if path else stable_id(name)
        website, handle = text_of(user, "website"), text_of(user, "twitter_username").removeprefix("@")
        urls = [ADDRESS + path] * bool(path) + [website] * website.startswith(("http://", "https://"))
        urls += [f"https://x.com/{handle}"] * bool(re.fullmatch(r"\w{1,15}", handle, re.ASCII))
        town = text_of(user, "hometown") or None
        return ref, list(self.accounts.meet(ref, name, urls, place, location_text=town))

    def _friend(self, element: Element) -> Iterator[Item]:
        ref, records = self._person(element.content, element.place)
        yield from records
        if True in (element.content.get("is_friend"), element.content.get("_is_friend")):
            yield from self.accounts.tie(self.accounts.owner.record_id, ref, "friend", element.place, "Friends on Gowalla")
        bio, visit = text_of(element.content, "bio"), element.content.get("last_visit")
        if bio:
            yield said(element, ref, "bio", bio, f"{ref}:bio")
        if isinstance(visit, dict) and isinstance(visit.get("spot"), dict):
            person = {name: value for name, value in element.content.items() if name != "last_visit"}
            yield from self._checkin(Element("checkin", {**visit, "user": person}, element.file, element.position))
        elif not bio and not records:
            raise CannotReadError("duplicate", f"{ref!r} was met before")

    def _checkin(self, element: Element) -> Iterator[Item]:
        checkin, spot = element.content, element.content.get("spot")
        spot = spot if isinstance(spot, dict) else {}
        where, words = text_of(spot, "name"), text_of(checkin, "message", "comment")
        where = where or _path(spot, "spots").replace("/spots/", "spot ")
        if not where and not words:
            raise CannotReadError("missing_text", "a check-in without words at a spot without a name")
        at = moment_of(checkin, "created_at", "last_checkin_at", reader=_moment)
        who = self.accounts.owner.record_id or "owner"
        if isinstance(checkin.get("user"), dict):
            who, records = self._person(checkin["user"], element.place)
            yield from records
        text, path = words or f"At {where}", _path(checkin, "checkins")
        key = path.rpartition("/")[2] if path else stable_id(who, at, where)
        point = point_of(spot.get("lat"), spot.get("lng"))
        link = {"source_url": ADDRESS + path} if path else {}
        yield said(
            element, who, "checkin", text, f"gowalla:{key}", occurred_at=at, place_name=where or None, thread_id=None, **point, **link
        )

    def _spot(self, element: Element) -> Record:
        spot = element.content
        name, path = text_of(spot, "name"), _path(spot, "spots")
        if not name:
            raise CannotReadError("missing_name", "a spot without a name")
        town, _, state = text_of(spot, "city_state").partition(", ")
        town = town or text_of(inner(spot, "address"), "locality") or text_of(inner(spot, "location"), "city") or text_of(spot, "locality")
        state = state or text_of(inner(spot, "address"), "region") or text_of(spot, "region")
        kinds = [text_of(kind, "name") for kind in dicts(spot.get("categories"))]
        values = {"record_id": path.rpartition("/")[2] or stable_id(name), "name": name, "categories": kinds, "city": town, "state": state}
        link = {"source_url": ADDRESS + path} if path else {}
        return Record("place", {**values, **point_of(spot.get("lat"), spot.get("lng")), **element.place, **link})


def _things(body: Any, about: dict[str, Any], depth: int = 0) -> Iterator[Any]:
    """What an answer holds: itself if it is a thing, the elements of a list, or those of the lists in an object.

    `about` is the person or the spot whose list it is: the check-ins in it do not say so themselves.
    """
    if isinstance(body, list):
        for one in body:
            is_list = isinstance(one, dict) and not _shape(one) and any(isinstance(value, list) for value in one.values())
            if is_list and depth < _DEEPEST:
                yield from _things(one, about, depth + 1)
            else:
                yield {**about, **one} if isinstance(one, dict) and _shape(one) == "checkin" else one
    elif isinstance(body, dict) and _shape(body) and not _is_list_of(body):
        yield body
    elif isinstance(body, dict):
        found = re.match(r"/(user|spot)s/[^/?#]+", text_of(body, "url"))
        whose = {found[1]: {"url": found[0]}} if found else about
        for value in body.values():
            if isinstance(value, list):
                yield from _things(value, whose, depth)


def _is_empty(body: Any) -> bool:
    """Whether it is the answer of somebody who has no friends, no check-ins, ..."""
    return isinstance(body, dict) and any(body.get(name) == [] for name in _LISTS)


def _is_list_of(body: dict[str, Any]) -> bool:
    """Whether it is the list of a person's or a spot's check-ins rather than the person or the spot."""
    return any(isinstance(body.get(name), list) for name in _LISTS) and not text_of(body, "name", "first_name")


def _moment(value: str) -> Any:
    """`2010-08-06T01:42:13Z`, or as in 2009 `2010/01/26 15:31:46 +0000`."""
    return iso_moment(value.replace("/", "-") if isinstance(value, str) else value)


def _path(content: dict[str, Any], kind: str) -> str:
    found = re.fullmatch(rf"(?:https?://(?:\w+\.)?gowalla\.com)?(/{kind}/[^/?#\s]+)/?", text_of(content, "url"))
    return found[1] if found else ""


def _shape(content: dict[str, Any]) -> str:
    has_spot = isinstance(content.get("spot"), dict)
    if (has_spot and {"user", "created_at", "message", "last_checkin_at"} & content.keys()) or _path(content, "checkins"):
        return "checkin"
    if _path(content, "users") or (text_of(content, "first_name") and "spot" not in content):
        return "person"
    return "spot" if _path(content, "spots") else ""
