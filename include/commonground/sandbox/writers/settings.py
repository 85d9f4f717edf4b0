"""The town's settings as a team would write them → config/{market,feeds,policy}.yaml, town.yaml and connections.json."""

import json
from pathlib import Path
from typing import Any

import yaml

from commonground.sandbox import gazetteer
from commonground.sandbox.model import Town
from commonground.sandbox.writers.microblogs import INSTANCE, handle_of
from commonground.sandbox.writers.reviews import ACCOUNT, LOCATION

# Keys of an invented town, worth nothing anywhere else.
TOKENS = {
    "followupboss": "fka_sandbox_0aTown",
    "hubspot": "pat-na1-sandbox",
    "salesforce": "00Dsandbox!token",
    "salesforce_client": "sandbox-connected-app",
    "salesforce_secret": "sandbox-connected-secret",
    "reso": "reso-sandbox-token",
    "reso_client": "sandbox-client",
    "reso_secret": "sandbox-client-secret",
    "google_business": "ya29.sandbox",
    "google_client": "sandbox-consent",
    "google_secret": "sandbox-consent-secret",
    "google_refresh": "1//sandbox-refresh",
    "yelp": "yelp-sandbox-key",
    "google_places": "AIza-sandbox-key",
    "foursquare": "fsq-sandbox-key",
    "zillow": "zillow-sandbox-token",
    "mastodon": "mastodon-sandbox-token",
    "swarm": "SWARM0SANDBOX0TOKEN",
}
MLS_SYSTEM = "Sonoma Coast MLS"  # its OriginatingSystemName
PLACEHOLDER_HOST = "http://127.0.0.1:8765"


def write_settings(town: Town, folder: Path, business_ids: list[str]) -> None:
    """Writes the config folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _yaml(
        folder / "town.yaml",
        {"as_of": town.as_of.isoformat(), "seed": town.seed, "people": town.people_wanted},
        "The town's own today; pass it as --as-of.",
    )
    _yaml(folder / "market.yaml", _market(town), "The town and the team.")
    _yaml(folder / "feeds.yaml", {"feeds": _feeds(town, business_ids)}, "What is read each night.")
    _yaml(folder / "policy.yaml", _policy(), "Rules of the house.")
    (folder / "connections.json").write_text(json.dumps(connections(PLACEHOLDER_HOST), indent=2) + "\n", encoding="utf-8")


def connections(host: str) -> dict[str, dict[str, Any]]:
    """conn_id → connection, as `airflow connections import` takes it; `host` is the address of the served town."""

    def known_by(password: str = "", login: str = "", **extra: str) -> dict[str, Any]:
        return {"conn_type": "http", "host": host, "login": login, "password": password, "extra": extra}

    system = {"X-System": "CommonGround", "X-System-Key": "sandbox-system"}
    consent = {"client_id": TOKENS["google_client"], "client_secret": TOKENS["google_secret"], "refresh_token": TOKENS["google_refresh"]}
    by_token = ("hubspot", "reso", "yelp", "google_places", "foursquare", "zillow", "mastodon", "swarm")
    return {
        "sandbox_followupboss": known_by(login=TOKENS["followupboss"], **system),
        "sandbox_salesforce": known_by(client_id=TOKENS["salesforce_client"], client_secret=TOKENS["salesforce_secret"]),
        "sandbox_trestle": known_by(TOKENS["reso_secret"], TOKENS["reso_client"], **{"token_url": "oidc/connect/token"}),
        "sandbox_google_business": known_by(**consent, **{"token_url": "/gbp/token"}),
        **{f"sandbox_{name}": known_by(TOKENS[name]) for name in by_token},
        "sandbox_bluesky": known_by(),
        "sandbox_blog": known_by(),
    }


def _market(town: Town) -> dict[str, Any]:
    codes = sorted(gazetteer.LOCAL)
    return {
        "name": "Sonoma County",
        "time_zone": "America/Los_Angeles",
        "state": "CA",
        "service_area": {
            "latitude": gazetteer.CENTER[0],
            "longitude": gazetteer.CENTER[1],
            "radius_km": gazetteer.RADIUS_KM,
            "cities": sorted({gazetteer.place(code).city for code in codes}),
            "postal_codes": codes,
        },
        "agents": [
            {
                "agent_id": agent.agent_id,
                "name": agent.name,
                "emails": [agent.email],
                "phones": [agent.phone],
                "urls": [
                    f"https://www.linkedin.com/in/{agent.slug}",
                    f"https://bsky.app/profile/{handle_of(agent.slug)}",
                    f"https://{INSTANCE}/@{agent.slug.lower()}",
                ],
                "mls_ids": [agent.mls_id],
                "about": agent.about,
            }
            for agent in town.agents
        ],
        "schools": ["Montgomery High School", "Sonoma State University", "Santa Rosa Junior College"],
        "neighborhoods": ["Railroad Square", "Bennett Valley", "Fountaingrove", "Rincon Valley"],
    }


def _feeds(town: Town, business_ids: list[str]) -> list[dict[str, Any]]:
    def blog(name: str, url: str) -> dict[str, Any]:
        return {"name": name, "source": "feed", "url": url, "connection": "sandbox_blog"}

    slugs = [person.slug.lower() for person in town.persons if person.website and person.slug.isascii()]
    handles = [handle_of(slug) for slug in slugs]
    google = {"account": ACCOUNT, "location": LOCATION, "information_url": "gbp-information/v1/"}
    return [
        {"name": "followupboss", "source": "followupboss", "url": "followupboss/v1/", "connection": "sandbox_followupboss"},
        # two more CRMs that the town speaks; they would only say again what the team's own knows
        _another_crm("hubspot", "ben"),
        _another_crm("salesforce", "cleo"),
        {"name": "google_ben", "source": "google-contacts", "path": "drops/google_ben.csv", "owner": "ben"},
        {"name": "google_cleo", "source": "google-contacts", "path": "drops/google_cleo.csv", "owner": "cleo"},
        {
            "name": "mls",
            "source": "reso",
            "url": "reso/odata/",
            "connection": "sandbox_reso",
            "options": {"resources": ["Property", "Member", "Office", "OpenHouse"]},
        },
        *_other_mls(),
        {"name": "linkedin_ana", "source": "linkedin", "path": "drops/ana_linkedin.zip", "owner": "ana"},
        {"name": "linkedin_ben", "source": "linkedin", "path": "drops/ben_linkedin", "owner": "ben"},
        {"name": "facebook_ana", "source": "facebook", "path": "drops/ana_facebook", "owner": "ana"},
        {"name": "facebook_cleo", "source": "facebook", "path": "drops/cleo_facebook", "owner": "cleo"},
        {"name": "swarm_ben", "source": "swarm", "url": "swarm/v2/", "connection": "sandbox_swarm", "owner": "ben"},
        blog("team_blog", "blog/feed"),
        blog("blog_comments", "blog/comments/feed"),
        blog("neighbors_blog", "neighbors/atom.xml"),
        blog("town_news", "town/feed.json"),
        {
            "name": "google_business",
            "source": "google-business",
            "url": "gbp/v4/",
            "connection": "sandbox_google_business",
            "options": google,
        },
        {
            "name": "yelp",
            "source": "yelp",
            "url": "yelp/v3/",
            "connection": "sandbox_yelp",
            "ttl_hours": 24,
            # the town's shops begin with the team's own office
            "options": {"own_business_ids": business_ids[:1], "business_ids": business_ids[1:]},
        },
        # spoken by the town, and not read each night: a demo is to be quick
        *(
            {
                "name": name,
                "source": name.replace("_", "-"),
                "url": url,
                "connection": f"sandbox_{name}",
                "is_enabled": False,
                "options": told,
            }
            for name, url, told in (
                ("google_places", "gplaces/v1/", {"search": "coffee books bakery"}),
                ("foursquare", "foursquare/", {"search": {"query": "", "near": "Santa Rosa, CA"}}),
                ("zillow", "zillow/reviews/", {}),
            )
        ),
        *(
            {"name": f"{source}_ana", "source": source, "url": f"{source}/", "connection": f"sandbox_{source}", "owner": "ana"}
            | {"is_enabled": False, "options": {"actors": actors[:10]}}
            for source, actors in (("bluesky", handles), ("mastodon", slugs))
        ),
    ]


def _another_crm(source: str, owner: str) -> dict[str, Any]:
    where = {"url": f"{source}/", "connection": f"sandbox_{source}"}
    more = {"options": {"associations": True}} if source == "hubspot" else {}
    return {"name": f"{source}_{owner}", "source": source, **where, "owner": owner, "is_enabled": False, **more}


def _other_mls() -> list[dict[str, Any]]:
    """The same MLS as each vendor would serve it; one of them a night is enough."""
    usual: dict[str, Any] = {"resources": ["Property", "Member", "Office", "OpenHouse"], "per_second": 20}  # a contract's own number
    key, pair = "sandbox_reso", "sandbox_trestle"
    dialects: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
        ("mls_grid", "reso", "mlsgrid/v2/", key, {"profile": "mlsgrid", "originating_system": MLS_SYSTEM}),
        ("mls_bridge", "reso", "bridge/api/v2/OData/town/", key, {"profile": "bridge"}),
        ("mls_trestle", "reso", "trestle/odata/", pair, {"profile": "trestle"}),
        ("mls_spark", "spark", "spark/Version/3/Reso/OData/", key, {}),
        ("mls_core", "reso", "reso20/odata/", key, {"profile": "plain-2.0"}),
    )
    return [
        {"name": name, "source": source, "url": url, "connection": connection, "is_enabled": False, "options": usual | told}
        for name, source, url, connection, told in dialects
    ]


def _policy() -> dict[str, Any]:
    return {
        "interests": {
            "restricted_kinds": ["military", "school", "place"],
            "restricted_interests": [],
            "denied": ["religion", "origin", "family", "disability", "health", "sex", "age", "orientation", "politics", "union", "marital"],
        },
        "segments": {
            "now_score": 0.5,
            "evangelist_tie_strength": 0.3,
            "today_rows": 15,
            "cadence_days": {"now": 3, "later": 90, "evangelist": 45, "unplaced": 180},
        },
        "sources": {
            "yelp": {"purposes": ["reviews", "aggregate"], "ttl_hours": 24},
            "google-places": {"purposes": ["aggregate"], "ttl_hours": 24},
            "foursquare": {"purposes": ["reviews", "aggregate"], "ttl_hours": 24},
            "linkedin": {"purposes": ["identity", "interests", "network"]},
        },
    }


def _yaml(path: Path, content: Any, comment: str) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    path.write_text(f"# {comment}\n{text}", encoding="utf-8")
