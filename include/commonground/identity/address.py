"""Street addresses as written → one key for one door, for people and for listings alike.

A key is `number street|unit|postal5`, lower case, suffixes and directions in their short forms: `12 w oak st|4|95401`.
"""

import re

import pyarrow as pa

from commonground.identity.channels import postal5
from commonground.identity.names import fold

_SUFFIXES = """alley aly allee ally|avenue ave av aven avenu avn avnue|bayou byu|beach bch|bend bnd|bluff blf|boulevard blvd boul boulv bvd|
branch br|bridge brg|brook brk|bypass byp|canyon cyn|causeway cswy|center ctr cntr centre|circle cir circ crcle|cliff clf|common cmn|
commons cmns|
corner cor|corners cors|course crse|court ct crt|courts cts|cove cv|creek crk|crescent cres crsnt|crossing xing crssng|
drive dr driv drv|drives drs|
estate est|estates ests|expressway expy exp|extension ext|falls fls|ferry fry|field fld|fields flds|flat flt|flats flts|ford frd|
forest frst|
fork frk|freeway fwy|garden gdn|gardens gdns|gateway gtwy|glen gln|green grn|grove grv grov|harbor hbr|haven hvn|heights hts ht|
highway hwy hiway|
hill hl|hills hls|hollow holw|island is|junction jct|key ky|knoll knl|knolls knls|lake lk|lakes lks|landing lndg|lane ln|loop lp|manor mnr|
meadow mdw|meadows mdws|mill ml|mills mls|mount mt|mountain mtn|oval ovl|park prk|parkway pkwy parkwy pky|passage psge|pike pk|
pine pne|pines pnes|
place pl|plain pln|plains plns|plaza plz|point pt|points pts|port prt|prairie pr|ranch rnch|ridge rdg|river riv|road rd|roads rds|route rte|
shore shr|shores shrs|skyway skwy|spring spg|springs spgs|square sq sqr|station sta|stream strm|street st str strt|summit smt|
terrace ter terr|
trace trce|track trak|trail trl|tunnel tunl|turnpike tpke|union un|valley vly|view vw|village vlg|vista vis|walk wlk|way wy"""
_DIRECTIONS = "north n|south s|east e|west w|northeast ne|northwest nw|southeast se|southwest sw"
_ORDINALS = "first 1st|second 2nd|third 3rd|fourth 4th|fifth 5th|sixth 6th|seventh 7th|eighth 8th|ninth 9th|tenth 10th"


def _short_forms(groups: str) -> dict[str, str]:
    """Every form → the official short form, which stands second in its group."""
    lists = [group.split() for group in groups.replace("\n", "").split("|")]
    return {form: forms[1] for forms in lists for form in forms}


_SHORT = {**_short_forms(_SUFFIXES), **_short_forms(_DIRECTIONS), **_short_forms(_ORDINALS), "saint": "st"}
_UNIT = re.compile(
    r"(?:\b(?:apartment|apt|unit|suite|ste|room|rm|spc|space|lot|trlr|bldg|building|floor|fl|no|number)\b\.?\s*#?|#)\s*([a-z0-9-]+)\s*$"
)
_BOX = re.compile(r"\b(?:p\.?\s*o\.?|post office)\s*box\s*([a-z0-9-]+)")


def street_parts(street: str | None, unit: str | None = None) -> tuple[str, str] | None:
    """A street line → (`12 w oak st`, `4`); None when it names no house (no number and no box)."""
    line = fold((street or "").splitlines()[0] if (street or "").strip() else "").replace(".", " ").strip()
    box = _BOX.search(line)
    if box:
        return f"po box {box.group(1)}", ""
    line = line.split(" | ")[0]
    own_unit = fold(unit).strip().lstrip("#").strip()
    found = _UNIT.search(line.rstrip(" ,"))
    if found and found.start() > 0:
        own_unit = own_unit or found.group(1)
        line = line[: found.start()]
    parts = re.findall(r"[a-z0-9]+(?:[-/][a-z0-9]+)?", line)
    if len(parts) < 2 or not parts[0][0].isdigit():
        return None
    own_unit = re.sub(r"^(?:apartment|apt|unit|suite|ste|spc|lot)\W*", "", own_unit)
    return " ".join(_SHORT.get(part, part) for part in parts), re.sub(r"[^a-z0-9]", "", own_unit)


def address_key(street: str | None, unit: str | None = None, postal_code: str | None = None) -> str | None:
    """One key for one door: `12 W. Oak Street, Apt 4`, `95401-1234` → `12 w oak st|4|95401`. None without a house number."""
    parts = street_parts(street, unit)
    return f"{parts[0]}|{parts[1]}|{postal5(postal_code) or ''}" if parts else None


def listing_address_key(
    number: str | None,
    direction: str | None,
    name: str | None,
    suffix: str | None,
    unit: str | None,
    postal_code: str | None,
    unparsed: str | None,
) -> str | None:
    """The key of a listing: from its RESO parts when they name a house, else from `UnparsedAddress` before the first comma."""
    key = None
    if number and name:
        key = address_key(" ".join(part for part in (number, direction, name, suffix) if part), unit, postal_code)
    if key or not unparsed:
        return key
    street, *rest = [piece.strip() for piece in unparsed.split(",")]
    if rest and _UNIT.fullmatch(fold(rest[0])):
        unit = unit or rest[0]
    code = postal_code or next(iter(re.findall(r"\b\d{5}(?:-\d{4})?\b", " ".join(rest))), None)
    return address_key(street, unit, code)


def listing_keys(addresses: pa.Table) -> pa.Table:
    """Adds `address_key` to distinct listing addresses (the seven columns of `listing_address_key`, in order)."""
    rows = zip(*(column.to_pylist() for column in addresses.columns[:7]), strict=True)
    return addresses.append_column("address_key", pa.array([listing_address_key(*row) for row in rows], pa.string()))
