"""The town's homes → what its MLS knows: Property, Member, Office and OpenHouse rows as a RESO Web API would serve them."""

import datetime as dt
from typing import Any

from commonground.sandbox import gazetteer, names
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Home, Person, Town
from commonground.sandbox.phrases import TALK

Row = dict[str, Any]
NO_LONGER_FOR_SALE = ("Expired", "Canceled", "Withdrawn", "Closed", "Delete")
# what the homes of people we do not know are up to
STRANGERS = {
    "Active": 0.26,
    "Pending": 0.08,
    "Active Under Contract": 0.03,
    "Closed": 0.4,
    "Expired": 0.07,
    "Coming Soon": 0.02,
    "Withdrawn": 0.03,
    "Hold": 0.02,
    "none": 0.09,
}


class Mls:
    """Collects the rows while the homes are walked."""

    def __init__(self, town: Town) -> None:
        self.town, self.dice = town, town.dice("mls")
        self.offices = _offices(town)
        self.members = _members(town, self.dice, self.offices)
        self.listings: list[Row] = []

    def add(self, home: Home, status: str, listed: dt.date, changed: dt.date, situation: str, owner: Person | None, **more: Any) -> Row:
        """Adds one listing of a home; `changed` is the day of its present status."""
        dice, number = self.dice, len(self.listings) + 1
        ours = more.pop("by_our_team", None)
        member = next(m for m in self.members if m["MemberMlsId"] == ours) if ours else dice.pick(self.members[3:])
        price = round(home.value * dice.real(0.94, 1.12), -3)
        stamp = _stamp(dice.moment(changed))
        row: Row = {
            "ListingKey": f"SCM{30_000_000 + number * 37}",
            "ListingId": f"326{number:06d}",
            "OriginatingSystemName": "Sonoma Coast MLS",
            "StandardStatus": status,
            "MlsStatus": {"Expired": "EXP", "Canceled": "CAN", "Closed": "SLD", "Withdrawn": "WTH"}.get(status, status.upper()[:3]),
            "PropertyType": "Residential",
            "PropertySubType": "Condominium" if home.unit else "Single Family Residence",
            "ListPrice": price,
            "OriginalListPrice": round(price * dice.pick([1.0, 1.0, 1.0, 1.03, 1.08]), -3),
            "ListingContractDate": listed.isoformat(),
            "OnMarketDate": listed.isoformat(),
            "OffMarketDate": changed.isoformat() if status in NO_LONGER_FOR_SALE else None,
            "ExpirationDate": changed.isoformat() if status == "Expired" else (listed + dt.timedelta(days=180)).isoformat(),
            "CancellationDate": changed.isoformat() if status == "Canceled" else None,
            "WithdrawnDate": changed.isoformat() if status == "Withdrawn" else None,
            "CloseDate": changed.isoformat() if status == "Closed" else None,
            "ClosePrice": round(price * dice.real(0.95, 1.04), -2) if status == "Closed" else None,
            "OriginalEntryTimestamp": _stamp(dice.moment(listed)),
            "StatusChangeTimestamp": stamp,
            "ModificationTimestamp": stamp,
            "MajorChangeType": {"Active": "New Listing"}.get(status, status),
            "ParcelNumber": home.parcel if dice.chance(0.92) else None,
            "UnparsedAddress": f"{home.line}, {home.place.city}, CA {home.place.postal_code}",
            "StreetNumber": str(home.number),
            "StreetName": home.street,
            "StreetSuffix": gazetteer.SUFFIXES[home.suffix] if dice.chance(0.6) else home.suffix,
            "UnitNumber": home.unit,
            "City": home.place.city,
            "StateOrProvince": "CA",
            "PostalCode": home.place.postal_code,
            "Latitude": home.latitude,
            "Longitude": home.longitude,
            "BedroomsTotal": home.bedrooms,
            "BathroomsTotalInteger": home.bathrooms,
            "LivingArea": float(home.square_feet),
            "YearBuilt": home.year_built,
            "ListAgentKey": member["MemberKey"],
            "ListAgentMlsId": member["MemberMlsId"],
            "ListAgentFullName": member["MemberFullName"],
            "ListOfficeKey": member["OfficeKey"],
            "ListOfficeName": member["OfficeName"],
            "OwnerName": _owner_name(owner, dice) if owner and dice.chance(0.35) else None,
            "PublicRemarks": dice.pick(TALK["remarks"]),
            "SCM_ShowingInstructions": dice.pick(["Go direct", "Call first", "Lockbox"]),
            "SCM_WellYN": dice.chance(0.1),
        } | more
        self.listings.append(row)
        self.town.listing_rows.append((row["ListingKey"], owner.person_id if owner else None, situation))
        return row


def write_mls(town: Town) -> dict[str, list[Row]]:
    """The MLS of the town: resource name → rows. Notes in the town which listing is whose and why it is there."""
    mls = Mls(town)
    owned: set[str] = set()
    for person in town.persons:
        if person.is_owner and person.home and person.home.home_id not in owned:
            owned.add(person.home.home_id)
            _owners_home(mls, person, person.home)
    known = {person.home.home_id for person in town.persons if person.home}
    known |= {person.old_home.home_id for person in town.persons if person.old_home}
    strangers = [home for home in town.homes if home.home_id not in known]
    for home in strangers:
        _strangers_home(mls, home)
    _nonsense(mls, strangers)
    return {"Property": mls.listings, "Member": mls.members, "Office": mls.offices, "OpenHouse": _open_houses(mls)}


def _owners_home(mls: Mls, person: Person, home: Home) -> None:
    town, dice = mls.town, mls.dice
    bought = home.bought_on
    if bought and (person.moved_on or (bought > town.ago(4400) and dice.chance(0.8))):
        buyer = {"BuyerAgentMlsId": town.agent(person.agent).mls_id} if person.moved_on or person.is_past_client else {}
        mls.add(home, "Closed", bought - dt.timedelta(days=dice.number(20, 90)), bought, "bought", None, **buyer)
    if person.need and person.need.how == "failed_listing":
        status = "Expired" if dice.chance(0.65) else "Canceled"
        mls.add(home, status, person.need.since - dt.timedelta(days=dice.number(90, 200)), person.need.since, "failed", person)
        _show(town, person)
    elif person.segment == "later" and not person.moved_on and (bought is None or bought < town.ago(700)):
        _quiet_owner(mls, person, home)


def _quiet_owner(mls: Mls, person: Person, home: Home) -> None:
    """Owners without a need whose home still stands in the MLS somehow."""
    town, dice = mls.town, mls.dice
    recent, older = town.ago(dice.number(8, 40)), town.ago(dice.number(60, 110))
    fate = dice.weigh({"nothing": 0.8, "withdrawn": 0.04, "relisted": 0.04, "active": 0.06, "long_ago": 0.03, "sold": 0.03})
    if fate == "withdrawn":
        mls.add(home, "Withdrawn", older, recent, "withdrawn", person)
    elif fate == "relisted":
        mls.add(home, "Expired", older - dt.timedelta(days=120), older, "expired_before_relisting", person)
        mls.add(home, dice.pick(["Active", "Pending"]), older + dt.timedelta(days=9), recent, "relisted", person)
    elif fate == "active":
        mls.add(home, "Active", older, older, "active", person)
    elif fate == "long_ago":
        gone = town.ago(dice.number(420, 690))
        mls.add(home, "Expired", gone - dt.timedelta(days=150), gone, "expired_long_ago", person)
    elif fate == "sold" and not person.partner_id:
        taken = {home.home_id for one in town.persons for home in (one.home, one.old_home) if home}
        person.old_home = dice.pick([one for one in town.homes if one.unit is None and one.home_id not in taken])
        mls.add(person.old_home, "Expired", older, recent, "expired_before_sale", person)
        sold = min(recent + dt.timedelta(days=dice.number(2, 7)), town.ago(2))
        mls.add(person.old_home, "Closed", recent, sold, "sold", person)
    if fate != "nothing":
        _show(town, person)


def _strangers_home(mls: Mls, home: Home) -> None:
    dice, town = mls.dice, mls.town
    status = dice.weigh(STRANGERS)
    if status == "none":
        return
    changed = town.ago(dice.number(2, 60) if status not in ("Closed", "Expired") else dice.number(5, 2500))
    ours = dice.pick(town.agents).mls_id if status in ("Active", "Pending") and dice.chance(0.15) else None
    mls.add(home, status, changed - dt.timedelta(days=dice.number(0, 90)), changed, "stranger", None, by_our_team=ours)


def _nonsense(mls: Mls, homes: list[Home]) -> None:
    """Rows whose types are right and whose sense is not."""
    town, dice = mls.town, mls.dice
    for home in dice.some(homes, 2):
        mls.add(home, "Active", town.ago(80), town.ago(30), "nonsense", None, CloseDate=town.ago(31).isoformat())
    for home in dice.some(homes, 2):
        mls.add(home, "Closed", town.ago(300), town.ago(200), "nonsense", None, CloseDate=None, ClosePrice=None)
    for home in dice.some(homes, 1):
        mls.add(home, "Active", town.ago(70), town.ago(20), "nonsense", None, ListPrice=2_000_000_000.0)


def _open_houses(mls: Mls) -> list[Row]:
    rows: list[Row] = []
    for listing in [row for row in mls.listings if row["StandardStatus"] == "Active"][::3]:
        day = mls.town.ago(mls.dice.number(-6, 15))
        changed = min(mls.dice.moment(day - dt.timedelta(days=4)), mls.dice.moment(mls.town.ago(2)))
        rows.append(
            {
                "OpenHouseKey": f"OH{500_000 + len(rows)}",
                "ListingKey": listing["ListingKey"],
                "OpenHouseDate": day.isoformat(),
                "OpenHouseStartTime": f"{day.isoformat()}T20:00:00.000Z",
                "OpenHouseEndTime": f"{day.isoformat()}T23:00:00.000Z",
                "OpenHouseStatus": "Active" if day >= mls.town.as_of else "Ended",
                "OpenHouseType": "Public",
                "ModificationTimestamp": _stamp(changed),
            }
        )
    return rows


def _offices(town: Town) -> list[Row]:
    offices = [
        "Whitlock Team Realty",
        "Golden Poppy Properties",
        "Valley Oak Homes",
        "Coast & Vine Realty",
        "Mission Bell Brokers",
        "Fogline Real Estate",
        "Three Rivers Realty",
        "Old Mill Homes",
        "Harvest Realty Partners",
    ]
    return [
        {
            "OfficeKey": f"OF{700 + index}",
            "OfficeMlsId": f"SC{index:03d}",
            "OfficeName": name,
            "OfficeStatus": "Active",
            "ModificationTimestamp": _stamp(dt.datetime.combine(town.ago(900 - index), dt.time(17), dt.UTC)),
        }
        for index, name in enumerate(offices, start=1)
    ]


def _members(town: Town, dice: Dice, offices: list[Row]) -> list[Row]:
    ours = [(agent.name, agent.mls_id, agent.email, agent.phone, offices[0]) for agent in town.agents]
    given = list(names.GIVEN)
    others = []
    for index in range(36):
        name = f"{dice.pick(given)} {dice.pick(names.FAMILY)}"
        others.append(
            (
                name,
                f"ML{40_000 + index}",
                f"agent{index}@brokers.example.com",
                f"+1707{dice.number(570, 599)}01{index:02d}",
                offices[1 + index % 8],
            )
        )
    return [
        {
            "MemberKey": f"MB{9000 + index}",
            "MemberMlsId": mls_id,
            "MemberFullName": name,
            "MemberFirstName": name.split(" ")[0],
            "MemberLastName": name.split(" ", 1)[1],
            "MemberEmail": email,
            "MemberMobilePhone": phone,
            "MemberStatus": "Inactive" if index % 17 == 16 else "Active",
            "OfficeKey": office["OfficeKey"],
            "OfficeName": office["OfficeName"],
            "ModificationTimestamp": _stamp(dt.datetime.combine(town.ago(600 - index), dt.time(18), dt.UTC)),
        }
        for index, (name, mls_id, email, phone, office) in enumerate([*ours, *others])
    ]


def _show(town: Town, person: Person) -> None:
    for one in town.persons:
        if one.household_id == person.household_id:
            one.shows_address = True


def _owner_name(person: Person, dice: Dice) -> str:
    return f"{person.family.upper()} {person.given.upper()}" if dice.chance(0.5) else person.name


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000 or (moment.second * 17) % 1000:03d}Z"
