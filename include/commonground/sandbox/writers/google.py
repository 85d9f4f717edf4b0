"""Phone books → Google Contacts CSVs: the present header for one agent, the header of old backups for the other."""

import csv
import re
from pathlib import Path

import yaml

from commonground.sandbox import names
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Person, Town
from commonground.sandbox.noise import as_known
from commonground.sandbox.writers.addresses import given_as_written, gives_address, phone_as_written, street_as_written
from commonground.sources.text import stable_id

HEADERS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "google_headers.yaml").read_text(encoding="utf-8"))
OLD_NAMES = {
    "First Name": "Given Name",
    "Last Name": "Family Name",
    "Labels": "Group Membership",
    "Organization Name": "Organization 1 - Name",
    "Organization Title": "Organization 1 - Title",
}


def write_google(town: Town, folder: Path) -> None:
    """Writes `google_<agent>.csv` for the agents who keep such a book."""
    for agent_id, is_old in (("ben", True), ("cleo", False)):
        feed = f"google_{agent_id}"
        dice = town.dice(feed)
        seen: dict[str, int] = {}
        rows = []
        for person in town.persons:
            if feed in person.feeds:
                rows.append(_row(town, person, agent_id, feed, dice))
                town.record(feed, _record_id(rows[-1], seen), person.person_id)
        for index, (name, mail) in enumerate(names.BUSINESSES[:3]):
            rows.append({"Organization Name": name, "E-mail 1 - Value": mail, "Phone 1 - Value": f"707-544-01{index:02d}"})
            town.record(feed, _record_id(rows[-1], seen), f"o{index + 1:03d}")
        _write(folder / f"{feed}.csv", rows, is_old)


def _row(town: Town, person: Person, agent_id: str, feed: str, dice: Dice) -> dict[str, str]:
    words = [word for word in town.words_of(person.person_id) if word.agent == agent_id and word.carrier in ("google_note", "google_label")]
    for word in words:
        word.feed = feed
    notes = " ".join(word.text for word in words if word.carrier == "google_note")
    labels = [word.text for word in words if word.carrier == "google_label"] + (["Past clients"] if person.is_past_client else [])
    person = as_known(town, person, feed)
    row = {
        "First Name": given_as_written(person, dice),
        "Last Name": person.family if not person.former_family or dice.chance(0.5) else person.former_family,
        "Nickname": person.nickname or "" if dice.chance(0.3) else "",
        "Birthday": _birthday(person, dice),
        "Notes": notes,
        "Labels": " ::: ".join([*labels, "* myContacts"]),
        "E-mail 1 - Label": "* Home",
    }
    if person.employer and dice.chance(0.4):
        row |= {"Organization Name": person.employer, "Organization Title": person.title or ""}
    for index, mail in enumerate(person.emails if dice.chance(0.9) or not person.phone else [], start=1):
        row[f"E-mail {index} - Value"] = mail
    phones = ([person.phone] if person.phone else []) + ([person.home_phone] if person.home_phone and dice.chance(0.5) else [])
    for index, phone in enumerate(phones, start=1):
        row[f"Phone {index} - Label"] = "Mobile" if index == 1 else "Home"
        row[f"Phone {index} - Value"] = phone_as_written(phone, dice)
    if gives_address(person, dice):
        row |= _address(person, dice)
    if person.website and dice.chance(0.7):
        row |= {"Website 1 - Label": "Home Page", "Website 1 - Value": person.website}
    if person.partner_id and dice.chance(0.5):
        partner = next(one for one in town.persons if one.person_id == person.partner_id)
        row |= {"Relation 1 - Label": "Spouse", "Relation 1 - Value": partner.name}
    return row


def _birthday(person: Person, dice: Dice) -> str:
    if person.birthday is None or not dice.chance(0.6):
        return ""
    return person.birthday.isoformat() if dice.chance(0.7) else f" --{person.birthday:%m-%d}"


def _address(person: Person, dice: Dice) -> dict[str, str]:
    line, place = person.street_line or "", person.place
    if person.old_home:  # the phone book has not heard that they sold
        line, place = person.old_home.line, person.old_home.place
    street = street_as_written(line, dice)
    return {
        "Address 1 - Label": "Home",
        "Address 1 - Formatted": f"{street}\n{place.city}, {place.state} {place.postal_code}\nUS",
        "Address 1 - Street": street,
        "Address 1 - City": place.city,
        "Address 1 - Region": place.state,
        "Address 1 - Postal Code": place.postal_code,
        "Address 1 - Country": "US",
    }


def _record_id(row: dict[str, str], seen: dict[str, int]) -> str:
    digits = re.sub(r"\D", "", row.get("Phone 1 - Value", ""))
    record_id = stable_id(row.get("First Name", ""), row.get("Last Name", ""), row.get("E-mail 1 - Value", "").lower(), digits)
    seen[record_id] = seen.get(record_id, 0) + 1
    return record_id if seen[record_id] == 1 else f"{record_id}-{seen[record_id]}"


def _write(path: Path, rows: list[dict[str, str]], is_old: bool) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADERS["old" if is_old else "new"], restval="", lineterminator="\r\n")
        writer.writeheader()
        for row in rows:
            if is_old:
                row = {OLD_NAMES.get(key, key).replace(" - Label", " - Type"): value for key, value in row.items()}
                row["Name"] = f"{row.get('Given Name', '')} {row.get('Family Name', '')}".strip()
            writer.writerow(row)
