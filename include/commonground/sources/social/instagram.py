"""Instagram's "download your information" in JSON → the owner, whom they follow and who follows them, likes, comments, messages.

People are usernames, except in messages, which give display names only. Topics are Instagram's guess about the owner, so they
are kept as not said by them.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from commonground.sources.base import Item, Record, Refusal, Source, Visit
from commonground.sources.drops import Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.social import instagram_old
from commonground.sources.social.conversations import Conversations
from commonground.sources.social.elements import CannotReadError, Element, dicts, inner, moment_of, point_of, said, text_of
from commonground.sources.social.instagram_files import Field, called, elements, fields, files, username_of
from commonground.sources.social.meta_threads import Thread, messages, thread
from commonground.sources.social.owners import Owner
from commonground.sources.social.usernames import Accounts
from commonground.sources.text import epoch_seconds, stable_id

ADDRESS = "https://www.instagram.com/"


class Instagram(Source):
    """The export of one team member; only their own ties are in it."""

    name = "instagram"
    family = "social"

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of an export folder, zip, folder of zips or single JSON file."""
        with Drop(path) as drop:
            found = files(drop)
            items = chain(drop.refusals, _Export(found, visit).items())
            yield from refuse_foreign(items, path, "an Instagram export in JSON (followers_1.json, following.json, message_1.json, ...)")


class _Export:
    """One reading of one export."""

    def __init__(self, found: dict[str, list[Member]], visit: Visit) -> None:
        self.found = found
        self.accounts = Accounts(Owner.of(visit))
        self.talks = Conversations()
        self.following: set[str] = set()
        self.username_in: dict[tuple[str, str], str] = {}

    def items(self) -> Iterator[Item]:
        """The owner first, then every file."""
        profiles = [item for member in self.found["profile"] for item in elements(member, "profile")]
        yield from self._owner([item for item in profiles if isinstance(item, Element)])
        first = next((item for item in profiles if isinstance(item, Element)), None)
        for item in profiles:
            if isinstance(item, Refusal):
                yield item
            elif item is first:
                yield from self._read(item)
            else:
                yield item.refused("second_profile", "a second profile; an export has one owner", "person")
        for group, members in self.found.items():
            for member in members:
                if group == "messages":
                    yield from self._thread(member)
                elif group == "old_messages":
                    yield from self._old_threads(member)
                elif group != "profile":
                    for item in elements(member, group):
                        yield from self._read(item) if isinstance(item, Element) else [item]
        yield from self.talks.ties()

    @property
    def me(self) -> str:
        """The owner's record_id."""
        return self.accounts.owner.record_id or "owner"

    def _owner(self, profiles: list[Element]) -> Iterator[Record]:
        """The owner, by the profile, else by an Instagram address in the settings."""
        stated = fields(profiles[0].content) if profiles else []
        known = [username_of("", url) for agent in self.accounts.owner.agents for url in agent.urls]
        username = username_of(called(stated, "username")) or next((name for name in known if name), "")
        contact = {
            "emails": [entry.value for entry in stated if "@" in entry.value.strip("@") and " " not in entry.value],
            "phones": [entry.value for entry in stated if entry.value.startswith("+") and entry.value[1:].replace(" ", "").isdigit()],
        }
        urls = [ADDRESS + username] if username else []
        urls += [entry.value for entry in stated if entry.value.startswith(("http://", "https://")) and " " not in entry.value]
        place = profiles[0].place if profiles else {}
        yield from self.accounts.owner_record(username, called(stated, "name"), urls, place, **contact)

    def _read(self, element: Element) -> Iterator[Item]:
        try:
            yield from _READERS[element.shape](self, element)
        except CannotReadError as error:
            yield element.refused(error.rule, error.reason)

    def _profile(self, element: Element) -> Iterator[Item]:
        stated = fields(element.content)
        bio = called(stated, "bio")
        if bio:
            yield said(element, self.me, "bio", bio, "owner:bio")
        elif not any(entry.value for entry in stated):
            raise CannotReadError("missing_text", "a profile that says nothing")

    # -- whom they know -------------------------------------------------------------------------------------------------

    def _known(self, element: Element) -> Iterator[Item]:
        ref, since, place = *self._account(element), element.place
        yield from self._met(ref, place)
        outward, words = _TIES[element.shape]
        if element.shape == "following":
            self.following.add(ref)
        ends = (self.me, ref) if outward else (ref, self.me)
        kind = "friend" if element.shape == "close_friend" else "follows"
        evidence = f"{words} on Instagram since {since:%d %b %Y}" if since else f"{words} on Instagram"
        if ends[0] == ends[1]:
            raise CannotReadError("tie_to_self", f"{ref!r} is the owner of the export; expected somebody else")
        yield from self.accounts.tie(*ends, kind, place, evidence, since)

    def _account(self, element: Element) -> tuple[str, Any]:
        """Of an entry its account and since when: the `value`, the end of its address, or (where both are missing) the title."""
        found = fields(element.content)
        title = text_of(element.content, "title")
        username = next((name for entry in found if (name := username_of(entry.value, entry.href))), "") or username_of(title)
        if not username:
            raise CannotReadError("missing_name", "neither value nor title nor address names an account")
        since = next((_moment(entry) for entry in found if entry.timestamp), None)
        return username, since

    def _met(self, username: str, place: dict[str, Any]) -> list[Record]:
        return list(self.accounts.meet(username, "", [ADDRESS + username], place))

    def _removed(self, element: Element) -> Iterator[Item]:
        """An account that is followed no more: nothing of it is kept, and an older export's tie to it goes."""
        ref, _ = self._account(element)
        if ref in self.following:
            raise CannotReadError("tied_again", "an account that is followed again")
        for tie in self.accounts.tie(self.me, ref, "follows", element.place, ""):
            yield Record("tie", {**tie.values, "is_deleted": True})

    def _hashtag(self, element: Element) -> Iterator[Item]:
        found = fields(element.content)
        tag = next((entry.value for entry in found if entry.value), "") or text_of(element.content, "title")
        if not tag:
            raise CannotReadError("missing_text", "a hashtag without a word")
        at = next((_moment(entry) for entry in found if entry.timestamp), None)
        yield said(element, self.me, "like", "#" + tag.removeprefix("#"), f"hashtag:{stable_id(tag)}", occurred_at=at)

    # -- what they did --------------------------------------------------------------------------------------------------

    def _liked(self, element: Element) -> Iterator[Item]:
        found = fields(element.content)
        author, link = _author_of(element, found), next((entry.href for entry in found if entry.href), "")
        at = next((_moment(entry) for entry in found if entry.timestamp), None) or moment_of(element.content)
        if not author and not link:
            raise CannotReadError("missing_text", f"a {element.shape} that says neither what nor whose")
        yield from self._met(author, element.place) if author and author != self.me else ()
        verb = "Saved" if element.shape == "saved" else "Liked"
        text = f"{verb} a post of {author} on Instagram" if author else f"{verb} {link}"
        key = f"{element.shape}:{stable_id(link or author, at)}"
        target = author if author and author != self.me else None
        more = {"source_url": link} if link.startswith("https://") else {}
        yield said(element, self.me, "reaction", text, key, occurred_at=at, target_ref=target, **more)

    def _comment(self, element: Element) -> Iterator[Item]:
        found = fields(element.content)
        words, author = called(found, "comment"), username_of(called(found, "owner"))
        if not words and not any(entry.label.casefold() == "comment" for entry in found):
            # labels in a language we do not know: the comment comes first, whose post it was on last
            values = [entry.value for entry in found if entry.value]
            words = values[0] if values else ""
            author = author or (username_of(values[-1]) if len(values) > 1 else "")
        if not words:
            raise CannotReadError("missing_text", "a comment without words")
        at = next((_moment(entry) for entry in found if entry.timestamp), None) or moment_of(element.content)
        yield from self._met(author, element.place) if author and author != self.me else ()
        target = author if author and author != self.me else None
        yield said(element, self.me, "comment", words, f"comment:{stable_id(at, words[:500])}", occurred_at=at, target_ref=target)

    def _topic(self, element: Element) -> Iterator[Item]:
        found = fields(element.content)
        topic = called(found, "name") or next((entry.value for entry in found if entry.value), "") or text_of(element.content, "title")
        if not topic:
            raise CannotReadError("missing_text", "a topic without a name")
        yield said(element, self.me, "interest", topic, f"topic:{stable_id(topic)}", is_self_stated=False)

    def _media(self, element: Element) -> Iterator[Item]:
        """A post with its pictures: its own caption, else those of the pictures."""
        pictures = dicts(element.content.get("media")) or [element.content]
        captions = [text_of(element.content, "title"), *(text_of(picture, "title") for picture in pictures)]
        text = "\n".join(dict.fromkeys(caption for caption in captions if caption))
        if not text:
            raise CannotReadError("missing_text", "a picture or film without words")
        at = moment_of(element.content, "creation_timestamp") or moment_of(pictures[0], "creation_timestamp")
        where = next((point for picture in pictures if (point := _taken_at(picture))), {})
        yield said(element, self.me, "post", text, f"post:{stable_id(at, text[:500])}", occurred_at=at, **where)

    # -- whom they write to ---------------------------------------------------------------------------------------------

    def _thread(self, member: Member) -> Iterator[Item]:
        found = thread(member)
        if isinstance(found, Refusal):
            yield found
        else:
            self._username_in(found)
            yield from messages(found, self.accounts.owner, self.talks, self._meet, member.source_file)

    def _old_threads(self, member: Member) -> Iterator[Item]:
        for found in instagram_old.threads(member):
            if isinstance(found, Refusal):
                yield found
                continue
            for name in found.people:
                username = username_of(name) or name
                yield from self._met(username, {"source_file": member.source_file})
                self.username_in[found.key, name] = username
            yield from messages(found, self.accounts.owner, self.talks, self._meet, member.source_file)

    def _meet(self, name: str, place: dict[str, Any], key: str) -> tuple[str, list[Record]]:
        if (key, name) in self.username_in:
            return self.username_in[key, name], []
        return self.accounts.meet_name(name, place, key)

    def _username_in(self, found: Thread) -> None:
        """Threads name people as they are shown; the folder of a thread of two that is called like a known account says whose it is."""
        others = [name for name in found.people if not self.accounts.owner.is_called(name)]
        folder = found.key.rpartition("_")[0].casefold()
        if len(others) == 1 and len(found.people) == 2 and self.accounts.is_known(folder):
            shown = "".join(letter for letter in others[0].casefold() if letter.isalnum())
            if shown != folder:  # else the folder may be called after the name shown, which says nothing
                self.username_in[found.key, others[0]] = folder


def _moment(entry: Field) -> Any:
    try:
        return epoch_seconds(entry.timestamp)
    except ValueError as error:
        raise CannotReadError("bad_date", f"timestamp: {error}") from None


def _taken_at(picture: dict[str, Any]) -> dict[str, float]:
    """Where a picture was taken, by its camera."""
    kinds = inner(picture, "media_metadata")
    data = [one for kind in (kinds.values() if isinstance(kinds, dict) else ()) for one in dicts(inner(kind, "exif_data"))]
    return next((point for one in data if (point := point_of(one.get("latitude"), one.get("longitude")))), {})


def _author_of(element: Element, found: list[Field]) -> str:
    """Whose post was liked or saved: the title, or the entry that is called or looks like a username."""
    title = username_of(text_of(element.content, "title"))
    named = username_of(called(found, "username")) or username_of(called(found, "owner"))
    own_entries = [entry for entry in found if entry.label and not entry.href]
    last = username_of(own_entries[-1].value) if "label_values" in element.content and own_entries else ""
    return title or named or last


_TIES = {
    "follower": (False, "Follows the owner"),
    "following": (True, "Followed by the owner"),
    "close_friend": (True, "Close friend of the owner"),
    "asked": (True, "Asked by the owner to be followed"),
    "was_asked": (False, "Asked to follow the owner"),
}
_READERS: dict[str, Callable[[_Export, Element], Iterator[Item]]] = {
    **dict.fromkeys(_TIES, _Export._known),
    "removed": _Export._removed,
    "hashtag": _Export._hashtag,
    "like": _Export._liked,
    "saved": _Export._liked,
    "comment": _Export._comment,
    "topic": _Export._topic,
    "media": _Export._media,
    "profile": _Export._profile,
}
