"""Invented answers of APIs, as somebody would save them: page after page in files of their own, for `benchmarks.parsers`."""

import itertools
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.parsers_data import WORDS, name, numbers

# asked for and empty: HubSpot names every property that was asked for
UNSET_AT_HUBSPOT = (
    "hs_additional_emails website hs_linkedin_url twitterhandle hs_analytics_source notes_last_contacted notes_last_updated "
    "hs_analytics_last_visit_timestamp hs_email_optout date_of_birth hs_content_membership_notes hs_merged_object_ids"
).split()
DAY = "2024-03-{:02}T09:30:00Z"


def pages(folder: Path, stem: str, size: int, each: int, rows: Iterable[Any], wrap: Callable[[list[Any]], Any]) -> None:
    """Writes answers of `each` rows until the files have the size."""
    source, written = iter(rows), 0
    for number in itertools.count():
        text = json.dumps(wrap(list(itertools.islice(source, each))))
        (folder / f"{stem}_{number:05}.json").write_text(text, encoding="utf-8")
        written += len(text)
        if written >= size:
            return


def day(number: int) -> str:
    """A moment of March 2024."""
    return DAY.format(number % 28 + 1)


def followupboss(folder: Path, size: int) -> None:
    """People with tags and custom fields, events, calls, notes."""

    def wrapped(collection: str) -> Callable[[list[Any]], Any]:
        return lambda rows: {"_metadata": {"collection": collection, "offset": 0, "limit": 100, "total": 10**6}, collection: rows}

    people = (
        {
            "id": n,
            "created": day(n),
            "updated": day(n),
            "lastActivity": day(n),
            "name": " ".join(name(n)),
            "firstName": name(n)[0],
            "lastName": name(n)[1],
            "stage": "Lead",
            "source": "Zillow",
            "contacted": 1,
            "assignedUserId": 7,
            "assignedTo": "Owner Name",
            "tags": ["Navy", "Buyer"],
            "emails": [{"value": f"p{n}@example.org", "type": "home", "isPrimary": 1, "status": "Valid"}],
            "phones": [{"value": f"707555{n % 10_000:04}", "type": "mobile", "isPrimary": 1, "status": "Valid"}],
            "addresses": [
                {"type": "home", "street": f"{n} Main St", "city": "Santa Rosa", "state": "CA", "code": "95404", "country": "US"}
            ],
            "picture": None,
            "customFavoriteTeam": "Giants",
            "background": f"<p>{WORDS}</p>",
        }
        for n in numbers()
    )
    pages(folder, "people", size // 2, 100, people, wrapped("people"))
    events = (
        {
            "id": n,
            "created": day(n),
            "updated": day(n),
            "occurred": day(n),
            "personId": n % 5000 + 1,
            "type": ("Viewed Property", "Property Inquiry", "Visited Website")[n % 3],
            "source": "Zillow",
            "message": WORDS if n % 3 == 1 else None,
            "description": None,
            "property": {
                "street": f"{n} Oak St",
                "city": "Santa Rosa",
                "state": "CA",
                "code": "95404",
                "mlsNumber": f"3{n:07}",
                "price": n,
            },
        }
        for n in numbers()
    )
    pages(folder, "events", size // 4, 100, events, wrapped("events"))
    notes = (
        {"id": n, "created": day(n), "updated": day(n), "personId": n % 5000 + 1, "subject": "Call", "body": f"<div>{WORDS} {n}</div>"}
        for n in numbers()
    )
    pages(folder, "notes", size // 4, 100, notes, wrapped("notes"))


def hubspot(folder: Path, size: int) -> None:
    """Contacts, a hundred to a page."""
    rows = (
        {
            "id": str(n),
            "properties": {
                "firstname": name(n)[0],
                "lastname": name(n)[1],
                "email": f"p{n}@example.org",
                "phone": f"+1 707 555 {n % 10_000:04}",
                "mobilephone": None,
                "address": f"{n} Main St",
                "city": "Santa Rosa",
                "state": "CA",
                "zip": "95404",
                "country": "USA",
                "company": "Acme",
                "jobtitle": "Chef",
                "lifecyclestage": "lead",
                "hs_lead_status": "OPEN",
                "hubspot_owner_id": "7",
                "createdate": day(n),
                "lastmodifieddate": day(n),
                "message": WORDS,
                "hs_object_id": str(n),
                **dict.fromkeys(UNSET_AT_HUBSPOT),
            },
            "createdAt": day(n),
            "updatedAt": day(n),
            "archived": False,
        }
        for n in numbers()
    )
    pages(folder, "contacts", size, 100, rows, lambda found: {"results": found, "paging": {"next": {"after": "100"}}})


def salesforce(folder: Path, size: int) -> None:
    """Contacts and finished tasks, two thousand to an answer."""

    def wrapped(rows: list[Any]) -> Any:
        return {"totalSize": 10**6, "done": False, "nextRecordsUrl": "/services/data/v62.0/query/01g-2000", "records": rows}

    def attributes(kind: str, key: str) -> dict[str, Any]:
        return {"attributes": {"type": kind, "url": f"/services/data/v62.0/sobjects/{kind}/{key}"}, "Id": key}

    contacts = (
        {
            **attributes("Contact", f"003{n:015}"),
            "FirstName": name(n)[0],
            "LastName": name(n)[1],
            "Email": f"p{n}@example.org",
            "MobilePhone": f"+1 707 555 {n % 10_000:04}",
            "MailingStreet": f"{n} Main St",
            "MailingCity": "Santa Rosa",
            "MailingState": "CA",
            "MailingPostalCode": "95404",
            "Title": "Chef",
            "Account": {"attributes": {"type": "Account"}, "Name": "Acme"},
            "OwnerId": "005000000000001",
            "LeadSource": "Web",
            "Description": WORDS,
            "Birthdate": "1980-01-02",
            "HasOptedOutOfEmail": False,
            "DoNotCall": False,
            "CreatedDate": "2024-03-01T09:30:00.000+0000",
            "LastActivityDate": "2024-03-01",
            "SystemModstamp": "2024-03-01T09:30:00.000+0000",
            "IsDeleted": False,
        }
        for n in numbers()
    )
    pages(folder, "contacts", size // 2, 2000, contacts, wrapped)
    tasks = (
        {
            **attributes("Task", f"00T{n:015}"),
            "WhoId": f"003{n % 5000:015}",
            "OwnerId": "005000000000001",
            "Subject": "Call",
            "Description": WORDS,
            "Status": "Completed",
            "IsClosed": True,
            "TaskSubtype": "Call",
            "CallType": "Outbound",
            "CallDurationInSeconds": 60,
            "ActivityDate": "2024-03-01",
            "CreatedDate": "2024-03-01T09:30:00.000+0000",
            "SystemModstamp": "2024-03-01T09:30:00.000+0000",
            "IsDeleted": False,
        }
        for n in numbers()
    )
    pages(folder, "tasks", size // 2, 2000, tasks, wrapped)


def mastodon(folder: Path, size: int) -> None:
    """Statuses of one account, and whom it follows."""

    def account(n: int) -> dict[str, Any]:
        return {
            "id": str(10**9 + n),
            "username": f"user{n}",
            "acct": f"user{n}@m.example",
            "display_name": " ".join(name(n)),
            "locked": False,
            "bot": False,
            "created_at": "2022-11-05T00:00:00.000Z",
            "note": f"<p>{WORDS}</p>",
            "url": f"https://m.example/@user{n}",
            "uri": f"https://m.example/users/user{n}",
            **{word: f"https://m.example/system/{word}/{n:012}.png" for word in ("avatar", "avatar_static", "header", "header_static")},
            **{f"{word}_count": 10 for word in ("followers", "following", "statuses")},
            **dict.fromkeys(("group", "discoverable", "indexable", "noindex", "hide_collections"), False),
            "last_status_at": "2024-05-01",
            "roles": [],
            "emojis": [],
            "fields": [{"name": "Web", "value": f'<a href="https://u{n}.example">u</a>', "verified_at": None}],
        }

    statuses = (
        {
            "id": str(10**15 + n),
            "created_at": day(n),
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"https://m.example/users/user1/statuses/{n}",
            "url": f"https://m.example/@user1/{n}",
            "content": f"<p>{WORDS} {n}</p>",
            **{f"{word}_count": 0 for word in ("replies", "reblogs", "favourites")},
            "edited_at": None,
            "application": {"name": "Web", "website": None},
            "reblog": None,
            "account": account(1),
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
        }
        for n in numbers()
    )
    pages(folder, "statuses", size // 2, 40, statuses, list)
    pages(folder, "accounts", size // 2, 80, map(account, numbers()), list)


def bluesky(folder: Path, size: int) -> None:
    """A feed of posts, and followers."""

    def profile(n: int) -> dict[str, Any]:
        return {
            "did": f"did:plc:{n:024}",
            "handle": f"user{n}.bsky.social",
            "displayName": " ".join(name(n)),
            "description": WORDS,
            "avatar": f"https://cdn.bsky.app/img/avatar/plain/{n}@jpeg",
            "createdAt": "2023-05-01T00:00:00.000Z",
            "indexedAt": "2024-05-01T00:00:00.000Z",
            "associated": {"chat": {"allowIncoming": "following"}, "activitySubscription": {"allowSubscriptions": "followers"}},
            "viewer": {"muted": False, "blockedBy": False},
            "labels": [],
        }

    def post(n: int) -> dict[str, Any]:
        author = profile(1)
        record = {"$type": "app.bsky.feed.post", "createdAt": day(n), "langs": ["en"], "text": f"{WORDS} {n}"}
        counts = {"replyCount": 0, "repostCount": 0, "likeCount": 3, "quoteCount": 0}
        uri = f"at://{author['did']}/app.bsky.feed.post/{n:013}"
        return {
            "post": {"uri": uri, "cid": f"bafy{n:055}", "author": author, "record": record, **counts, "indexedAt": day(n), "labels": []}
        }

    pages(folder, "feed", size // 2, 100, map(post, numbers()), lambda rows: {"feed": rows, "cursor": "x"})
    people = map(profile, itertools.count(2))
    pages(folder, "followers", size // 2, 100, people, lambda rows: {"subject": profile(1), "followers": rows, "cursor": "x"})


ANSWERS: dict[str, Callable[[Path, int], None]] = {
    "followupboss": followupboss,
    "hubspot": hubspot,
    "salesforce": salesforce,
    "mastodon": mastodon,
    "bluesky": bluesky,
}
