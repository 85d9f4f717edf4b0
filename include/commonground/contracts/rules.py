"""What every record kind must hold to be believed: kind → `Rule`s, as plain data without Great Expectations.

A rule is one of three shapes. `among` and `between` look at one column and become the expectation of that name. `check`
is a condition over the whole row (several columns, lists, JSON), written in DuckDB's SQL: it is computed for the whole
batch at once into a helper column `holds_<rule>`, which must be true. In all of them null is no offence; `not_null` says
where it is. Rows that a source reports as deleted carry little but their key, so only the rules on keys apply to them.

A broken `critical` rule sends the row to quarantine; a broken `warning` is counted and the row stays.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from commonground import records

Severity = Literal["critical", "warning"]
Shape = Literal["not_null", "among", "between", "check"]

# Beyond this no date of a home, a person or a message is meant: MLS systems write 9999-12-31 and 2999 for "none".
LAST_DAY = dt.datetime(2199, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
# Earlier than this is a default of some software (0001-01-01) or a slip: no listing and no account is older.
FIRST_DAY = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
# In these a day from before 1900 spoils what the record is for; elsewhere it is an aside about a person worth keeping.
_DATED_KINDS = ("listing", "listing_event", "interaction")
# A version stamped later than this would win over every real one for years.
FUTURE_LIMIT_YEARS = 5
# Above this a price is a typing error or a placeholder: no home has ever sold for a billion dollars.
HIGHEST_PRICE = 1e9

STANDARD_STATUSES = (
    "Active",
    "Active Under Contract",
    "Canceled",
    "Closed",
    "Coming Soon",
    "Delete",
    "Expired",
    "Hold",
    "Incomplete",
    "Pending",
    "Withdrawn",
)
_ENUMERATIONS: dict[tuple[str, str], str] = {
    ("person", "person_type"): "person organization placeholder",
    ("tie", "tie_type"): "friend connection follows family partner relationship referral endorsed recommended group event "
    "conversation household past_client",
    ("utterance", "utterance_type"): "post comment message bio headline note tag like reaction group event checkin education "
    "position employer hobby hometown current_city interest",
    ("interaction", "interaction_type"): "call text email message meeting showing open_house inquiry seller_inquiry "
    "property_view property_save property_search website_visit registration unsubscribed deal referral note",
    ("interaction", "direction"): "in out both",
    ("listing_event", "event_type"): "new_listing status_change price_change back_on_market open_house showing",
    ("review", "subject_type"): "agent team place",
    ("membership", "ResourceName"): "Member Office",
    ("consent", "purpose"): "marketing service any",
    ("consent", "channel"): "email phone text any",
    ("consent", "state"): "granted revoked",
}
ENUMERATIONS: dict[tuple[str, str], tuple[str, ...]] = {
    **{key: tuple(words.split()) for key, words in _ENUMERATIONS.items()},
    ("listing", "StandardStatus"): STANDARD_STATUSES,
}


@dataclass(frozen=True)
class Rule:
    """One rule: `columns` are those it looks at and a refusal quotes, `reason` says what was expected, in words.

    `lowest` and `highest` bound a `between` (either may be None), `values` are those of an `among`, `sql` is the condition
    of a `check` (`as_of` in it is the moment of the load).
    """

    name: str
    shape: Shape
    columns: tuple[str, ...]
    reason: str
    severity: Severity = "critical"
    values: tuple[str, ...] = ()
    lowest: Any = None
    highest: Any = None
    sql: str = ""

    @property
    def checked_column(self) -> str:
        """The column an expectation looks at: the rule's own, or the helper that holds its condition."""
        return f"holds_{self.name}" if self.shape == "check" else self.columns[0]


def _check(name: str, columns: str, sql: str, reason: str, severity: Severity = "critical") -> Rule:
    return Rule(name, "check", tuple(columns.split()), reason, severity, sql=f"is_deleted OR ({sql})")


def _between(column: str, lowest: Any, highest: Any, reason: str, severity: Severity = "critical", name: str | None = None) -> Rule:
    return Rule(name or f"range:{column}", "between", (column,), reason, severity, lowest=lowest, highest=highest)


def rules(kind: str) -> tuple[Rule, ...]:
    """The rules of a kind, most telling first: a refused row is filed under the first critical one it breaks."""
    return (
        *_required(kind),
        *(
            Rule(f"unknown:{column}", "among", (column,), f"one of {', '.join(values)}", values=values)
            for (owner, column), values in ENUMERATIONS.items()
            if owner == kind
        ),
        *_plausible_times(kind),
        *_coordinates(kind),
        *_OWN_RULES.get(kind, ()),
    )


def _required(kind: str) -> Sequence[Rule]:
    """Columns of every record by `not_null`; the kind's own ones only where the row is not a deletion; texts not blank."""
    common = {column.name for column in records.COMMON}
    found = []
    for column in records.KINDS[kind].columns:
        if not column.is_required:
            continue
        name = f"missing:{column.name}"
        if column.name in common:
            found.append(Rule(name, "not_null", (column.name,), "a value"))
        if column.type == "text" and column.name not in records.STAMPED:
            found.append(
                Rule(f"blank:{column.name}", "check", (column.name,), "a text that is not blank", sql=f"trim(\"{column.name}\") <> ''")
            )
        if column.name not in common:
            found.append(_check(name, column.name, f'"{column.name}" IS NOT NULL', "a value"))
    return found


def _plausible_times(kind: str) -> Sequence[Rule]:
    """Every date and moment lies between 1900 and 2200; versions are not from the far future, happenings not from the future."""
    found = []
    for column in records.KINDS[kind].columns:
        if column.type not in ("date", "moment") or column.name == "expires_at":
            continue
        if kind in _DATED_KINDS or column.name in ("modified_at", "occurred_at"):
            found.append(_between(column.name, FIRST_DAY, LAST_DAY, "a day between 1900 and 2199"))
        else:
            found.append(_between(column.name, None, LAST_DAY, "a day before 2200"))
            found.append(_between(column.name, FIRST_DAY, None, "a day from 1900", "warning", f"early:{column.name}"))
    names = records.KINDS[kind].column_names
    for column_name in ("modified_at", "occurred_at"):
        if column_name in names:
            condition = f'"{column_name}" <= as_of + INTERVAL {FUTURE_LIMIT_YEARS} YEAR'
            reason = f"a moment at most {FUTURE_LIMIT_YEARS} years ahead"
            found.append(Rule(f"far_future:{column_name}", "check", (column_name,), reason, sql=condition))
    ahead = "occurred_at <= as_of + INTERVAL 1 DAY"
    may_lie_ahead = {
        "interaction": "interaction_type IN ('meeting', 'showing', 'open_house', 'call')",  # appointments
        "utterance": "utterance_type = 'event'",
        "listing_event": "event_type IN ('open_house', 'showing')",
    }
    if "occurred_at" in names:
        condition = f"{may_lie_ahead[kind]} OR {ahead}" if kind in may_lie_ahead else ahead
        found.append(_check("future:occurred_at", "occurred_at", condition, "a moment that has passed", "warning"))
    found.append(
        _check("future:modified_at", "modified_at", "modified_at <= as_of + INTERVAL 1 DAY", "a moment that has passed", "warning")
    )
    return found


def _coordinates(kind: str) -> Sequence[Rule]:
    names = records.KINDS[kind].column_names
    suffix = ("Latitude", "Longitude") if "Latitude" in names else ("latitude", "longitude")
    if suffix[0] not in names:
        return ()
    return (
        _between(suffix[0], -90.0, 90.0, "degrees north, -90 to 90"),
        _between(suffix[1], -180.0, 180.0, "degrees east, -180 to 180"),
    )


def _price(column: str) -> Rule:
    return _between(column, 0.0, HIGHEST_PRICE, "a price from 0 to 1,000,000,000 USD")


def _days(field: str) -> str:
    return f"TRY_CAST(json_extract_string(CASE WHEN json_valid(local_fields) THEN local_fields END, '$.{field}') AS DOUBLE)"


_OWN_RULES: dict[str, tuple[Rule, ...]] = {
    "person": (
        _check(
            "nothing_to_know_them_by",
            "full_name given_name family_name nickname emails phones urls street",
            "person_type = 'placeholder' OR length(trim(concat_ws('', full_name, given_name, family_name, nickname))) > 0 "
            "OR coalesce(len(emails), 0) + coalesce(len(phones), 0) + coalesce(len(urls), 0) > 0 OR street IS NOT NULL",
            "a name, a mail address, a phone number, a profile or an address",
        ),
        _check(
            "malformed_email",
            "emails",
            "emails IS NULL OR len(list_filter(emails, lambda mail: NOT regexp_matches(trim(mail), '^[^@ ]+@[^@ ]+$'))) = 0",
            "mail addresses with something on both sides of one @",
        ),
    ),
    "tie": (_check("tie_to_self", "src_ref dst_ref", "src_ref <> dst_ref", "two different people"),),
    "interaction": (
        _between("duration_seconds", 0, None, "no less than 0 seconds", "warning"),
        _between("property_price", 0.0, HIGHEST_PRICE, "a price from 0 to 1,000,000,000 USD", "warning"),
    ),
    "listing": (
        _check(
            "active_but_closed",
            "StandardStatus CloseDate",
            "StandardStatus IS NULL OR StandardStatus NOT IN ('Active', 'Coming Soon') OR CloseDate IS NULL",
            "no close date while the listing is for sale",
        ),
        _check(
            "closed_without_date",
            "StandardStatus CloseDate",
            "StandardStatus IS NULL OR StandardStatus <> 'Closed' OR CloseDate IS NOT NULL",
            "the day it closed",
        ),
        *(_price(column) for column in ("ListPrice", "OriginalListPrice", "PreviousListPrice", "ClosePrice")),
        _check(
            "days_on_market_exceed_cumulative",
            "local_fields",
            f"local_fields IS NULL OR {_days('CumulativeDaysOnMarket')} >= {_days('DaysOnMarket')}",
            "CumulativeDaysOnMarket of at least DaysOnMarket",
        ),
        _check("missing_status", "StandardStatus", "StandardStatus IS NOT NULL", "a StandardStatus", "warning"),
        _check(
            "closes_ahead",
            "StandardStatus CloseDate",
            "StandardStatus IS NULL OR StandardStatus <> 'Closed' OR CloseDate <= CAST(as_of + INTERVAL 2 DAY AS DATE)",
            "a close date that has passed",
            "warning",
        ),
        _between("YearBuilt", 1600, 2199, "a year from 1600", "warning"),
        _between("LivingArea", 0.0, None, "no less than 0 square feet", "warning"),
        _between("BedroomsTotal", 0, None, "no less than 0 bedrooms", "warning"),
        _between("BathroomsTotalInteger", 0, None, "no less than 0 bathrooms", "warning"),
    ),
    "listing_event": (_check("ends_early", "occurred_at ends_at", "ends_at >= occurred_at", "an end after the beginning", "warning"),),
    "place": (
        _between("rating", 0.0, 5.0, "stars, 0 to 5"),
        _between("review_count", 0, None, "no less than 0 reviews"),
    ),
    "review": (
        _between("rating", 0.0, 5.0, "stars, 0 to 5"),
        _check("says_nothing", "rating text", "rating IS NOT NULL OR length(trim(text)) > 0", "stars or words", "warning"),
    ),
    "membership": (
        _check("missing_member_key", "ResourceName MemberKey", "ResourceName <> 'Member' OR MemberKey IS NOT NULL", "a MemberKey"),
        _check("missing_office_key", "ResourceName OfficeKey", "ResourceName <> 'Office' OR OfficeKey IS NOT NULL", "an OfficeKey"),
        _check(
            "malformed_email",
            "MemberEmail",
            "MemberEmail IS NULL OR regexp_matches(trim(MemberEmail), '^[^@ ]+@[^@ ]+$')",
            "a mail address with something on both sides of one @",
            "warning",
        ),
    ),
    "consent": (
        _check(
            "consent_of_nobody",
            "person_ref email phone",
            "person_ref IS NOT NULL OR email IS NOT NULL OR phone IS NOT NULL",
            "a person, a mail address or a phone number it is about",
        ),
    ),
}
