"""Messages of an export → interactions with the owner, the sender's words, and ties among the people of a group thread."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from commonground.sources.base import Record
from commonground.sources.social.owners import Owner
from commonground.sources.text import stable_id

# In larger groups two people may never have read a word of each other.
LARGEST_GROUP = 25


class Participant(NamedTuple):
    """Someone in a thread: a person record and the name shown."""

    ref: str
    name: str


@dataclass(slots=True)
class Conversations:
    """Everything said in the export's threads; ask for `ties` once all messages are in."""

    _since: dict[tuple[str, str], tuple[dt.datetime, str]] = field(default_factory=dict)
    _groups: dict[str, tuple[set[str], dt.datetime, str]] = field(default_factory=dict)

    def message(
        self,
        owner: Owner,
        thread: str,
        title: str,
        people: list[Participant],
        sent_at: dt.datetime,
        text: str,
        place: dict[str, Any],
        call_seconds: int | None = None,
    ) -> Iterator[Record]:
        """The records of one message.

        Args:
            owner: Whose export it is; without a record_id nobody can say who wrote to the team.
            thread: Key of the conversation.
            title: Its name, if any.
            people: The sender first, then everybody else in it.
            sent_at: When, UTC.
            text: The words; none for a picture.
            place: `source_file` and `source_line`.
            call_seconds: Length, if it was a call.
        """
        sender, *others = dict.fromkeys(person.ref for person in people)
        self.remember(owner, thread, title, [sender, *others], sent_at)
        key = stable_id(thread, sender, sent_at.isoformat(), text[:500])
        common = {"occurred_at": sent_at, "thread_id": thread, "text": text, **place}
        how = {"interaction_type": "message"} if call_seconds is None else {"interaction_type": "call", "duration_seconds": call_seconds}
        is_out = sender == owner.record_id
        # of two people who write to each other we cannot say which is the owner, if neither is known to be
        is_in = not is_out and (not others or owner.record_id in others)
        for alter in others if is_out else [sender] if is_in else []:
            values = {"record_id": f"{key}:{alter}", "person_ref": alter, "agent_id": owner.agent_id, **how}
            yield Record("interaction", {**values, "direction": "out" if is_out else "in", **common})
        if text:
            target = others[0] if len(others) == 1 else None
            values = {"record_id": key, "author_ref": sender, "utterance_type": "message", "is_self_stated": True, "target_ref": target}
            yield Record("utterance", values | common)

    def remember(self, owner: Owner, thread: str, title: str, refs: list[str], sent_at: dt.datetime) -> None:
        """Notes that these people were in a thread together at that time."""
        alters, first, known_title = self._groups.get(thread, (set(), sent_at, title))
        alters.update(ref for ref in refs if ref != owner.record_id)
        self._groups[thread] = (alters, min(first, sent_at), known_title or title)

    def ties(self) -> Iterator[Record]:
        """A tie for every two people, the owner apart, who are in a thread together, since the first such message."""
        for alters, first, title in self._groups.values():
            if 2 <= len(alters) <= LARGEST_GROUP:
                for pair in combinations(sorted(alters), 2):
                    if pair not in self._since or first < self._since[pair][0]:
                        self._since[pair] = (first, title)
        for (one, other), (first, title) in sorted(self._since.items()):
            named = f' "{title}"' if title else ""
            yield Record(
                "tie",
                {
                    "record_id": f"conversation:{one}:{other}",
                    "src_ref": one,
                    "dst_ref": other,
                    "tie_type": "conversation",
                    "is_directed": False,
                    "since_at": first,
                    "evidence_text": f"Both in the conversation{named} of {first:%d %b %Y}",
                },
            )
