"""LinkedIn's smaller files → invitations, endorsements, recommendations, imported contacts, follows, shares, reactions, events.

A recommendation that the owner received is a review of the team member in the words of somebody who knows them. A time without
a zone is the owner's (invitations, recommendations: US notation) or UTC (ISO notation), as the other files write it.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

from commonground.sources.base import Item, Record, Refusal
from commonground.sources.contacts.people import birth_date
from commonground.sources.social.conversations import Conversations, Participant
from commonground.sources.social.linkedin_dates import Dates
from commonground.sources.social.linkedin_tables import Line
from commonground.sources.social.owners import Owner, named
from commonground.sources.text import clean_name, html_to_text, stable_id

KINDS = (
    "contacts",
    "invitations",
    "endorsed_by",
    "endorsed",
    "recommended_by",
    "recommended",
    "followed",
    "shares",
    "comments",
    "reactions",
    "events",
)
_NOT_MEANT = re.compile(r"declin|reject|remov|withdraw|delet|pending|draft|ignor|not[ _]|cancel|invited", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s,;\"'<>\[\]]+")
_PROFILE = re.compile(r"https?://(?:[\w-]+\.)?linkedin\.com/in/[^\s,;\"'<>\[\]]+", re.IGNORECASE)

# name, profile address, line, more columns → record_id and the records to yield for them
Somebody = Callable[..., tuple[str, list[Record]]]


class _UnusableError(Exception):
    def __init__(self, rule: str, reason: str, kind: str = "utterance") -> None:
        super().__init__(reason)
        self.rule, self.kind = rule, kind


class More:
    """The smaller files of one export. `somebody`, `said` and `refused` are the export's own ways to name people and make records."""

    def __init__(
        self,
        owner: Owner,
        talks: Conversations,
        somebody: Somebody,
        said: Callable[..., Record],
        refused: Callable[..., Refusal],
        dates: Dates,
    ) -> None:
        self.dates, self.owner, self.talks = dates, owner, talks
        self.somebody, self.said, self.refused = somebody, said, refused
        self._skills: dict[tuple[str, str], tuple[dt.datetime | None, dict[str, None]]] = {}

    def read(self, kind: str, line: Line) -> Iterator[Item]:
        """The records of a row of one of the `KINDS`, or its refusal."""
        try:
            yield from _READERS[kind](self, line)
        except _UnusableError as error:
            yield self.refused(line, error.rule, str(error), error.kind)

    @property
    def me(self) -> str:
        """The owner's record_id."""
        return self.owner.record_id or "owner"

    def _when(self, line: Line) -> tuple[dt.datetime | None, list[Refusal]]:
        """The time of a row; one that cannot be read is refused, and the row kept without it."""
        try:
            return self.dates.read(line, "date"), []
        except ValueError as error:
            return None, [self.refused(line, "bad_date", str(error), "tie")]

    def _other(self, line: Line, name: str, url: str, **more: object) -> tuple[str, list[Record]]:
        name = clean_name(name)
        if not name and not url:
            raise _UnusableError("missing_name", "neither a name nor a profile", "tie")
        ref, records = self.somebody(name, url, line, **more)
        if ref == self.me:
            raise _UnusableError("tie_to_self", f"{name!r} is the owner of the export; expected somebody else", "tie")
        return ref, records

    def _tie(self, kind: str, src: str, dst: str, since: dt.datetime | None, evidence: str, place: dict[str, Any]) -> Record:
        values = {"record_id": f"{kind}:{src}:{dst}", "src_ref": src, "dst_ref": dst, "tie_type": kind, "is_directed": True}
        return Record("tie", {**values, "since_at": since, "evidence_text": evidence, **place})

    # -- whom they know -------------------------------------------------------------------------------------------------

    def _invitation(self, line: Line) -> Iterator[Item]:
        """Somebody who asked to be connected, and what they wrote with it."""
        is_in = line["direction"].casefold().startswith("in")
        if not is_in and not line["direction"].casefold().startswith("out"):
            raise _UnusableError("unknown_direction", f"{line['direction'][:40]!r} is neither INCOMING nor OUTGOING", "tie")
        side = "sender" if is_in else "recipient"
        ref, records = self._other(line, line[side], line[f"{side}_url"])
        yield from records
        at, complaints = self._when(line)
        yield from complaints
        ends = (ref, self.me) if is_in else (self.me, ref)
        words = "Asked the owner to connect on LinkedIn" if is_in else "Was asked to connect on LinkedIn"
        yield self._tie("follows", *ends, at, words, line.place)
        text = html_to_text(line["message"])
        if text and at:
            people = [Participant(end, "") for end in ends]
            yield from self.talks.message(self.owner, f"invitation:{ref}", "", people, at, text, line.place)

    def _endorsement(self, line: Line, *, is_received: bool) -> Iterator[Item]:
        """A skill that one of two says the other has; a person's skill is kept once, the tie counts them all."""
        skill = line["skill"]
        if not skill:
            raise _UnusableError("missing_text", "an endorsement of no skill")
        if _NOT_MEANT.search(line["status"]):
            raise _UnusableError("declined", f"an endorsement that is {line['status'].casefold()}")
        ref, records = self._other(line, f"{line['given']} {line['family']}", _web(line["url"]))
        yield from records
        at, complaints = self._when(line)
        yield from complaints
        about = self.me if is_received else ref
        skilled = self.said(f"skill:{about}:{stable_id(skill)}", about, "interest", skill, line, None)
        yield Record("utterance", {**skilled.values, "is_self_stated": False})
        ends = (ref, self.me) if is_received else (self.me, ref)
        first, skills = self._skills.get(ends, (at, {}))
        self._skills[ends] = (min(filter(None, (first, at)), default=None), {**skills, skill: None})

    def ties(self) -> Iterator[Record]:
        """One tie for everybody who endorsed or was endorsed, once all rows are in."""
        for (src, dst), (first, skills) in sorted(self._skills.items()):
            named = ", ".join(list(skills)[:5])
            yield self._tie("endorsed", src, dst, first, f"Endorsed on LinkedIn for {named}", {})

    def _recommendation(self, line: Line, *, is_received: bool) -> Iterator[Item]:
        """A written recommendation: of the owner a review, of somebody else the owner's words to them."""
        text = html_to_text(line["text"])
        if not text:
            raise _UnusableError("missing_text", "a recommendation without words", "review")
        if _NOT_MEANT.search(line["status"]):
            raise _UnusableError("declined", f"a recommendation that is {line['status'].casefold()}", "review")
        job = {"employer": line["company"] or None, "job_title": line["position"] or None}
        name = clean_name(f"{line['given']} {line['family']}")
        ref, records = self._other(line, name, "", **job)
        yield from records
        at, complaints = self._when(line)
        yield from complaints
        ends = (ref, self.me) if is_received else (self.me, ref)
        yield self._tie("recommended", *ends, at, f"Wrote a recommendation on LinkedIn: {text[:200]}", line.place)
        key = f"recommendation:{ends[0]}:{ends[1]}:{stable_id(text[:500])}"
        if is_received and self.owner.agent_id:
            values = {"record_id": key, "subject_type": "agent", "subject_agent_id": self.owner.agent_id, "reviewer_name": name}
            yield Record("review", {**values, "is_anonymous": False, "text": text, "occurred_at": at, **line.place})
        else:
            words = self.said(key, ends[0], "comment", text, line, at)
            yield Record("utterance", {**words.values, "target_ref": ends[1]})

    def _contact(self, line: Line) -> Iterator[Item]:
        """Somebody from the owner's address book, which LinkedIn was once given."""
        name = clean_name(line["name"]) or clean_name(f"{line['given']} {line['family']}")
        emails = [mail for mail in re.split(r"[\s,;]+", line["emails"]) if "@" in mail]
        phones = [phone.strip() for phone in re.split(r"[,;\n]+", line["phones"]) if phone.strip()]
        profile = next(iter(_PROFILE.findall(line["profiles"])), "")
        if not name and not emails and not phones and not profile:
            raise _UnusableError("missing_name", "neither a name nor a way to reach them", "person")
        born = None
        try:
            born = birth_date(line["birthday"])
        except ValueError as error:
            yield self.refused(line, "bad_date", f"birthday: {error}", "person")
        details = {
            "emails": emails,
            "phones": phones,
            "birth_date": born,
            "employer": line["company"] or None,
            "job_title": line["position"] or None,
            "location_text": line["location"] or None,
            "urls": [*([profile] if profile else []), *_ADDRESS.findall(line["sites"])],
        }
        if profile:
            _, records = self.somebody(name, profile, line, **details)
            if records:
                yield from records
                return
        key = stable_id("contact", name, *(emails[:1] or phones[:1] or [profile]))
        yield Record("person", {**named(key, name), "owner_agent_id": self.owner.agent_id, **details, **line.place})

    # -- what they did --------------------------------------------------------------------------------------------------

    def _followed(self, line: Line) -> Iterator[Item]:
        yield from self._did(line, "like", line["name"], f"follows:{stable_id(line['name'])}")

    def _share(self, line: Line) -> Iterator[Item]:
        # every line of a share stands in quotes of its own
        text = line["text"].replace('"\n"', "\n").strip('"')
        yield from self._did(line, "post", text, f"share:{stable_id(line['link'] or text[:500], line['date'])}")

    def _comment(self, line: Line) -> Iterator[Item]:
        yield from self._did(line, "comment", line["text"], f"comment:{stable_id(line['date'], line['link'], line['text'][:500])}")

    def _reaction(self, line: Line) -> Iterator[Item]:
        yield from self._did(line, "reaction", line["type"].capitalize(), f"reaction:{stable_id(line['date'], line['link'])}")

    def _event(self, line: Line) -> Iterator[Item]:
        if _NOT_MEANT.search(line["status"]):
            raise _UnusableError("declined", f"the owner did not go: {line['status'].casefold()}")
        key = f"event:{stable_id(line['name'], line['date'])}"
        for item in self._did(line, "event", line["name"], key):
            yield Record("utterance", {**item.values, "thread_id": key}) if isinstance(item, Record) else item

    def _did(self, line: Line, kind: str, text: str, key: str) -> Iterator[Item]:
        text = html_to_text(text)
        if not text:
            raise _UnusableError("missing_text", f"a {kind} without words")
        at, complaints = self._when(line)
        yield from complaints
        link = _web(line["link"])
        words = self.said(key, self.me, kind, text, line, at)
        yield Record("utterance", {**words.values, **({"source_url": link} if link.startswith("https://") else {})})


def _web(value: str) -> str:
    """An address with its scheme; LinkedIn leaves it out in some files."""
    return value if "://" in value or not value else f"https://{value}"


_READERS: dict[str, Callable[[More, Line], Iterator[Item]]] = {
    "contacts": More._contact,
    "invitations": More._invitation,
    "endorsed_by": lambda more, line: more._endorsement(line, is_received=True),
    "endorsed": lambda more, line: more._endorsement(line, is_received=False),
    "recommended_by": lambda more, line: more._recommendation(line, is_received=True),
    "recommended": lambda more, line: more._recommendation(line, is_received=False),
    "followed": More._followed,
    "shares": More._share,
    "comments": More._comment,
    "reactions": More._reaction,
    "events": More._event,
}
