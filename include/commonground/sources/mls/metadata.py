"""What a server says its codes mean: `$metadata` (CSDL XML) or the Lookup resource → code → StandardStatus.

An MLS may put `A`, `C`, `X` on the wire; its own metadata then annotates each member of the enumeration with the standard's
name. XML is read by a parser that refuses document types, so nothing in it can expand or reach out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.parsers import expat

from commonground.errors import UnreadableError
from commonground.sources.mls import normalise

LARGEST_METADATA_BYTES = 64 * 2**20  # the largest vendor's is a tenth of it
_NAMES = ("LookupValue", "LegacyODataValue", "LegacyOdataValue")  # what the Lookup resource says may stand on the wire
_MEANINGS = ("StandardLookupValue", "LookupValue")
_ASIDE = re.compile(r"\s*[-–—:;|(=].*", re.DOTALL)  # "Active Under Contract - an offer was accepted"


def statuses_of_metadata(content: bytes) -> dict[str, str]:
    """Code → StandardStatus, from the enumeration that Property's StandardStatus is of.

    Raises:
        UnreadableError: it is no CSDL XML, or declares a document type.
    """
    if len(content) > LARGEST_METADATA_BYTES:
        raise UnreadableError(f"$metadata: {len(content)} bytes, expected at most {LARGEST_METADATA_BYTES}")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, UnicodeDecodeError, LookupError) as error:
        raise UnreadableError(f"$metadata: not readable as XML ({error})") from None
    found: dict[str, str] = {}
    for name, members in reader.enumerations.items():
        if name == reader.status_type or (reader.status_type not in reader.enumerations and name.endswith("StandardStatus")):
            for member, number, meanings in members:
                if status := _first_status([*meanings, *reader.elsewhere.get((name.rpartition(".")[2], member), ()), member]):
                    found |= {code: status for code in (member, number) if code}
    return found


def statuses_of_lookups(rows: Iterable[Any]) -> dict[str, str]:
    """Code → StandardStatus, from rows of the Lookup resource."""
    found: dict[str, str] = {}
    for row in rows:
        if not isinstance(row, Mapping) or str(row.get("LookupName")).rpartition(".")[2] != "StandardStatus":
            continue
        status = _first_status(row.get(name) for name in _MEANINGS)
        codes = [row.get(name) for name in _NAMES]
        found |= {code: status for code in codes if status and isinstance(code, str)}
    return found


class _Reader:
    """Collects enumerations (qualified name → members with their number and what is said of them) and the type of StandardStatus."""

    def __init__(self) -> None:
        self.enumerations: dict[str, list[tuple[str, str, list[str]]]] = {}
        self.elsewhere: dict[tuple[str, str], list[str]] = {}  # type and member → what an `Annotations` of its own says of it
        self.status_type = ""
        self._namespace, self._entity, self._enumeration = "", "", ""
        self._target: list[str] | None = None  # what is said of a member elsewhere than in it
        self._is_in_string = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "Schema":
            self._namespace = attributes.get("Namespace", "")
        elif tag == "EntityType":
            self._entity = attributes.get("Name", "")
        elif tag == "Property" and attributes.get("Name") == "StandardStatus" and (self._entity == "Property" or not self.status_type):
            self.status_type = attributes.get("Type", "").removeprefix("Collection(").removesuffix(")")
        elif tag == "EnumType":
            self._enumeration = f"{self._namespace}.{attributes.get('Name', '')}"
            self.enumerations[self._enumeration] = []
        elif tag == "Member" and self._enumeration:
            self.enumerations[self._enumeration].append((attributes.get("Name", ""), attributes.get("Value", ""), []))
        elif tag == "Annotations":
            type_, _, member = attributes.get("Target", "").partition("/")
            self._target = self.elsewhere.setdefault((type_.rpartition(".")[2], member), [])
        elif tag == "Annotation" and attributes.get("String"):
            self._say(attributes["String"], is_name=attributes.get("Term", "").endswith("StandardName"))
        elif tag == "String":
            self._is_in_string = True

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "EnumType":
            self._enumeration = ""
        elif tag == "Annotations":
            self._target = None
        elif tag == "EntityType":
            self._entity = ""
        elif tag == "String":
            self._is_in_string = False

    def text(self, data: str) -> None:
        if self._is_in_string:
            self._say(data, is_name=False)

    def _say(self, words: str, *, is_name: bool) -> None:
        members = self.enumerations.get(self._enumeration)
        meanings = self._target if self._target is not None else members[-1][2] if members else None
        if meanings is not None:
            meanings.insert(0 if is_name else len(meanings), words)


def _first_status(words: Iterable[object]) -> str | None:
    return next((status for word in words for status in _statuses_in(word)), None)


def _statuses_in(words: object) -> Iterator[str]:
    if not isinstance(words, str):
        return
    for candidate in (words, _ASIDE.sub("", words)):
        try:
            status = normalise.standard_status(candidate)
        except ValueError:
            continue
        if status:
            yield status


def _refuse_doctype(*_: object) -> None:
    raise UnreadableError("$metadata: declares a document type, which CSDL never does; it is not read")
