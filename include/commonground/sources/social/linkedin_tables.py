"""The CSV files of a LinkedIn export: which member is which file, and its cells by our own names for the columns.

A file is known by its name, whatever stands before it (`mine_Connections.csv`), else by its header. Columns are found by name
in any order, language variants included.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from commonground.errors import UnreadableError
from commonground.sources.base import Refusal
from commonground.sources.drop_csv import Row, csv_table
from commonground.sources.drops import Drop, Member
from commonground.sources.text import clean_text

_RECOMMENDATION = {
    "given": "firstname",
    "family": "lastname",
    "company": "company",
    "position": "jobtitle",
    "text": "text",
    "date": "creationdate",
    "status": "status",
}
# our name of a column -> LinkedIn's names, lower-case letters only
_COLUMNS: dict[str, dict[str, str]] = {
    "profile": {
        "given": "firstname vorname",
        "family": "lastname nachname",
        "maiden": "maidenname geburtsname",
        "address": "address adresse",
        "headline": "headline",
        "summary": "summary",
        "zip": "zipcode",
        "location": "geolocation",
        "websites": "websites",
        "handles": "twitterhandles",
    },
    "connections": {
        "given": "firstname vorname prénom nombre nome voornaam",
        "family": "lastname nachname nom apellidos apellido cognome sobrenome apelido achternaam",
        "url": "url profileurl",
        "email": "emailaddress emailadresse email adresseemail direccióndecorreoelectrónico correoelectrónico endereçodeemail "
        "indirizzoemail emailadres",
        "company": "company unternehmen entreprise société empresa azienda bedrijf",
        "position": "position poste cargo puesto posizione qualifica functie",
        "since": "connectedon verbundenam connectéle datedelaconnexion enrelationdepuis conectadoel fechadeconexión conectadoem "
        "conectouseem collegatoil datadicollegamento verbondenop",
    },
    "positions": {
        "company": "companyname",
        "title": "title",
        "notes": "description",
        "location": "location",
        "since": "startedon",
    },
    "education": {
        "school": "schoolname",
        "degree": "degreename",
        "notes": "notes",
        "activities": "activities",
        "since": "startdate",
    },
    "messages": {
        "conversation": "conversationid",
        "title": "conversationtitle",
        "sender": "from",
        "sender_url": "senderprofileurl",
        "recipients": "to",
        "recipient_urls": "recipientprofileurls",
        "date": "date",
        "subject": "subject",
        "content": "content",
        "folder": "folder",
        "is_draft": "ismessagedraft",
        "is_conversation_draft": "isconversationdraft",
    },
    "invitations": {
        "sender": "from",
        "recipient": "to",
        "date": "sentat",
        "message": "message",
        "direction": "direction",
        "sender_url": "inviterprofileurl",
        "recipient_url": "inviteeprofileurl",
    },
    "endorsed_by": {
        "date": "endorsementdate",
        "skill": "skillname",
        "given": "endorserfirstname",
        "family": "endorserlastname",
        "url": "endorserpublicurl endorserprofileurl",
        "status": "endorsementstatus",
    },
    "endorsed": {
        "date": "endorsementdate",
        "skill": "skillname",
        "given": "endorseefirstname",
        "family": "endorseelastname",
        "url": "endorseepublicurl endorseeprofileurl",
        "status": "endorsementstatus",
    },
    "recommended_by": _RECOMMENDATION,
    "recommended": _RECOMMENDATION,
    "contacts": {
        "given": "firstname",
        "family": "lastname",
        "name": "fullname",
        "company": "companies",
        "position": "title",
        "emails": "emails",
        "phones": "phonenumbers",
        "date": "createdat",
        "addresses": "addresses",
        "sites": "sites",
        "birthday": "birthday",
        "location": "location",
        "profiles": "profiles",
    },
    "followed": {"name": "organization", "date": "followedon"},
    "shares": {"date": "date", "link": "sharelink", "text": "sharecommentary", "shared": "sharedurl", "visibility": "visibility"},
    "comments": {"date": "date", "link": "link", "text": "message"},
    "reactions": {"date": "date", "type": "type", "link": "link"},
    "events": {"name": "eventname", "date": "eventtime", "status": "status", "link": "externalurl"},
}
# what LinkedIn's bots say to the owner, in files of the same header
_OF_BOTS = re.compile(r"(?:.*[^a-z])?(?:guide|learning\w*)[ _]messages[ _()\d-]*\.\w+")
# how a file is called; as its kind, unless it stands here
_FILES = {
    "endorsed_by": r"endorsements?[ _]received(?:[ _]info)?",
    "endorsed": r"endorsements?[ _]given(?:[ _]info)?",
    "recommended_by": r"recommendations?[ _]received",
    "recommended": r"recommendations?[ _]given",
    "contacts": r"(?:imported[ _]?)?contacts",
    "followed": r"company[ _]follows",
}
# what a header must have to be that file's, and the words of the error
_MARKS: dict[str, tuple[tuple[str, ...], str]] = {
    "profile": (("given", "family", "headline"), "First Name, Last Name and Headline"),
    "connections": (("given", "family", "since"), "First Name and Connected On"),
    "positions": (("company", "title", "since"), "Company Name, Title and Started On"),
    "education": (("school",), "School Name"),
    "messages": (("sender", "recipients", "date", "content"), "FROM, TO, DATE and CONTENT"),
    "invitations": (("sender", "recipient", "date", "direction"), "From, To, Sent At and Direction"),
    "endorsed_by": (("skill", "given"), "Skill Name and Endorser First Name"),
    "endorsed": (("skill", "given"), "Skill Name and Endorsee First Name"),
    "recommended_by": (("given", "family", "text"), "First Name, Last Name and Text"),
    "recommended": (("given", "family", "text"), "First Name, Last Name and Text"),
    "contacts": (("emails", "phones"), "Emails and PhoneNumbers"),
    "followed": (("name", "date"), "Organization and Followed On"),
    "shares": (("date", "text"), "Date and ShareCommentary"),
    "comments": (("date", "text"), "Date and Message"),
    "reactions": (("date", "type", "link"), "Date, Type and Link"),
    "events": (("name", "date"), "Event Name and Event Time"),
}


# two files of one header, and one whose header says too little, are known by name alone
_TOLD_BY_HEADER = [kind for kind in _COLUMNS if kind not in ("recommended_by", "recommended", "comments")]
# Connections.csv has kept its order through all languages, and its third column its name
_CONNECTIONS_ORDER = ("given", "family", "url", "email", "company", "position", "since")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a file: its cells by our names; a column the file does not have is empty."""

    file: str
    number: int
    cells: dict[str, str]
    raw: list[str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    @property
    def place(self) -> dict[str, str | int]:
        """The columns that say where it stood."""
        return {"source_file": self.file, "source_line": self.number}


@dataclass(frozen=True, slots=True)
class Table:
    """A member of the export that is the file `kind`; `lines` may be walked any number of times."""

    kind: str
    member: Member

    def lines(self) -> Iterator[Line | Refusal]:
        """Its rows; raises `UnreadableError` if it has no header of its kind, or is damaged further on."""
        marks, words = _MARKS[self.kind]
        table = csv_table(self.member, lambda cells: all(mark in _places(self.kind, cells) for mark in marks), words)
        places = list(_places(self.kind, table.header).items())
        for row in table.rows:
            if isinstance(row, Row):
                cells = row.cells
                if "".join(cells).isprintable():  # most rows are, and need no cleaning
                    values = {name: cells[place].strip() for name, place in places}
                else:
                    values = {name: clean_text(cells[place]) for name, place in places}
                yield Line(self.member.source_file, row.line, values, cells)
            else:
                yield row

    def check(self) -> None:
        """Raises `UnreadableError` unless there is a header of its kind."""
        for _ in self.lines():
            return


def tables(drop: Drop) -> tuple[dict[str, list[Table]], list[Refusal]]:
    """The files we read, by kind, and the refusals of those that have the name but not the header.

    Raises:
        UnreadableError: the drop has none of them.
    """
    found: dict[str, list[Table]] = {}
    refusals: list[Refusal] = []
    for member in drop.members:
        if not member.base.endswith((".csv", ".tsv", ".txt")) or _OF_BOTS.fullmatch(member.base):
            continue
        named = [kind for kind in _COLUMNS if re.fullmatch(rf"(?:.*[^a-z])?{_FILES.get(kind, kind)}[ _()\d-]*\.\w+", member.base)]
        # a file of another name is asked for its header, unless it is one of many that we do not read
        for kind in named or (_TOLD_BY_HEADER if len(drop.members) == 1 else ()):
            table = Table(kind, member)
            try:
                table.check()
            except UnreadableError as error:
                if named:
                    refusals.append(member.unreadable(error))
                continue
            found.setdefault(kind, []).append(table)
            break
    if not found:
        first = refusals[0].reason if refusals else "no Connections.csv, messages.csv, Invitations.csv, Profile.csv or the like in it"
        raise UnreadableError(f"{drop.path}: no LinkedIn export ({first})")
    return found, refusals


def _places(kind: str, header: list[str]) -> dict[str, int]:
    plain = ["".join(letter for letter in cell.casefold() if letter.isalpha()) for cell in header]
    places = {}
    for name, spellings in _COLUMNS[kind].items():
        for spelling in spellings.split():
            if spelling in plain:
                places[name] = plain.index(spelling)
                break
    if kind == "connections" and "since" not in places and len(plain) == len(_CONNECTIONS_ORDER) and plain[2] == "url":
        return {name: place for place, name in enumerate(_CONNECTIONS_ORDER)}
    return places
