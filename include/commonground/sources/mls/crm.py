"""The member's own books, where a feed has them: RESO Contacts, ContactListings, Prospecting, SavedSearch, InternetTracking.

Contacts are persons, and what agents wrote of them is the agents' word. The others are what a person did: looked at a home, kept it,
searched for one. Passwords, children and other fields that we have no use for are not read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from commonground.config import Market
from commonground.sources.base import Item, Record
from commonground.sources.mls import normalise
from commonground.sources.mls.history import passed_over, text_or_none
from commonground.sources.mls.properties import BadRowError, is_gone, key_of, read, refusal
from commonground.sources.text import stable_id

_PHONES = ("MobilePhone", "HomePhone", "DirectPhone", "OfficePhone", "BusinessPhone")
_EMAILS = ("Email", "Email2", "Email3")
# what somebody did on a listing site → what it is to us; everything else is a visit
_ACTIONS = {
    "detailedview": "property_view", "photogallery": "property_view", "mapview": "property_view", "virtualtour": "property_view",
    "favorited": "property_save", "share": "property_view", "printing": "property_view", "search": "property_search",
    "submissionofleadform": "inquiry", "clickedonphonenumber": "inquiry", "clickedonemail": "inquiry",
}  # fmt: skip


def contact(row: Mapping[str, Any], market: Market, owner: str | None, stamp: Mapping[str, Any]) -> Iterator[Item]:
    """The person of one Contacts row, and the agents' notes on them."""
    try:
        key = key_of(row, "ContactKey")
        status = _word(row, "ContactStatus")
        values: dict[str, Any] = {"record_id": key, "is_deleted": is_gone(row) or normalise.fold(status or "") == "deleted"}
        values["modified_at"] = read(row, "ModificationTimestamp", normalise.moment, "bad_date")
        values["person_type"] = "person"
        if not values["is_deleted"]:
            values |= _person(row, market, owner) | {"stage": status}
        yield Record("person", {**values, **stamp})
    except BadRowError as error:
        yield refusal(error, "person", row, stamp, "ContactKey")
        return
    notes = text_or_none(row.get("Notes"))
    if notes and not values["is_deleted"]:
        note = {"record_id": f"note:{key}", "author_ref": key, "utterance_type": "note", "text": notes, "is_self_stated": False}
        yield Record("utterance", {**note, "modified_at": values["modified_at"], "occurred_at": values["modified_at"], **stamp})


def contact_listing(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """What a contact did with a listing that was sent or shown to them."""
    key_name = "ContactListingsKey"
    try:
        key, preference = key_of(row, key_name), normalise.fold(_word(row, "ContactListingPreference") or "")
        is_viewed = read(row, "ListingViewedYN", normalise.flag, "bad_flag")
        if not preference and not is_viewed and not is_gone(row):
            yield passed_over("not_looked_at", "sent to the contact, who has not looked", row, stamp, "interaction", key_name)
            return
        type_ = "property_save" if preference in ("favorite", "possibility") else "property_view"
        moments = ("PortalLastVisitedTimestamp", "LastContactNoteTimestamp", "ModificationTimestamp", "ListingSentTimestamp")
        values = _interaction(row, f"listing:{key}", type_, moments) | {"outcome": _word(row, "ContactListingPreference")}
        values["listing_id"] = text_or_none(row.get("ListingId")) or text_or_none(row.get("ListingKey"))
        yield Record("interaction", {**values, **stamp})
    except BadRowError as error:
        yield refusal(error, "interaction", row, stamp, key_name)


def prospecting(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """A contact's subscription to a search: theirs if they started it or look at it, else the agent's idea."""
    try:
        key = key_of(row, "ProspectingKey")
        values = _interaction(row, f"prospecting:{key}", "property_search", ("LastViewedTimestamp", "ModificationTimestamp"))
        is_own = bool(read(row, "ClientActivatedYN", normalise.flag, "bad_flag")) or row.get("LastViewedTimestamp") not in (None, "")
        is_active = read(row, "ActiveYN", normalise.flag, "bad_flag")
        values |= {"direction": "in" if is_own else "out", "text": text_or_none(row.get("Subject"))}
        values["outcome"] = _word(row, "ReasonActiveOrDisabled") or (None if is_active is None else "Active" if is_active else "Disabled")
        values["thread_id"] = text_or_none(row.get("SavedSearchKey"))
        yield Record("interaction", {**values, **stamp})
    except BadRowError as error:
        yield refusal(error, "interaction", row, stamp, "ProspectingKey")


def saved_search(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """A saved search, where the MLS says whose it is: the dictionary only knows the member who saved it."""
    try:
        key = key_of(row, "SavedSearchKey")
        if not text_or_none(row.get("ContactKey")):
            yield passed_over("search_of_nobody", "no ContactKey: the member's own search", row, stamp, "interaction", "SavedSearchKey")
            return
        values = _interaction(row, f"search:{key}", "property_search", ("OriginalEntryTimestamp", "ModificationTimestamp"))
        words = text_or_none(row.get("SearchQueryHumanReadable")) or text_or_none(row.get("SavedSearchName"))
        yield Record("interaction", {**values, "text": words, "thread_id": key, **stamp})
    except BadRowError as error:
        yield refusal(error, "interaction", row, stamp, "SavedSearchKey")


def tracking(row: Mapping[str, Any], stamp: Mapping[str, Any]) -> Iterator[Item]:
    """What somebody did on a listing site, if they can be known by mail, phone or account; machines and agents are left out."""
    kind, key_name = "interaction", "EventKey"
    try:
        key, actor = key_of(row, key_name), normalise.fold(_word(row, "ActorType") or "")
        if actor in ("bot", "agent"):
            yield passed_over(f"actor_is_{actor}", f"ActorType is {actor}, expected a person who looks", row, stamp, kind, key_name)
            return
        mail, phone, account = (text_or_none(row.get(name)) for name in ("ActorEmail", "ActorPhone", "ActorID"))
        if not mail and not phone:
            yield passed_over("nobody_known", "no mail address or phone number", row, stamp, kind, key_name)
            return
        at = read(row, "EventTimestamp", normalise.moment, "bad_date")
        person = f"actor:{account or stable_id(mail or '', phone or '')}"
        who = {"record_id": person, "person_type": "person", "emails": [mail] if mail else None, "phones": [phone] if phone else None}
        did = {
            "record_id": f"event:{key}", "person_ref": person, "occurred_at": at, "modified_at": at, "direction": "in",
            "interaction_type": _ACTIONS.get(normalise.fold(_word(row, "EventType") or ""), "website_visit"),
            "listing_id": text_or_none(row.get("ObjectID")) or text_or_none(row.get("ObjectKey")), "outcome": _word(row, "EventType"),
        }  # fmt: skip
        yield Record("person", {**who, "modified_at": at, **stamp})
        yield Record("interaction", {**did, **stamp})
    except BadRowError as error:
        yield refusal(error, kind, row, stamp, key_name)


def _person(row: Mapping[str, Any], market: Market, owner: str | None) -> dict[str, Any]:
    def words(*names: str) -> list[str]:
        return list(dict.fromkeys(found for name in names if (found := text_or_none(row.get(name)))))

    prefix = next((name for name in ("Home", "Other") if words(f"{name}Address1", f"{name}City", f"{name}PostalCode")), "Home")
    tags = row.get("ContactType")
    return {
        "owner_agent_id": _agent(row, market) or owner,
        "full_name": text_or_none(row.get("FullName")), "given_name": text_or_none(row.get("FirstName")),
        "middle_name": text_or_none(row.get("MiddleName")), "family_name": text_or_none(row.get("LastName")),
        "name_suffix": text_or_none(row.get("NameSuffix")), "nickname": text_or_none(row.get("Nickname")),
        "emails": words(*_EMAILS), "phones": words(*_PHONES),
        "street": " ".join(words(f"{prefix}Address1", f"{prefix}Address2")) or None, "city": text_or_none(row.get(f"{prefix}City")),
        "state": text_or_none(row.get(f"{prefix}StateOrProvince")), "postal_code": _postal_code(row.get(f"{prefix}PostalCode")),
        "birth_date": _birth_date(row.get("Birthdate")), "employer": text_or_none(row.get("Company")),
        "job_title": text_or_none(row.get("JobTitle")), "lead_source": text_or_none(row.get("LeadSource")),
        "partner_name": text_or_none(row.get("SpousePartnerName")),
        "tags": normalise.enumerations(tags if isinstance(tags, list) else text_or_none(tags)),
        "created_at": _moment_or_none(row.get("OriginalEntryTimestamp")),
    }  # fmt: skip


def _interaction(row: Mapping[str, Any], record_id: str, type_: str, moments: tuple[str, ...]) -> dict[str, Any]:
    """The common part: who, when (the first of `moments` that there is), which version."""
    values: dict[str, Any] = {"record_id": record_id, "interaction_type": type_, "direction": "in", "is_deleted": is_gone(row)}
    values["modified_at"] = read(row, "ModificationTimestamp", normalise.moment, "bad_date")
    if not values["is_deleted"]:
        values["person_ref"] = key_of(row, "ContactKey")
        found = (read(row, name, normalise.moment, "bad_date") for name in moments)
        values["occurred_at"] = next((at for at in found if at), None)
    return values


def _agent(row: Mapping[str, Any], market: Market) -> str | None:
    """The team member whose contact it is, by MLS id."""
    ids = {found for name in ("OwnerMemberMlsId", "OwnerMemberKey", "OwnerMemberID") if (found := text_or_none(row.get(name)))}
    return next((agent.agent_id for agent in market.agents if ids & set(agent.mls_ids)), None)


def _word(row: Mapping[str, Any], name: str) -> str | None:
    try:
        return normalise.enumeration(row.get(name))
    except ValueError:
        return None


def _postal_code(value: object) -> str | None:
    try:
        return normalise.postal_code(value)
    except ValueError:
        return None


def _birth_date(value: object) -> str | None:
    try:
        day = normalise.day(value)
    except ValueError:
        return None
    return day.isoformat() if day else None


def _moment_or_none(value: object) -> Any:
    try:
        return normalise.moment(value)
    except ValueError:
        return None
