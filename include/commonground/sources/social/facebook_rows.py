"""One element of a Facebook file → its records: friends, requests, likes, groups, events, comments, reactions, posts, photos."""

from collections.abc import Callable, Iterator
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record
from commonground.sources.drop_json import json_items
from commonground.sources.drops import Member
from commonground.sources.social.elements import CannotReadError, Element, dicts, moment_of, point_of, said, text_of
from commonground.sources.social.facebook_people import People
from commonground.sources.text import clean_text, mojibake_deep, stable_id


def read(element: Element, people: People) -> Iterator[Item]:
    """The records of an element, or its refusal; always at least one."""
    try:
        if element.shape not in _READERS:
            raise CannotReadError("unknown_shape", f"a {element.shape} in a file of something else")
        yield from _READERS[element.shape](element, people)
    except CannotReadError as error:
        yield element.refused(error.rule, error.reason)


def authors(element: Element) -> list[str]:
    """Who wrote the comments or gave the reactions of an element."""
    parts = [part.get(kind) for part in dicts(element.content.get("data")) for kind in ("comment", "reaction")]
    return [text_of(part, "author") or text_of(part, "actor") for part in parts if isinstance(part, dict)]


def _name(element: Element) -> str:
    name = text_of(element.content, "name")
    if not name:
        raise CannotReadError("missing_name", "no name")
    return name


def _friend(element: Element, people: People) -> Iterator[Item]:
    name, since = _name(element), moment_of(element.content)
    ref, record = people.friend(name, element.content.get("timestamp"), element.place)
    yield record
    evidence = f"Friends on Facebook since {since:%d %b %Y}" if since else "Friends on Facebook"
    yield _tie(element, people, ref, "friend", since, evidence)


def _tie(element: Element, people: People, ref: str, kind: str, since: Any, evidence: str, *, is_inward: bool = False) -> Record:
    ends = (ref, people.owner.record_id) if is_inward else (people.owner.record_id, ref)
    values = {"record_id": f"{kind}:{ref}", "src_ref": ends[0], "dst_ref": ends[1], "tie_type": kind, "is_directed": kind == "follows"}
    return Record("tie", {**values, "since_at": since, "evidence_text": evidence, **element.place})


_REQUESTS = {
    "request_sent": "Was sent a friend request on Facebook",
    "request_received": "Sent the owner a friend request on Facebook",
    "follower": "Follows the owner on Facebook",
}


def _request(element: Element, people: People) -> Iterator[Item]:
    name, since = _name(element), moment_of(element.content)
    is_received = element.shape != "request_sent"
    ref, record = people.meet(name, element.place, "requests")
    if ref == people.owner.record_id:
        raise CannotReadError("tie_to_self", f"{name!r} is the owner of the export; expected somebody else")
    if record:
        yield record
    yield _tie(element, people, ref, "follows", since, _REQUESTS[element.shape], is_inward=is_received)


def _removed(element: Element, people: People) -> Iterator[Item]:
    """A tie that ended: nothing of the person is kept, and an older export's tie to them goes."""
    name = _name(element)
    kind = "friend" if element.shape == "unfriended" else "follows"
    if kind == "friend" and people.is_friend(name):
        raise CannotReadError("tied_again", "a friend who was removed and is one again, or a namesake of one")
    tie = _tie(element, people, stable_id(name), kind, None, "", is_inward=kind == "follows")
    yield Record("tie", {**tie.values, "is_deleted": True})


def _wall_post(element: Element, people: People) -> Iterator[Item]:
    """What somebody else wrote on the owner's timeline."""
    text = "\n".join(text for part in dicts(element.content.get("data")) if (text := text_of(part, "post", "text")))
    if not text:
        raise CannotReadError("missing_text", "a post of somebody else without words")
    name = people.author_in_title(text_of(element.content, "title"))
    if not name:
        raise CannotReadError("missing_name", "the title does not say in words we know who wrote it")
    at = moment_of(element.content)
    ref, record = people.meet(name, element.place, "titles")
    if record:
        yield record
    yield said(element, ref, "post", text, f"post:{stable_id(at, name, text[:500])}", occurred_at=at, target_ref=people.owner.record_id)


def _page(element: Element, people: People) -> Iterator[Item]:
    name = next((name for part in dicts(element.content.get("data")) if (name := text_of(part, "name"))), "") or _name(element)
    people.pages.add(name.casefold())
    link = text_of(element.content, "url")
    more = {"source_url": link} if link.startswith("https://") else {}
    yield said(element, people.owner.record_id, "like", name, f"like:{stable_id(name)}", occurred_at=moment_of(element.content), **more)


def _group(element: Element, people: People) -> Iterator[Item]:
    names = [text_of(part, "name") for part in dicts(element.content.get("data"))] or [text_of(element.content, "name")]
    names = [name for name in names if name] or [text_of(element.content, "title")]
    if not names[0]:
        raise CannotReadError("missing_name", "a group without a name")
    for name in names:
        key = f"group:{stable_id(name)}"
        yield said(element, people.owner.record_id, "group", name, key, thread_id=key, occurred_at=moment_of(element.content))


def _events(element: Element, people: People) -> Iterator[Item]:
    is_empty = True
    for answer, listed in element.content.items():
        for event in listed if isinstance(listed, list) else []:
            is_empty = False
            part = Element("event", event if isinstance(event, dict) else {}, element.file, element.position)
            try:
                yield _event(part, people, answer)
            except CannotReadError as error:
                yield Element("event", {answer: event}, element.file, element.position).refused(error.rule, error.reason)
    if is_empty and not all(isinstance(listed, list) for listed in element.content.values()):
        raise CannotReadError("unknown_shape", "no list of events")


def _event(element: Element, people: People, answer: str) -> Record:
    name = _name(element)
    if "declined" in answer:
        raise CannotReadError("declined", f"the owner declined {name!r}")
    place = element.content.get("place")
    where = text_of(place, "name") if isinstance(place, dict) else ""
    starts = moment_of(element.content, "start_timestamp", "timestamp")
    key = f"event:{stable_id(name, element.content.get('start_timestamp'))}"
    return said(element, people.owner.record_id, "event", name, key, thread_id=key, occurred_at=starts, place_name=where)


def _comment(element: Element, people: People) -> Iterator[Item]:
    title = text_of(element.content, "title")
    comments = [part["comment"] for part in dicts(element.content.get("data")) if isinstance(part.get("comment"), dict)]
    words = [(comment, text_of(comment, "comment")) for comment in comments]
    if not any(text for _, text in words):
        raise CannotReadError("missing_text", "a comment without words (a sticker or picture)")
    target = None
    name = people.in_title(title)
    if name:
        target, record = people.meet(name, element.place, "titles")
        if record:
            yield record
    for comment, text in words:
        if not text:
            continue
        at = moment_of(comment) or moment_of(element.content)
        author = text_of(comment, "author")
        ref, record = people.meet(author, element.place, "comments") if author else (people.owner.record_id, None)
        if record:
            yield record
        group = text_of(comment, "group")
        more = {"thread_id": f"group:{stable_id(group)}"} if group else {}
        key = f"comment:{stable_id(at, author, text[:500])}"
        yield said(element, ref, "comment", text, key, occurred_at=at, target_ref=None if target == ref else target, **more)


def _activity(element: Element, people: People) -> Iterator[Item]:
    """An element of a bare list: a reaction in the old or new shape, a comment, or a post."""
    data = dicts(element.content.get("data"))
    if any("reaction" in part for part in data):
        yield from _reaction(element, people, data)
    elif isinstance(element.content.get("label_values"), list):
        yield from _labelled(element, people)
    elif any("comment" in part for part in data):
        yield from _comment(element, people)
    elif {"data", "attachments", "timestamp"} & element.content.keys():
        yield from _post(element, people)
    else:
        raise CannotReadError("unknown_shape", "neither a post nor a comment nor a reaction")


def _reaction(element: Element, people: People, data: list[dict[str, Any]]) -> Iterator[Item]:
    title = text_of(element.content, "title")
    kinds = [text_of(part["reaction"], "reaction") for part in data if isinstance(part.get("reaction"), dict)]
    text = title or next((kind for kind in kinds if kind), "")
    yield _reacted(element, people, text, people.in_title(title))


def _labelled(element: Element, people: People) -> Iterator[Item]:
    labels = {text_of(part, "label"): text_of(part, "value") for part in dicts(element.content["label_values"])}
    reaction, name = labels.get("Reaction", ""), labels.get("Name", "")
    text = f"{reaction} on what {name} posted" if reaction and name else text_of(element.content, "title") or reaction
    yield _reacted(element, people, text, name or None)


def _reacted(element: Element, people: People, text: str, name: str | None) -> Record:
    """A reaction; whom it was for only if they are known, since most names here are pages."""
    if not text:
        raise CannotReadError("missing_text", "a reaction that says neither what nor to whom")
    at = moment_of(element.content)
    target = people.meet(name, element.place)[0] if name and people.is_known(name) else None
    if target == people.owner.record_id:
        target = None
    number = element.content.get("fbid")
    key = f"reaction:{stable_id(number) if number else stable_id(at, text)}"
    return said(element, people.owner.record_id, "reaction", text, key, occurred_at=at, target_ref=target)


def _post(element: Element, people: People) -> Iterator[Item]:
    at, title = moment_of(element.content), text_of(element.content, "title")
    words = [text_of(part, "post") for part in dicts(element.content.get("data"))]
    attached = [part for attachment in dicts(element.content.get("attachments")) for part in dicts(attachment.get("data"))]
    for part in attached:
        for kind, names in (("media", ("description",)), ("life_event", ("title",)), ("external_context", ("name", "title"))):
            if isinstance(part.get(kind), dict):
                words.append(text_of(part[kind], *names))
    text = "\n".join(dict.fromkeys(word for word in words if word))
    places = [part["place"] for part in attached if isinstance(part.get("place"), dict) and text_of(part["place"], "name")]
    target = None
    tagged = [text_of(tag, "name") for tag in dicts(element.content.get("tags"))]
    name = people.in_title(title) or next((tag for tag in tagged if tag and not people.owner.is_called(tag)), None)
    if name:
        target, record = people.meet(name, element.place, "titles")
        if record:
            yield record
    common: dict[str, Any] = {"occurred_at": at, "target_ref": target}
    for place in places:
        where = text_of(place, "name")
        key = f"checkin:{stable_id(at, where)}"
        yield said(element, people.owner.record_id, "checkin", text or f"At {where}", key, place_name=where, **_point(place), **common)
    if (text or title) and not places:
        yield said(element, people.owner.record_id, "post", text or title, f"post:{stable_id(at, (text or title)[:500])}", **common)
    elif not places:
        raise CannotReadError("missing_text", "a post without words, title or place")


def _point(place: dict[str, Any]) -> dict[str, float]:
    point = place.get("coordinate")
    return point_of(point.get("latitude"), point.get("longitude")) if isinstance(point, dict) else {}


def _photo(element: Element, people: People) -> Iterator[Item]:
    text = text_of(element.content, "description", "title")
    if not text:
        raise CannotReadError("missing_text", "a photo without a description")
    at = moment_of(element.content, "creation_timestamp")
    yield said(element, people.owner.record_id, "post", text, f"photo:{stable_id(at, text[:500])}", occurred_at=at)


def album(member: Member, people: People) -> Iterator[Item]:
    """An album is one post (its name), and each description of a photo in it another; bare photos belong to the album."""
    name = about = ""
    changed = None
    position = 0
    try:
        for key, value in json_items(member):
            if key in ("name", "description") and isinstance(value, str):
                name, about = (clean_text(mojibake_deep(value)), about) if key == "name" else (name, clean_text(mojibake_deep(value)))
            elif key == "last_modified_timestamp":
                changed = value
            elif key == "photos":
                position += 1
                if not isinstance(value, dict):
                    yield member.refusal(
                        "not_an_object", f"{member.source_file}, photo {position}: not an object", str(value)[:200], position
                    )
                elif value.get("description") or value.get("title"):
                    yield from read(Element("photo", mojibake_deep(value), member.source_file, position), people)
    except UnreadableError as error:
        yield member.unreadable(error)
        return
    whole = Element("album", {"name": name, "last_modified_timestamp": changed}, member.source_file, 1)
    text = "\n".join(part for part in (name, about) if part)
    try:
        if not text:
            raise CannotReadError("missing_name", "an album without a name")
        at = moment_of(whole.content, "last_modified_timestamp")
        yield said(whole, people.owner.record_id, "post", text, f"album:{stable_id(name)}", occurred_at=at)
    except CannotReadError as error:
        yield whole.refused(error.rule, error.reason)


_READERS: dict[str, Callable[[Element, People], Iterator[Item]]] = {
    "friend": _friend,
    "request_sent": _request,
    "request_received": _request,
    "follower": _request,
    "unfriended": _removed,
    "request_rejected": _removed,
    "wall_post": _wall_post,
    "page": _page,
    "group": _group,
    "events": _events,
    "comment": _comment,
    "activity": _activity,
    "photo": _photo,
}
