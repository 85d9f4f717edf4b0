"""The lists: what a query string asks for → columns and rows, for the page and for its CSV twin alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from commonground_airflow.pages.store import Reader, Row, sql_named

PAGE_ROWS = 50
CSV_ROWS = 1_000_000  # "all": more than any team has
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: the field of its rows, its heading, and how the page shows it."""

    field: str
    title: str
    kind: str = "text"


_RANK = Column("rank", "#", "number")
GROUP_COLUMNS = (
    _RANK,
    Column("name", "Name", "person"),
    Column("why", "Why"),
    Column("evidence", "Evidence", "evidence"),
    Column("common_ground", "Common ground", "ground"),
    Column("way_in", "Way in", "parts"),
    Column("last_touch", "Last touch"),
    Column("owner", "Owner"),
)
UNPLACED_COLUMNS = (_RANK, GROUP_COLUMNS[1], Column("why", "Reason"), GROUP_COLUMNS[6], GROUP_COLUMNS[7])
TODAY_COLUMNS = (
    _RANK,
    Column("name", "Household", "person"),
    Column("segment", "Group", "segment"),
    Column("why", "Why now"),
    Column("evidence", "Evidence", "evidence"),
    Column("opening_topic", "Opening topic", "ground"),
    Column("last_touch", "Last touch"),
    Column("way_in", "Through", "parts"),
    Column("next_step", "Next step"),
    Column("phone", "Phone", "copy"),
    Column("email", "Mail", "copy"),
    Column("owner", "Owner"),
)
MATCH_COLUMNS = (
    _RANK,
    Column("left_line", "One record", "side"),
    Column("right_line", "The other", "side"),
    Column("agreed", "Speaks for one person", "each"),
    Column("differed", "Speaks against", "each"),
    Column("tonight", "Tonight", "decision"),
    Column("doubt", "In doubt", "share"),
    Column("at_stake", "At stake"),
    Column("owner", "Owner"),
    Column("pair_id", "Verdict", "verdict"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, and what of it is asked for; `page` starts at 1."""

    path: str
    group: str
    columns: tuple[Column, ...]
    source: str
    words: str = ""
    owner: str = ""
    page: int = 1
    is_grouped: bool = False
    rows: list[Row] = field(default_factory=list)
    total: int = 0

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_ROWS))

    def link(self, **changes: Any) -> str:
        """The address of this list with something changed; what is empty is left out."""
        state: Mapping[str, Any] = {"group": self.group if self.is_grouped else "", "q": self.words, "owner": self.owner, "page": self.page}
        state = {**state, **changes}
        kept = {key: value for key, value in state.items() if value not in ("", None) and not (key == "page" and value == 1)}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


def group_listing(group: str, words: str, owner: str, page: int) -> Listing | None:
    """The list of one group; None when there is no such group."""
    if group in ("now", "later"):
        source = sql_named("group_local").replace("segment_local", f"segment_{group}")
    elif group in ("evangelist", "unplaced"):
        source = sql_named(f"group_{group}")
    else:
        return None
    columns = UNPLACED_COLUMNS if group == "unplaced" else GROUP_COLUMNS
    return Listing("groups", group, columns, source, words.strip()[:LONGEST_QUERY], owner, max(1, page), is_grouped=True)


def today_listing(words: str, owner: str) -> Listing:
    """The list for today."""
    return Listing("today", "today", TODAY_COLUMNS, sql_named("today"), words.strip()[:LONGEST_QUERY], owner)


def match_listing(words: str, owner: str, page: int) -> Listing:
    """The pairs of records that a person should judge."""
    return Listing("matches", "matches", MATCH_COLUMNS, sql_named("matches"), words.strip()[:LONGEST_QUERY], owner, max(1, page))


def filled(listing: Listing, reader: Reader, is_whole: bool = False) -> Listing:
    """The list with its rows: one page of them, or all."""
    searched = ", ".join(column.field for column in listing.columns if column.field != "rank")
    if listing.is_grouped:
        searched += ", place"
    if listing.group == "matches":
        searched += ", left_record, right_record, left_contact_id, right_contact_id"
    sql = sql_named("listed").replace("SELECT * FROM list_source", listing.source).replace("searched", searched)
    limit = CSV_ROWS if is_whole else PAGE_ROWS
    values = {"owner": listing.owner, "words": listing.words, "row_limit": limit}
    page = 1 if is_whole else listing.page
    rows = reader.rows(sql, values | {"row_offset": (page - 1) * PAGE_ROWS})
    if not rows and page > 1:  # a page beyond the end: show the first
        page = 1
        rows = reader.rows(sql, values | {"row_offset": 0})
    return replace(listing, rows=rows, page=page, total=int(rows[0]["total"]) if rows else 0)


def table_of(listing: Listing) -> list[list[Any]]:
    """Headings and rows as they are seen."""
    titles: list[Any] = [column.title for column in listing.columns]
    return [titles, *([row[column.field] for column in listing.columns] for row in listing.rows)]
