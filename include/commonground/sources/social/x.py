"""An X (Twitter) archive: JavaScript files that assign lists → the owner, follows, posts, replies, likes and direct messages.

Followers are ids without names; names stand in mentions and replies only. An account is keyed by its id and has the address
`x.com/i/user/ID`, so the same account in two archives is one contact. Blocks, mutes and advertising data are not read.
"""

import datetime as dt
import html
import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal, Source, Visit
from commonground.sources.drop_json import json_items, payload_of
from commonground.sources.drops import Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.social.conversations import LARGEST_GROUP, Conversations, Participant
from commonground.sources.social.elements import CannotReadError, Element, dicts, id_of, inner, moment_of, said, text_of
from commonground.sources.social.owners import Owner
from commonground.sources.social.usernames import Accounts
from commonground.sources.social.x_notes import Notes, read_note
from commonground.sources.text import iso_moment, tweet_moment

ADDRESS = "https://x.com/"
# The first tweet was sent on 21 March 2006; archives hold older ones by mistake.
FIRST_TWEET = dt.datetime(2006, 3, 21, tzinfo=dt.UTC)
# In a reply to more accounts than this people were dragged in who never spoke with each other.
LARGEST_REPLY = 5
# file → the key of its elements, in reading order
_FILES = {
    "account": ("account", "account"),
    "profile": ("profile", "profile"),
    "user_details": ("", "details"),
    "tweets?|community-tweet": ("tweet", "tweet"),
    r"\d{4}_\d{2}": ("tweet", "tweet"),  # a month of an archive of before 2019
    "note-tweet": ("noteTweet", "note"),
    "follower": ("follower", "follower"),
    "following": ("following", "following"),
    "like": ("like", "like"),
    "direct-messages?": ("dmConversation", "thread"),
    "direct-messages?-group": ("dmConversation", "thread"),
}
_PART = r"(?:[-_ ]?part[-_ ]?\d+|[ _()\d-]*)\.js"


class X(Source):
    """The archive of one team member; only their own ties are in it."""

    name = "x"
    family = "social"

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of an archive folder, zip, folder of zips or single `.js` file."""
        with Drop(path) as drop:
            found = _files(drop)
            items = chain(drop.refusals, _Archive(found, visit).items())
            yield from refuse_foreign(items, path, "an X archive (account.js, follower.js, following.js, tweets.js, like.js, ...)")


def _files(drop: Drop) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = {stem: [] for stem in _FILES}
    for member in drop.members:
        for stem in _FILES:
            if re.fullmatch(f"(?:{stem}){_PART}", member.base):
                found[stem].append(member)
                break
    if not any(found.values()):
        raise UnreadableError(f"{drop.path}: no X archive (no account.js, follower.js, following.js, tweets.js or like.js in it)")
    return found


def _elements(member: Member, key: str, shape: str) -> Iterator[Element | Refusal]:
    position = 0
    try:
        if shape == "details":
            yield Element(shape, dict(json_items(member, is_script=True)), member.source_file, 1)
            return
        for _, value in json_items(member, is_script=True):
            position += 1
            content = value.get(key) if isinstance(value, dict) else None
            if isinstance(content, dict):
                yield Element(shape, content, member.source_file, position)
            elif shape == "tweet" and isinstance(value, dict) and value.keys() & {"full_text", "text"}:
                yield Element(shape, value, member.source_file, position)  # archives before 2020 had no wrapping
            else:
                reason = f"{member.source_file}, element {position}: no object under {key!r}"
                yield member.refusal("not_an_object", reason, payload_of(value), position)
    except UnreadableError as error:
        yield member.unreadable(error)


class _Archive:
    """One reading of one archive."""

    def __init__(self, found: dict[str, list[Member]], visit: Visit) -> None:
        self.found = found
        self.accounts = Accounts(Owner.of(visit))
        self.talks = Conversations()
        self.notes = Notes(())

    def items(self) -> Iterator[Item]:
        """The owner first, then every file."""
        accounts = [item for member in self.found["account"] for item in _elements(member, "account", "account")]
        details = [item for member in self.found["user_details"] for item in _elements(member, "", "details")]
        yield from self._owner([item for item in [*accounts, *details] if isinstance(item, Element)])
        notes = (item for member in self.found["note-tweet"] for item in _elements(member, *_FILES["note-tweet"]))
        self.notes = Notes(item for item in notes if isinstance(item, Element))
        yield from (item for item in accounts if isinstance(item, Refusal))
        for stem, (key, shape) in _FILES.items():
            for member in self.found[stem] if stem != "account" else ():
                for item in _elements(member, key, shape):
                    yield from self._read(item) if isinstance(item, Element) else [item]
        yield from self.talks.ties()

    @property
    def me(self) -> str:
        """The owner's record_id."""
        return self.accounts.owner.record_id or "owner"

    def _owner(self, found: list[Element]) -> Iterator[Item]:
        account = found[0].content if found else {}
        number, username = id_of(account, "accountId", "id"), text_of(account, "username", "screen_name")
        contact = {"emails": [mail for mail in [text_of(account, "email")] if "@" in mail], "phones": [text_of(account, "phoneNumber")]}
        place = found[0].place if found else {}
        name = text_of(account, "accountDisplayName", "full_name") or username
        yield from self.accounts.owner_record(number, name, _urls(number, username), place, **contact)
        for other in (one for one in found[1:] if one.shape == "account"):
            yield other.refused("second_profile", "a second account; an archive has one owner", "person")

    def _read(self, element: Element) -> Iterator[Item]:
        try:
            yield from _READERS[element.shape](self, element)
        except CannotReadError as error:
            yield element.refused(error.rule, error.reason)

    def _met(self, number: str, username: str, name: str, place: dict[str, Any]) -> Iterator[Record]:
        yield from self.accounts.meet(number, name, _urls(number, username), place)

    # -- whom they follow -----------------------------------------------------------------------------------------------

    def _follow(self, element: Element) -> Iterator[Item]:
        number = id_of(element.content, "accountId")
        if not number.isdecimal():
            raise CannotReadError("missing_id", "no accountId; expected a number")
        if number == self.me:
            raise CannotReadError("tie_to_self", "the account of the owner; expected somebody else")
        yield from self._met(number, "", "", element.place)
        ends = (number, self.me) if element.shape == "follower" else (self.me, number)
        words = "Follows the owner on X" if element.shape == "follower" else "Followed by the owner on X"
        yield from self.accounts.tie(*ends, "follows", element.place, words)

    # -- what they say --------------------------------------------------------------------------------------------------

    def _profile(self, element: Element) -> Iterator[Item]:
        about = inner(element.content, "description")
        about = about if isinstance(about, dict) else {}
        kinds = {"bio": text_of(about, "bio"), "current_city": text_of(about, "location")}
        if not any(kinds.values()):
            raise CannotReadError("missing_text", "a profile without words")
        for kind, text in kinds.items():
            if text:
                yield said(element, self.me, kind, text, f"owner:{kind}")

    def _tweet(self, element: Element) -> Iterator[Item]:
        tweet = element.content
        number, text = id_of(tweet, "id_str", "id"), html.unescape(text_of(tweet, "full_text", "text"))
        if not number:
            raise CannotReadError("missing_id", "no id_str")
        at = moment_of(tweet, "created_at", reader=_posted)
        if at is not None and at < FIRST_TWEET:
            raise CannotReadError("bad_date", f"created_at: {tweet['created_at']!r} is before the first tweet (2006)")
        if not text:
            raise CannotReadError("missing_text", "a post without words")
        text = self.notes.full(text, at)
        people = self._mentioned(tweet)
        for account, (username, name) in people.items():
            yield from self._met(account, username, name, element.place)
        answered = id_of(tweet, "in_reply_to_user_id_str", "in_reply_to_user_id")
        others = [account for account in people if account != self.me]
        is_shared = text.startswith("RT @")
        kind = "reaction" if is_shared else "comment" if answered and answered != self.me else "post"
        target = answered if kind == "comment" else others[0] if len(others) == 1 or (is_shared and others) else None
        thread = id_of(tweet, "in_reply_to_status_id_str", "in_reply_to_status_id")
        more = {"occurred_at": at, "target_ref": target, "thread_id": thread or None, "source_url": f"{ADDRESS}i/status/{number}"}
        yield said(element, self.me, kind, text, number, **more)
        if kind == "comment" and at and len(others) <= LARGEST_REPLY:
            self.talks.remember(self.accounts.owner, f"reply:{thread or number}", "", others, at)

    def _mentioned(self, tweet: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Accounts a post names: id → username and name; whom it answers first."""
        found = {}
        answered = id_of(tweet, "in_reply_to_user_id_str", "in_reply_to_user_id")
        if answered.isdecimal():
            found[answered] = (text_of(tweet, "in_reply_to_screen_name"), "")
        for mention in dicts(inner(tweet, "entities", "user_mentions")):
            number = id_of(mention, "id_str", "id")
            if number.isdecimal():
                found[number] = (text_of(mention, "screen_name"), text_of(mention, "name"))
        return found

    def _note(self, element: Element) -> Iterator[Item]:
        """A long post whose beginning stands in no other file; the others were told with their posts."""
        number, at, text = read_note(element)
        if not self.notes.is_told(number):
            yield said(element, self.me, "post", text, f"note:{number}", occurred_at=at)

    def _details(self, element: Element) -> Iterator[Item]:
        """The bio and the town of an owner in an archive of before 2019."""
        for kind, text in {"bio": text_of(element.content, "bio"), "current_city": text_of(element.content, "location")}.items():
            if text:
                yield said(element, self.me, kind, text, f"owner:{kind}")

    def _like(self, element: Element) -> Iterator[Item]:
        """A post of somebody else that the owner liked: its words; neither when nor whose is told."""
        number, text = id_of(element.content, "tweetId"), html.unescape(text_of(element.content, "fullText"))
        if not text or not number:
            raise CannotReadError("missing_text", "a like of a post without words")
        yield said(element, self.me, "like", text, f"like:{number}", source_url=f"{ADDRESS}i/status/{number}")

    # -- whom they write to ---------------------------------------------------------------------------------------------

    def _thread(self, element: Element) -> Iterator[Item]:
        key = id_of(element.content, "conversationId")
        events = dicts(element.content.get("messages"))
        people = _participants(key, events)
        title = next((text for event in events if (text := text_of(event.get("conversationNameUpdate") or {}, "name"))), "")
        if not events or not key:
            raise CannotReadError("missing_text", "a conversation without messages")
        for number in people:
            yield from self._met(number, "", "", element.place)
        for event in events:
            part = Element("message", event, element.file, element.position)
            try:
                yield from self._message(part, key, title, people)
            except CannotReadError as error:
                yield part.refused(error.rule, error.reason, "interaction")

    def _message(self, element: Element, key: str, title: str, people: list[str]) -> Iterator[Item]:
        message = element.content.get("messageCreate")
        if not isinstance(message, dict):
            raise CannotReadError("missing_text", "an event of the conversation that is no message")
        sender = id_of(message, "senderId")
        if not sender.isdecimal():
            raise CannotReadError("missing_name", "a message without senderId")
        sent_at = moment_of(message, "createdAt", reader=iso_moment)
        if sent_at is None:
            raise CannotReadError("bad_date", "no createdAt; expected an ISO 8601 time")
        others = [] if len(people) > LARGEST_GROUP and sender == self.me else [one for one in people if one != sender]
        everybody = [Participant(number, "") for number in (sender, *others)]
        text, is_silent = html.unescape(text_of(message, "text")), True
        for record in self.talks.message(self.accounts.owner, key, title, everybody, sent_at, text, element.place):
            is_silent = False
            yield record
        if is_silent:
            raise CannotReadError("missing_text", "a picture of the conversation without words")


def _participants(key: str, events: list[dict[str, Any]]) -> list[str]:
    """Everybody in a conversation: whoever wrote, received, joined or was there; of two people the key names both."""
    found: dict[str, None] = dict.fromkeys(number for number in key.split("-") if number.isdecimal()) if "-" in key else {}
    for event in events:
        for body in event.values():
            if isinstance(body, dict):
                listed = [body.get("senderId"), body.get("recipientId"), body.get("initiatingUserId")]
                for name in ("userIds", "participantsSnapshot"):
                    listed += body[name] if isinstance(body.get(name), list) else []
                found |= dict.fromkeys(str(number) for number in listed if isinstance(number, (str, int)) and str(number).isdecimal())
    found.pop("0", None)
    return list(found)


def _posted(value: str) -> dt.datetime | None:
    """A post's time; archives of before 2019 wrote `2013-01-02 03:04:05 +0000`."""
    return iso_moment(value) if str(value)[:4].isdigit() and str(value)[10:11] == " " else tweet_moment(value)


def _urls(number: str, username: str) -> list[str]:
    return [f"{ADDRESS}i/user/{number}"] * bool(number) + [f"{ADDRESS}{username}"] * bool(username)


_READERS: dict[str, Callable[[_Archive, Element], Iterator[Item]]] = {
    "profile": _Archive._profile,
    "follower": _Archive._follow,
    "following": _Archive._follow,
    "tweet": _Archive._tweet,
    "details": _Archive._details,
    "note": _Archive._note,
    "like": _Archive._like,
    "thread": _Archive._thread,
}
