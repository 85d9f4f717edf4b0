"""`profile_information.json` → what the owner says of themselves, and the family they name.

Left unread on purpose, since nothing of ours may use it: religion, politics, gender, whom they are interested in.
"""

from collections.abc import Iterator
from typing import Any

from commonground.sources.base import Item, Record
from commonground.sources.social.elements import Element, dicts, said, text_of
from commonground.sources.social.facebook_people import People
from commonground.sources.text import stable_id

_CITIES = {"current_city": "current_city", "hometown": "hometown"}
_BIOS = ("intro_bio", "about_me", "favorite_quotes")
# Lists of things liked, either names or objects with a name; `pages` groups them by topic.
_LIKINGS = (
    "music",
    "books",
    "movies",
    "tv_shows",
    "tv",
    "games",
    "sports",
    "athletes",
    "sports_teams",
    "inspirational_people",
    "interests",
    "pages",
)


def name_of(profile: dict[str, Any]) -> str | None:
    """The owner's display name."""
    name = profile.get("name")
    if isinstance(name, str):
        return text_of(profile, "name") or None
    if not isinstance(name, dict):
        return None
    return text_of(name, "full_name", "name") or f"{text_of(name, 'first_name')} {text_of(name, 'last_name')}".strip() or None


def contact_of(profile: dict[str, Any]) -> dict[str, Any]:
    """Mail addresses, phones, web addresses and towns of the owner, as columns of their person record."""
    emails = profile.get("emails")
    listed = emails.get("emails") if isinstance(emails, dict) else emails
    found: dict[str, Any] = {"emails": _names(listed), "phones": _names(profile.get("phone_numbers"), "phone_number")}
    found["urls"] = [url for url in _names(profile.get("websites"), "address") if "." in url]
    if isinstance(profile.get("profile_uri"), str) and profile["profile_uri"].startswith("https://"):
        found["urls"].insert(0, profile["profile_uri"])
    found["location_text"] = _name(profile.get("current_city"))
    birthday = profile.get("birthday")
    if isinstance(birthday, dict):
        year, month, day = (birthday.get(part) for part in ("year", "month", "day"))
        if isinstance(month, int) and isinstance(day, int) and 1 <= month <= 12 and 1 <= day <= 31:
            found["birth_date"] = (
                f"{year:04d}-{month:02d}-{day:02d}" if isinstance(year, int) and year > 1900 else f"--{month:02d}-{day:02d}"
            )
    return found


def read(element: Element, people: People) -> Iterator[Item]:
    """Utterances of the owner and ties to their family; a profile that says nothing at all is refused."""
    is_empty = name_of(element.content) is None
    for item in (*_statements(element, people.owner.record_id), *_family(element, people)):
        is_empty = False
        yield item
    if is_empty:
        yield element.refused("missing_name", "a profile without a name", "person")


def _statements(element: Element, owner: str | None) -> Iterator[Item]:
    profile = element.content
    for field, kind in (*_CITIES.items(), *((field, "bio") for field in _BIOS)):
        if text := _name(profile.get(field)):
            yield said(element, owner, kind, text, f"owner:{field}")
    for school in dicts(profile.get("education_experiences")):
        if text := _school(school):
            yield said(element, owner, "education", text, f"owner:education:{stable_id(text)}")
    for job in dicts(profile.get("work_experiences")):
        title, company = text_of(job, "title"), text_of(job, "employer", "name")
        if text := (f"{title} at {company}" if title and company else title or company):
            yield said(element, owner, "position" if title else "employer", text, f"owner:job:{stable_id(text)}")
    for field in _LIKINGS:
        for liking in _likings(profile.get(field)):
            yield said(element, owner, "like", liking, f"owner:like:{stable_id(field, liking)}")
    for group in dicts(profile.get("groups")):
        if name := text_of(group, "name"):
            key = f"group:{stable_id(name)}"
            yield said(element, owner, "group", name, key, thread_id=key)


def _family(element: Element, people: People) -> Iterator[Item]:
    relatives = [
        (text_of(person, "name"), text_of(person, "relation"), "family") for person in dicts(element.content.get("family_members"))
    ]
    relationship = element.content.get("relationship")
    if isinstance(relationship, dict) and (partner := _name(relationship.get("partner"))):
        relatives.append((partner, "partner", "partner"))
    for name, relation, kind in relatives:
        if not name or people.owner.is_called(name):
            continue
        ref, record = people.meet(name, element.place, "family")
        if record:
            yield record
        values = {"record_id": f"{kind}:{ref}", "src_ref": people.owner.record_id, "dst_ref": ref, "tie_type": kind, "is_directed": False}
        yield Record("tie", {**values, "evidence_text": f"{relation or kind} on Facebook", **element.place})


def _school(school: dict[str, Any]) -> str:
    name = text_of(school, "name", "school")
    subjects = ", ".join(_names(school.get("concentrations")))
    degree = text_of(school, "degree") or _name(school.get("degree"))
    return ", ".join(part for part in (degree, subjects, name) if part) if name else ""


def _likings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [item for inner in value.values() for item in _likings(inner)]
    topics = dicts(value)
    if any(isinstance(topic.get("pages"), list) for topic in topics):
        return [item for topic in topics for item in _names(topic.get("pages"))]
    return _names(value)


def _name(value: Any) -> str:
    if isinstance(value, dict):
        return text_of(value, "name", "text", "full_name")
    return text_of({"text": value}, "text")


def _names(value: Any, *names: str) -> list[str]:
    if not isinstance(value, list):
        return []
    found = (text_of(item, *names, "name") if isinstance(item, dict) else text_of({"text": item}, "text") for item in value)
    return [item for item in found if item]
