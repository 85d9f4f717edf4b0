"""What Mastodon's answers are made of (accounts, statuses, lists of them) → records."""

import re
from collections.abc import Iterator
from typing import Any

from commonground.sources.base import Item, Record, Refusal, Visit
from commonground.sources.social.elements import CannotReadError, Element, dicts, id_of, inner, moment_of, said, text_of
from commonground.sources.social.owners import agent_at, named
from commonground.sources.text import clean_name, html_to_text, iso_moment

_EMOJI = re.compile(r":[A-Za-z0-9_]{2,}:")
_LINK = re.compile(r'href="(https?://[^"\s]+)"')
_SEEN_BY_ALL = ("public", "unlisted")


def shape_of(body: Any) -> Iterator[tuple[str, Any]]:
    """What an answer holds: (`list`, `familiar`, `status`, `account` or, in a list, `unknown`; the object)."""
    if isinstance(body, list):
        for value in body:
            yield next(shape_of(value), ("unknown", {"value": value})) if not isinstance(value, list) else ("unknown", {"value": value})
    elif isinstance(body, dict):
        if isinstance(body.get("subject"), dict) and ("following" in body or "followers" in body):
            yield "list", body
        elif isinstance(body.get("familiar"), list):
            for one in body["familiar"]:
                yield ("familiar", {**one, "me": body.get("me")}) if isinstance(one, dict) else ("unknown", {"value": one})
        elif isinstance(body.get("accounts"), list) and "id" in body and "acct" not in body:
            yield "familiar", body
        elif isinstance(body.get("account"), dict) and "content" in body:
            yield "status", body
        elif isinstance(body.get("acct"), str):
            yield "account", body


class Entities:
    """One answer being read."""

    def __init__(self, visit: Visit, file: str | None) -> None:
        self.visit, self.file = visit, file
        self.position = 0
        self.met: set[str] = set()
        self.is_own = False  # of an archive, whose account is the owner's

    def items(self, shape: str, value: dict[str, Any]) -> Iterator[Item]:
        """The records of one object of an answer."""
        self.position += 1
        element = Element(shape, value, self.file or "", self.position)
        if shape == "unknown":
            yield element.refused("unknown_shape", "neither an account nor a status")
            return
        reader = {"list": self._list, "familiar": self._familiar, "status": self._status, "account": self._account}[shape]
        try:
            yield from reader(element)
        except CannotReadError as error:
            yield element.refused(error.rule, error.reason)

    def _account(self, element: Element) -> Iterator[Item]:
        account = element.content
        if account.get("suspended") is True:
            raise CannotReadError("account_unavailable", f"{text_of(account, 'acct')!r} is suspended")
        if not id_of(account, "id"):
            raise CannotReadError("missing_id", "an account without an id")
        self.met.discard(id_of(account, "id"))
        yield from self._person(account, element)

    def _person(self, account: dict[str, Any], element: Element) -> Iterator[Item]:
        """Somebody's record and what they say of themselves, once."""
        ref, url = id_of(account, "id"), text_of(account, "url")
        if not ref or ref in self.met:
            return
        self.met.add(ref)
        urls = [url] if url.startswith(("http://", "https://")) else []
        agent_id = self.visit.owner if self.is_own else agent_at(urls, self.visit)
        # a link back to the profile proves that both are the same person's
        proven = [
            match for field in dicts(account.get("fields")) if field.get("verified_at") for match in _LINK.findall(str(field.get("value")))
        ]
        created = None
        try:
            created = iso_moment(text_of(account, "created_at"))
        except ValueError as error:
            yield element.refused("bad_date", f"created_at: {error}", "person")
        name = clean_name(_EMOJI.sub(" ", text_of(account, "display_name")))
        kind = "organization" if account.get("bot") is True or account.get("group") is True else "person"
        values = {**named(ref, name, kind), "urls": list(dict.fromkeys([*urls, *proven])), "created_at": created, "agent_id": agent_id}
        link = {"source_url": urls[0]} if urls else {}
        yield Record("person", {**values, "owner_agent_id": agent_id or self.visit.owner, **element.place, **link})
        about = html_to_text(text_of(account, "note"))
        stated = [(text_of(field, "name"), html_to_text(text_of(field, "value"))) for field in dicts(account.get("fields"))]
        about = "\n".join(part for part in (about, *(f"{label}: {value}" for label, value in stated if value)) if part)
        if about:
            yield said(element, ref, "bio", about, f"{ref}:bio", **link)

    def _list(self, element: Element) -> Iterator[Item]:
        """Somebody, and whom they follow or who follows them."""
        subject = element.content["subject"]
        me = id_of(subject, "id")
        if not me:
            raise CannotReadError("missing_id", "a list of followers of nobody")
        yield from self._person(subject, element)
        for kind in ("following", "followers"):
            listed = element.content.get(kind)
            for position, account in enumerate(listed if isinstance(listed, list) else [], start=1):
                part = Element(kind, account if isinstance(account, dict) else {kind: account}, element.file, position)
                if not isinstance(account, dict) or not id_of(account, "id"):
                    yield part.refused("missing_id", "no account with an id", "tie")
                    continue
                yield from self._person(account, part)
                is_outward = kind == "following"
                yield from self._follows(subject if is_outward else account, account if is_outward else subject, part)

    def _follows(self, one: dict[str, Any], other: dict[str, Any], part: Element) -> Iterator[Item]:
        ends = (id_of(one, "id"), id_of(other, "id"))
        if ends[0] == ends[1]:
            yield part.refused("tie_to_self", "somebody who follows themselves", "tie")
            return
        values = {"record_id": f"follows:{ends[0]}:{ends[1]}", "src_ref": ends[0], "dst_ref": ends[1], "tie_type": "follows"}
        evidence = f"{text_of(one, 'acct')} follows {text_of(other, 'acct')} on Mastodon"
        yield Record("tie", {**values, "is_directed": True, "evidence_text": evidence, **part.place})

    def _familiar(self, element: Element) -> Iterator[Item]:
        """The followers of an account that the signed-in member follows: two ties each."""
        target, me = id_of(element.content, "id"), element.content.get("me")
        accounts = dicts(element.content.get("accounts"))
        if not target:
            raise CannotReadError("missing_id", "familiar followers of nobody")
        if isinstance(me, dict) and id_of(me, "id"):
            yield from self._person(me, element)
        for account in accounts:
            yield from self._person(account, element)
            if isinstance(me, dict) and id_of(me, "id"):
                yield from self._follows(me, account, element)
            yield from self._follows(account, {"id": target, "acct": "the account"}, element)

    def _status(self, element: Element) -> Iterator[Item]:
        status, author = element.content, element.content["account"]
        ref, number = id_of(author, "id"), id_of(status, "id")
        if status.get("visibility") not in (*_SEEN_BY_ALL, None):
            yield Refusal("withheld", f"status {number}: for followers only", number, "utterance", number, self.file)
            return
        if not ref or not number:
            raise CannotReadError("missing_id", "a status without an id or author")
        yield from self._person(author, element)
        shared = status.get("reblog") if isinstance(status.get("reblog"), dict) else None
        text = _words(shared or status)
        if not text:
            raise CannotReadError("missing_text", "a status without words")
        at = moment_of(status, "created_at", reader=iso_moment)
        answered, mentioned = id_of(status, "in_reply_to_account_id"), [id_of(one, "id") for one in dicts(status.get("mentions"))]
        target = id_of(inner(shared, "account"), "id") if shared else answered or (mentioned[0] if len(mentioned) == 1 else "")
        target_ref = target if target and target != ref else None
        kind = "reaction" if shared else "comment" if answered and target_ref else "post"
        thread = id_of(status, "in_reply_to_id") or number
        link = text_of(status, "url") or text_of(status, "uri")
        more = {"source_url": link} if link.startswith("https://") else {}
        text = f"Shared: {text}" if shared else text
        yield said(element, ref, kind, text, number, occurred_at=at, target_ref=target_ref, thread_id=thread, **more)


def _words(status: dict[str, Any]) -> str:
    """A status's warning and text, else what its pictures are described as."""
    text = "\n".join(part for part in (text_of(status, "spoiler_text"), html_to_text(text_of(status, "content"))) if part)
    return text or "\n".join(alt for media in dicts(status.get("media_attachments")) if (alt := text_of(media, "description")))
