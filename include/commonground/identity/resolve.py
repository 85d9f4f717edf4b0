"""The nightly stage: person records, verdicts and last night's contacts → who is who tonight, and a profile of each.

Writes `contact_identities`, `contact_merges`, `contact_profiles`, `listing_addresses` and `uncertain_pairs`.
"""

from pathlib import Path

import pyarrow as pa

from commonground.engine import Engine
from commonground.identity import address, channels, geography, names, normalise, verdicts
from commonground.identity.night_after.place import link_night

_HERE = Path(__file__).parent
_CRM = ("followupboss", "hubspot", "salesforce", "crm-csv")
_BOOKS = ("google-contacts", "outlook", "vcard")
_LISTING_ADDRESS = ("StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix", "UnitNumber", "PostalCode", "UnparsedAddress")
_TEXT = pa.string()


def resolve(engine: Engine) -> None:
    """Works out who is who tonight and writes the five tables."""
    people = engine.arrow((_HERE / "linkable.sql").read_text(encoding="utf-8"))
    con = engine.con
    decided = _verdicts(engine)
    memory = engine.night.lake.root / "derived" / "matches"
    clustered, doubted = link_night(people, decided, memory)
    normalise.register(con, "clustered", clustered)
    normalise.register(con, "doubted", doubted)
    _earlier(engine)
    normalise.run(con, "linked")
    engine.run(_HERE / "contact_identities.sql")
    engine.run(_HERE / "contact_merges.sql")
    engine.run(_HERE / "uncertain_pairs.sql")
    _look_up(engine)
    for step in ("contact_kind", "contact_place", "partner", "contact_household"):
        normalise.run(con, step)
    engine.run(_HERE / "contact_profiles.sql")
    engine.run(_HERE / "listing_addresses.sql")


def _verdicts(engine: Engine) -> list[tuple[str, str, str]]:
    rows = verdicts.read(engine.night.data).to_pylist()
    return [
        (f"{row['left_feed']}|{row['left_record_id']}", f"{row['right_feed']}|{row['right_record_id']}", row["decision"]) for row in rows
    ]


def _earlier(engine: Engine) -> None:
    """`earlier_identity`: last night's contact of each record; empty on the first night."""
    query = "SELECT NULL::VARCHAR AS contact_id, NULL::VARCHAR AS feed, NULL::VARCHAR AS record_id WHERE false"
    if engine.has("previous_contact_identities"):
        query = "SELECT contact_id, feed, record_id FROM previous_contact_identities"
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE earlier_identity AS {query}")


def _look_up(engine: Engine) -> None:
    """What the profiles' SQL needs a library or a list for, once per distinct value."""
    con = engine.con
    geography.register(con)
    normalise.look_up(
        con, "mail_form", "person", "unnest(emails)", channels.mail, [("address", _TEXT), ("mail_key", _TEXT), ("is_role", pa.bool_())]
    )
    normalise.look_up(con, "phone_form", "person", "unnest(phones)", channels.phone, [("e164", _TEXT)])
    normalise.look_up(con, "postal_form", "person", "postal_code", channels.postal5, [("postal5", _TEXT)])
    normalise.look_up(con, "town_form", "person", "city", geography.town_key, [("town", _TEXT)])
    normalise.look_up(con, "state_form", "person", "state", geography.state_code, [("state_code", _TEXT)])
    normalise.look_up(
        con, "phone_town_form", "phone_form", "e164", geography.phone_town, [("town", _TEXT), ("state_code", _TEXT), ("area_code", _TEXT)]
    )
    con.execute("CREATE OR REPLACE TEMP VIEW stated_city AS SELECT text FROM utterance WHERE utterance_type = 'current_city'")
    normalise.look_up(con, "stated_form", "stated_city", "text", geography.stated_town, [("town", _TEXT), ("state_code", _TEXT)])
    normalise.look_up(con, "service_city_form", "service_city", "city", geography.town_key, [("town", _TEXT)])
    con.execute("CREATE OR REPLACE TEMP TABLE service_town AS SELECT DISTINCT town FROM service_city_form")
    normalise.look_up(con, "partner_form", "person", "partner_name", _partner, [("given_key", _TEXT), ("family_key", _TEXT)])
    normalise.look_up_rows(con, "address_form", "person", ("street", "postal_code"), _address, [("address_key", _TEXT)])
    normalise.look_up_rows(con, "listing_address_form", "listing", _LISTING_ADDRESS, address.listing_address_key, [("address_key", _TEXT)])
    shown = [("given_shown", _TEXT), ("family_shown", _TEXT), ("full_shown", _TEXT), ("given_key", _TEXT), ("family_key", _TEXT)]
    normalise.look_up_rows(con, "shown_name", "person", ("given_name", "family_name", "full_name"), names.shown, shown)
    _derive(engine)


def _derive(engine: Engine) -> None:
    """Small relations that several files of SQL read."""
    crm, books = ", ".join(f"'{name}'" for name in _CRM), ", ".join(f"'{name}'" for name in _BOOKS)
    engine.con.execute(f"""
        CREATE OR REPLACE TEMP TABLE source_trust AS
        SELECT DISTINCT feed, CASE
            WHEN source = 'team' THEN 0 WHEN source IN ({crm}) THEN 1 WHEN source IN ({books}) THEN 2
            WHEN source = 'linkedin' THEN 3 WHEN source IN ('facebook', 'instagram') THEN 4 ELSE 5 END AS trust
        FROM (SELECT feed, min(source) AS source FROM person GROUP BY feed)""")
    for table, column in (("person_mail", "emails"), ("person_url", "urls")):
        engine.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE {table} AS
            SELECT feed, record_id, unnest({column}) AS raw, unnest(range(1, len({column}) + 1)) AS position FROM person""")
    engine.con.execute("""
        CREATE OR REPLACE TEMP TABLE person_phone AS
        SELECT p.feed, p.record_id, f.e164, min(p.position) AS position
        FROM (SELECT feed, record_id, unnest(phones) AS raw, unnest(range(1, len(phones) + 1)) AS position FROM person) AS p
        JOIN phone_form AS f ON f.raw = p.raw
        GROUP BY p.feed, p.record_id, f.e164""")
    engine.con.execute("""
        CREATE OR REPLACE TEMP TABLE service_area_code AS
        SELECT DISTINCT unnest(c.area_codes) AS area_code
        FROM postal_code_list AS c CROSS JOIN service_area AS a
        WHERE c.postal5 IN (SELECT postal_code FROM service_postal_code)
           OR (c.state = a.state AND c.town IN (SELECT town FROM service_town))
           OR (abs(c.latitude - a.latitude) * 111.2 <= a.radius_km
               AND abs(c.longitude - a.longitude) * 111.2 * cos(radians(a.latitude)) <= a.radius_km)""")


def _partner(text: str | None) -> tuple[str | None, str | None] | None:
    name = names.parse(None, None, text)
    return (name.given, name.family) if name.given else None


def _address(street: str | None, postal_code: str | None) -> tuple[str | None] | None:
    key = address.address_key(street, None, postal_code)
    return (key,) if key else None
