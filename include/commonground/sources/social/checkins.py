"""Check-ins of services that are gone or give no export: a table anybody can write, Gowalla's old API answers, the SNAP data set.

The table (CSV) has the columns person, service, venue, item, date, note (more: city, latitude, longitude, with, url), in any
order; `person` empty is the owner. It is the way in for Foodspotting, whose dishes are the `item`. Gowalla's answers (2009-2011)
are JSON; its people are known by their address there. In the SNAP files people are bare numbers, so placeholders.
"""

import datetime as dt
import gzip
import io
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Record, Refusal, Source, Visit
from commonground.sources.drop_csv import Row, csv_table
from commonground.sources.drop_json import payload_of
from commonground.sources.drops import ByteStream, Drop, Member
from commonground.sources.foreign import refuse_foreign
from commonground.sources.social.elements import point_of
from commonground.sources.social.gowalla import Answers
from commonground.sources.social.owners import Owner
from commonground.sources.social.usernames import Accounts
from commonground.sources.social.written_dates import Order, order_told, read_date
from commonground.sources.text import clean_name, clean_text, iso_moment, stable_id

_COLUMNS = {
    "person": "person name who user friend",
    "service": "service app source",
    "venue": "venue place spot restaurant where location",
    "item": "item dish food what",
    "date": "date when day checkedinat createdat",
    "note": "note notes comment text message shout",
    "city": "city town",
    "latitude": "latitude lat",
    "longitude": "longitude lng lon",
    "company": "with company",
    "url": "url link profile",
}
_EXPECTED = "venue (or item) and date; known columns: person, service, venue, item, date, note, city, latitude, longitude, with, url"
LONGEST_LINE = 10_000
_COMPANY = re.compile(r"[;,&]| and ")
_key = lru_cache(maxsize=16384)(stable_id)  # the same people go to the same places


class Checkins(Source):
    """Check-ins as a table or in an old format."""

    name = "checkins"
    family = "social"

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of a file, folder or zip: `.csv`, `.json`, or the SNAP files `.txt`, `.tsv`, `.txt.gz`."""
        with Drop(path) as drop:
            members = [member for member in drop.members if member.base.endswith((".csv", ".json", ".tsv", ".txt", ".gz"))]
            if not members:
                raise UnreadableError(f"{path}: no .csv, .json, .tsv or .txt in it; expected check-ins")
            items = chain(drop.refusals, _items(members, visit))
            yield from refuse_foreign(items, path, "check-ins (a table with venue and date, answers of Gowalla, or its SNAP files)")


def _items(members: list[Member], visit: Visit) -> Iterator[Item]:
    answers = Answers(Accounts(Owner.of(visit)))
    yield from answers.accounts.owner_record(None, "", [], {})
    for member in members:
        try:
            yield from _read(member, answers)
        except UnreadableError as error:
            if len(members) == 1:
                raise
            yield member.unreadable(error)


def _read(member: Member, answers: Answers) -> Iterator[Item]:
    if member.base.endswith(".json"):
        yield from answers.file(member)
    elif _is_snap(member):
        yield from _snap(member, answers.accounts)
    else:
        yield from _table(member, answers.accounts)


# -- a table anybody can write ------------------------------------------------------------------------------------------


def _places(header: list[str]) -> dict[str, int]:
    plain = [re.sub(r"[^a-z]", "", cell.casefold()) for cell in header]
    return {name: plain.index(word) for name, words in _COLUMNS.items() for word in reversed(words.split()) if word in plain}


def _table(member: Member, accounts: Accounts) -> Iterator[Item]:
    table = csv_table(member, lambda cells: {"date"} < _places(cells).keys() and bool({"venue", "item"} & _places(cells).keys()), _EXPECTED)
    places = _places(table.header)

    @cache
    def order() -> str | None:
        """Day or month first, as the other rows of the file say."""
        again = csv_table(member, lambda cells: cells == table.header, _EXPECTED)
        return order_told(row.cells[places["date"]] for row in again.rows if isinstance(row, Row))

    for row in table.rows:
        if isinstance(row, Refusal):
            yield row
            continue
        cells = {name: clean_text(row.cells[place]) for name, place in places.items()}
        try:
            yield from _visit_of(cells, row, member, accounts, order)
        except ValueError as error:
            reason = f"{member.source_file} line {row.line}: {error}"
            rule = "missing_text" if "neither" in str(error) else "bad_date"
            yield member.refusal(rule, reason, payload_of(row.cells), row.line)


def _visit_of(cells: dict[str, str], row: Row, member: Member, accounts: Accounts, order: Order) -> Iterator[Item]:
    place = {"source_file": member.source_file, "source_line": row.line}
    venue, item, note = cells.get("venue", ""), cells.get("item", ""), cells.get("note", "")
    if not venue and not item:
        raise ValueError("neither a venue nor an item")
    at = read_date(cells.get("date", ""), dt.UTC, order)
    who = accounts.owner.record_id
    person, url = clean_name(cells.get("person", "")), cells.get("url", "")
    if person and not accounts.owner.is_called(person):
        who = _key(person)
        yield from accounts.meet(who, person, [url] if url.startswith(("http://", "https://")) else [], place)
    service = cells.get("service", "")
    text = f"{item} at {venue}" if item and venue else item or f"At {venue}"
    text = "\n".join(part for part in (text, note) if part)
    where = ", ".join(part for part in (venue, cells.get("city", "")) if part)
    company = [clean_name(name) for name in _COMPANY.split(cells["company"]) if clean_name(name)] if cells.get("company") else []
    refs = []
    for name in company:
        ref, records = accounts.meet_name(name, place, "company")
        yield from records
        refs.append(ref)
    key = stable_id(who, service, venue, item, cells.get("date", ""), note[:500])
    values: dict[str, Any] = {"record_id": key, "author_ref": who, "utterance_type": "checkin", "text": text, "is_self_stated": True}
    values |= {"occurred_at": at, "place_name": where or None, "thread_id": f"checkin:{_key(venue, cells.get('date', ''))}"}
    if "latitude" in cells:
        values |= _point(cells)
    values["target_ref"] = refs[0] if len(refs) == 1 and refs[0] != who else None
    yield Record("utterance", {**values, **place})
    if len(refs) > 1:
        everybody = sorted({str(who), *refs})
        evidence = f"Together at {venue or item}" + (f" on {at:%d %b %Y}" if at else "")
        for number, one in enumerate(everybody):
            for other in everybody[number + 1 :]:
                yield from accounts.tie(one, other, "event", place, evidence, at)


def _point(cells: dict[str, str]) -> dict[str, float]:
    try:
        return point_of(float(cells["latitude"]), float(cells["longitude"]))
    except (KeyError, ValueError):
        return {}


# -- the SNAP data set --------------------------------------------------------------------------------------------------

_EDGE = re.compile(r"(\d+)\t(\d+)\s*")
_CHECKIN = re.compile(r"(\d+)\t(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\t(-?[\d.]+)\t(-?[\d.]+)\t(\d+)\s*")


def _is_snap(member: Member) -> bool:
    if not member.base.endswith((".txt", ".tsv", ".gz")):
        return False
    with _lines(member) as lines:
        first = lines.readline(LONGEST_LINE)
    return bool(_EDGE.fullmatch(first) or _CHECKIN.fullmatch(first))


def _lines(member: Member) -> io.TextIOWrapper:
    stream: ByteStream = member.open()
    if member.base.endswith(".gz"):
        unpacked = gzip.GzipFile(fileobj=stream)
        stream = ByteStream(unpacked, member.source_file, member.limits.member_bytes)
    return io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", errors="replace", newline="\n")


def _snap(member: Member, accounts: Accounts) -> Iterator[Item]:
    with _lines(member) as lines:
        for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), ""), start=1):
            place = {"source_file": member.source_file, "source_line": number}
            if edge := _EDGE.fullmatch(line):
                one, other = (f"snap:{user}" for user in edge.groups())
                for user in (one, other):
                    yield from accounts.meet(user, "", [], place)
                if one == other:
                    yield _refused(member, number, line, "tie_to_self", "a friend of oneself")
                yield from accounts.tie(one, other, "friend", place, "Friends on Gowalla")
            elif checkin := _CHECKIN.fullmatch(line):
                yield from _snap_checkin(checkin, accounts, place, member, number)
            elif line.strip():
                yield _refused(member, number, line, "bad_row", "expected `user TAB friend` or `user TAB time TAB lat TAB lon TAB place`")


def _snap_checkin(found: re.Match[str], accounts: Accounts, place: dict[str, object], member: Member, number: int) -> Iterator[Item]:
    user, time, latitude, longitude, spot = found.groups()
    yield from accounts.meet(f"snap:{user}", "", [], place)
    try:
        at, point = iso_moment(time), point_of(float(latitude), float(longitude))
    except ValueError as error:
        yield _refused(member, number, found[0], "bad_date", str(error))
        return
    values = {"record_id": f"{user}:{time}:{spot}", "author_ref": f"snap:{user}", "utterance_type": "checkin", "is_self_stated": True}
    values |= {"text": f"At spot {spot}", "occurred_at": at, "place_name": f"spot {spot}", "thread_id": f"spot:{spot}"}
    yield Record("utterance", {**values, **point, **place})


def _refused(member: Member, number: int, line: str, rule: str, reason: str) -> Refusal:
    return member.refusal(rule, f"{member.source_file} line {number}: {reason}", line.strip()[:500], number)
