"""Foursquare's Swarm: the export zip (GDPR), or the API's answers → check-ins, tips and likings of the owner, friends, who came along.

The export writes times as UTC text, the API as seconds since 1970 with an offset that tells local time only. Who was at the
same place at the same check-in is tied. Visits and GPS trails that the app recorded by itself are left unread.

Credentials of the API: `password` is the OAuth token of the owner's account.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any

from commonground.errors import CredentialsError, UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.drop_json import json_document, json_items, payload_of
from commonground.sources.drops import Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.http import AnswerError, HttpClient
from commonground.sources.social.elements import CannotReadError, Element, dicts, id_of, inner, moment_of, point_of, said, text_of
from commonground.sources.social.owners import Owner
from commonground.sources.social.usernames import Accounts
from commonground.sources.text import epoch_seconds, local_moment, stable_id

ADDRESS = "https://foursquare.com/user/"
PAGE_SIZE = 250
API_VERSION = "20250601"  # the day whose behaviour we ask for
OVERLAP_DAYS = 14  # shouts and comments are added to check-ins for some days
# In reading order; a file is known by its name, numbers behind it left out.
_FILES = {
    "users": "account",
    "friends": "friend",
    "followers": "follower",
    "following": "following",
    "checkins": "checkin",
    "tips": "tip",
    "venueratings": "rating",
    "lists": "list",
    "comments": "comment",
}
# every element of Swarm's has one of these
_OURS = frozenset({"id", "createdAt", "venue", "name", "comment", "text", "answer"})
_LISTS = {"friends": "friend", "followers": "follower", "following": "following"}


class Swarm(Source):
    """The account of one team member."""

    name = "swarm"
    family = "social"
    is_api = True

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of an export folder, zip or single file, or of saved answers of the API."""
        with Drop(path) as drop:
            files = [(kind, member) for kind in _FILES for member in drop.members if _kind(member) == kind]
            if not files:
                files = [("", member) for member in drop.members if member.base.endswith(".json")]
            if not files:
                raise UnreadableError(f"{path}: no Swarm export (no checkins1.json, tips.json or users.json in it)")
            items = chain(drop.refusals, _Export(visit).files(files))
            yield from refuse_foreign(items, path, "a Swarm export (checkins1.json, tips.json, users.json, ...)")

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """The owner's check-ins, newest first, back to the last visit less two weeks."""
        token = visit.credentials.password or visit.credentials.login
        if not token:
            raise CredentialsError(f"feed {visit.feed.name!r}: Swarm wants the OAuth token as the connection's password")
        since = visit.checkpoint.get("after")
        after = int(since) - OVERLAP_DAYS * 86400 if since else None
        newest, offset = int(since or 0), 0
        with HttpClient(visit.base_url("https://api.foursquare.com/v2/"), secrets=[token], per_hour=450) as client:
            while True:
                params = {"oauth_token": token, "v": API_VERSION, "limit": PAGE_SIZE, "offset": offset, "afterTimestamp": after}
                answer = client.get("users/self/checkins", params)
                items = inner(answer.body, "response", "checkins", "items")
                if not isinstance(items, list):
                    raise AnswerError(f"{answer.url}: expected a list under response.checkins.items", answer.status)
                yield Page("checkins", client.mask(client.base_url) + f"users/self/checkins?offset={offset}", answer.body)
                times = [one.get("createdAt") for one in dicts(items)]
                newest = max([newest, *(time for time in times if isinstance(time, int) and not isinstance(time, bool))])
                offset += len(items)
                if not items:
                    break
        visit.next_checkpoint["after"] = newest
        visit.next_checkpoint["watermark"] = dt.datetime.fromtimestamp(newest, dt.UTC).isoformat() if newest else None

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """The records of one page of check-ins."""
        yield from _Export(visit).answers([(0, page.body)], page.url if "://" not in page.url else "")

    def resource_of(self, body: Any, path: Path) -> str:
        """`checkins`; saved answers are read by `read` itself."""
        return "checkins"


def _kind(member: Member) -> str:
    return re.sub(r"[^a-z]", "", member.base.removesuffix(".json")) if member.base.endswith(".json") else ""


def time_of(value: Any) -> dt.datetime | None:
    """A time of either kind: text in UTC (exports) or seconds since 1970 (API). Raises `ValueError`."""
    moment: dt.datetime | None = local_moment(value, dt.UTC) if isinstance(value, str) else epoch_seconds(value)
    return moment


class _Export:
    """One reading of one export or page."""

    def __init__(self, visit: Visit) -> None:
        self.accounts = Accounts(Owner.of(visit))
        self.together: dict[tuple[str, str], tuple[int, dt.datetime, str]] = {}
        known = [url.rstrip("/").rpartition("/")[2] for agent in self.accounts.owner.agents for url in agent.urls if ADDRESS in url]
        self.accounts.owner.record_id = known[0] if known else None
        self.is_owner_told = False
        self.friends: set[str] = set()  # whose tie is told

    @property
    def me(self) -> str:
        """The owner's record_id."""
        return self.accounts.owner.record_id or "owner"

    def files(self, files: list[tuple[str, Member]]) -> Iterator[Item]:
        """Every file of an export; of files of other names, whatever the API would have answered."""
        for kind, member in files:
            try:
                if kind == "users":
                    yield from self._account_file(member)
                    continue
                yield from self._owner({}, {})
                if not kind:
                    yield from self._found(json_document(member), member.source_file, 1)
                    continue
                for position, (key, value) in enumerate(json_items(member), start=1):
                    yield from self._listed(member, kind, key, value, position)
            except UnreadableError as error:
                if len(files) == 1 and not kind:
                    raise
                yield member.unreadable(error)
        yield from self.ties()

    def answers(self, bodies: list[tuple[int, Any]], file: str) -> Iterator[Item]:
        """The records of answers of the API."""
        yield from self._owner({}, {})
        for position, body in bodies:
            yield from self._found(body, file, position)
        # a later visit sees the newest check-ins alone, and would count fewer
        yield from self.ties(is_counted=False)

    def _listed(self, member: Member, kind: str, key: str, value: Any, position: int) -> Iterator[Item]:
        if kind == "rating" or key.startswith("venue"):
            yield from self._element("rating", {"answer": key, "venue": value}, member.source_file, position)
        elif key in ("items", "") or isinstance(value, dict):
            inner_items = value.get("items") if key in _LISTS and isinstance(value, dict) else None
            for item in inner_items if isinstance(inner_items, list) else [value]:
                yield from self._element(_LISTS.get(key, _FILES[kind]), item, member.source_file, position)

    def _found(self, body: Any, file: str, position: int) -> Iterator[Item]:
        """Check-ins in an answer: under `response`, in a list, or one alone."""
        ways = (("response", "checkins", "items"), ("checkins", "items"), ("items",))
        listed = body if isinstance(body, list) else next((found for way in ways if isinstance(found := inner(body, *way), list)), None)
        if listed is None:
            single = inner(body, "response", "checkin") or inner(body, "checkin") or body
            if not isinstance(single, dict) or not {"createdAt", "venue"} & single.keys():
                raise UnreadableError(f"{file or 'the answer'}: no check-ins of Swarm in it")
            listed = [single]
        if body == [] or (listed and not any({"createdAt", "venue"} & item.keys() for item in dicts(listed))):
            raise UnreadableError(f"{file or 'the answer'}: no check-ins of Swarm in it")
        for number, item in enumerate(listed, start=position):
            yield from self._element("checkin", item, file, number)

    def _element(self, shape: str, value: Any, file: str, position: int) -> Iterator[Item]:
        if not isinstance(value, dict):
            reason = f"{file or 'answer'}, element {position}: {str(value)[:60]!r} is not an object"
            yield Refusal("not_an_object", reason, payload_of(value), "utterance", None, file or None, position)
            return
        element = Element(shape, value, file, position)
        if not _OURS & value.keys():
            yield element.refused("unknown_shape", f"no {shape} as Swarm writes it")
            return
        try:
            yield from _READERS[shape](self, element)
        except CannotReadError as error:
            yield element.refused(error.rule, error.reason)

    # -- people ---------------------------------------------------------------------------------------------------------

    def _account_file(self, member: Member) -> Iterator[Item]:
        """The owner's account: their own fields at the top, lists of friends beside them."""
        content: dict[str, Any] = {}
        listed: list[tuple[str, Any]] = []
        for key, value in json_items(member):
            items = value.get("items") if isinstance(value, dict) else value if key in _LISTS else None
            if key in _LISTS and isinstance(items, list):
                listed += [(_LISTS[key], item) for item in items]
            elif key in _LISTS:
                listed.append((_LISTS[key], value))
            elif key:
                content[key] = value
        element = Element("account", content, member.source_file, 1)
        yield from self._owner(content, element.place)
        about = {"bio": text_of(content, "bio"), "current_city": text_of(content, "homeCity")}
        for kind, text in about.items():
            if text:
                yield said(element, self.me, kind, text, f"owner:{kind}")
        for position, (shape, item) in enumerate(listed, start=1):
            yield from self._element(shape, item, member.source_file, position)

    def _owner(self, account: dict[str, Any], place: dict[str, Any]) -> Iterator[Record]:
        if self.is_owner_told:
            return
        self.is_owner_told = True
        contact = account.get("contact") if isinstance(account.get("contact"), dict) else {}
        details = {"emails": [text_of(contact or {}, "email")], "phones": [text_of(contact or {}, "phone", "formattedPhone")]}
        number = id_of(account, "id")
        yield from self.accounts.owner_record(number, _name(account), _urls(account, number), place, **details)

    def _met(self, person: dict[str, Any], place: dict[str, Any]) -> tuple[str, list[Record]]:
        number = id_of(person, "id")
        if not number:
            raise CannotReadError("missing_id", "a person without an id")
        if person.get("relationship") == "self":
            return self.me, []
        city = text_of(person, "homeCity") or None
        return number, list(self.accounts.meet(number, _name(person), _urls(person, number), place, location_text=city))

    def _friend(self, element: Element) -> Iterator[Item]:
        ref, records = self._met(element.content, element.place)
        yield from records
        if ref == self.me:
            raise CannotReadError("tie_to_self", "the owner of the export; expected somebody else")
        words = {"friend": "Friends on Swarm", "follower": "Follows the owner on Swarm", "following": "Followed by the owner on Swarm"}
        ends = (ref, self.me) if element.shape == "follower" else (self.me, ref)
        kind = "friend" if element.shape == "friend" else "follows"
        if kind == "friend":
            self.friends.add(ref)
        yield from self.accounts.tie(*ends, kind, element.place, words[element.shape])

    # -- what they did --------------------------------------------------------------------------------------------------

    def _checkin(self, element: Element) -> Iterator[Item]:
        checkin = element.content
        number = id_of(checkin, "id")
        venue = checkin.get("venue") if isinstance(checkin.get("venue"), dict) else {}
        where = text_of(venue or {}, "name") or text_of(inner(checkin, "event") or {}, "name")
        text = text_of(checkin, "shout") or (f"At {where}" if where else "")
        if not number or not text:
            raise CannotReadError("missing_text", "a check-in without a place, words or id")
        at = moment_of(checkin, "createdAt", reader=time_of)
        spot = inner(venue, "location") or {}
        point = point_of(checkin.get("lat"), checkin.get("lng")) or point_of(spot.get("lat"), spot.get("lng"))
        company = []
        for person in dicts(checkin.get("with")):
            ref, records = self._met(person, element.place)
            yield from records
            if ref != self.me:
                company.append(ref)
                if person.get("relationship") == "friend" and ref not in self.friends:
                    self.friends.add(ref)
                    yield from self.accounts.tie(self.me, ref, "friend", element.place, "Friends on Swarm")
        target = company[0] if len(company) == 1 else None
        more = {"occurred_at": at, "target_ref": target, "thread_id": f"checkin:{number}", "place_name": where or None, **point}
        yield said(element, self.me, "checkin", text, number, **more)
        self._meet_up([self.me, *company] if len(company) > 1 else [], at, where)
        yield from self._likes(element, number, where)

    def _likes(self, element: Element, number: str, where: str) -> Iterator[Item]:
        for group in dicts(inner(element.content, "likes", "groups")):
            for person in dicts(group.get("items")):
                ref, records = self._met(person, element.place)
                yield from records
                if ref != self.me:
                    text = f"Liked the check-in at {where}" if where else "Liked the check-in"
                    yield said(element, ref, "reaction", text, f"like:{number}:{ref}", target_ref=self.me)

    def _meet_up(self, people: list[str], at: dt.datetime | None, where: str) -> None:
        if at is None or len(people) > 12:  # in a larger crowd nobody met everybody
            return
        for one, other in combinations(sorted(set(people)), 2):
            times, last, place = self.together.get((one, other), (0, at, where))
            self.together[one, other] = (times + 1, max(last, at), where if at >= last else place)

    def ties(self, *, is_counted: bool = True) -> Iterator[Record]:
        """A tie for every two who were at a check-in together, the owner included where several came along."""
        for (one, other), (times, last, where) in sorted(self.together.items()):
            often = "" if times == 1 or not is_counted else f" {times} times, the last"
            evidence = f"Checked in together{often} at {where or 'a place'} on {last:%d %b %Y}"
            yield from self.accounts.tie(one, other, "event", {}, evidence, last)

    def _tip(self, element: Element) -> Iterator[Item]:
        number, text = id_of(element.content, "id"), text_of(element.content, "text")
        if not number or not text:
            raise CannotReadError("missing_text", "a tip without words or id")
        link = text_of(element.content, "canonicalUrl")
        where = text_of(inner(element.content, "venue") or {}, "name")
        more = {"occurred_at": moment_of(element.content, "createdAt", reader=time_of), "place_name": where or None}
        more |= {"source_url": link} if link.startswith("https://") else {}
        yield said(element, self.me, "post", f"{where}: {text}" if where else text, f"tip:{number}", **more)

    def _rating(self, element: Element) -> Iterator[Item]:
        venue = element.content.get("venue")
        name = text_of(venue, "name") if isinstance(venue, dict) else ""
        if not name:
            raise CannotReadError("missing_name", "a rating of a venue without a name")
        if "Like" not in str(element.content.get("answer")) or "Dis" in str(element.content.get("answer")):
            raise CannotReadError("declined", f"the owner does not like {name!r}")
        yield said(element, self.me, "like", name, f"venue:{id_of(venue, 'id') or stable_id(name)}", place_name=name)

    def _list(self, element: Element) -> Iterator[Item]:
        name = text_of(element.content, "name")
        venues = [text_of(inner(item, "venue") or {}, "name") for item in dicts(inner(element.content, "listItems", "items"))]
        text = "\n".join(part for part in (name, text_of(element.content, "description"), ", ".join(filter(None, venues))) if part)
        if not text:
            raise CannotReadError("missing_text", "a list without a name")
        at = moment_of(element.content, "createdAt", reader=time_of)
        yield said(element, self.me, "post", text, f"list:{id_of(element.content, 'id') or stable_id(name)}", occurred_at=at)

    def _comment(self, element: Element) -> Iterator[Item]:
        text, author = text_of(element.content, "comment", "text"), id_of(element.content, "userId")
        if not text:
            raise CannotReadError("missing_text", "a comment without words")
        at = moment_of(element.content, "time", "createdAt", reader=time_of)
        by = author if author and self.accounts.is_known(author) else self.me
        key = id_of(element.content, "id") or stable_id(at, text[:500])
        yield said(element, by, "comment", text, f"comment:{key}", occurred_at=at, target_ref=self.me if by != self.me else None)


def _name(person: dict[str, Any]) -> str:
    return f"{text_of(person, 'firstName')} {text_of(person, 'lastName')}".strip()


def _urls(person: dict[str, Any], number: str) -> list[str]:
    link = text_of(person, "canonicalUrl")
    return list(dict.fromkeys([f"{ADDRESS}{number}"] * bool(number) + [link] * link.startswith("https://")))


_READERS: dict[str, Callable[[_Export, Element], Iterator[Item]]] = {
    "friend": _Export._friend,
    "follower": _Export._friend,
    "following": _Export._friend,
    "checkin": _Export._checkin,
    "tip": _Export._tip,
    "rating": _Export._rating,
    "list": _Export._list,
    "comment": _Export._comment,
}
