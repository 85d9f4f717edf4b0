"""One true address or name → the many ways people write it down."""

from commonground.sandbox import gazetteer
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Person


def street_as_written(line: str, dice: Dice) -> str:
    """The street line with the abbreviations, units and slips of everyday writing."""
    for long, short in gazetteer.SUFFIXES.items():
        if dice.chance(0.5):
            line = line.replace(f" {long}", f" {short}" + ("." if dice.chance(0.15) else ""))
    if " Unit " in line:
        line = line.replace(" Unit ", dice.pick([" #", ", Apt ", " Unit ", " Apt. "]))
    if dice.chance(0.04):
        line = line.upper()
    elif dice.chance(0.04):
        line = _typo(line, dice)
    return line


def phone_as_written(phone: str, dice: Dice) -> str:
    """An E.164 number of the United States as people type it."""
    area, exchange, line = phone[2:5], phone[5:8], phone[8:]
    return dice.pick(
        [
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}",
            f"{area}{exchange}{line}",
            f"+1 {area}-{exchange}-{line}",
        ]
    )


def given_as_written(person: Person, dice: Dice) -> str:
    """First name or nickname, now and then with a slip."""
    given = person.nickname if person.nickname and dice.chance(0.5) else person.given
    return _typo(given, dice) if dice.chance(0.02) and len(given) > 4 else given


def gives_address(person: Person, dice: Dice) -> bool:
    """Whether a book that knows the person has the home address: always when the phone would mislead."""
    misleading = bool(person.phone) and person.phone[2:5] != person.place.area_code
    return person.shows_address or misleading or dice.chance(0.72)


def _typo(text: str, dice: Dice) -> str:
    spots = [index for index in range(1, len(text) - 1) if text[index].isalpha() and text[index + 1].isalpha()]
    if not spots:
        return text
    spot = dice.pick(spots)
    return dice.pick([text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :], text[:spot] + text[spot + 1 :]])
