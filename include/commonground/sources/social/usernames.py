"""People known by an id of their network (a username, a number, a DID) → each one's person record, yielded once.

The record's address is the network's own for that id, so that two exports that name one person give one contact.
"""

from collections.abc import Iterator
from typing import Any

from commonground.sources.base import Record
from commonground.sources.social.owners import Owner, named
from commonground.sources.text import clean_name, is_placeholder_name, stable_id


class Accounts:
    """Everybody met so far in one export or answer."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self._known: set[str] = set()

    def is_known(self, ref: str) -> bool:
        """Whether a record of that id was given already."""
        return ref in self._known

    def meet(self, ref: str, name: str, urls: list[str], place: dict[str, Any], **more: Any) -> Iterator[Record]:
        """The record of an account, if it is the first time it is met; the owner's own is given by `owner_record` only."""
        if ref == self.owner.record_id or ref in self._known:
            return
        self._known.add(ref)
        yield Record("person", {**self._columns(ref, name, urls), "owner_agent_id": self.owner.agent_id, **place, **more})

    def meet_name(self, name: str, place: dict[str, Any], thread: str) -> tuple[str, list[Record]]:
        """Somebody of whom only a display name is given: the record_id, and the record if it is new."""
        if self.owner.record_id and self.owner.is_called(name):
            return self.owner.record_id, []
        ref = stable_id("placeholder", thread) if is_placeholder_name(name) else stable_id(name)
        return ref, list(self.meet(ref, name, [], place))

    def owner_record(self, ref: str | None, name: str, urls: list[str], place: dict[str, Any], **more: Any) -> Iterator[Record]:
        """The owner's own record; without an id it is `owner`, without a name the settings' name is shown."""
        self.owner.record_id = ref or self.owner.record_id or "owner"
        self.owner.learn_name(name)
        shown = name or next((agent.name for agent in self.owner.agents), "")
        if self.owner.record_id in self._known or not (shown or urls):
            return
        self._known.add(self.owner.record_id)
        yield Record("person", {**self._columns(self.owner.record_id, shown, urls), **place, **more, **self.owner.stamp()})

    def tie(self, src: str | None, dst: str, kind: str, place: dict[str, Any], evidence: str, since: Any = None) -> Iterator[Record]:
        """A tie, nothing if it is one to oneself; `follows` is the only kind with a direction."""
        is_directed = kind == "follows"
        ends = (str(src), dst) if is_directed else sorted((str(src), dst))
        if src is None or src == dst:
            return
        values = {
            "record_id": f"{kind}:{ends[0]}:{ends[1]}",
            "src_ref": ends[0],
            "dst_ref": ends[1],
            "tie_type": kind,
            "is_directed": is_directed,
        }
        yield Record("tie", {**values, "since_at": since, "evidence_text": evidence, **place})

    def _columns(self, ref: str, name: str, urls: list[str]) -> dict[str, Any]:
        name = clean_name(name)
        is_person = not is_placeholder_name(name) or (bool(urls) and not name)
        return {**named(ref, name, "person" if is_person else "placeholder"), "urls": [url for url in urls if url]}
