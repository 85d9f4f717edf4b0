"""Households and who lives in them: how many people, the seed → `Person`s with names, channels and addresses."""

import datetime as dt
import re
import unicodedata

from commonground.sandbox import gazetteer, names, noise
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Agent, Person, Town

SHARES = {"now": 0.08, "later": 0.32, "evangelist": 0.50, "unplaced": 0.10}
# share of households that both partners of are known to the team
COUPLES = {"now": 0.3, "later": 0.25, "evangelist": 0.2, "unplaced": 0.05}
ACCENTED = [name for name in names.GIVEN if not name.isascii()]


def team() -> list[Agent]:
    """The three agents of the town."""
    return [
        Agent(
            "ana",
            "Ana",
            "Whitlock",
            "ana@whitlockteam.example.com",
            "+17075230101",
            "ML30101",
            1,
            "ana-whitlock",
            ["fly fishing", "jazz", "Sonoma State University", "film noir", "U.S. Navy service", "native plant gardening"],
            [
                "I served in the Navy before real estate found me.",
                "On my days off you will find me fly fishing on the Russian River.",
                "I studied at Sonoma State University.",
                "I collect jazz records and go to hear jazz whenever I can.",
                "I have a soft spot for film noir and black and white movies.",
                "My yard is all native plants, no lawn.",
            ],
        ),
        Agent(
            "ben",
            "Ben",
            "Castellanos",
            "ben@whitlockteam.example.com",
            "+17075230102",
            "ML30102",
            2,
            "ben-castellanos",
            [
                "80s music",
                "San Francisco Giants baseball",
                "Montgomery High School",
                "classic cars",
                "baseball cards",
                "Habitat for Humanity",
            ],
            [
                "I went to Montgomery High School, class president and proud Viking.",
                "I love 80s music and I will prove it at any party.",
                "Giants baseball is on the radio from April to October.",
                "I restore classic cars with my hands and my patience.",
                "I collect baseball cards, mostly from the fifties.",
                "I volunteer with Habitat for Humanity every month.",
            ],
        ),
        Agent(
            "cleo",
            "Cleo",
            "Thibodeaux",
            "cleo@whitlockteam.example.com",
            "+17075230103",
            "ML30103",
            3,
            "cleo-thibodeaux",
            ["zydeco", "from New Orleans", "University of Louisiana at Lafayette", "swing dancing", "mystery novels", "backyard chickens"],
            [
                "I love zydeco and I drive a long way to dance to it.",
                "I grew up in New Orleans and came west for the dry summers.",
                "I graduated from the University of Louisiana at Lafayette.",
                "I go swing dancing on Sundays.",
                "I read mystery novels faster than the library can lend them.",
                "I keep chickens in my backyard.",
            ],
        ),
    ]


def settle(town: Town) -> None:
    """Fills the town with households until it has the people wanted, in the segments' shares."""
    dice = town.dice("people")
    households: list[tuple[str, int]] = []
    left = {segment: round(town.people_wanted * share) for segment, share in SHARES.items()}
    left["evangelist"] += town.people_wanted - sum(left.values())
    for segment, count in left.items():
        while count > 0:
            size = 2 if count > 1 and dice.chance(COUPLES[segment]) else 1
            households.append((segment, size))
            count -= size
    for index, (segment, size) in enumerate(dice.some(households, len(households)), start=1):
        _move_in(town, dice, f"h{index:05d}", segment, size)
    noise.settle(town)
    _two_johns(town)
    _give_channels(town, town.dice("channels"))


def _move_in(town: Town, dice: Dice, household_id: str, segment: str, size: int) -> None:
    little_known = segment == "unplaced" and dice.chance(0.4)
    is_local = {"now": dice.chance(0.8), "later": True, "evangelist": False, "unplaced": little_known and dice.chance(0.5)}[segment]
    code = dice.weigh(gazetteer.LOCAL) if is_local else dice.pick(sorted(gazetteer.AWAY))
    agent, family = dice.pick(town.agents).agent_id, dice.pick(names.FAMILY)
    members: list[Person] = []
    for _ in range(size):
        given = dice.pick(ACCENTED) if dice.chance(0.05) else dice.pick(list(names.GIVEN))
        person = Person(
            person_id=f"p{len(town.persons) + 1:05d}",
            given=given,
            family=family if not members or dice.chance(0.8) else dice.pick(names.FAMILY),
            household_id=household_id,
            segment=segment,
            place=gazetteer.place(code),
            agent=agent,
            wants_little_known=little_known,
        )
        if members and person.given == members[0].given:
            person.given = dice.pick([name for name in names.GIVEN if name != person.given])
        town.persons.append(person)
        members.append(person)
    if size == 2:
        members[0].partner_id, members[1].partner_id = members[1].person_id, members[0].person_id
        if members[0].family == members[1].family and dice.chance(0.1):
            members[1].former_family = dice.pick(names.FAMILY)


def _two_johns(town: Town) -> None:
    """Two people who share nothing but their name."""
    single = [person for person in town.persons if person.partner_id is None and not person.wants_little_known]
    wanted = [next((p for p in single if p.segment == segment), None) for segment in ("later", "evangelist")]
    for person in wanted:
        if person is not None:
            person.given, person.family, person.agent = "John", "Keller", "cleo"


def _give_channels(town: Town, dice: Dice) -> None:
    taken: set[str] = {agent.phone for agent in town.agents}
    slugs: set[str] = set()
    streets: dict[str, str] = {}
    home_phones: dict[str, str | None] = {}
    for person in town.persons:
        _name_extras(person, dice)
        lives_with_old_number = not person.is_local and dice.chance(0.15)
        area_code = "707" if lives_with_old_number else person.place.area_code
        if person.is_local and dice.chance(0.1):
            area_code = "415"
        person.phone = _new_phone(area_code, taken, dice)
        if person.household_id not in home_phones:
            home_phones[person.household_id] = _new_phone(person.place.area_code, taken, dice) if dice.chance(0.25) else None
            streets[person.household_id] = _street_line(dice)
        person.home_phone = home_phones[person.household_id]
        person.street_line = streets[person.household_id]
        person.emails = [] if dice.chance(0.06) else [_mail(person, dice)]
        if person.emails and dice.chance(0.2):
            person.emails.append(_mail(person, dice))
        person.slug = _slug(person, slugs, dice)
        person.website = (
            f"https://{_ascii(person.given + person.family)}{person.person_id[-3:]}.example.com/" if dice.chance(0.08) else None
        )
        person.employer = dice.pick(names.EMPLOYERS) if dice.chance(0.7) else None
        person.title = dice.pick(names.TITLES) if person.employer else None
        born = dt.date(town.as_of.year - dice.number(26, 78), dice.number(1, 12), dice.number(1, 28))
        person.birthday = born if dice.chance(0.35) else None


def _name_extras(person: Person, dice: Dice) -> None:
    nicknames = names.GIVEN.get(person.given, ())
    person.nickname = dice.pick(nicknames) if nicknames and dice.chance(0.5) else None
    person.credentials = dice.pick(names.CREDENTIALS) if dice.chance(0.06) else None
    if person.former_family is None and dice.chance(0.02):
        person.former_family = dice.pick(names.FAMILY)


def _new_phone(area_code: str, taken: set[str], dice: Dice) -> str:
    while True:
        exchange = dice.number(220, 989)
        if exchange % 100 == 11 or exchange in (555, 950, 958, 959, 976):
            continue
        phone = f"+1{area_code}{exchange}01{dice.number(0, 99):02d}"
        if phone not in taken:
            taken.add(phone)
            return phone


def _street_line(dice: Dice) -> str:
    return f"{dice.number(11, 9890)} {dice.pick(names.STREETS)} {dice.pick(sorted(gazetteer.SUFFIXES))}"


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("ł", "l"))
    return re.sub(r"[^a-z0-9]+", "", folded.encode("ascii", "ignore").decode().lower())


def _mail(person: Person, dice: Dice) -> str:
    given, family = _ascii(person.given), _ascii(person.former_family or person.family)
    local = dice.pick([f"{given}.{family}", f"{given[0]}{family}", f"{family}{given}", f"{given}{family[0]}", f"{given}_{family}"])
    return f"{local}{person.person_id[-4:].lstrip('0')}@{dice.pick(names.MAIL_DOMAINS)}"


def _slug(person: Person, taken: set[str], dice: Dice) -> str:
    plain = f"{_ascii(person.given)}-{_ascii(person.family)}"
    if not (person.given + person.family).isascii() and dice.chance(0.4):
        plain = f"{person.given}-{person.family}".lower()
    slug = plain if plain not in taken and dice.chance(0.5) else f"{plain}-{dice.number(0x100000, 0xFFFFFF):x}"
    while slug in taken:
        slug = f"{plain}-{dice.number(0x100000, 0xFFFFFF):x}"
    taken.add(slug)
    return slug
