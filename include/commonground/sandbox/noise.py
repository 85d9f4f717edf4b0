"""How carelessly the town is written down: a person and the book they stand in → the person as that book knows them.

`usual` is what the writers do by themselves and changes nothing. `light` is a tidy town. `heavy` is one where half of what
tells people apart is mistyped, missing, out of date or shared. `crowded` is heavy, and every tenth bears somebody else's name.
"""

from dataclasses import dataclass, replace

from commonground.sandbox import gazetteer, names
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Person, Town

LEVELS = ("light", "usual", "heavy", "crowded")
# share of people given the whole name of somebody in another household, beside those who have it by chance
NAMESAKES = {"heavy": 0.01, "crowded": 0.07}


@dataclass(frozen=True, slots=True)
class Noise:
    """Shares (0 to 1) of the records, or of the people, that something happens to."""

    nickname: float = 0.35
    given_slip: float = 0.06
    family_slip: float = 0.05
    is_swapped: float = 0.02  # given and family name in each other's place
    no_mail: float = 0.3
    other_mail: float = 0.15  # a mailbox that no other book has
    mail_slip: float = 0.04
    no_phone: float = 0.25
    other_phone: float = 0.1
    phone_slip: float = 0.04
    household_line: float = 0.35  # the mail or phone given is the household's first
    has_moved: float = 0.12  # the book has an address from before
    birthday_slip: float = 0.06


HEAVY = Noise()


def settle(town: Town) -> None:
    """Lets some people bear the name of others."""
    if town.noise not in NAMESAKES:
        return
    dice = town.dice("namesakes")
    for person in town.persons:
        if person.partner_id is None and dice.chance(NAMESAKES[town.noise]):
            other = dice.pick(town.persons)
            if other.household_id != person.household_id:
                person.given, person.family = other.given, other.family


def as_known(town: Town, person: Person, feed: str) -> Person:
    """The person as one book knows them: the same each time it is asked; a copy, unless the noise is `usual`."""
    if town.noise == "usual":
        return person
    if town.noise == "light":
        return replace(person, nickname=None, former_family=None, credentials=None, emails=person.emails[:1])
    return _heavy(town, person, town.dice(f"noise/{feed}/{person.person_id}"))


def _heavy(town: Town, person: Person, dice: Dice) -> Person:
    known = replace(person)
    nicknames = names.GIVEN.get(person.given, ())
    if nicknames and dice.chance(HEAVY.nickname):
        known.given, known.nickname = dice.pick(nicknames), None
    known.given = slip(known.given, dice) if dice.chance(HEAVY.given_slip) else known.given
    known.family = slip(known.family, dice) if dice.chance(HEAVY.family_slip) else known.family
    if dice.chance(HEAVY.is_swapped):
        known.given, known.family, known.former_family = known.family, known.given, None
    known.emails = _mails(town, person, dice)
    known.phone = _phone(town, person, dice)
    if dice.chance(HEAVY.has_moved):
        codes = sorted(gazetteer.LOCAL if dice.chance(0.5) else gazetteer.AWAY)
        known.place = gazetteer.place(dice.pick(codes))
        known.street_line = f"{dice.number(11, 9890)} {dice.pick(names.STREETS)} {dice.pick(sorted(gazetteer.SUFFIXES))}"
        known.old_home = None
    if known.birthday and dice.chance(HEAVY.birthday_slip):
        known.birthday = known.birthday.replace(day=dice.number(1, 28))
    return known


def _mails(town: Town, person: Person, dice: Dice) -> list[str]:
    if dice.chance(HEAVY.no_mail):
        return []
    mails = list(person.emails)
    if dice.chance(HEAVY.other_mail):
        mails = [f"{dice.pick(['the', 'hello.', 'my', 'mr.', 'write'])}{dice.number(100, 99999)}@{dice.pick(names.MAIL_DOMAINS)}"]
    if dice.chance(HEAVY.household_line):
        mails = town.household_head(person).emails[:1] or mails
    if mails and dice.chance(HEAVY.mail_slip):
        box, _, host = mails[0].partition("@")
        mails = [f"{slip(box, dice)}@{host}", *mails[1:]]
    return mails


def _phone(town: Town, person: Person, dice: Dice) -> str:
    if dice.chance(HEAVY.no_phone):
        return ""
    phone = person.phone
    if dice.chance(HEAVY.other_phone):
        phone = f"{phone[:5]}{dice.number(220, 989)}01{dice.number(0, 99):02d}"
    elif dice.chance(HEAVY.household_line):
        phone = town.household_head(person).phone
    if dice.chance(HEAVY.phone_slip):
        spot = dice.number(6, 11)
        phone = f"{phone[:spot]}{dice.number(0, 9)}{phone[spot + 1 :]}"
    return phone


def slip(text: str, dice: Dice) -> str:
    """One slip of the keys: two signs swapped, one left out, doubled, or hit wrongly. A text too short for it stays."""
    spots = [index for index in range(1, len(text) - 1) if text[index].isalpha() and text[index + 1].isalpha()]
    if not spots:
        return text
    spot = dice.pick(spots)
    before, sign, after = text[:spot], text[spot], text[spot + 1 :]
    wrong = dice.pick("aeiornstl")
    return dice.pick([f"{before}{after[0]}{sign}{after[1:]}", before + after, f"{before}{sign}{sign}{after}", f"{before}{wrong}{after}"])
