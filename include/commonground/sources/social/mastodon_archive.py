"""What Mastodon exports of an account (`actor.json`, `outbox.json`, `following_accounts.csv`) → the shapes its API answers in, and ties.

The archive is ActivityPub: people are addresses of their instance, and have no numbers. Here they are `name@instance`. Of what the
owner shared or liked, only the address is told.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Visit
from commonground.sources.drop_csv import wide_encoding
from commonground.sources.drops import Member
from commonground.sources.social.elements import dicts, inner, text_of
from commonground.sources.social.owners import named
from commonground.sources.social.usernames import Accounts

_ADDRESS = re.compile(r"https?://([^/]+)/(?:users/|@)([^/@?#]+)")
_ACCOUNT = re.compile(r"@?([\w.-]+@[\w.-]+\.\w+)")
_FOLLOWS = re.compile(r"(?:.*[^a-z])?(following|followed|follows|followers)[^/]*\.csv")
_PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
_PEOPLE = ("Person", "Service", "Group", "Organization", "Application")
LONGEST_LINE = 10_000


@dataclass(frozen=True, slots=True)
class Archive:
    """A file of an archive: the account it is of, if it says more of it than its address, and statuses, as the API would answer."""

    account: dict[str, Any]
    statuses: list[Any] = field(default_factory=list)


def todays(body: Any) -> Any:
    """`actor.json`, `outbox.json` and lists of what was liked as an `Archive`; anything else as it is."""
    if not isinstance(body, dict):
        return body
    if body.get("type") in _PEOPLE and text_of(body, "preferredUsername"):
        return Archive(_account(body))
    if body.get("type") == "OrderedCollection" and isinstance(body.get("orderedItems"), list):
        return Archive({}, [_status(one) for one in body["orderedItems"] if not isinstance(one, str)])
    return body


def _reference(address: str) -> str:
    found = _ADDRESS.match(address)
    return f"{found[2]}@{found[1]}".casefold() if found else address


def _account(actor: dict[str, Any]) -> dict[str, Any]:
    stated = [{"name": text_of(one, "name"), "value": text_of(one, "value")} for one in dicts(actor.get("attachment"))]
    reference = _reference(text_of(actor, "id"))
    return {
        "id": reference, "acct": reference, "display_name": text_of(actor, "name"), "note": text_of(actor, "summary"),
        "url": text_of(actor, "url") or text_of(actor, "id"), "created_at": text_of(actor, "published"), "fields": stated,
        "bot": actor.get("type") in ("Service", "Application"), "group": actor.get("type") in ("Group", "Organization"),
    }  # fmt: skip


def _status(activity: Any) -> Any:
    """An activity as a status; of a shared post only its address is told, so it has no words."""
    actor = text_of(activity, "actor")
    found = _ADDRESS.match(actor)
    if not found:
        return activity
    url = f"https://{found[1]}/@{found[2]}"
    about = {"id": _reference(actor), "acct": _reference(actor), "url": url}
    note = activity.get("object")
    status = {"id": text_of(activity, "id"), "account": about, "created_at": text_of(activity, "published"), "content": ""}
    if not isinstance(note, dict):
        return status
    mentioned = [{"id": _reference(text_of(tag, "href"))} for tag in dicts(note.get("tag")) if tag.get("type") == "Mention"]
    answers = text_of(note, "inReplyTo")
    return status | {
        "id": text_of(note, "id") or status["id"],
        "created_at": text_of(note, "published") or status["created_at"],
        "visibility": _visibility(activity, note),
        "spoiler_text": text_of(note, "summary"),
        "content": text_of(note, "content"),
        "url": text_of(note, "url"),
        "in_reply_to_id": answers or None,
        "in_reply_to_account_id": _reference(answers) if answers else None,
        "mentions": mentioned,
        "media_attachments": [{"description": text_of(one, "name")} for one in dicts(note.get("attachment"))],
    }


def _visibility(activity: dict[str, Any], note: dict[str, Any]) -> str:
    for name, word in (("to", "public"), ("cc", "unlisted")):
        seen_by = [*_listed(inner(activity, name)), *_listed(inner(note, name))]
        if any(one in _PUBLIC for one in seen_by):
            return word
    return "private"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_table(member: Member) -> bool:
    """Whether a file is a list of accounts followed, or of followers."""
    return _FOLLOWS.fullmatch(member.base) is not None


def followed(member: Member, accounts: Accounts, visit: Visit) -> Iterator[Item]:
    """The accounts of a list and the ties to them; raises `UnreadableError` if there is none in it."""
    is_inward = "followers" in member.base
    me = str(accounts.owner.record_id)
    is_empty = True
    with member.open() as stream:
        encoding = wide_encoding(member.head()) or "utf-8-sig"
        text = io.TextIOWrapper(io.BufferedReader(stream), encoding=encoding, errors="replace", newline="")
        for row in csv.reader(iter(lambda: text.readline(LONGEST_LINE), "")):
            cell = row[0].strip() if row else ""
            found, line = _ACCOUNT.fullmatch(cell), {"source_file": member.source_file}
            if found is None:
                if cell and not is_empty:
                    reason = f"{member.source_file}: {cell[:80]!r} is no account (name@instance)"
                    yield member.refusal("bad_row", reason, ",".join(row)[:500])
                continue
            is_empty = False
            reference = found[1].casefold()
            name, _, host = reference.partition("@")
            person = {**named(reference, ""), "urls": [f"https://{host}/@{name}"], "owner_agent_id": visit.owner}
            yield Record("person", {**person, **line})
            one, other = (reference, me) if is_inward else (me, reference)
            words = f"{reference} follows the owner on Mastodon" if is_inward else f"The owner follows {reference} on Mastodon"
            yield from accounts.tie(one, other, "follows", line, words)
    if is_empty and member.size > 200:
        raise UnreadableError(f"{member.source_file}: no accounts of Mastodon (name@instance) in it")
