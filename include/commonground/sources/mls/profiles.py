"""A vendor's habits (`profiles.yaml`) and a feed's options → one checked `Profile` that says how to ask.

A feed's `options` are the fields of `Profile` (they win over the vendor's) and `profile`, the vendor's name.
"""

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from commonground.config import Feed, read_yaml
from commonground.errors import ConfigError
from commonground.sources.mls import normalise

Resource = Literal[
    "Property", "Member", "Office", "OpenHouse", "HistoryTransactional", "Showing",
    "Contacts", "ContactListings", "Prospecting", "SavedSearch", "InternetTracking",
]  # fmt: skip
RESOURCES: tuple[Resource, ...] = get_args(Resource)
# What every feed of an MLS has; the others are the member's own books, which few feeds carry.
USUAL_RESOURCES: tuple[Resource, ...] = ("Property", "Member", "Office", "OpenHouse")
KEYS = {
    "Property": "ListingKey",
    "Member": "MemberKey",
    "Office": "OfficeKey",
    "OpenHouse": "OpenHouseKey",
    "HistoryTransactional": "HistoryTransactionalKey",
    "Showing": "ShowingKey",
    "Contacts": "ContactKey",
    "ContactListings": "ContactListingsKey",
    "Prospecting": "ProspectingKey",
    "SavedSearch": "SavedSearchKey",
    "InternetTracking": "EventKey",
}
_PROFILES_FILE = Path(__file__).with_name("profiles.yaml")


class Profile(BaseModel):
    """How one feed is asked. Limits of 0 are none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str | None = Field(default=None, description="Root of the service, when neither feed nor connection names one.")
    resources: list[Resource] = Field(default=list(USUAL_RESOURCES), min_length=1)
    status_map: dict[str, str] = Field(default={}, description="What the MLS's own status words mean: {A: Active}.")
    originating_system: str | None = Field(default=None, description="The OriginatingSystemName, as the MLS writes it.")
    select: dict[Resource, list[str]] = Field(default={}, description="Fields to ask for, per resource; all if not named.")
    expand: dict[Resource, list[str]] = Field(default={}, description="Expansions to ask for, per resource: {Property: [Media]}.")
    params: dict[str, str] = Field(default={}, description="Sent with the first request of every resource.")
    headers: dict[str, str] = {}
    path_suffix: str = Field(default="", description="Behind the usual resources' names: a vendor's replication endpoint.")
    page_style: Literal["prefer", "top"] = Field(
        default="prefer", description="`prefer`: ask the page size by header, as OData has it; `top`: by $top, as most vendors do."
    )
    page_size: int = Field(default=1000, ge=1)
    next_style: Literal["body", "link_header", "sticky", "skip", "either"] = Field(
        default="body",
        description="Where the next page's link stands; `sticky`: the same link again until a page is empty; `skip`: nowhere, count; "
        "`either`: in the body if the server gives any, else count.",
    )
    watermark_field: str = "ModificationTimestamp"
    watermark_fields: dict[Resource, str] = Field(
        default={"InternetTracking": "EventTimestamp"}, description="Where a resource has another one."
    )
    overlap_minutes: float = Field(default=20, ge=0, description="Read again from this long before the watermark: servers cache.")
    is_order_asked: bool = Field(default=True, description="Ask for $orderby watermark, key.")
    may_ask_less: bool = Field(default=False, description="Where order or selection is refused, ask without.")
    is_sorted: bool = Field(default=True, description="Rows come by watermark, so a broken walk may go on from where it was.")
    fixed_filter: str | None = Field(default=None, description="Always in the $filter; {originating_system} is filled in.")
    first_filter: str | None = Field(default=None, description="In the $filter only while there is no watermark.")
    filter: str | None = Field(default=None, description="The team's own condition, always in the $filter.")
    delete_style: Literal["flag", "reconcile", "entity_event", "deleted_resource"] = Field(
        default="reconcile",
        description="`flag`: told by MlgCanView; `reconcile`: compare keys; `entity_event`: told by EntityEvent; "
        "`deleted_resource`: told by a resource of deletions.",
    )
    reconcile_hours: float = Field(default=0, ge=0, description="`reconcile`: not again within this time; 0 = with every visit.")
    largest_drop: float = Field(default=0.05, ge=0, le=1, description="If a larger share of the keys is gone, none is deleted.")
    flag_days: float = Field(default=0, ge=0, description="`flag`: how long deletions are told; after a longer pause keys are compared.")
    key_page_size: int = Field(default=0, ge=0, description="Page size when only keys are asked for; 0 = page_size.")
    is_key_scan_bare: bool = Field(default=False, description="Ask for keys alone when comparing, without their timestamps.")
    deleted_resource: str = "Deleted"
    deleted_fields: dict[Literal["resource", "key", "at"], str] = {
        "resource": "ResourceName", "key": "ResourceRecordKey", "at": "ModificationTimestamp",
    }  # fmt: skip
    token_url: str | None = Field(default=None, description="Where login and password (client id and secret) buy a token.")
    scope: str | None = None
    per_second: float = Field(default=0, ge=0)
    per_minute: float = Field(default=0, ge=0)
    per_hour: float = Field(default=0, ge=0)
    per_day: float = Field(default=0, ge=0)
    bytes_per_hour: float = Field(default=0, ge=0)

    @field_validator("status_map")
    @classmethod
    def _means_a_standard_status(cls, value: dict[str, str]) -> dict[str, str]:
        for word, status in value.items():
            try:
                normalise.standard_status(status)
            except ValueError:
                raise ValueError(f"{word}: {status} is no StandardStatus of the RESO Data Dictionary") from None
        return value

    @property
    def overlap(self) -> dt.timedelta:
        """How long before the watermark is read again."""
        return dt.timedelta(minutes=self.overlap_minutes)

    def watermark_of(self, resource: str) -> str:
        """The field that says when a row of the resource last changed."""
        return self.watermark_fields.get(resource, self.watermark_field)  # type: ignore[call-overload, no-any-return]

    def path_suffix_of(self, resource: str) -> str:
        """What stands behind the resource's name."""
        return self.path_suffix if resource in USUAL_RESOURCES else ""

    def fixed_conditions(self) -> list[str]:
        """The parts of every `$filter` that the vendor wants, values filled in and quoted."""
        return [self.fixed_filter.replace("{originating_system}", quoted(self.originating_system or ""))] if self.fixed_filter else []

    def conditions(self) -> list[str]:
        """The parts of every `$filter` for rows: the vendor's and the team's."""
        return [*self.fixed_conditions(), *([f"({self.filter})"] if self.filter else [])]


def quoted(value: str) -> str:
    """A text literal of OData."""
    return "'" + value.replace("'", "''") + "'"


def profile_of(feed: Feed, default: str = "plain") -> Profile:
    """The profile a feed asks with.

    Raises:
        ConfigError: it names no known profile, has an option that is none, or lacks one that the vendor wants.
    """
    vendors = _vendors()
    options = dict(feed.options)
    name = options.pop("profile", default)
    where = f"feeds.yaml: feed {feed.name!r}: options"
    if name not in vendors:
        raise ConfigError(f"{where}.profile: {name!r} is none of {', '.join(sorted(vendors))}")
    try:
        profile = Profile.model_validate({**vendors[name], **options})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        said = "no such option" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{where}.{key}: {said}") from None
    if profile.fixed_filter and "{originating_system}" in profile.fixed_filter and not profile.originating_system:
        raise ConfigError(f"{where}.originating_system: {name} wants the OriginatingSystemName, exactly as the MLS writes it")
    return profile


@lru_cache(maxsize=1)
def _vendors() -> dict[str, dict[str, Any]]:
    vendors = read_yaml(_PROFILES_FILE)
    assert isinstance(vendors, dict)
    return vendors
