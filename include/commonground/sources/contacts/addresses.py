"""Addresses as people write them into one field → the columns of a person record."""

import re

_ONE_LINE = re.compile(r"(?P<street>.*?),\s*(?P<rest>[^,\d][^,]*,?\s+(?:[A-Za-z]{2}|[A-Z][a-z]+)\.?,?\s+\d{5}(?:-\d{4})?(?:,.*)?)$")
_LAST_LINE = re.compile(
    r"(?:(?P<before>[^,\d][^\d]*?),\s*)??"
    r"(?P<city>[^,\d][^,]*?),?\s+(?P<state>[A-Za-z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?)\.?,?\s+(?P<postal_code>\d{5}(?:-\d{4})?)"
)
_LONGEST_ADDRESS = 500  # longer ones are notes that slipped into the field


def formatted_address(text: str) -> dict[str, str]:
    """`1 Main St, Santa Rosa, CA 95401, USA` (or a line for each part) as columns; `location_text` if it is not of that form."""
    lines = [part for line in text[:_LONGEST_ADDRESS].splitlines() if (part := " ".join(line.split()).strip(","))]
    if len(lines) == 1 and (found := _ONE_LINE.match(lines[0])):
        lines = [found["street"].replace(",", ""), found["rest"]]
    for position in range(len(lines) - 1, max(-1, len(lines) - 3), -1):
        if found := _LAST_LINE.match(lines[position]):
            tail = lines[position][found.end() :].strip(" ,")
            country = ", ".join(filter(None, [tail, *lines[position + 1 :]]))
            street = " ".join(filter(None, [*lines[:position], found["before"]]))
            return {
                "street": street,
                "city": found["city"],
                "state": found["state"],
                "postal_code": found["postal_code"],
                "country": country,
            }
    return {"location_text": ", ".join(lines)} if lines else {}


def town_of(address: dict[str, str]) -> dict[str, str]:
    """What a workplace tells of where somebody is: its town, in words."""
    town = ", ".join(filter(None, (address.get("city"), address.get("state")))) or address.get("location_text", "")
    return {"location_text": town} if town else {}
