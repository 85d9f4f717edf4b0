"""The columns of a Google Contacts CSV: its header → where each thing stands; a row → name parts, address, labels and words."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from commonground.sources.contacts.addresses import formatted_address
from commonground.sources.text import clean_text, stable_id

SEPARATOR = " ::: "
# what we read → its column in the new header (2024+) and in the old one
_SINGLE = {
    "middle_name": ("middle name", "additional name"),
    "name_suffix": ("name suffix", "name suffix"),
    "nickname": ("nickname", "nickname"),
    "file_as": ("file as", ""),
    "name": ("", "name"),
    "former_family_name": ("", "maiden name"),
    "employer": ("organization name", "organization 1 - name"),
    "job_title": ("organization title", "organization 1 - title"),
    "occupation": ("", "occupation"),
    "birthday": ("birthday", "birthday"),
    "notes": ("notes", "notes"),
    "labels": ("labels", "group membership"),
    "hobby": ("hobby", "hobby"),
    "location": ("", "location"),
}
_NUMBERED = re.compile(r"(e-mail|phone|address|website|event|relation|custom field) (\d+) - (.+)")
_NO_PHONE = re.compile(r"fax|pager|télécopie", re.IGNORECASE)
_EXPECTED = (
    'the header of a Google Contacts export: "First Name,...,Last Name,...,Labels,E-mail 1 - Value,..." (since 2024) '
    'or "Name,Given Name,...,Family Name,...,Group Membership,..." (before)'
)
# Box and extended parts go where people write them; the rest is one column each.
_ADDRESS_PARTS = ("formatted", "street", "extended address", "po box", "city", "region", "postal code", "country")


@dataclass(slots=True)
class Columns:
    """Where each thing stands in a row (-1 = nowhere). Numbered groups are (label, value) positions, addresses part → position."""

    width: int
    given: int
    family: int
    one: dict[str, int]
    emails: list[tuple[int, int]] = field(default_factory=list)
    phones: list[tuple[int, int]] = field(default_factory=list)
    websites: list[tuple[int, int]] = field(default_factory=list)
    relations: list[tuple[int, int]] = field(default_factory=list)
    remarks: list[tuple[int, int]] = field(default_factory=list)
    addresses: list[dict[str, int]] = field(default_factory=list)

    @classmethod
    def of(cls, header: list[str]) -> "Columns":
        """The columns of a header; raises `ValueError` that shows the header and what was expected."""
        names = [name.strip().lower() for name in header]
        at = {name: position for position, name in reversed(list(enumerate(names)))}
        groups: dict[str, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        for name, position in at.items():
            if found := _NUMBERED.fullmatch(name):
                groups[found[1]][int(found[2])][found[3]] = position
        is_new = {"first name", "last name"} <= at.keys() and bool(groups or {"labels", "organization name"} & at.keys())
        is_old = {"given name", "family name"} <= at.keys() and bool(groups or {"group membership", "yomi name"} & at.keys())
        if not (is_new or is_old):
            raise ValueError(f"its header is {clean_text(','.join(header)[:2000])[:200]!r}; expected {_EXPECTED}")

        def pairs(kind: str) -> list[tuple[int, int]]:
            return [
                (group.get("label", group.get("type", -1)), group["value"]) for _, group in sorted(groups[kind].items()) if "value" in group
            ]

        return cls(
            width=len(header),
            given=at["first name" if is_new else "given name"],
            family=at["last name" if is_new else "family name"],
            one={ours: at.get(new if is_new else old, -1) for ours, (new, old) in _SINGLE.items()},
            emails=pairs("e-mail"),
            phones=pairs("phone"),
            websites=pairs("website"),
            relations=pairs("relation"),
            remarks=pairs("event") + pairs("custom field"),
            addresses=[group for _, group in sorted(groups["address"].items())],
        )

    def single(self, row: list[str], what: str) -> str:
        """The trimmed cell of a column that stands once; empty if the file does not have it."""
        position = self.one[what]
        return row[position].strip() if position >= 0 else ""

    def values(self, row: list[str], positions: list[tuple[int, int]]) -> list[str]:
        """The values of a numbered group: cells split, the main one (label `* ...`) first, no value twice."""
        values: list[str] = []
        for label, position in positions:
            cell = row[position]
            if not cell:
                continue
            found = [part.strip() for part in cell.split(SEPARATOR)] if SEPARATOR in cell else [cell.strip()]
            values = found + values if label >= 0 and row[label].startswith("*") else values + found
        return list(dict.fromkeys(filter(None, values)))

    def numbers(self, row: list[str]) -> list[str]:
        """The phone numbers, the main one first; no fax and no pager, whatever language its label is in."""
        return self.values(row, [(label, at) for label, at in self.phones if label < 0 or not _NO_PHONE.search(row[label])])

    def pairs(self, row: list[str], positions: list[tuple[int, int]]) -> list[tuple[str, str]]:
        """`(label, value)` of a numbered group, cells split, system marks taken off the label."""
        return [
            (row[label].strip().removeprefix("*").strip() if label >= 0 else "", value.strip())
            for label, position in positions
            if row[position]
            for value in row[position].split(SEPARATOR)
            if value.strip()
        ]

    def labels(self, row: list[str]) -> list[str]:
        """The team's own labels; system groups begin with `* `."""
        cell = self.single(row, "labels")
        if not cell:
            return []
        labels = (label.strip() for label in cell.split(SEPARATOR.strip()))
        return list(dict.fromkeys(label for label in labels if label and not label.startswith("* ")))

    def utterances(self, row: list[str], labels: list[str]) -> list[tuple[str, str, str]]:
        """`(key, utterance_type, words)`: labels, notes, hobbies, and what custom fields and dated events say.

        The key stays the same when the words of a place change, so that an edited note replaces the old one.
        """
        found = [(stable_id(label), "tag", label) for label in labels]
        if notes := self.single(row, "notes"):
            found.append(("notes", "note", notes))
        if hobby := self.single(row, "hobby"):
            hobbies = filter(None, (part.strip() for part in hobby.split(SEPARATOR)))
            found += [(str(number), "hobby", words) for number, words in enumerate(hobbies, start=1)]
        if self.remarks:
            remarks = enumerate(self.pairs(row, self.remarks), start=1)
            found += [(str(number), "note", f"{label}: {value}" if label else value) for number, (label, value) in remarks]
        return found

    def person(self, row: list[str]) -> dict[str, Any]:
        """The columns of a person record that are one cell each, the websites and the home address."""
        person: dict[str, Any] = {
            name: self.single(row, name) for name in ("middle_name", "name_suffix", "nickname", "former_family_name", "employer")
        }
        person["job_title"] = self.single(row, "job_title") or self.single(row, "occupation")
        person["location_text"] = self.single(row, "location")
        if self.websites:
            person["urls"] = [url.replace("\\:", ":") for url in self.values(row, self.websites)]
        if self.addresses:
            person.update(self._home(row))
        return person

    def _home(self, row: list[str]) -> dict[str, str]:
        """The home address: one labelled so, else the main or first that is no workplace; a workplace only tells the town."""
        best: tuple[int, dict[str, str]] | None = None
        for group in self.addresses:
            cells = {part: row[group[part]] for part in _ADDRESS_PARTS if part in group and row[group[part]].strip()}
            if not cells:
                continue
            position = group.get("label", group.get("type", -1))
            label = row[position].strip().lower() if position >= 0 else ""
            word = label.removeprefix("*").strip()
            order = 3 if word == "work" else 0 if word == "home" else 1 if label.startswith("*") else 2
            if best is None or order < best[0]:
                best = (order, cells)
        if best is None:
            return {}
        address = _address(best[1])
        if best[0] < 3:
            return address
        town = ", ".join(filter(None, (address.get("city"), address.get("state"))))
        return {"location_text": town} if town else {}


def _address(cells: dict[str, str]) -> dict[str, str]:
    """Address columns out of the cells of one numbered address; of several under one label the first."""
    first = {part: " ".join(cell.split(SEPARATOR)[0].split()) for part, cell in cells.items() if part != "formatted"}
    if not first.keys() - {"country"}:
        return formatted_address(cells.get("formatted", "").split(SEPARATOR)[0]) | first
    box = first.get("po box", "")
    street = " ".join(filter(None, (first.get("street"), first.get("extended address"))))
    return {
        "street": street or (f"PO Box {box}" if box.isdigit() else box),
        "city": first.get("city", ""),
        "state": first.get("region", ""),
        "postal_code": first.get("postal code", ""),
        "country": first.get("country", ""),
    }
