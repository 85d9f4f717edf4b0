"""Outlook's CSV export, in the languages of `outlook_columns.yaml` → persons, what is noted about them as utterances, relations as ties.

Everything was written by the owner of the book. Children, gender, wedding days, fax numbers and the numbers of assistants and
switchboards are not read. Options: `dates: mdy|dmy` if the file's dates are not those of its language.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

from commonground.errors import ConfigError
from commonground.sources.base import Item, Refusal, Source, Visit
from commonground.sources.contacts.addresses import formatted_address, town_of
from commonground.sources.contacts.book import Book, Contact, read_members
from commonground.sources.contacts.columns import SAMPLE_ROWS, Cell, Columns, field_of, header_key, load_tables, read_aliases
from commonground.sources.contacts.dates import ORDERS, birthday_of, order_told
from commonground.sources.contacts.digests import Ids
from commonground.sources.drop_csv import csv_table
from commonground.sources.drops import Member
from commonground.sources.text import clean_text

_TABLES = load_tables(Path(__file__).with_name("outlook_columns.yaml"))
_ENGLISH = read_aliases(_TABLES["en"])
# English ones stand in every language's file where a translation was forgotten
LANGUAGES = {"en": _ENGLISH, **{name: {**_ENGLISH, **read_aliases(table)} for name, table in _TABLES.items() if name != "en"}}
# a header with fewer of Outlook's columns is somebody else's
FEWEST_COLUMNS = 4
# columns of LinkedIn's connections and Google's contacts, whose other columns Outlook has, too
_OF_OTHERS = re.compile(r"connected on|verbunden am|(?:e-mail|phone) 1 - (?:label|type|value)", re.IGNORECASE)
_PHONES = ("phone_mobile", "phone_main", "phone_home", "phone_other", "phone_work")
_TELLING = frozenset({"given", "family", "shown", "email", "company"})
_SEPARATORS = str.maketrans(",", ";")


class Outlook(Source):
    """The CSV that Outlook's *Import and Export* writes: a file, a folder of them or a zip."""

    name = "outlook"
    family = "contacts"
    expected_kinds = ("person",)
    is_complete = True

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of every row of every file.

        Raises:
            UnreadableError: no such path, or no file in it has a header of Outlook in a language we know.
            ConfigError: the option `dates` is neither mdy nor dmy.
        """
        order = visit.feed.options.get("dates")
        if order not in (None, *ORDERS):
            raise ConfigError(f"feeds.yaml: feed {visit.feed.name!r}: options.dates: wants mdy or dmy (it says {order!r})")
        ids = Ids()
        yield from read_members(path, (".csv",), "an Outlook CSV", lambda member: _read(member, visit.owner, order, ids))


def language_of(header: list[str]) -> str | None:
    """The language whose columns a header has most of; None if it has too few of any, or none that names somebody."""
    if any(_OF_OTHERS.fullmatch(name.strip()) for name in header):
        return None
    is_of_mails = {"emailaddress", "email2address"} <= {header_key(name)[0] for name in header}
    best, most = None, 1 if is_of_mails else FEWEST_COLUMNS - 1
    for language, aliases in LANGUAGES.items():
        fields = [field for name in header if (field := field_of(name, aliases))]
        if len(fields) > most and not _TELLING.isdisjoint(fields):
            best, most = language, len(fields)
    return best


def _read(member: Member, owner: str | None, order: str | None, ids: Ids) -> Iterator[Item]:
    expected = "columns of Outlook (First Name, Last Name, E-mail Address, ...; German, French, Spanish, Italian, Dutch, too)"
    table = csv_table(member, lambda cells: language_of(cells) is not None, expected)
    language = language_of(table.header) or "en"
    columns = Columns(table.header, LANGUAGES[language])
    first = list(islice(table.rows, SAMPLE_ROWS))
    order = order or order_told(columns.sample(first, frozenset({"birthday"}))) or ("mdy" if language == "en" else "dmy")
    if columns.are_names_whole(first):
        columns.read = [(at, "shown" if field == "given" else field, number) for at, field, number in columns.read]
    titles = [one for one in columns.read if one[1] == "job_title"]
    if len(titles) > 1:
        columns.read.remove(titles[0])  # French calls both the salutation and, later, the position so
    if refusal := columns.unmapped(member, "no column of Outlook's export is called so"):
        yield refusal
    book = Book(member.source_file, owner, ids, has_relations=not columns.fields.isdisjoint({"spouse", "referred_by"}))
    for row in chain(first, table.rows):
        if isinstance(row, Refusal):
            yield row
        elif cells := columns.cells(row.cells):
            yield from book.items(_contact(cells, order), row.line)
        else:
            yield member.refusal("empty_row", f"{member.source_file} line {row.line}: every cell is empty", "", row.line)
    yield from book.relations.ties()


def _contact(cells: dict[str, list[Cell]], order: str) -> Contact:
    def one(field: str) -> str:
        return clean_text(cells[field][-1][1]) if field in cells else ""

    def every(*fields: str) -> list[str]:
        found = (clean_text(cell) for field in fields if field in cells for _, cell in cells[field])
        return list(dict.fromkeys(text for text in found if text))

    contact = Contact(
        given=one("given"),
        middle=one("middle"),
        family=one("family"),
        suffix=one("suffix"),
        nickname=one("nickname"),
        emails=every("email"),
        phones=every(*_PHONES),
    )
    if not (contact.given or contact.family):
        contact.shown = one("shown")
    values = contact.values = {
        "employer": one("company"),
        "job_title": one("job_title") or one("profession"),
        "urls": every("url"),
        **_home(cells, one),
    }
    if location := one("location"):
        values.setdefault("location_text", location)
    if birthday := one("birthday"):
        try:
            values["birth_date"] = birthday_of(birthday, order)
        except ValueError as error:
            contact.complaints.append(("bad_date", f"Birthday {error}", birthday))
    for cell in every("tags"):
        contact.tags += [tag for part in cell.translate(_SEPARATORS).split(";") if (tag := part.strip()) and tag not in contact.tags]
    for number, words in enumerate(every("notes"), start=1):
        contact.said.append(("notes" if number == 1 else f"notes-{number}", "note", words))
    for number, words in enumerate(every("hobby"), start=1):
        contact.said.append((str(number), "hobby", words))
    if profession := one("profession"):
        contact.said.append(("profession", "position", profession))
    contact.said += [(f"user-{number}", "note", words) for number, cell in cells.get("user", ()) if (words := clean_text(cell))]
    contact.relations += [("Spouse", name) for name in every("spouse")]
    contact.relations += [("Referred by", name) for name in every("referred_by")]
    return contact


def _home(cells: dict[str, list[Cell]], one: Callable[[str], str]) -> dict[str, str]:
    """The home address, else the other one; of the workplace only the town."""
    for place in ("home", "other"):
        street = " ".join(clean_text(cell) for _, cell in cells.get(f"{place}_street", ()))
        address = {
            "street": " ".join(street.split()) or _box(one(f"{place}_box")),
            "city": one(f"{place}_city"),
            "state": one(f"{place}_state"),
            "postal_code": one(f"{place}_code"),
        }
        if any(address.values()):
            return {**address, "country": one(f"{place}_country")}
        if formatted := one(f"{place}_address"):
            return formatted_address(formatted)
    return town_of({"city": one("work_city"), "state": one("work_state")})


def _box(number: str) -> str:
    return f"PO Box {number}" if number.isdigit() else number
