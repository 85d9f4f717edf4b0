"""What Bluesky's answers are made of (profile views, lists of follows, posts, records of a repository) → records."""

from collections.abc import Iterator
from typing import Any

from commonground.sources.base import Item, Record, Refusal, Visit
from commonground.sources.social.elements import CannotReadError, Element, dicts, inner, moment_of, said, text_of
from commonground.sources.social.owners import agent_at, named
from commonground.sources.text import clean_name, iso_moment

ADDRESS = "https://bsky.app/profile/"
SIGNED_IN_ONLY = "!no-unauthenticated"
_LISTS = ("feed", "profiles", "posts", "records", "actors")
_FOLLOW = "app.bsky.graph.follow"
_POST = "app.bsky.feed.post"


def shape_of(body: Any) -> Iterator[tuple[str, Any]]:
    """What an answer holds, wherever it stands in it: (`graph`, `item`, `profile`, `record` or `unknown`, the object)."""
    if isinstance(body, list):
        for value in body:
            yield from shape_of(value)
    elif isinstance(body, dict):
        if _is_profile(body.get("subject")) and any(isinstance(body.get(key), list) for key in ("follows", "followers")):
            yield "graph", body
        elif isinstance(body.get("post"), dict) and isinstance(body["post"].get("author"), dict):
            yield "item", body
            yield from shape_of(body.get("replies"))
        elif isinstance(body.get("author"), dict) and isinstance(body.get("record"), dict):
            yield "item", {"post": body}
        elif isinstance(body.get("uri"), str) and isinstance(body.get("value"), dict):
            yield "record", body
        elif _is_profile(body):
            yield "profile", body
        else:
            for key, value in body.items():
                for one in value if key in _LISTS and isinstance(value, list) else ():
                    found = list(shape_of(one))
                    yield from found or [("unknown", {"value": one})]
                if key not in _LISTS:
                    yield from shape_of(value)


def _is_profile(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("did"), str) and isinstance(value.get("handle"), str)


def is_withheld(view: Any) -> bool:
    """Whether somebody asks to be shown to signed-in people only."""
    return isinstance(view, dict) and any(label.get("val") == SIGNED_IN_ONLY for label in dicts(view.get("labels")))


def ref_of(view: Any) -> str:
    """The key of a person: the DID, else the handle; empty if there is neither."""
    did, handle = (text_of(view, "did"), text_of(view, "handle")) if isinstance(view, dict) else ("", "")
    return did if did.startswith("did:") else handle.casefold()


class Views:
    """One answer being read."""

    def __init__(self, visit: Visit, file: str | None) -> None:
        self.visit, self.file = visit, file
        self.position = 0
        self.met: set[str] = set()

    def items(self, shape: str, value: dict[str, Any]) -> Iterator[Item]:
        """The records of one object of an answer."""
        self.position += 1
        element = Element(shape, value, self.file or "", self.position)
        if shape == "unknown":
            yield element.refused("unknown_shape", "neither a profile nor a post")
            return
        reader = {"graph": self._graph, "item": self._item, "profile": self._profile, "record": self._record}[shape]
        try:
            yield from reader(element)
        except CannotReadError as error:
            yield element.refused(error.rule, error.reason)

    def _withheld(self, view: dict[str, Any]) -> Refusal:
        reason = f"{ref_of(view)} is shown to signed-in people only ({SIGNED_IN_ONLY})"
        return Refusal("withheld", reason, ref_of(view), "person", ref_of(view), self.file)

    def _person(self, view: dict[str, Any], element: Element) -> Iterator[Item]:
        """Somebody's record and what they say of themselves, once."""
        ref, handle = ref_of(view), text_of(view, "handle").casefold()
        if not ref or ref in self.met:
            return
        self.met.add(ref)
        urls = [ADDRESS + name for name in dict.fromkeys((ref, handle)) if name and name != "handle.invalid"]
        created = None
        try:
            created = iso_moment(text_of(view, "createdAt"))
        except ValueError as error:
            yield element.refused("bad_date", f"createdAt: {error}", "person")
        agent_id = agent_at(urls, self.visit)
        values = {**named(ref, clean_name(text_of(view, "displayName"))), "urls": urls, "created_at": created, "agent_id": agent_id}
        link = {"source_url": urls[0]} if urls else {}
        yield Record("person", {**values, "owner_agent_id": agent_id or self.visit.owner, **element.place, **link})
        if about := text_of(view, "description"):
            yield said(element, ref, "bio", about, f"{ref}:bio", **link)

    def _profile(self, element: Element) -> Iterator[Item]:
        if is_withheld(element.content):
            yield self._withheld(element.content)
        else:
            self.met.discard(ref_of(element.content))  # a profile says more than a line in a list, so it is told again
            yield from self._person(element.content, element)

    def _graph(self, element: Element) -> Iterator[Item]:
        """Somebody, and whom they follow or who follows them."""
        subject = element.content["subject"]
        if is_withheld(subject):
            yield self._withheld(subject)
            return
        yield from self._person(subject, element)
        me, mine = ref_of(subject), text_of(subject, "displayName", "handle")
        for key in ("follows", "followers"):
            listed = element.content.get(key)
            for position, view in enumerate(listed if isinstance(listed, list) else [], start=1):
                part = Element(key, view if isinstance(view, dict) else {}, element.file, position)
                if not _is_profile(view):
                    yield Element(key, {key: view}, element.file, position).refused("missing_id", "no profile with did and handle", "tie")
                elif is_withheld(view):
                    yield self._withheld(view)
                else:
                    yield from self._person(view, part)
                    yield from self._follows(
                        me, ref_of(view), mine, text_of(view, "displayName", "handle"), part, is_inward=key != "follows"
                    )

    def _follows(self, me: str, other: str, mine: str, theirs: str, part: Element, *, is_inward: bool) -> Iterator[Item]:
        ends = (other, me) if is_inward else (me, other)
        names = (theirs, mine) if is_inward else (mine, theirs)
        if me == other:
            yield part.refused("tie_to_self", "somebody who follows themselves", "tie")
            return
        values = {"record_id": f"follows:{ends[0]}:{ends[1]}", "src_ref": ends[0], "dst_ref": ends[1], "tie_type": "follows"}
        yield Record("tie", {**values, "is_directed": True, "evidence_text": f"{names[0]} follows {names[1]} on Bluesky", **part.place})

    def _item(self, element: Element) -> Iterator[Item]:
        """A post in a feed; with a `reason` somebody else shared it."""
        post, reason = element.content["post"], inner(element.content, "reason")
        author, sharer = post["author"], inner(reason, "by")
        for view in (author, sharer):
            if is_withheld(view):
                yield self._withheld(view)
                return
        uri = text_of(post, "uri")
        if not uri or not ref_of(author):
            raise CannotReadError("missing_id", "a post without uri or author")
        content = post.get("record") if isinstance(post.get("record"), dict) else {}
        text = _words(content or {})
        if not text:
            raise CannotReadError("missing_text", "a post without words")
        if isinstance(sharer, dict):
            # the author is a stranger as a rule: named as the target, no record made of them
            yield from self._person(sharer, element)
            at, by = moment_of(reason, "indexedAt", reader=iso_moment), ref_of(sharer)
            yield said(element, by, "reaction", f"Shared: {text}", f"shared:{by}:{uri}", occurred_at=at, target_ref=ref_of(author))
            return
        yield from self._person(author, element)
        parent = inner(element.content, "reply", "parent", "author")
        yield self._said(element, uri, ref_of(author), content or {}, text, ref_of(parent), post)

    def _said(
        self, element: Element, uri: str, author: str, content: dict[str, Any], text: str, answered: str, post: dict[str, Any]
    ) -> Record:
        is_reply = isinstance(content.get("reply"), dict)
        target = answered or _did(text_of(inner(content, "reply", "parent") or {}, "uri"))
        mentioned = _mentioned(content)
        if not is_reply:
            target = mentioned[0] if len(mentioned) == 1 else ""
        thread = text_of(inner(content, "reply", "root") or {}, "uri") or uri
        try:
            at = moment_of(content, "createdAt", reader=iso_moment)
        except CannotReadError:
            if not post.get("indexedAt"):
                raise
            at = moment_of(post, "indexedAt", reader=iso_moment)  # the writer's clock is anybody's; the server's is not
        target_ref = target if target and target != author else None
        kind = "comment" if is_reply and target_ref else "post"
        link = f"{ADDRESS}{author}/post/{uri.rpartition('/')[2]}"
        return said(element, author, kind, text, uri, occurred_at=at, target_ref=target_ref, thread_id=thread, source_url=link)

    def _record(self, element: Element) -> Iterator[Item]:
        """A record of somebody's repository: posts and follows are read, likes and lists name nothing but addresses."""
        uri, content = text_of(element.content, "uri"), element.content["value"]
        other = text_of(content, "subject") if content.get("$type") == _FOLLOW else ""
        if _did(uri) and other.startswith("did:"):
            for did in (_did(uri), other):
                if did not in self.met:
                    yield from self._person({"did": did, "handle": ""}, element)
            yield from self._follows(_did(uri), other, _did(uri), other, element, is_inward=False)
            return
        if content.get("$type") != _POST or not _did(uri):
            raise CannotReadError("missing_text", f"a record of {str(content.get('$type'))[:60]!r}; posts and follows are read")
        text = _words(content)
        if not text:
            raise CannotReadError("missing_text", "a post without words")
        author = _did(uri)
        if author not in self.met:
            yield from self._person({"did": author, "handle": ""}, element)
        yield self._said(element, uri, author, content, text, "", {})


def _did(uri: str) -> str:
    """Whose repository an `at://` address is in."""
    did = uri.removeprefix("at://").partition("/")[0]
    return did if uri.startswith("at://did:") else ""


def _words(content: dict[str, Any]) -> str:
    """A post's text, else what its pictures are described as."""
    images = dicts(inner(content, "embed", "images")) + dicts(inner(content, "embed", "media", "images"))
    return text_of(content, "text") or "\n".join(alt for image in images if (alt := text_of(image, "alt")))


def _mentioned(content: dict[str, Any]) -> list[str]:
    features = [feature for facet in dicts(content.get("facets")) for feature in dicts(facet.get("features"))]
    found = [text_of(feature, "did") for feature in features if str(feature.get("$type")).endswith("#mention")]
    return list(dict.fromkeys(did for did in found if did))
