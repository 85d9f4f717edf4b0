"""Real towns and postal codes, invented streets: where the people of the sandbox live → `Place`s and phone area codes."""

from dataclasses import dataclass
from functools import cache

import zipcodes


@dataclass(frozen=True)
class Place:
    """One postal code area. Latitude and longitude in degrees, `area_code` the first for its phones."""

    city: str
    state: str
    postal_code: str
    latitude: float
    longitude: float
    area_code: str
    is_local: bool


CENTER = (38.4404, -122.7141)
RADIUS_KM = 35.0

# postal code -> weight; the county's own spread of households, roughly
LOCAL = {
    "95401": 9.0, "95403": 10.0, "95404": 9.0, "95405": 6.0, "95407": 7.0, "95409": 7.0,
    "94952": 8.0, "94954": 8.0, "95472": 6.0, "95448": 5.0, "95492": 7.0, "94928": 8.0, "94931": 2.0, "95476": 6.0,
}  # fmt: skip

# Where people go when they leave, or have always been: real towns with real postal codes and their area code.
AWAY = {
    "97202": "503", "97214": "503", "98103": "206", "98115": "206", "83702": "208", "89509": "775", "95818": "916", "95630": "916",
    "94610": "510", "94110": "415", "90026": "323", "92103": "619", "85016": "602", "84105": "801", "80205": "303", "78704": "512",
    "75214": "214", "77008": "713", "70117": "504", "70118": "504", "70501": "337", "70503": "337", "60615": "773", "60657": "773",
    "48104": "734", "55408": "612", "37206": "615", "30307": "404", "27705": "919", "33604": "813", "20009": "202", "19147": "215",
    "11209": "718", "11215": "718", "02140": "617", "04101": "207", "05401": "802", "87505": "505", "96816": "808", "53703": "608",
}  # fmt: skip

SUFFIXES = {"Street": "St", "Avenue": "Ave", "Drive": "Dr", "Court": "Ct", "Lane": "Ln", "Road": "Rd", "Way": "Way", "Circle": "Cir"}


@cache
def place(postal_code: str) -> Place:
    """The area of a postal code of this gazetteer."""
    found = zipcodes.matching(postal_code)[0]  # type: ignore[no-untyped-call]
    is_local = postal_code in LOCAL
    area_code = "707" if is_local else AWAY[postal_code]
    return Place(found["city"], found["state"], postal_code, float(found["lat"]), float(found["long"]), area_code, is_local)
