"""Facebook's "download your information" in JSON → the owner, their friends, and what the owner and their friends said.

The export is the owner's: comments, posts, likes, groups and events in it are theirs. Other people stand in it as friends, as
senders and participants of messages, as names in titles, and as authors of a comment that the owner did not write.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from commonground.sources.base import Item, Record, Refusal, Source, Visit
from commonground.sources.drops import Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.social import facebook_profile, facebook_rows
from commonground.sources.social.conversations import Conversations
from commonground.sources.social.elements import Element
from commonground.sources.social.facebook_files import EXPECTED, elements, files
from commonground.sources.social.facebook_people import People
from commonground.sources.social.meta_threads import messages, thread
from commonground.sources.social.owners import Owner


class Facebook(Source):
    """The export of one team member; only their own ties are in it."""

    name = "facebook"
    family = "social"

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of an export folder, zip, folder of zips or single JSON file."""
        with Drop(path) as drop:
            found = files(drop)
            items = chain(drop.refusals, _Export(found, visit).items())
            yield from refuse_foreign(items, path, EXPECTED)


class _Export:
    """One reading of one export."""

    def __init__(self, found: dict[str, list[Member]], visit: Visit) -> None:
        self.found = found
        self.people = People(Owner.of(visit))
        self.talks = Conversations()

    def items(self) -> Iterator[Item]:
        """Everything in the export: the owner, whom they know, who wrote to whom, what was said."""
        profiles = [item for member in self.found["profile"] for item in elements(member)]
        profile = next((item for item in profiles if isinstance(item, Element)), None)
        name = facebook_profile.name_of(profile.content) if profile else None
        name = name or self._owner_in_threads() or self._owner_in_activity()
        self.people.owner.learn_name(name)
        extra = {**facebook_profile.contact_of(profile.content), **profile.place} if profile else {}
        owner = self.people.owner_record(name, extra)
        if owner:
            yield owner
        for item in profiles:
            yield from facebook_profile.read(item, self.people) if isinstance(item, Element) else [item]
        for group, members in self.found.items():
            for member in members:
                if group == "messages":
                    yield from self._thread(member)
                elif group == "albums":
                    yield from facebook_rows.album(member, self.people)
                elif group != "profile":
                    yield from self._file(member)
        yield from self.talks.ties()

    def _file(self, member: Member) -> Iterator[Item]:
        for item in elements(member):
            if isinstance(item, Element):
                yield from facebook_rows.read(item, self.people)
            else:
                yield item

    def _owner_in_threads(self) -> str | None:
        """The team member, if they are in a thread; else the one who is in every thread and is nobody's thread's title."""
        everybody: set[str] | None = None
        others: set[str] = set()
        for member in self.found["messages"]:
            found = thread(member)
            if isinstance(found, Refusal) or not found.people:
                continue
            named = [name for name in found.people if self.people.owner.is_called(name)]
            if named:
                return named[0]
            if len(found.people) == 2 and found.title in found.people:
                others.add(found.title)
            everybody = set(found.people) if everybody is None else everybody & set(found.people)
        left = (everybody or set()) - others
        return left.pop() if len(left) == 1 else None

    def _owner_in_activity(self) -> str | None:
        """Whoever wrote most of the comments or gave most of the reactions."""
        authors = Counter[str]()
        for member in (*self.found["comments"], *self.found["reactions"]):
            for item in elements(member):
                if isinstance(item, Element):
                    authors.update(name for name in facebook_rows.authors(item) if name)
        ranked = sorted(authors.items(), key=lambda pair: (-pair[1], pair[0]))
        return ranked[0][0] if ranked else None

    # -- messages -------------------------------------------------------------------------------------------------------

    def _thread(self, member: Member) -> Iterator[Item]:
        found = thread(member)
        if isinstance(found, Refusal):
            yield found
        else:
            yield from messages(found, self.people.owner, self.talks, self._meet, member.source_file)

    def _meet(self, name: str, place: dict[str, Any], key: str) -> tuple[str, list[Record]]:
        ref, record = self.people.meet(name, place, key)
        return ref, [record] if record else []
