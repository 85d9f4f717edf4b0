"""LinkedIn's "copy of your data" (CSV files) → the owner, their connections, and who wrote to whom.

Per row of `Connections.csv`: a person, their tie to the owner, and where they work. Per row of `messages.csv`: an
interaction with each person it reached, and the words as an utterance of the sender; people of one group thread are tied
to each other. `Profile`, `Positions` and `Education` speak of the owner alone; the other files are read by `linkedin_more`.
Drafts and spam are refused as such.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal, Source, Visit
from commonground.sources.drop_json import payload_of
from commonground.sources.drops import Drop
from commonground.sources.social.conversations import Conversations, Participant
from commonground.sources.social.linkedin_dates import Dates
from commonground.sources.social.linkedin_more import KINDS, More
from commonground.sources.social.linkedin_tables import Line, Table, tables
from commonground.sources.social.owners import Owner, name_key
from commonground.sources.text import (
    clean_name,
    html_to_text,
    is_placeholder_name,
    month_moment,
    split_credentials,
    split_given,
    split_name,
    stable_id,
)

_PROFILE_URL = re.compile(r"(?:https?://)?(?:[\w-]+\.)?linkedin\.com/[^\s,;\"'<>\[\]]+", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://[^\s,;\"'<>\[\]]+", re.IGNORECASE)
_YES = ("yes", "true", "1", "ja")


class LinkedIn(Source):
    """The export of one team member; only their own ties are in it."""

    name = "linkedin"
    family = "social"

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of an export folder, zip or single CSV file."""
        with Drop(path) as drop:
            found, refusals = tables(drop)
            yield from drop.refusals
            yield from refusals
            yield from _Export(found, visit).items()


@lru_cache(maxsize=65536)
def slug(url: str) -> str | None:
    """The name a profile address ends in, lower-cased and decoded: the key of a person on LinkedIn."""
    with suppress(ValueError):
        parts = [part for part in urlsplit(url if "//" in url else f"https://{url}").path.split("/") if part]
        return unquote(parts[-1]).strip().casefold() or None if parts else None
    return None


def _urls(cell: str) -> list[str]:
    return list(dict.fromkeys(url.rstrip("/)") for url in _PROFILE_URL.findall(cell)))


@lru_cache(maxsize=16384)
def _sender(name_cell: str, url_cell: str) -> tuple[tuple[str, str], ...]:
    """The sender's name and profile address; nothing if neither is there."""
    name, url = clean_name(name_cell), next(iter(_urls(url_cell)), "")
    return ((name, url),) if name or url else ()


@lru_cache(maxsize=16384)
def _recipients(names_cell: str, urls_cell: str) -> tuple[tuple[str, str], ...]:
    """Names with their profile addresses; several stand in one cell, and a name may hold a comma itself."""
    cell, urls = clean_name(names_cell), _urls(urls_cell)
    names = [part for part in (clean_name(part) for part in re.split(r"[,;]", cell)) if part]
    if not urls:
        return tuple((name, "") for name in names)
    if len(urls) == 1:
        return ((cell, urls[0]),)
    # which name is whose cannot be told if their numbers differ; the addresses are the people
    return tuple(zip(names if len(names) == len(urls) else [""] * len(urls), urls, strict=True))


class _Export:
    """One reading of one export: what is known of the people so far, and the records in order."""

    def __init__(self, found: dict[str, list[Table]], visit: Visit) -> None:
        self.found, self.visit = found, visit
        self.known: set[str] = set()
        self.by_name: dict[str, set[str]] = {}
        self.owner = Owner.of(visit)
        self.talks = Conversations()
        self.dates = Dates(found, ZoneInfo(visit.market.time_zone))
        self.more = More(self.owner, self.talks, self._somebody, self._said, self._refused, self.dates)

    def items(self) -> Iterator[Item]:
        """Everything in the export, the owner first."""
        profile = list(self._lines("profile"))
        self.connections = list(self._lines("connections"))  # LinkedIn allows 30,000 of them
        lines = [line for line in profile if isinstance(line, Line)]
        self.owner.learn_name(clean_name(f"{lines[0]['given']} {lines[0]['family']}") if lines else None)
        self._find_owner()
        yield from (line for line in profile if isinstance(line, Refusal))
        yield from self._owner(lines[0] if lines else None)
        for line in lines[1:]:
            yield self._refused(line, "second_profile", "a second profile; an export has one owner", "profile")
        readings: tuple[tuple[Iterable[Line | Refusal], Callable[[Line], Iterator[Item]]], ...] = (
            (self._lines("positions"), self._position),
            (self._lines("education"), self._school),
            (self.connections, self._connection),
            *((self._lines(kind), partial(self.more.read, kind)) for kind in KINDS),
            (self._lines("messages"), self._message),
        )
        for lines_found, reader in readings:
            for found in lines_found:
                if isinstance(found, Refusal):
                    yield found
                else:
                    yield from reader(found)
        yield from self.more.ties()
        yield from self.talks.ties()

    def _lines(self, kind: str) -> Iterator[Line | Refusal]:
        for table in self.found.get(kind, []):
            try:
                yield from table.lines()
            except UnreadableError as error:
                yield table.member.unreadable(error)

    # -- the owner ------------------------------------------------------------------------------------------------------

    def _find_owner(self) -> None:
        """The owner's slug: the settings' own, else the profile of their name in a message, else whoever is in every thread."""
        urls = [slug(url) for agent in self.owner.agents for url in agent.urls if _PROFILE_URL.match(url)]
        self.owner.record_id = next((found for found in urls if found), None)
        if self.owner.record_id:
            return
        friends = {slug(line["url"]) for line in self.connections if isinstance(line, Line) and line["url"]}
        names: dict[str, str] = {}
        threads: dict[str, set[str]] = {}
        for line in self._lines("messages"):
            if not isinstance(line, Line):
                continue
            people = (*_sender(line["sender"], line["sender_url"]), *_recipients(line["recipients"], line["recipient_urls"]))
            for name, url in people:
                key = slug(url) if url else None
                if key and key not in friends:
                    names.setdefault(key, name)
                    if self.owner.is_called(name):
                        self.owner.record_id, self.owner.url = key, url
                        self.owner.learn_name(self.owner.name or name)
                        return
                    threads.setdefault(line["conversation"] or str(line.number), set()).add(key)
        common = set.intersection(*threads.values()) if threads else set()
        if len(common) == 1:
            self.owner.record_id = common.pop()
            self.owner.learn_name(names[self.owner.record_id])

    def _owner(self, line: Line | None) -> Iterator[Item]:
        self.owner.record_id = ref = self.owner.record_id or "owner"
        self.known.add(ref)
        name = self.owner.name or next((agent.name for agent in self.owner.agents), "")
        if not name and not self.owner.url:
            return  # nobody told us whose export it is; their ties still lead to the record "owner"
        given, middle, family, suffix = split_name(name)
        place = line.place if line else {}
        values = {"full_name": name, "given_name": given, "middle_name": middle, "family_name": family, "name_suffix": suffix}
        if line:
            values |= {
                "former_family_name": line["maiden"],
                "location_text": line["location"],
                "postal_code": line["zip"],
            }
        urls = [self.owner.url] if self.owner.url else []
        urls += _WEB_ADDRESS.findall(line["websites"]) if line else []
        yield Record("person", {"record_id": ref, "person_type": "person", "urls": urls, **self.owner.stamp(), **values, **place})
        if line:
            for kind, column in (("headline", "headline"), ("bio", "summary"), ("current_city", "location")):
                if line[column]:
                    yield self._said(f"owner:{kind}", ref, kind, line[column], line)

    def _position(self, line: Line) -> Iterator[Item]:
        text = _job(line["title"], line["company"])
        if not text:
            yield self._refused(line, "missing_text", "a position without title and company", "utterance")
            return
        yield from self._of_owner("position", line, "\n".join(part for part in (text, html_to_text(line["notes"])) if part))

    def _school(self, line: Line) -> Iterator[Item]:
        if not line["school"]:
            yield self._refused(line, "missing_text", "an education without a school", "utterance")
            return
        text = f"{line['degree']}, {line['school']}" if line["degree"] else f"Studied at {line['school']}"
        yield from self._of_owner(
            "education", line, "\n".join(part for part in (text, line["activities"], html_to_text(line["notes"])) if part)
        )

    def _of_owner(self, kind: str, line: Line, text: str) -> Iterator[Item]:
        since = None
        try:
            since = month_moment(line["since"])
        except ValueError as error:
            yield self._refused(line, "bad_date", str(error), "utterance")
        ref = self.owner.record_id or "owner"
        yield self._said(f"owner:{kind}:{stable_id(text, line['since'])}", ref, kind, text, line, since)

    # -- their connections ----------------------------------------------------------------------------------------------

    def _connection(self, line: Line) -> Iterator[Item]:
        first, last = clean_name(line["given"]), clean_name(line["family"])
        full_name = f"{first} {last}".strip()
        if not full_name:
            yield self._refused(line, "closed_account", "neither first nor last name; LinkedIn empties closed accounts", "person")
            return
        key = (slug(line["url"]) if line["url"] else None) or stable_id(full_name, line["company"])
        if key == self.owner.record_id:
            yield self._refused(line, "tie_to_self", f"{full_name!r} is the owner of the export; expected somebody else", "tie")
            return
        given, middle = split_given(first)
        family, suffix = split_credentials(last)
        if not family:
            given, middle, family, suffix = split_name(first)
        is_person = not is_placeholder_name(full_name)
        self.known.add(key)
        if is_person:
            self.by_name.setdefault(name_key(full_name), set()).add(key)
        place = line.place
        yield Record(
            "person",
            {
                "record_id": key,
                "owner_agent_id": self.owner.agent_id,
                "person_type": "person" if is_person else "placeholder",
                "full_name": full_name,
                "given_name": given,
                "middle_name": middle,
                "family_name": family,
                "name_suffix": suffix,
                "emails": line["email"].split(),
                "urls": [line["url"]] if line["url"] else [],
                "employer": line["company"],
                "job_title": line["position"],
                "source_url": line["url"] if line["url"].startswith("http") else None,
                **place,
            },
        )
        since = None
        try:
            since = self.dates.read(line, "since")
        except ValueError as error:
            yield self._refused(line, "bad_date", str(error), "tie", f"connection:{key}")
        yield Record(
            "tie",
            {
                "record_id": f"connection:{key}",
                "src_ref": self.owner.record_id,
                "dst_ref": key,
                "tie_type": "connection",
                "is_directed": False,
                "since_at": since,
                "evidence_text": f"Connected on LinkedIn on {line['since']}" if since else "Connected on LinkedIn",
                **place,
            },
        )
        job = _job(line["position"], line["company"])
        if job:
            yield self._said(f"{key}:job", key, "position" if line["position"] else "employer", job, line)

    # -- their messages -------------------------------------------------------------------------------------------------

    def _message(self, line: Line) -> Iterator[Item]:
        if line["is_draft"].casefold() in _YES or line["is_conversation_draft"].casefold() in _YES:
            yield self._refused(line, "draft", "a draft, never sent", "interaction")
            return
        if line["folder"].casefold() == "spam":
            yield self._refused(line, "spam", "filed under spam", "interaction")
            return
        try:
            sent_at = self.dates.read(line, "date")
            if sent_at is None:
                raise ValueError("no date; expected a time such as `2025-06-01 14:03:22 UTC`")
        except ValueError as error:
            yield self._refused(line, "bad_date", str(error), "interaction")
            return
        thread = line["conversation"] or stable_id(line["sender"], line["recipients"])
        senders = _sender(line["sender"], line["sender_url"])
        recipients = _recipients(line["recipients"], line["recipient_urls"])
        if not senders:
            yield self._refused(line, "missing_name", "neither name nor profile of the sender", "interaction")
            return
        refs: list[str] = []
        for name, url in [senders[0], *recipients]:
            ref, record = self._person(name, url, thread, line)
            refs.append(ref)
            if record:
                yield record
        place = line.place
        text = html_to_text(line["content"]) or line["subject"]
        everybody = [Participant(ref, name) for ref, (name, _) in zip(refs, [senders[0], *recipients], strict=True)]
        is_silent = True
        for said in self.talks.message(self.owner, thread, line["title"], everybody, sent_at, text, place):
            is_silent = False
            yield said
        if is_silent:
            yield self._refused(
                line, "missing_text", "a message without words, of which nobody can say which side is the owner", "utterance"
            )

    def _somebody(self, name: str, url: str, line: Line, **more: object) -> tuple[str, list[Record]]:
        ref, record = self._person(clean_name(name), url, str(line.number), line)
        return ref, [Record("person", {**record.values, **more})] if record else []

    def _person(self, name: str, url: str, thread: str, line: Line) -> tuple[str, Record | None]:
        """The record_id of someone in a message, and their record when nobody knows them yet."""
        key = slug(url) if url else None
        if key is None and self.owner.is_called(name):
            key = self.owner.record_id
        if key is None and is_placeholder_name(name):
            key = stable_id("placeholder", thread)
        if key is None:
            same_name = self.by_name.get(name_key(name), set())
            key = next(iter(same_name)) if len(same_name) == 1 else stable_id(name, "")
        if key in self.known:
            return key, None
        self.known.add(key)
        given, middle, family, suffix = split_name(name)
        return key, Record(
            "person",
            {
                "record_id": key,
                "owner_agent_id": self.owner.agent_id,
                "person_type": "placeholder" if is_placeholder_name(name) and (name or not url) else "person",
                "full_name": name,
                "given_name": given,
                "middle_name": middle,
                "family_name": family,
                "name_suffix": suffix,
                "urls": [url] if url else [],
                **line.place,
            },
        )

    # -- small parts ----------------------------------------------------------------------------------------------------

    def _said(self, record_id: str, author: str, kind: str, text: str, line: Line, at: object = None) -> Record:
        values = {"record_id": record_id, "author_ref": author, "utterance_type": kind, "text": text, "occurred_at": at}
        return Record("utterance", {**values, "is_self_stated": True, **line.place})

    def _refused(self, line: Line, rule: str, reason: str, kind: str, record_id: str | None = None) -> Refusal:
        where = f"{line.file} line {line.number}: {reason}"
        return Refusal(rule, where, payload_of(line.raw), kind, record_id, line.file, line.number)


def _job(position: str, company: str) -> str:
    return f"{position} at {company}" if position and company else position or company
