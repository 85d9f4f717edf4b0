"""Names in a Facebook export → person records: Facebook gives no ids, so a name is all there is, and two may share it."""

import re
from functools import lru_cache
from typing import Any

from commonground.sources.base import Record
from commonground.sources.social.owners import Owner, named
from commonground.sources.text import clean_name, is_placeholder_name, stable_id

_THINGS = "post photo video comment link status album timeline reel story memory event profile reply note gif live life"
_ON_THEIRS = re.compile(
    r"\b(?:on|to|likes|liked|loves|with) (?P<name>\S.{0,80}?)['’]s? (?:own )?(?:" + "|".join(_THINGS.split()) + r")\b",
)
_BY_THEM = re.compile(r"(?P<name>\S.{0,80}?) (?:wrote|posted|shared|added|recommended|checked in|published|tagged|was)\b")
_OWN = {"his", "her", "their", "his own", "her own", "their own", "your", "your own", "a", "the", "someone"}
_ref = lru_cache(maxsize=32768)(stable_id)  # of names, which an export says again and again


class People:
    """Everybody met so far. Every method that meets a new name gives the record to yield for it."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.pages: set[str] = set()
        # by hash: the names themselves would take several times the memory
        self._known: set[int] = set()
        self._friends: set[int] = set()
        self._namesakes: set[int] = set()
        self._first_words: set[str] = set()

    def owner_record(self, name: str | None, extra: dict[str, Any]) -> Record | None:
        """The owner's own record; the name is the export's, else the settings'."""
        agent_name = next((agent.name for agent in self.owner.agents), None)
        self.owner.record_id = stable_id(name) if name else "owner"
        self._known.add(_short(self.owner.record_id))
        shown = name or agent_name
        if shown is None:
            return None
        return Record("person", {**named(self.owner.record_id, shown), **self.owner.stamp(), **extra})

    def friend(self, name: str, timestamp: Any, place: dict[str, Any]) -> tuple[str, Record]:
        """A friend: their own record even if somebody of that name is known already."""
        ref = stable_id(name)
        if _short(ref) in self._known:
            ref = stable_id(name, timestamp)
        self._known.add(_short(ref))
        plain = name.casefold()
        key = hash(plain)
        (self._namesakes if key in self._friends else self._friends).add(key)
        self._first_words.add(plain.partition(" ")[0])
        return ref, self._record(ref, name, place)

    def is_friend(self, name: str) -> bool:
        """Whether a name is a friend's."""
        return hash(name.casefold()) in self._friends

    def is_known(self, name: str) -> bool:
        """Whether a name is a friend's or was met before."""
        return self.is_friend(name) or _short(_ref(name)) in self._known

    def meet(self, name: str, place: dict[str, Any], thread: str = "") -> tuple[str, Record | None]:
        """The record_id behind a name, and the record when it is new.

        A nameless account is a placeholder of its thread; a name that two friends share stays unresolved, a placeholder too.
        """
        if self.owner.is_called(name) and self.owner.record_id:
            return self.owner.record_id, None
        if is_placeholder_name(name):
            ref, kind = stable_id("placeholder", thread), "placeholder"
        elif hash(name.casefold()) in self._namesakes:
            ref, kind = stable_id(name, "same name"), "placeholder"
        else:
            ref, kind = _ref(name), "person"
        if _short(ref) in self._known:
            return ref, None
        self._known.add(_short(ref))
        return ref, self._record(ref, name, place, kind)

    def in_title(self, title: str) -> str | None:
        """Whose post or photo a title speaks of ("X commented on Y's post."), if it is somebody else's.

        English titles are read; in other languages the name of somebody known is looked for.
        """
        match = _ON_THEIRS.search(title)
        if match:
            name = clean_name(match["name"])
            is_person = " " in name and name.casefold() not in _OWN and name.casefold() not in self.pages
            return name if is_person and not self.owner.is_called(name) else None
        words = [word.strip('.,;:!?"“”()') for word in title.split()]
        starts = [start for start, word in enumerate(words) if word.casefold() in self._first_words]
        for length in (4, 3, 2):
            for start in starts:
                name = " ".join(words[start : start + length])
                for candidate in (name, name.removesuffix("'s").removesuffix("’s")):
                    if self.is_friend(candidate) and not self.owner.is_called(candidate):
                        return candidate
        return None

    def author_in_title(self, title: str) -> str | None:
        """Who wrote what a title speaks of ("Y wrote on X's timeline."), read as `in_title` reads."""
        match = _BY_THEM.match(title)
        if match and " " in match["name"] and not self.owner.is_called(match["name"]):
            return clean_name(match["name"])
        return self.in_title(title) if not match else None

    def _record(self, ref: str, name: str, place: dict[str, Any], kind: str = "person") -> Record:
        if is_placeholder_name(name):
            kind = "placeholder"
        return Record("person", {**named(ref, name), "person_type": kind, "owner_agent_id": self.owner.agent_id, **place})


def _short(ref: str) -> int:
    """A record_id as a number."""
    return int(ref, 16) if ref != "owner" else -1
