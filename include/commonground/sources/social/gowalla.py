"""Saved answers of Gowalla's API as it was from 2009 to 2011 → people, check-ins, and spots as places.

What a JSON object is, its fields tell: a check-in has a `spot` and a `user`, a person a first name or an address under
`/users/`, a spot an address under `/spots/`. Lists of them (`activity`, `users`, `spots`, ...) are walked.
"""

import re
from collections.abc import Iterator
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record
from commonground.sources.drop_json import json_document, payload_of
from commonground.sources.drops import Member
from commonground.sources.social.elements import CannotReadError, Element, dicts, moment_of, point_of, said, text_of
from commonground.sources.social.usernames import Accounts
from commonground.sources.text import iso_moment, stable_id

ADDRESS = "https://gowalla.com"


class Answers:
    """Answers read so far."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def file(self, member: Member) -> Iterator[Item]:
        """The records of a file; raises `UnreadableError` if it is no JSON or nothing in it is Gowalla's."""
        found = list(_things(json_document(member)))
        if not found:
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
        website = text_of(user, "website")
        urls = [ADDRESS + path] * bool(path) + [website] * website.startswith(("http://", "https://"))
        town = text_of(user, "hometown") or None
        return ref, list(self.accounts.meet(ref, name, urls, place, location_text=town))

    def _friend(self, element: Element) -> Iterator[Item]:
        ref, records = self._person(element.content, element.place)
        yield from records
        if element.content.get("is_friend") is True:
            yield from self.accounts.tie(self.accounts.owner.record_id, ref, "friend", element.place, "Friends on Gowalla")
        bio = text_of(element.content, "bio")
        if bio:
            yield said(element, ref, "bio", bio, f"{ref}:bio")
        elif not records:
            raise CannotReadError("duplicate", f"{ref!r} was met before")

    def _checkin(self, element: Element) -> Iterator[Item]:
        checkin, spot = element.content, element.content["spot"]
        where = text_of(spot, "name")
        if not where:
            raise CannotReadError("missing_text", "a check-in at a spot without a name")
        at = moment_of(checkin, "created_at", reader=iso_moment)
        who = self.accounts.owner.record_id or "owner"
        if isinstance(checkin.get("user"), dict):
            who, records = self._person(checkin["user"], element.place)
            yield from records
        text, path = text_of(checkin, "message") or f"At {where}", _path(checkin, "checkins")
        key = path.rpartition("/")[2] if path else stable_id(who, at, where)
        point = point_of(spot.get("lat"), spot.get("lng"))
        link = {"source_url": ADDRESS + path} if path else {}
        yield said(element, who, "checkin", text, f"gowalla:{key}", occurred_at=at, place_name=where, thread_id=None, **point, **link)

    def _spot(self, element: Element) -> Record:
        spot = element.content
        name, path = text_of(spot, "name"), _path(spot, "spots")
        if not name:
            raise CannotReadError("missing_name", "a spot without a name")
        town, _, state = text_of(spot, "city_state").partition(", ")
        kinds = [text_of(kind, "name") for kind in dicts(spot.get("categories"))]
        values = {"record_id": path.rpartition("/")[2] or stable_id(name), "name": name, "categories": kinds, "city": town, "state": state}
        link = {"source_url": ADDRESS + path} if path else {}
        return Record("place", {**values, **point_of(spot.get("lat"), spot.get("lng")), **element.place, **link})


def _things(body: Any) -> Iterator[Any]:
    """What an answer holds: itself if it is a thing, the elements of a list, or those of the lists in an object."""
    if isinstance(body, list):
        yield from body
    elif isinstance(body, dict) and _shape(body):
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            if isinstance(value, list):
                yield from value


def _path(content: dict[str, Any], kind: str) -> str:
    found = re.fullmatch(rf"(?:https?://(?:\w+\.)?gowalla\.com)?(/{kind}/[^/?#\s]+)/?", text_of(content, "url"))
    return found[1] if found else ""


def _shape(content: dict[str, Any]) -> str:
    if isinstance(content.get("spot"), dict) and {"user", "created_at", "message"} & content.keys():
        return "checkin"
    if _path(content, "users") or (text_of(content, "first_name") and "spot" not in content):
        return "person"
    return "spot" if _path(content, "spots") else ""
