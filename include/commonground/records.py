"""The record kinds and their columns: the one definition that parsers, contracts, lake, SQL and docs read.

In: a plain mapping that a source made out of one thing it read. Out: a typed row, or `BadValueError` that names the
column, the value and what was expected. MLS kinds keep the names of the RESO Data Dictionary.

People are named inside a feed: `author_ref`, `src_ref`, `person_ref`, ... hold the `record_id` of a `person` record of
the *same feed*. Identity resolution turns (feed, record_id) into a contact.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from commonground.errors import CommonGroundError

UTC = dt.UTC


class BadValueError(CommonGroundError):
    """A value that its column cannot hold; `column`, `value` and `expected` say which and what it should be."""

    def __init__(self, column: str, value: object, expected: str) -> None:
        super().__init__(f"{column}: {str(value)[:80]!r} is not {expected}")
        self.column, self.value, self.expected = column, value, expected


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type is one of `text texts integer number flag date moment json` (see `TYPES`)."""

    name: str
    type: str
    meaning: str
    is_required: bool = False
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A record kind: what one record stands for, and its columns."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _text(value: object) -> str:
    if type(value) is str and value.isprintable():  # nearly always, and then it is neither of the two below
        return value
    if isinstance(value, (dict, list, tuple, set)):
        raise ValueError
    # neither NUL nor half of a surrogate pair can stand in Parquet
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _texts(value: object) -> list[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise ValueError
    return [_text(item) for item in items if item not in (None, "")]


def _integer(value: object) -> int:
    if isinstance(value, bool) or float(value) != int(float(value)):  # type: ignore[arg-type]
        raise ValueError
    number = int(float(value)) if not isinstance(value, int) else value  # type: ignore[arg-type]
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


def _number(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    if isinstance(value, bool) or number != number or number in (float("inf"), float("-inf")):
        raise ValueError
    return number


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "1", "y", "yes", "t"):
        return True
    if word in ("false", "0", "n", "no", "f"):
        return False
    raise ValueError


def _date(value: object) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return dt.date.fromisoformat(str(value)[:10]) if len(str(value)) >= 10 else dt.date.fromisoformat(str(value))


def _moment(value: object) -> dt.datetime:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _json(value: object) -> str:
    if isinstance(value, str):
        json.loads(value)
        return _text(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


# type -> (Arrow type, DuckDB type, the words of an error, how to read a value)
TYPES: dict[str, tuple[pa.DataType, str, str, Callable[[Any], Any]]] = {
    "text": (pa.string(), "VARCHAR", "text", _text),
    "texts": (pa.list_(pa.string()), "VARCHAR[]", "a list of texts", _texts),
    "integer": (pa.int64(), "BIGINT", "a whole number", _integer),
    "number": (pa.float64(), "DOUBLE", "a number", _number),
    "flag": (pa.bool_(), "BOOLEAN", "true or false", _flag),
    "date": (pa.date32(), "DATE", "a date (YYYY-MM-DD)", _date),
    "moment": (pa.timestamp("us", tz="UTC"), "TIMESTAMPTZ", "a moment with a time zone (ISO 8601)", _moment),
    "json": (pa.string(), "VARCHAR", "JSON", _json),
}

COMMON = (
    Column("feed", "text", "name of the feed in feeds.yaml that brought the record", is_required=True),
    Column("record_id", "text", "key of the record inside its feed and kind", is_required=True),
    Column("source", "text", "the outside system, as in `commonground read SOURCE`", is_required=True),
    Column("modified_at", "moment", "when the source last changed it; when we read it, if the source does not say", is_required=True),
    Column("run_id", "text", "the run that committed this version", is_required=True),
    Column("source_url", "text", "where a person can look at it, never with a token in it"),
    Column("source_file", "text", "file inside the drop or landing folder"),
    Column("source_line", "integer", "line or position in that file, from 1"),
    Column("expires_at", "moment", "when the source's terms make us forget it; null = no limit"),
    Column("is_deleted", "flag", "true = the source says it is gone; hides older versions", is_required=True),
)


def _columns(spec: str) -> tuple[Column, ...]:
    """Reads `name type[!][*] meaning` lines: `!` marks a required column, `*` personal data."""
    columns = []
    for line in spec.strip().splitlines():
        name, type_, meaning = line.strip().split(None, 2)
        columns.append(Column(name, type_.rstrip("!*"), meaning, "!" in type_, "*" in type_))
    return tuple(columns)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "person",
            "one person as one feed shows them; several records may be one contact",
            COMMON
            + _columns("""
            owner_agent_id     text     team member whose book or network it is
            agent_id           text     set only when the record *is* that team member
            person_type        text!    person, organization or placeholder (nameless account, info@)
            full_name          text*    name as shown
            given_name         text*    first name
            middle_name        text*    middle name or initial
            family_name        text*    last name
            name_suffix        text*    Jr., III, credentials
            nickname           text*    nickname
            former_family_name text*    maiden or earlier last name
            emails             texts*   mail addresses as written, main one first
            phones             texts*   phone numbers as written, main one first
            urls               texts*   profile and web addresses, handles as addresses
            street             text*    street line of the home address
            city               text*    town of the home address
            state              text*    state or province
            postal_code        text*    postal code
            country            text*    country
            location_text      text*    free words on where they are (Greater Boston Area)
            latitude           number*  degrees north
            longitude          number*  degrees east
            birth_date         text*    YYYY-MM-DD or --MM-DD; used for identity alone, never published
            employer           text*    company
            job_title          text*    position
            stage              text     CRM stage in the CRM's own words
            lead_source        text     where the CRM says the person came from
            tags               texts    CRM tags and labels
            partner_name       text*    spouse or partner named in the record
            partner_ref        text*    record_id of the spouse or partner in the same feed
            created_at         moment   when the source first knew the person
            last_activity_at   moment   last activity the source itself reports
        """),
        ),
        Kind(
            "tie",
            "one person is connected to another, as a source states it",
            COMMON
            + _columns("""
            src_ref            text!*   person record in the same feed
            dst_ref            text!*   person record in the same feed
            tie_type           text!    how, one of contracts/rules.py (friend, connection, family, referral, conversation, ...)
            is_directed        flag!    false = holds both ways
            since_at           moment   when it began
            evidence_text      text*    the words or fact that say so
        """),
        ),
        Kind(
            "utterance",
            "something someone wrote, liked, joined, attended or is",
            COMMON
            + _columns("""
            author_ref         text!*   person it is about and by (for notes: the person it is about)
            utterance_type     text!    what kind, one of contracts/rules.py (post, comment, note, like, group, checkin, position, ...)
            text               text!*   the words, plain text
            occurred_at        moment   when it was written or done
            is_self_stated     flag!    true = the person said or did it; false = somebody wrote it about them
            target_ref         text*    person it was directed to (whose post was commented on)
            thread_id          text     post, conversation, group or event it belongs to
            place_name         text     venue of a check-in
            latitude           number*  degrees north
            longitude          number*  degrees east
        """),
        ),
        Kind(
            "interaction",
            "contact between a person and the team, or of a person with our listings",
            COMMON
            + _columns("""
            person_ref         text!*   person record in the same feed
            agent_id           text     team member, as in market.yaml
            interaction_type   text!    what kind, one of contracts/rules.py (call, meeting, showing, inquiry, deal, ...)
            direction          text     in (from the person), out (from the team), both
            occurred_at        moment!  when
            duration_seconds   integer  length of a call or meeting
            text               text*    what was said or asked
            listing_id         text     MLS number (ListingId) it was about
            property_address   text*    address it was about
            property_city      text     town of that property
            property_postal_code text   postal code of that property
            property_price     number   price of that property
            outcome            text     deal stage, call outcome
            thread_id          text     conversation
        """),
        ),
        Kind(
            "listing",
            "RESO Property",
            COMMON
            + _columns("""
            ListingKey                 text!    unique key of the listing
            ListingId                  text     MLS number people use
            OriginatingSystemName      text     MLS it comes from
            StandardStatus             text     one of the eleven of the dictionary
            MlsStatus                  text     the MLS's own word
            PropertyType               text     Residential, Residential Lease, Land, ...
            PropertySubType            text     Single Family Residence, Condominium, ...
            ListPrice                  number   asking price, USD
            OriginalListPrice          number   first asking price, USD
            PreviousListPrice          number   asking price before the last change, USD
            ClosePrice                 number   sold price, USD
            ListingContractDate        date     when the listing contract began
            OnMarketDate               date     when it went on the market
            OffMarketDate              date     when it left the market
            ExpirationDate             date     when the listing contract ends or ended
            CancellationDate           date     when it was canceled
            WithdrawnDate              date     when it was withdrawn (a contract still exists)
            CloseDate                  date     when it was sold
            PurchaseContractDate       date     when an offer was accepted
            OriginalEntryTimestamp     moment   when it was entered
            StatusChangeTimestamp      moment   last change of status
            PriceChangeTimestamp       moment   last change of price
            PendingTimestamp           moment   when it went pending
            MajorChangeType            text     what changed last
            ParcelNumber               text     assessor's parcel number
            UniversalPropertyId        text     RESO UPI
            UnparsedAddress            text*    whole address line
            StreetNumber               text*    house number
            StreetDirPrefix            text     N, W, ...
            StreetName                 text*    street
            StreetSuffix               text     St, Ave, ...
            UnitNumber                 text*    unit
            City                       text     town
            StateOrProvince            text     state
            PostalCode                 text     postal code
            Latitude                   number   degrees north
            Longitude                  number   degrees east
            BedroomsTotal              integer  bedrooms
            BathroomsTotalInteger      integer  bathrooms
            LivingArea                 number   square feet
            YearBuilt                  integer  year
            ListAgentKey               text     Member key of the listing agent
            ListAgentMlsId             text     MLS id of the listing agent
            ListAgentFullName          text     listing agent
            ListOfficeKey              text     Office key
            ListOfficeName             text     listing office
            BuyerAgentKey              text     Member key of the buyer's agent
            BuyerAgentMlsId            text     MLS id of the buyer's agent
            OwnerName                  text*    owner, where the feed has it
            SpecialListingConditions   texts    In Foreclosure, Short Sale, ...
            PublicRemarks              text     description
            local_fields               json     every other field of the record, untouched
        """),
        ),
        Kind(
            "listing_event",
            "a change of a listing, or an open house at it",
            COMMON
            + _columns("""
            ListingKey         text!    listing
            event_type         text!    new_listing, status_change, price_change, back_on_market, open_house, showing
            FieldName          text     field that changed
            PreviousValue      text     before
            NewValue           text     after
            occurred_at        moment!  when
            ends_at            moment   end of an open house
            OpenHouseKey       text     RESO key of the open house
        """),
        ),
        Kind(
            "place",
            "a business or venue",
            COMMON
            + _columns("""
            name               text!    name
            categories         texts    categories in the source's words
            street             text     street line
            city               text     town
            state              text     state
            postal_code        text     postal code
            latitude           number   degrees north
            longitude          number   degrees east
            rating             number   mean stars, 0 to 5
            review_count       integer  number of reviews
        """),
        ),
        Kind(
            "review",
            "a written or starred opinion of a team member, the team, or a local business",
            COMMON
            + _columns("""
            subject_type       text!    agent, team or place
            subject_agent_id   text     team member it is about
            place_ref          text     record_id of the place in the same feed
            reviewer_name      text*    display name: never used to decide identity
            is_anonymous       flag!    true = the reviewer hides the name
            rating             number   stars, 0 to 5
            text               text*    the words
            occurred_at        moment   when written
            reply_text         text     the owner's reply
        """),
        ),
        Kind(
            "membership",
            "RESO Member or Office",
            COMMON
            + _columns("""
            ResourceName       text!    Member or Office
            MemberKey          text     key
            MemberMlsId        text     MLS id of the member
            MemberFullName     text     name
            MemberEmail        text     mail
            MemberMobilePhone  text     mobile
            MemberStatus       text     Active or Inactive
            OfficeKey          text     key of the office
            OfficeMlsId        text     MLS id of the office
            OfficeName         text     office
            OfficeStatus       text     Active or Inactive
        """),
        ),
        Kind(
            "consent",
            "a yes or no to being contacted",
            COMMON
            + _columns("""
            person_ref         text*    person record in the same feed
            email              text*    mail address it is about
            phone              text*    phone number it is about
            purpose            text!    marketing, service or any
            channel            text!    email, phone, text or any
            state              text!    granted or revoked
            occurred_at        moment   when
        """),
        ),
    )
}

# Set by the loader, so a parser need not: everything else in COMMON may come from the parser.
STAMPED = ("feed", "source", "run_id")
# Not part of what a record says: a later sighting with only these different is "unchanged".
NOT_CONTENT = ("feed", "source", "run_id", "modified_at", "source_url", "source_file", "source_line", "expires_at")


def schema(kind: str) -> pa.Schema:
    """The Arrow schema of a kind, columns in the order of its definition."""
    return pa.schema([pa.field(column.name, TYPES[column.type][0]) for column in KINDS[kind].columns])


def coerce(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A whole row of the kind out of what a parser made; columns it left out are null (`is_deleted` false).

    Raises:
        BadValueError: a value does not fit its column, or the mapping has a key that is no column.
        (A missing required value is left to the contract, which names the rule.)
    """
    row: dict[str, Any] = dict.fromkeys(_NAMES[kind])
    readers = _READERS[kind]
    for name, value in values.items():
        if value is None or value == "":
            if name not in readers:
                raise BadValueError(name, value, f"a column of {kind}")
            continue
        try:
            row[name] = readers[name][0](value)
        except KeyError:
            raise BadValueError(name, value, f"a column of {kind}") from None
        except (ValueError, TypeError, OverflowError):
            raise BadValueError(name, value, readers[name][1]) from None
    if row["is_deleted"] is None:
        row["is_deleted"] = False
    return row


_NAMES = {name: kind.column_names for name, kind in KINDS.items()}
_READERS = {name: {column.name: (TYPES[column.type][3], TYPES[column.type][2]) for column in kind.columns} for name, kind in KINDS.items()}
