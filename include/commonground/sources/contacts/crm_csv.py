"""Any CRM's CSV export → persons, notes, hobbies and tags as utterances, last contacts, closings and inquiries as interactions, opt-outs.

Columns are known by their headers (`crm_headers.py`). Headers that it does not know are named in one refusal per file, loudly:
map them in the feed's options. Columns about what must not matter (family, age, origin, ...) are known and never read.

Days in numbers are read as the file itself tells, else month first, in a file whose headers are in another language day first.

Options: `columns: {"Their column": field}` (`unread` to leave one alone), `on_unmapped: refuse|note` (`note` keeps unknown columns
as words, `Column: value`), `dates: mdy|dmy`.
"""

import datetime as dt
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from zoneinfo import ZoneInfo

from commonground.config import Market
from commonground.errors import ConfigError
from commonground.sources.base import Item, Refusal, Source, Visit
from commonground.sources.contacts.addresses import formatted_address, town_of
from commonground.sources.contacts.book import Book, Contact, read_members
from commonground.sources.contacts.columns import SAMPLE_ROWS, Cell, Columns, header_key
from commonground.sources.contacts.crm_headers import ALIASES, TABLE, crm_field, is_day_first
from commonground.sources.contacts.dates import ORDERS, birthday_of, day_of, is_unset, moment_of, order_told
from commonground.sources.contacts.digests import Ids
from commonground.sources.drop_csv import csv_table
from commonground.sources.drops import Member
from commonground.sources.text import clean_text, split_name

# a header with fewer known columns is no list of people
FEWEST_COLUMNS = 2
_NAMING = frozenset({"full_name", "given_name", "family_name", "email"})
_TAG_ENDS = re.compile(r"[;|\n]")
_SEVERAL = re.compile(r"[;,|\n]+")
_YES = frozenset({"yes", "y", "true", "t", "1", "x", "on", "checked", "opted out", "unsubscribed", "dnc", "✓"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "unsubscribed", "opted out", "declined", "not subscribed", "revoked"})
_OPT_OUTS = {"no_calls": ("phone", "any"), "no_texts": ("text", "any"), "no_emails": ("email", "marketing"), "no_contact": ("any", "any")}
_OPT_INS = {"yes_emails": ("email", "marketing"), "yes_texts": ("text", "any")}
# the last contact of each kind → (interaction_type, what the CRM said)
_CONTACTS = {
    "last_call": ("call", "Last call"),
    "last_email": ("email", "Last email"),
    "last_text": ("text", "Last text"),
    "last_meeting": ("meeting", "Last meeting"),
    "last_contacted": ("message", "Last contact"),
}
_RELATIONS = frozenset({"spouse", "spouse_given", "referred_by", "relation_given", "relation_family", "relation_name", "relationships"})
_PERMISSIONS = frozenset({*_OPT_OUTS, *_OPT_INS})
_DAYS = frozenset({"birthday", "created", "modified", "last_activity", "closing_date", "home_anniversary", *_CONTACTS})
_PHONES = ("phone_mobile", "phone", "phone_home", "phone_work")
_PLACE = frozenset({"street", "address", "street_number", "street_more", "city", "state", "postal_code", "work_city", "work_state"})
_COURTESY = frozenset(["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "m", "mme", "mlle", "sr", "sra"])
_PHONE_ORDER = {"mobile": 0, "cell": 0, "home": 2, "work": 3, "business": 3, "office": 3}
_NO_PHONE = ("fax", "pager")


class CrmCsv(Source):
    """A CSV of contacts as any CRM exports it: a file, a folder of them or a zip."""

    name = "crm-csv"
    family = "contacts"
    expected_kinds = ("person",)
    is_complete = True

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of every row of every file.

        Raises:
            UnreadableError: no such path, or no file in it has a header that names people.
            ConfigError: an option is not what it must be.
        """
        settings = _Settings(visit)
        ids = Ids()
        yield from read_members(path, (".csv", ".tsv", ".txt"), "a CSV of contacts", lambda member: _read(member, settings, ids))


class _Settings:
    """The feed's options, checked, and what of the market matters here."""

    def __init__(self, visit: Visit) -> None:
        options, where = visit.feed.options, f"feeds.yaml: feed {visit.feed.name!r}: options"
        self.order: str | None = options.get("dates")
        self.on_unmapped: str = options.get("on_unmapped", "refuse")
        own = options.get("columns") or {}
        if self.order not in (None, *ORDERS):
            raise ConfigError(f"{where}.dates: wants mdy or dmy (it says {self.order!r})")
        if self.on_unmapped not in ("refuse", "note"):
            raise ConfigError(f"{where}.on_unmapped: wants refuse or note (it says {self.on_unmapped!r})")
        if not isinstance(own, dict):
            raise ConfigError(f'{where}.columns: wants a mapping such as {{"Their column": given_name}}')
        for column, field in own.items():
            if field not in TABLE:
                raise ConfigError(f"{where}.columns: {column!r}: {field!r} is no field; known: {', '.join(sorted(TABLE))}")
        self.aliases = ALIASES | {header_key(str(column))[0]: field for column, field in own.items()}
        self.agents = _agents(visit.market)
        self.owner, self.now, self.zone = visit.owner, visit.now, ZoneInfo(visit.market.time_zone)

    def is_header(self, cells: list[str]) -> bool:
        """Whether a row of cells names columns of people."""
        fields = [field for name in cells if (field := crm_field(name, self.aliases))]
        return len(fields) >= FEWEST_COLUMNS and not _NAMING.isdisjoint(fields)


def _agents(market: Market) -> dict[str, str]:
    known = {_words(agent.name): agent.agent_id for agent in market.agents}
    return known | {mail.casefold(): agent.agent_id for agent in market.agents for mail in agent.emails}


def _words(name: str) -> str:
    return " ".join(name.casefold().split())


def _read(member: Member, settings: _Settings, ids: Ids) -> Iterator[Item]:
    table = csv_table(member, settings.is_header, "columns of people (First Name, Last Name, Email, Phone, ...)")
    columns = Columns(table.header, settings.aliases, crm_field)
    first = list(islice(table.rows, SAMPLE_ROWS))
    usual = "dmy" if is_day_first(table.header, settings.aliases) else "mdy"
    order = settings.order or order_told(columns.sample(first, _DAYS)) or usual
    _name_columns(columns, are_whole=columns.are_names_whole(first))
    if settings.on_unmapped == "refuse" and (
        refusal := columns.unmapped(member, 'map them in the feed\'s options: columns: {"Their column": field}, or set on_unmapped: note')
    ):
        yield refusal
    notes = columns.unknown if settings.on_unmapped == "note" else []
    book = Book(member.source_file, settings.owner, ids, has_relations=not _RELATIONS.isdisjoint(columns.fields))
    for row in chain(first, table.rows):
        if isinstance(row, Refusal):
            yield row
            continue
        cells = columns.cells(row.cells)
        if not cells:
            yield member.refusal("empty_row", f"{member.source_file} line {row.line}: no cell that is read has a value", "", row.line)
            continue
        contact = _Row(cells, settings, order).contact()
        for number, (position, name) in enumerate(notes, start=1):
            if words := clean_text(row.cells[position]):
                contact.said.append((f"column-{number}", "note", f"{name}: {words}"))
        yield from book.items(contact, row.line)
    yield from book.relations.ties()


def _name_columns(columns: Columns, *, are_whole: bool) -> None:
    """Where only one column could be a name's part (`Nombre`), or a whole name stands in that of the first, it is the whole name."""
    parts = columns.fields & {"full_name", "given_name", "family_name"}
    if are_whole and "full_name" not in parts:
        parts = {"given_name"}
    if len(parts) == 1:
        columns.read = [(at, "full_name" if field in parts else field, number) for at, field, number in columns.read]


class _Row:
    """One row on its way to a contact."""

    def __init__(self, cells: dict[str, list[Cell]], settings: _Settings, order: str) -> None:
        self.cells, self.settings, self.order = cells, settings, order
        self.first = {field: clean_text(found[0][1]) for field, found in cells.items()}
        self.person = Contact()

    def one(self, field: str) -> str:
        """The first cell of a field."""
        return self.first.get(field, "")

    def every(self, field: str) -> list[str]:
        """Every cell of a field."""
        return [text for _, cell in self.cells[field] if (text := clean_text(cell))] if field in self.cells else []

    def has(self, fields: frozenset[str]) -> bool:
        """Whether any cell of these fields says something."""
        return not fields.isdisjoint(self.cells)

    def contact(self) -> Contact:
        """The contact of the row."""
        person, one = self.person, self.one
        person.key = one("record_id")[:200]
        person.given, person.family, person.middle = one("given_name"), one("family_name"), one("middle_name")
        person.suffix, person.nickname = one("name_suffix"), one("nickname")
        if not (person.given or person.family) and (shown := one("full_name")):
            person.given, person.middle, person.family, person.suffix = split_name(shown)
            person.shown = shown
        person.emails = [part.strip() for cell in self.every("email") for part in _SEVERAL.split(cell)]
        person.phones = self._phones()
        person.tags = self._tags("tags")
        stage, timeframe, kinds = one("stage"), one("timeframe"), self._tags("kind")
        if not stage and kinds:
            stage = kinds.pop(0)
        person.tags += [kind for kind in kinds if kind not in person.tags]
        person.values = {
            "former_family_name": one("former_family_name"),
            "employer": one("company"),
            "job_title": next((title for title in self.every("job_title") if title.casefold().strip(".") not in _COURTESY), ""),
            "urls": list(dict.fromkeys(self.every("url"))),
            "stage": stage or timeframe,
            "lead_source": one("lead_source"),
            "owner_agent_id": self._owner(),
            **self._home(),
        }
        self._days()
        self._words(timeframe if stage else "")
        if self.has(_RELATIONS):
            self._relations()
        if self.has(_PERMISSIONS):
            self._permissions()
        return person

    def _phones(self) -> list[str]:
        if self.cells.keys().isdisjoint(_PHONES):
            return []
        types = {number: text.casefold() for number, text in self.cells.get("phone_type", ())}
        found: list[tuple[int, str]] = []
        for at, field in enumerate(_PHONES):
            for number, cell in self.cells.get(field, ()):
                kind = types.get(number, "") if field == "phone" else ""
                if any(word in kind for word in _NO_PHONE):
                    continue
                order = next((order for word, order in _PHONE_ORDER.items() if word in kind), at)
                # a comma before an extension parts no numbers
                found += [(order, text) for part in re.split(r"[;|\n]|,(?=\s*(?:\+\d|\(?\d{3}))", cell) if (text := clean_text(part))]
        return list(dict.fromkeys(text for _, text in sorted(found, key=lambda one: one[0])))

    def _tags(self, field: str) -> list[str]:
        if field not in self.cells:
            return []
        tags: list[str] = []
        for cell in self.every(field):
            parts = _TAG_ENDS.split(cell) if _TAG_ENDS.search(cell) else cell.split(",")
            tags += [tag for part in parts if (tag := part.strip(' "[]'))]
        return list(dict.fromkeys(tags))

    def _owner(self) -> str | None:
        """The team member it is assigned to, by mail or name; nobody of ours if it is somebody else's; unassigned: the feed's owner."""
        said = [*self.every("owner_email"), *self.every("owner")]
        for text in said:
            mail = re.search(r"[^\s<>,;]+@[^\s<>,;]+", text)
            if agent := self.settings.agents.get(mail[0].casefold() if mail else _words(text)):
                return agent
        return None if said else self.settings.owner

    def _home(self) -> dict[str, str]:
        if not self.has(_PLACE):
            return {}
        first = self.one("street") or self.one("address")
        if len(parts := re.split(r" {2,}", first)) > 2:  # Mailchimp's way to write a whole address into one cell
            return formatted_address(", ".join(parts))
        street = " ".join(" ".join([*self.every("street_number")[:1], *self.every("street")[:1], *self.every("street_more")]).split())
        address = {"street": street, "city": self.one("city"), "state": self.one("state"), "postal_code": self.one("postal_code")}
        if not any(address[part] for part in ("city", "state", "postal_code")):
            if street or self.one("address"):
                found = formatted_address(street or self.one("address"))
                return {"street": street} if street[:1].isdigit() and "," not in street and "location_text" in found else found
            return town_of({"city": self.one("work_city"), "state": self.one("work_state")})
        if not street and (line := self.one("address")):
            street = formatted_address(line).get("street", "")
        return {**address, "street": street, "country": self.one("country")}

    def _moment(self, field: str) -> dt.datetime | None:
        if field not in self.cells or is_unset(text := self.one(field)):
            return None
        try:
            return moment_of(text, self.order, self.settings.zone)
        except ValueError as error:
            self.person.complaints.append(("bad_date", f"{field} {error}", text))
            return None

    def _days(self) -> None:
        person, values = self.person, self.person.values
        values["created_at"] = created = self._moment("created")
        modified = self._moment("modified")
        values["modified_at"] = modified if modified and modified <= self.settings.now else None
        values["last_activity_at"] = max(filter(None, [self._moment("last_activity"), *self._contacts()]), default=None)
        if "birthday" in self.cells and (birthday := self._birthday()) and not is_unset(birthday):
            try:
                values["birth_date"] = birthday_of(birthday, self.order)
            except ValueError as error:
                person.complaints.append(("bad_date", f"birthday {error}", birthday))
        self._closing()
        self._inquiry(created)

    def _birthday(self) -> str:
        """The birthday; some write year, month and day into columns of their own."""
        day, month, year = (self.one(field) for field in ("birthday", "birth_month", "birth_year"))
        if not (day.isdecimal() and month.isdecimal() and len(day) < 3 and len(month) < 3):
            return day
        return f"{year.zfill(4) if year.isdecimal() else '-'}-{month.zfill(2)}-{day.zfill(2)}"

    def _contacts(self) -> list[dt.datetime]:
        """The last contact of each kind; the last of any kind only where it is later than those."""
        moments: list[dt.datetime] = []
        for field, (kind, words) in _CONTACTS.items():
            moment = self._moment(field)
            if moment is None or (kind == "message" and moment.date() in {one.date() for one in moments}):
                continue
            moments.append(moment)
            direction = "both" if kind == "meeting" else None
            happened = {"record_id": field, "interaction_type": kind, "direction": direction, "occurred_at": moment, "text": words}
            self.person.interactions.append(happened)
        return moments

    def _closing(self) -> None:
        for field, words in (("closing_date", "Closing date"), ("home_anniversary", "Home anniversary")):
            if field not in self.cells or is_unset(text := self.one(field)):
                continue
            try:
                day = day_of(text, self.order)
            except ValueError:
                self.person.said.append((field, "note", f"{words}: {text}"))  # an anniversary without a year, or words
                continue
            if day > self.settings.now.date():
                self.person.said.append((field, "note", f"{words}: {day}"))
                continue
            noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
            deal = {"record_id": "closing", "interaction_type": "deal", "direction": "both", "occurred_at": noon, "outcome": "Closed"}
            self.person.interactions.append({**deal, "text": words})
            return

    def _inquiry(self, created: dt.datetime | None) -> None:
        street, listing = self.one("property_street"), self.one("listing_id")
        if not street and not listing:
            return
        if created is None:
            self.person.said.append(("property", "note", f"Property of interest: {street or listing}"))
            return
        price = re.sub(r"[^\d.]", "", self.one("property_price"))
        self.person.interactions.append(
            {
                "record_id": "property",
                "interaction_type": "inquiry",
                "direction": "in",
                "occurred_at": created,
                "text": "Property of interest",
                "listing_id": listing,
                "property_address": street,
                "property_city": self.one("property_city"),
                "property_postal_code": self.one("property_postal_code"),
                "property_price": float(price) if re.fullmatch(r"\d+(\.\d+)?", price) else None,
            }
        )

    def _words(self, timeframe: str) -> None:
        said = self.person.said
        for field in ("notes", "background"):
            for number, text in enumerate(self.every(field), start=1):
                said.append((field if number == 1 else f"{field}-{number}", "note", text))
        if timeframe:
            said.append(("timeframe", "note", f"Timeframe: {timeframe}"))
        said += [(str(number), "hobby", words) for number, words in enumerate(self.every("hobby"), start=1) if not words.isdecimal()]

    def _relations(self) -> None:
        relations = self.person.relations
        relations += [("Spouse", name) for name in self.every("spouse")]
        if (given := self.one("spouse_given")) and not relations:
            relations.append(("Spouse", f"{given} {self.one('spouse_family') or self.person.family}".strip()))
        relations += [("Referred by", name) for name in self.every("referred_by")]
        kinds, firsts, lasts = (dict(self.cells.get(f"relation_{part}", ())) for part in ("kind", "given", "family"))
        names = {number: f"{firsts.get(number, '')} {lasts.get(number, '')}" for number in [*firsts, *lasts]}
        names |= dict(self.cells.get("relation_name", ()))
        relations += [(kinds.get(number, ""), name) for number, words in sorted(names.items()) if (name := clean_text(words))]
        for cell in self.every("relationships"):
            for part in _TAG_ENDS.split(cell):
                # `Spouse: Bo Lee`, `Bo Lee (Spouse)`
                if found := re.fullmatch(r"\s*(?:([\w /-]{2,30}):\s*(.+?)|(.+?)\s*\(([\w /-]{2,30})\))\s*", part):
                    relations.append((found[1] or found[4], found[2] or found[3]))

    def _permissions(self) -> None:
        for field, channel in _OPT_OUTS.items():
            if any(text.casefold() in _YES for text in self.every(field)):
                self.person.opt_outs.append(channel)
        for field, channel in _OPT_INS.items():
            if any(text.casefold() in _NO for text in self.every(field)):
                self.person.opt_outs.append(channel)
