"""Homes of the local households → `Home`s with parcels, owners and tenure; shared buildings have one street number and many units."""

from commonground.sandbox import gazetteer, names
from commonground.sandbox.dice import Dice
from commonground.sandbox.gazetteer import Place
from commonground.sandbox.model import Home, Person, Town

OWNERS = {"later": 0.86, "now": 0.75}


def build_homes(town: Town) -> None:
    """Gives every local household a home (owned or rented), and adds homes of people nobody on the team knows."""
    dice = town.dice("homes")
    households: dict[str, list[Person]] = {}
    for person in town.persons:
        if person.is_local:
            households.setdefault(person.household_id, []).append(person)
    building: Home | None = None
    for members in households.values():
        building = building if building and dice.chance(0.7) else None
        home = _new_home(town, dice, members[0].place, building)
        building = home if building or dice.chance(0.03) else None
        if home.unit is None and building:
            home.unit = str(dice.number(1, 9))
        for member in members:
            member.place, member.home, member.street_line = home.place, home, home.line
        is_owner = dice.chance(OWNERS.get(str(members[0].segment), 0.5))
        home.bought_on = town.ago(dice.number(400, 7800)) if is_owner else None
        for member in members:
            member.is_owner = is_owner
    for _ in range(len(households) // 2):
        _new_home(town, dice, gazetteer.place(dice.weigh(gazetteer.LOCAL)), None)


def _new_home(town: Town, dice: Dice, place: Place, building: Home | None) -> Home:
    index = len(town.homes) + 1
    beds = dice.number(1, 5)
    home = Home(
        home_id=f"home{index:05d}",
        number=building.number if building else dice.number(11, 9890),
        street=building.street if building else dice.pick(names.STREETS),
        suffix=building.suffix if building else dice.pick(sorted(gazetteer.SUFFIXES)),
        unit=str(10 + index % 89) if building else None,
        place=building.place if building else place,
        parcel=f"{dice.number(10, 199):03d}-{dice.number(10, 989):03d}-{index:04d}",
        latitude=round((building or place).latitude + (0 if building else dice.real(-0.015, 0.015)), 6),
        longitude=round((building or place).longitude + (0 if building else dice.real(-0.015, 0.015)), 6),
        bedrooms=beds,
        bathrooms=max(1, beds - dice.number(0, 2)),
        square_feet=500 + beds * dice.number(280, 520),
        year_built=dice.number(1895, 2022),
        value=dice.number(380, 1900) * 1000,
    )
    town.homes.append(home)
    return home
