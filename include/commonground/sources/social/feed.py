"""Blogs, comments under them, local news: RSS, Atom and JSON feeds → posts and comments with their authors.

Over the network a feed is asked for news only (ETag, Last-Modified). An entry is a comment if it says what it answers, or its
address or title is that of a comment; the rest are posts. Options: `author_is_owner` (every post is the owner's),
`is_team_blog` (authors called like a team member are that member), `is_comments` (every entry is a comment).
"""

import gzip
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit
from commonground.sources.drop_json import payload_of
from commonground.sources.drops import ByteStream, Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.http import AnswerError, HttpClient
from commonground.sources.social.feed_entries import LARGEST_FEED_BYTES, Entry, ParsedFeed, parse_feed
from commonground.sources.social.owners import name_key
from commonground.sources.text import clean_text, is_placeholder_name, split_name, stable_id

# Older pages are followed on the first visit only; afterwards a feed's first page holds what is new.
FIRST_VISIT_PAGES = 20
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_FEED_FILES = (".xml", ".rss", ".atom", ".rdf", ".json", ".txt", ".html", ".htm")
_COMMENT_TITLE = re.compile(r"^(?:By:\s+(?P<alone>.+)|Comment on (?P<post>.+) by (?P<name>.+))$", re.DOTALL)
_COMMENT_ADDRESS = re.compile(r"#(?:comment-?|c)\d+|[?&]showComment=", re.IGNORECASE)


class Feed(Source):
    """One feed, by its address, or as saved files."""

    name = "feed"
    family = "social"
    is_api = True

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """The feed's page, if it changed; on the first visit also the older pages it names."""
        url = _address(visit)
        seen = visit.checkpoint if visit.checkpoint.get("url") == url else {}
        visit.next_checkpoint.update(dict(seen))
        login, password = visit.credentials.login, visit.credentials.password
        auth = (login, password) if login and password else None
        with HttpClient(url, headers={"Accept": _ACCEPT}, auth=auth, per_second=2, largest_answer_bytes=LARGEST_FEED_BYTES) as client:
            answer = client.get(url, as_json=False, etag=seen.get("etag"), last_modified=seen.get("last_modified"))
            if answer.body is None:
                return
            yield Page("feed", answer.url, answer.body)
            state = {"url": url, "etag": answer.etag, "last_modified": answer.last_modified}
            visit.next_checkpoint.clear()
            visit.next_checkpoint.update({name: value for name, value in state.items() if value})
            visit.next_checkpoint["watermark"] = answer.last_modified or visit.now.isoformat(timespec="seconds")
            if not seen:
                yield from _older(client, url, answer.body)

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """Records of one page of a feed; raises `UnreadableError` if it is none."""
        body = page.body if isinstance(page.body, bytes) else json.dumps(page.body).encode()
        yield from _Reading(parse_feed(body, page.url), visit, page.url).items()

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of a saved feed, or of a folder or zip of them; of several, those that are no feed are refused."""
        with Drop(path) as drop:
            members = [member for member in drop.members if member.base.removesuffix(".gz").endswith(_FEED_FILES)] or drop.members
            yield from refuse_foreign(chain(drop.refusals, _saved(members, visit)), path, "saved RSS, Atom or JSON feeds")


def _saved(members: list[Member], visit: Visit) -> Iterator[Item]:
    for member in members:
        try:
            parsed = parse_feed(_content(member), member.source_file)
        except UnreadableError as error:
            if len(members) == 1:
                raise
            yield member.unreadable(error)
            continue
        yield from _Reading(parsed, visit, member.source_file).items()


def _content(member: Member) -> bytes:
    if member.size > LARGEST_FEED_BYTES:
        raise UnreadableError(f"{member.source_file}: larger than the {LARGEST_FEED_BYTES} bytes of any honest feed")
    with member.open() as packed:
        is_packed = packed.read(2) == b"\x1f\x8b"
    with member.open() as packed:
        unpacked: Any = gzip.GzipFile(fileobj=packed) if is_packed else packed
        # around the unpacker, too: it words what is damaged
        return ByteStream(unpacked, member.source_file, member.limits.member_bytes).read(LARGEST_FEED_BYTES + 1)


def _address(visit: Visit) -> str:
    """The feed's address exactly as the settings give it (a closing slash may matter)."""
    url = visit.base_url()
    given = visit.feed.url or visit.credentials.host or ""
    return url if given.endswith("/") else url.removesuffix("/")


def _older(client: HttpClient, url: str, content: bytes) -> Iterator[Page]:
    visited = {url}
    for _ in range(FIRST_VISIT_PAGES):
        try:
            link = urljoin(url, parse_feed(content, url).next_link)
            if not link or link in visited:
                return
            visited.add(link)
            answer = client.get(link, as_json=False)
            parse_feed(answer.body, answer.url)
        except (AnswerError, UnreadableError):
            return  # the newest page is in; what is older is a courtesy
        content = answer.body
        yield Page("feed", answer.url, content)


def _is_of_comment(address: str) -> bool:
    return ("#" in address or "?" in address) and _COMMENT_ADDRESS.search(address) is not None


class _Reading:
    """One page of a feed."""

    def __init__(self, feed: ParsedFeed, visit: Visit, file: str) -> None:
        self.feed, self.visit, self.file = feed, visit, clean_text(file)
        self.options = visit.feed.options
        self.site = self.feed.link.rstrip("/")
        self.known: set[str] = set()
        self.refs: dict[tuple[str, str, str, bool], str] = {}
        self.author_of: dict[str, str] = {}
        self.agents = {name_key(agent.name): agent for agent in visit.market.agents}
        self.is_ours = visit.owner is not None or bool(self.options.get("is_team_blog"))
        self.are_all_comments = bool(self.options.get("is_comments"))
        self.is_comments = self.are_all_comments or bool(re.match(r"Comments (?:for|on)\b", feed.title))

    def items(self) -> Iterator[Item]:
        """Posts first, so that a comment knows whose post it answers."""
        for position, other in self.feed.others:
            reason = f"{self.file}, entry {position}: {str(other)[:60]!r} is not an object"
            yield Refusal("not_an_object", reason, clean_text(payload_of(other)), "utterance", None, self.file, position)
        comments = [entry for entry in self.feed.entries if self._is_comment(entry)]
        held = {entry.position for entry in comments}
        for entry in [*(entry for entry in self.feed.entries if entry.position not in held), *comments]:
            yield from self._entry(entry, is_comment=entry.position in held)

    def _is_comment(self, entry: Entry) -> bool:
        if entry.reply_to or _is_of_comment(entry.link) or (entry.key != entry.link and _is_of_comment(entry.key)) or self.are_all_comments:
            return True
        return self.is_comments and bool(_COMMENT_TITLE.match(entry.title))

    def _entry(self, entry: Entry, *, is_comment: bool) -> Iterator[Item]:
        boilerplate = _COMMENT_TITLE.match(entry.title) if is_comment else None
        title = "" if boilerplate else entry.title
        is_told_twice = is_comment or entry.text.startswith(title)
        text = (entry.text or title) if is_told_twice else f"{title}\n{entry.text}".strip()
        if not text:
            reason = f"{self.file}, entry {entry.position}: neither title nor text"
            payload = clean_text(payload_of(entry.raw))
            yield Refusal("missing_text", reason, payload, "utterance", entry.key or None, self.file, entry.position)
            return
        name = entry.author or ((boilerplate["alone"] or boilerplate["name"]) if boilerplate else "")
        ref, record = self._author(entry, name.strip(), is_comment=is_comment)
        if record:
            yield record
        thread = (entry.reply_to or re.sub(r"[?&]showComment=.*|#.*", "", entry.link)) if is_comment else entry.link or entry.key
        self.author_of.setdefault(thread, ref) if not is_comment else None
        target = self.author_of.get(thread) if is_comment else None
        # an id such as "12" is unique in its feed alone, and a folder holds several
        own_key = entry.key if ":" in entry.key else stable_id(self.feed.link or self.feed.title, entry.key) if entry.key else ""
        key = own_key or stable_id(entry.link, entry.title, entry.published.isoformat() if entry.published else text[:500])
        updated = entry.updated or entry.published
        yield Record(
            "utterance",
            {
                "record_id": key if len(key) <= 300 else stable_id(key),
                "author_ref": ref,
                "utterance_type": "comment" if is_comment else "post",
                "text": text,
                "occurred_at": entry.published,
                "modified_at": updated if updated and updated <= self.visit.now else None,
                "is_self_stated": True,
                "target_ref": target if target != ref else None,
                "thread_id": thread,
                "latitude": entry.latitude,
                "longitude": entry.longitude,
                "source_url": entry.link,
                "source_file": self.file,
                "source_line": entry.position,
            },
        )

    def _author(self, entry: Entry, name: str, *, is_comment: bool) -> tuple[str, Record | None]:
        """The author's record_id, and their record when it is the first entry of theirs."""
        said = (name, entry.author_url, entry.author_mail, is_comment)
        if any(said[:3]) and said in self.refs:
            return self.refs[said], None
        # some blogs put their own address under every author
        url, mail = "" if entry.author_url.rstrip("/") == self.site else entry.author_url, entry.author_mail
        agent_id = self._agent(name, is_comment=is_comment)
        if agent_id and not name:
            name = next((agent.name for agent in self.visit.market.agents if agent.agent_id == agent_id), "")
        person_type = "person"
        if not name and not url and not mail:
            # an unsigned post is the publication's; an unsigned comment is nobody's
            name = "" if is_comment else self.feed.author or self.feed.title or urlsplit(entry.link or self.feed.link).netloc
            agent_id = agent_id or self._agent(name, is_comment=is_comment)
            person_type = "person" if agent_id or (name and name == self.feed.author) else "organization"
            if name == self.feed.author and person_type == "person":
                url = "" if self.feed.author_url.rstrip("/") == self.site else self.feed.author_url
                mail = self.feed.author_mail
        if not agent_id and not url and not mail and is_placeholder_name(name):
            person_type = "placeholder"
        ref = url or mail or (stable_id(name) if person_type != "placeholder" else "placeholder")
        self.refs[said] = ref
        if ref in self.known:
            return ref, None
        self.known.add(ref)
        given, middle, family, suffix = split_name(name) if person_type == "person" else ("", "", "", "")
        values: dict[str, Any] = {
            "record_id": ref,
            "owner_agent_id": agent_id or self.visit.owner,
            "agent_id": agent_id,
            "person_type": person_type,
            "full_name": name,
            "given_name": given,
            "middle_name": middle,
            "family_name": family,
            "name_suffix": suffix,
            "urls": [url] if url else [],
            "emails": [mail] if mail else [],
            "source_file": self.file,
            "source_line": entry.position,
        }
        return ref, Record("person", values)

    def _agent(self, name: str, *, is_comment: bool) -> str | None:
        """The team member an author is, on the team's own blog only: elsewhere a name proves nothing."""
        if not self.is_ours:
            return None
        if self.visit.owner and not is_comment and (self.options.get("author_is_owner") or (not name and not self.feed.author)):
            return self.visit.owner
        agent = self.agents.get(name_key(name)) if name else None
        return agent.agent_id if agent else None
