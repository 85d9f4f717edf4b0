"""vCard files (2.1, 3 and 4; iPhone, Mac, Android, Outlook, Google) → persons, what is noted about them as utterances, relations as ties.

A file holds many cards; each is read by itself, and a bad one is refused by itself. Pictures, sounds and keys are never looked at.
Gender, language, wedding days and the names of children are not read: they are nobody's business here.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Source, Visit
from commonground.sources.contacts.addresses import formatted_address, town_of
from commonground.sources.contacts.book import Book, Contact, read_members, refusal
from commonground.sources.contacts.digests import Digests, Ids, number_of
from commonground.sources.contacts.people import birth_date
from commonground.sources.contacts.relations import PARTNER
from commonground.sources.contacts.vcard_text import Card, Property, plain, properties, split_cards, split_value, unescape
from commonground.sources.drops import Member
from commonground.sources.names import words
from commonground.sources.saved import holds
from commonground.sources.text import clean_text

_EXTENSIONS = (".vcf", ".vcard")
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_PARTIAL_DAY = re.compile(r"\d{4}(?:-?\d{2})?-?|---?\d{2}(?:-\d{2})?", re.ASCII)
_GEO = re.compile(r"(?:geo:)?\s*(-?\d+(?:\.\d+)?)\s*[,;]\s*(-?\d+(?:\.\d+)?)")
_UUID = re.compile(r"urn:uuid:|uuid:", re.IGNORECASE)
# of these numbers nobody answers, or somebody else does
_NO_PHONE = words("fax pager modem isdn tlx telex bbs assistant x-assistant assistantphone companymain x-company-main homefax workfax")
_HANDLES = {
    "X-AIM": "aim", "X-MSN": "msn", "X-YAHOO": "ymsgr", "X-JABBER": "xmpp", "X-ICQ": "icq", "X-GTALK": "xmpp", "X-GOOGLE-TALK": "xmpp",
    "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype", "X-QQ": "qq", "X-MS-IMADDRESS": "im", "X-TWITTER": "twitter", "X-EVOLUTION-AIM": "aim",
}  # fmt: skip
_SPOUSES = frozenset({"X-SPOUSE", "X-MS-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME"})
# Android's numbers for relations, as its export writes them
_ANDROID_RELATIONS = {1: "Assistant", 2: "Brother", 3: "Child", 4: "Domestic partner", 5: "Father", 6: "Friend", 7: "Manager", 8: "Mother",
                      9: "Parent", 10: "Partner", 11: "Referred by", 12: "Relative", 13: "Sister", 14: "Spouse"}  # fmt: skip
_NO_PERSON = frozenset({"group", "location", "thing", "application", "device"})
# what Google files everybody, or every favourite, under
_SYSTEM_GROUPS = frozenset({"mycontacts", "my contacts", "starred", "starred in android"})
_ORDER = {"cell": 1, "mobile": 1, "iphone": 1, "home": 2, "work": 4}


class VCard(Source):
    """`.vcf` files as every address book exports them: a file, a folder or a zip."""

    name = "vcard"
    family = "contacts"
    expected_kinds = ("person",)
    is_complete = True

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Records of every card of every file.

        Raises:
            UnreadableError: no such path, or no file in it holds a card.
        """
        ids, cards = Ids(), None if path.is_file() and path.suffix.lower() in _EXTENSIONS else Digests()
        yield from read_members(path, _EXTENSIONS, "vCards", lambda member: _read(member, visit, ids, cards))


def _read(member: Member, visit: Visit, ids: Ids, cards: Digests | None) -> Iterator[Item]:
    """The items of a file; `cards` are those of the drop's other files, None if there is no other."""
    book = Book(member.source_file, visit.owner, ids, has_relations=holds(member, b"relat", b"spouse"))
    strays: list[Item] = []
    has_card = False
    own = Digests()
    with member.open() as stream:
        for card in split_cards(stream):
            if card.is_stray and not has_card:
                strays += _items(card, book, member, visit.now)
                continue
            has_card = True
            # Takeout writes a card into the file of each of its labels, too
            digest = 0 if cards is None else number_of(card.content)
            if cards is not None and digest in cards and not card.complaint:
                text = card.content[:8000].decode("utf-8", "replace")
                yield refusal(member, "duplicate", "the card stands in another file of this export already", text, card.line)
                continue
            if digest:
                own.add(digest)
            yield from _items(card, book, member, visit.now)
    if not has_card:
        raise UnreadableError(f"{member.source_file}: no BEGIN:VCARD in it; expected vCards")
    if cards is not None:
        cards.take_over(own)
    yield from strays
    yield from book.relations.ties()


def _items(card: Card, book: Book, member: Member, now: dt.datetime) -> list[Item]:
    if card.complaint:
        rule = "text_outside_card" if card.is_stray else "unreadable_card"
        return [refusal(member, rule, card.complaint, card.content[:8000].decode("utf-8", "replace"), card.line)]
    reading = _Reading(now)
    for found in properties(card.content, _WANTED):
        _READERS[found.name](reading, found)
    reading.finish()
    if reading.kind in _NO_PERSON:
        text = card.content[:8000].decode("utf-8", "replace")
        return [refusal(member, "no_person", f"the card is of a {reading.kind}, expected a person", text, card.line)]
    if reading.is_empty:
        text = card.content[:8000].decode("utf-8", "replace")
        return [refusal(member, "empty_card", "the card names nobody: no name, mail, phone, address or note", text, card.line)]
    return book.items(reading.contact, card.line)


class _Reading:
    """A card while its properties are read: what must wait for others (labels of groups, which address, which number first)."""

    __slots__ = ("addresses", "contact", "grouped", "kind", "labels", "mails", "now", "phones", "urls")

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.contact = Contact()
        self.kind = ""
        self.labels: dict[str, str] = {}
        self.mails: list[tuple[float, str]] = []
        self.phones: list[tuple[float, str, str]] = []
        self.addresses: list[tuple[int, dict[str, str]]] = []
        self.grouped: list[tuple[str, str]] = []
        self.urls: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nobody could be known by it."""
        one = self.contact
        known = one.given or one.family or one.shown or one.nickname or one.emails or one.phones or one.said or one.tags
        return not (known or one.values.keys() & {"employer", "street", "urls", "job_title"})

    def finish(self) -> None:
        """Puts in order what had to wait."""
        one = self.contact
        if len(self.mails) > 1:
            self.mails.sort(key=lambda mail: mail[0])
        one.emails = [mail for _, mail in self.mails]
        if len(self.phones) > 1:
            self.phones.sort(key=lambda phone: phone[0])
        for _, number, group in self.phones:
            if number not in one.phones and not (group and _is_no_phone(self._label(group))):
                one.phones.append(number)
        for group, name in self.grouped:
            label = self._label(group)
            if label.lower() not in ("assistant", "manager"):
                one.relations.append((label, name))
        if self.addresses:
            order, address = min(self.addresses, key=lambda one: one[0])
            one.values.update(address if order < _ORDER["work"] else town_of(address))
        if self.urls:
            one.values["urls"] = list(dict.fromkeys(self.urls))

    def _label(self, group: str) -> str:
        label = self.labels.get(group, "") if group else ""
        found = _APPLE_LABEL.fullmatch(label)
        return found[1] if found else label

    def complain(self, rule: str, reason: str, value: str) -> None:
        """Something on the card that cannot be used."""
        self.contact.complaints.append((rule, reason, value))


def _is_no_phone(label: str) -> bool:
    return not _NO_PHONE.isdisjoint(re.split(r"[\W_]+", label.lower()))


def _rank(found: Property) -> float:
    """Preferred first (in version 4 by its number), then mobile, home, unsaid, work."""
    if "pref" in found.types:
        number = found.parameters.get("pref", "")
        return int(number) / 1000 if number.isdecimal() and len(number) < 4 else 0
    return _rank_of(found.types)


@lru_cache(maxsize=1024)
def _rank_of(types: frozenset[str]) -> int:
    return min((_ORDER[kind] for kind in types if kind in _ORDER), default=3)


def _name(reading: _Reading, found: Property) -> None:
    one = reading.contact
    if one.given or one.family:  # the same name in another script
        return
    parts = split_value(found.value, ";")
    if "," in found.value and "\\" not in found.value:  # several middle names, several suffixes
        parts = [(", " if at == 4 else " ").join(filter(None, re.split(r"\s*,\s*", part))) for at, part in enumerate(parts)]
    one.family, one.given, one.middle, _, one.suffix = (*(clean_text(part) if part else "" for part in parts), "", "", "", "", "")[:5]


def _shown(reading: _Reading, found: Property) -> None:
    reading.contact.shown = reading.contact.shown or plain(found.value)


def _nickname(reading: _Reading, found: Property) -> None:
    reading.contact.nickname = reading.contact.nickname or clean_text(split_value(found.value, ",")[0])


def _organization(reading: _Reading, found: Property) -> None:
    if name := clean_text(split_value(found.value, ";")[0]):
        reading.contact.values.setdefault("employer", name)


def _title(reading: _Reading, found: Property) -> None:
    if title := plain(found.value):
        if found.name == "TITLE":
            reading.contact.values["job_title"] = title
        else:
            reading.contact.values.setdefault("job_title", title)


def _phone(reading: _Reading, found: Property) -> None:
    if not found.types.isdisjoint(_NO_PHONE):
        return
    value = plain(found.value)
    if value[:4].lower() == "tel:":
        number, _, rest = value[4:].partition(";")
        extension = re.search(r"ext=(\w+)", rest)
        value = f"{number} ext. {extension[1]}" if extension else number.strip()
    if value:
        reading.phones.append((_rank(found), value, found.group))


def _mail(reading: _Reading, found: Property) -> None:
    if value := plain(found.value):
        reading.mails.append((min(_rank(found), 1), value))


def _address(reading: _Reading, found: Property) -> None:
    parts = [clean_text(part) for part in split_value(found.value, ";")]
    box, extended, street, city, state, code, country = (*parts, "", "", "", "", "", "", "")[:7]
    if not (box or extended or street or city or state or code):
        return
    if bool(street) != bool(extended) and not (city or state or code):  # Google files a whole address as one part
        address = formatted_address("\n".join(filter(None, (street or extended, country))))
    else:
        lines = [*street.splitlines(), *extended.splitlines()]
        line = " ".join(" ".join(lines).replace(",", ", ").split()).strip(" ,")
        address = {
            "street": line or (f"PO Box {box}" if box.isdigit() else box),
            "city": city, "state": state, "postal_code": code, "country": country,
        }  # fmt: skip
    is_work = "work" in found.types and "home" not in found.types
    rank = _ORDER["work"] if is_work else 0 if "home" in found.types else 1 if "pref" in found.types else 2
    reading.addresses.append((rank, address))


def _birthday(reading: _Reading, found: Property) -> None:
    value = unescape(found.value)
    if not _PARTIAL_DAY.fullmatch(value) or re.fullmatch(r"--\d{2}-?\d{2}", value):
        try:
            reading.contact.values["birth_date"] = birth_date(value)
        except ValueError as error:
            reading.complain("bad_date", f"birthday {error}", value)


def _note(reading: _Reading, found: Property) -> None:
    if text := plain(found.value):
        number = sum(1 for _, kind, _ in reading.contact.said if kind == "note")
        reading.contact.said.append(("note" if not number else f"note-{number + 1}", "note", text))


def _pursuit(reading: _Reading, found: Property) -> None:
    kind = "hobby" if found.name == "HOBBY" else "interest"
    if text := plain(found.value):
        number = sum(1 for _, other, _ in reading.contact.said if other == kind) + 1
        reading.contact.said.append((str(number), kind, text))


def _categories(reading: _Reading, found: Property) -> None:
    for tag in split_value(found.value, ","):
        if (tag := clean_text(tag)) and tag.lower() not in _SYSTEM_GROUPS and tag not in reading.contact.tags:
            reading.contact.tags.append(tag)


def _url(reading: _Reading, found: Property) -> None:
    if value := plain(found.value):
        reading.urls.append(value)


def _social(reading: _Reading, found: Property) -> None:
    value = plain(found.value)
    user = found.parameters.get("x-user", "")
    service = next(iter(sorted(found.types - {"pref", "home", "work"})), "") or found.parameters.get("x-service-type", "").lower()
    if "://" not in value:
        value = f"{service or value.partition(':')[0]}:{user or value.partition(':')[2] or value}"
    if value.strip(":"):
        reading.urls.append(value)


def _handle(reading: _Reading, found: Property) -> None:
    if value := plain(found.value):
        reading.urls.append(f"{_HANDLES[found.name]}:{value}")


def _uid(reading: _Reading, found: Property) -> None:
    reading.contact.key = _UUID.sub("", plain(found.value))[:200]


def _moment_of(value: str, now: dt.datetime) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(unescape(value))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return moment if moment <= now + dt.timedelta(days=1) else None


def _revised(reading: _Reading, found: Property) -> None:
    if moment := _moment_of(found.value, reading.now):
        reading.contact.values["modified_at"] = moment


def _created(reading: _Reading, found: Property) -> None:
    if moment := _moment_of(found.value, reading.now):
        reading.contact.values["created_at"] = moment


def _place(reading: _Reading, found: Property) -> None:
    if "work" not in found.types and (place := _GEO.match(unescape(found.value))):
        latitude, longitude = float(place[1]), float(place[2])
        if -90 <= latitude <= 90 and -180 <= longitude <= 180 and (latitude or longitude):
            reading.contact.values.update(latitude=latitude, longitude=longitude)


def _kind(reading: _Reading, found: Property) -> None:
    reading.kind = unescape(found.value).lower()
    reading.contact.is_organization = reading.kind in ("org", "organization")


def _shown_as(reading: _Reading, found: Property) -> None:
    if found.value.strip().upper() == "COMPANY":
        reading.contact.is_organization = True


def _apple_label(reading: _Reading, found: Property) -> None:
    if found.group:
        reading.labels[found.group] = plain(found.value)


def _apple_relation(reading: _Reading, found: Property) -> None:
    if name := plain(found.value):
        reading.grouped.append((found.group, name))


def _related(reading: _Reading, found: Property) -> None:
    value, one = plain(found.value), reading.contact
    label = next((kind for kind in sorted(found.types) if kind != "pref"), "")
    if not value or label in ("me", "agent", "emergency"):
        return
    if value.lower().startswith(("urn:", "uuid:")):
        other = _UUID.sub("", value)
        if label in PARTNER:
            one.values["partner_ref"] = other
        one.relations_by_key.append((label, other))
    elif "://" not in value and not value.lower().startswith("mailto:"):
        one.relations.append((label, value))


def _spouse(reading: _Reading, found: Property) -> None:
    if name := plain(found.value):
        reading.contact.relations.append(("Spouse", name))


def _former_name(reading: _Reading, found: Property) -> None:
    reading.contact.values["former_family_name"] = plain(found.value)


def _android(reading: _Reading, found: Property) -> None:
    parts = [clean_text(part) for part in split_value(found.value, ";")]
    what, value, kind, label = (*parts, "", "", "", "")[:4]
    what = what.rpartition("/")[2]
    if not value:
        return
    if what == "nickname":
        reading.contact.nickname = reading.contact.nickname or value
    elif what == "relation":
        word = label or _ANDROID_RELATIONS.get(int(kind), "") if kind.isdecimal() and len(kind) < 4 else label
        if word not in ("Assistant", "Manager"):
            reading.contact.relations.append((word, value))
    elif what == "contact_event" and kind == "3":
        _birthday(reading, found._replace(value=value))


_READERS: dict[str, Callable[[_Reading, Property], None]] = {
    "N": _name, "FN": _shown, "NICKNAME": _nickname, "ORG": _organization, "TITLE": _title, "ROLE": _title, "TEL": _phone, "EMAIL": _mail,
    "ADR": _address, "BDAY": _birthday, "NOTE": _note, "CATEGORIES": _categories, "URL": _url, "X-SOCIALPROFILE": _social, "IMPP": _url,
    "SOCIALPROFILE": _social, "UID": _uid, "REV": _revised, "CREATED": _created, "GEO": _place, "KIND": _kind, "X-ABSHOWAS": _shown_as,
    "X-ADDRESSBOOKSERVER-KIND": _kind, "X-ABLABEL": _apple_label, "X-ABRELATEDNAMES": _apple_relation, "RELATED": _related,
    "X-GROUP-MEMBERSHIP": _categories, "X-MAIDENNAME": _former_name, "X-ANDROID-CUSTOM": _android, "HOBBY": _pursuit, "INTEREST": _pursuit,
    "EXPERTISE": _pursuit, **dict.fromkeys(_HANDLES, _handle), **dict.fromkeys(_SPOUSES, _spouse),
}  # fmt: skip
_WANTED = frozenset(_READERS)
