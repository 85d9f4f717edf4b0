"""The pages over a small town made by hand, with somebody logged in; texts that want to do harm stand where texts from outside stand."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from commonground.identity.asking import pair_id
from commonground_airflow.pages.app import READER, make_app
from commonground_airflow.pages.store import Store
from published import write_published

SCRIPT = "<script>alert('x')</script>"
WHEN = dt.datetime(2026, 10, 3, 18, 30, tzinfo=dt.UTC)


def contact(contact_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"contact_id": contact_id, "full_name": name, "feeds": ["crm"], "do_not_contact": False, "is_organization": False} | more


def segment(contact_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"contact_id": contact_id, "segment": name, "score": 0.5, "reasons": ["a reason"], "do_not_contact": False} | more


def member(contact_id: str, rank: int, name: str, **more: Any) -> dict[str, Any]:
    return {"contact_id": contact_id, "rank": rank, "full_name": name, "score": 0.5} | more


def doubt(rank: int, left: str, right: str, **more: Any) -> dict[str, Any]:
    refs = {"left_feed": "crm", "left_record_id": f"l{rank}", "right_feed": "blog", "right_record_id": f"r'{rank}\""}
    pair = pair_id(("crm", f"l{rank}"), ("blog", f"r'{rank}\""))
    return {
        "pair_id": pair, "rank": rank, "is_joined": False, "match_rule": "name alone", "match_probability": 0.7, "stakes": 0.9, **refs,
        "at_stake": "evangelist and team", "agreed": ["given name: same"], "differed": ["city: different"],
        "left_contact_id": "caaaaaaaaaaa1", "left_line": left, "right_line": right,
    } | more  # fmt: skip


def town_rows() -> dict[str, list[dict[str, Any]]]:
    many = [f"cl{number:010d}" for number in range(120)]
    return {
        "agents": [{"agent_id": "ana", "name": "Ana Ruiz"}, {"agent_id": "ben", "name": "Ben Ode"}],
        "contacts": [
            contact(
                "caaaaaaaaaaa1", "Zoë Quill", emails=["zoe@quill.example"], phones=["+17075550101"], street="9 Elm St", city="Windsor",
                state="CA", urls=["javascript:alert(1)", "https://quill.example/zoe"], owner_agent_id="ana", household_id="h1",
                in_service_area=True, distance_km=12.3, last_interaction_at=WHEN, last_interaction_type="call",
            ),
            contact("caaaaaaaaaaa2", "Max Quill", household_id="h1", owner_agent_id="ana"),
            contact("caaaaaaaaaaa3", SCRIPT, owner_agent_id="ben"),
            contact("caaaaaaaaaaa4", "Far Friend", city="Reno", state="NV", owner_agent_id="ben"),
            contact("caaaaaaaaaaa5", "Shy Person", emails=["shy@away.example"], phones=["+17075550199"], do_not_contact=True,
                    do_not_contact_reason="unsubscribed in crm"),
            contact("caaaaaaaaaaa6", "Nobody Knows"),
            *(contact(name, f"Local {name[-3:]}", owner_agent_id="ben") for name in many),
        ],
        "segments": [
            segment("caaaaaaaaaaa1", "now", score=0.87, reasons=["her listing expired"], since=dt.date(2026, 11, 2), next_step="Call her",
                    channel="call", cadence_days=3),
            segment("caaaaaaaaaaa2", "later"), segment("caaaaaaaaaaa3", "now"), segment("caaaaaaaaaaa4", "evangelist"),
            segment("caaaaaaaaaaa5", "later", do_not_contact=True, next_step="nothing"),
            segment("caaaaaaaaaaa6", "unplaced", reasons=["too little known"]),
            *(segment(name, "later") for name in many),
        ],
        "segment_now": [
            member("caaaaaaaaaaa1", 1, "Zoë Quill", why="Her listing expired", city="Windsor", last_touch="2026-10-03, call, Ana Ruiz",
                   evidence="Listing of 9 Elm St expired on 2026-11-02 | mls, record 77, 2026-11-02, https://mls.example/77",
                   common_ground="zydeco, with Ana Ruiz | jazz, with Ben Ode", introduced_by="Ana Ruiz knows them directly", owner_agent_id="ana"),
            member("caaaaaaaaaaa3", 2, SCRIPT, why="=HYPERLINK(\"http://evil.example\")", evidence="+1 | @sum", common_ground="-2",
                   introduced_by="\tcmd", last_touch="\rcmd", owner_agent_id="ben"),
        ],
        "segment_later": [
            member("caaaaaaaaaaa2", 1, "Max Quill", owner_agent_id="ana"),
            *(member(name, rank, f"Local {name[-3:]}", owner_agent_id="ben") for rank, name in enumerate(many, start=2)),
        ],
        "segment_evangelist": [
            member("caaaaaaaaaaa4", 1, "Far Friend", why="Ana's old flatmate", knows_here="Zoë Quill", prospect_count=3, city="Reno",
                   state="NV", closest_agent_id="ana", owner_agent_id="ben"),
        ],
        "_today": [
            {"rank": 1, "household": "Max Quill, Zoë Quill", "contact_id": "caaaaaaaaaaa1", "segment": "now", "why_now": "Her listing expired",
             "evidence": "mls, record 77", "opening_topic": "zydeco", "phone": "+17075550101", "email": "zoe@quill.example", "owner_agent_id": "ana"},
        ],
        "signals": [
            {"signal_id": "s1", "contact_id": "caaaaaaaaaaa1", "signal_type": "listing_expired", "side": "sell", "weight": 0.9, "weight_now": 0.8,
             "observed_at": dt.date(2026, 11, 2), "concerns_service_area": True, "ListingKey": "77", "evidence_text": f"Expired {SCRIPT}",
             "evidence_source": "mls", "evidence_feed": "mls", "evidence_record_id": "77", "evidence_url": "javascript:alert(2)"},
        ],
        "listings": [{"feed": "mls", "ListingKey": "77", "UnparsedAddress": "9 Elm St", "StandardStatus": "Expired"}],
        "contact_interests": [
            {"contact_id": "caaaaaaaaaaa1", "interest": "zydeco", "kind": "music", "label": "Zydeco", "policy_class": "open", "rarity": 0.9,
             "evidence_count": 4, "is_self_stated": True, "evidence_text": f"Zydeco all night {SCRIPT}", "evidence_source": "facebook",
             "evidence_url": "https://fb.example/p/1", "evidence_at": WHEN},
            {"contact_id": "caaaaaaaaaaa1", "interest": "navy", "kind": "military", "label": "Navy", "policy_class": "restricted",
             "is_self_stated": True, "evidence_text": "My years in the Navy", "evidence_source": "linkedin"},
            {"contact_id": "caaaaaaaaaaa1", "interest": "army", "kind": "military", "label": "Army", "policy_class": "restricted",
             "is_self_stated": True, "evidence_text": "Only she said this", "evidence_source": "linkedin"},
        ],
        "common_ground": [
            {"agent_id": "ana", "contact_id": "caaaaaaaaaaa1", "interest": "zydeco", "kind": "music", "label": "Zydeco", "policy_class": "open",
             "rarity": 0.9, "rank": 1, "agent_evidence_text": "I play the rubboard", "agent_evidence_source": "team",
             "contact_evidence_text": "Zydeco all night", "contact_evidence_source": "facebook", "contact_evidence_at": WHEN},
            {"agent_id": "ben", "contact_id": "caaaaaaaaaaa1", "interest": "navy", "kind": "military", "label": "Navy",
             "policy_class": "restricted", "agent_evidence_text": "Served in the Navy", "agent_evidence_source": "linkedin",
             "contact_evidence_text": "My years in the Navy", "contact_evidence_source": "linkedin"},
        ],
        "referral_paths": [
            {"agent_id": "ben", "prospect_id": "caaaaaaaaaaa1", "rank": 1, "hops": 2, "via": ["caaaaaaaaaaa4"], "via_segments": ["evangelist"],
             "strength": 0.42, "weakest_tie": "Far Friend → Zoë Quill", "weakest_tie_strength": 0.5,
             "evidence": ["12 calls since 2024", "neighbours on Elm St"]},
        ],
        "endorsements": [
            {"agent_id": "ana", "prospect_id": "caaaaaaaaaaa1", "review_feed": "yelp", "review_id": "r1", "endorsement_type": "connected",
             "reviewer_contact_id": "caaaaaaaaaaa4", "reviewer_name": "Far F.", "closeness": 0.5, "weight": 0.9, "rating": 5.0,
             "excerpt": "She knows every street", "source": "yelp", "source_url": "http://yelp.example/r1"},
        ],
        "contact_identities": [
            {"contact_id": "caaaaaaaaaaa1", "feed": "crm", "record_id": "17", "source": "followupboss", "match_probability": 0.97,
             "match_rule": "splink", "match_detail": '{"with": "x", "weight": 9.3, "compared": {"email": 9.3, "name": -1.0}}'},
        ],
        "uncertain_matches": [
            doubt(2, "Max Quill", "M. Quill", is_joined=True, match_rule="name_unique", doubt=0.2, right_contact_id="caaaaaaaaaaa1"),
            doubt(1, "Far Friend · far@away.example · Reno", SCRIPT, left_contact_id="caaaaaaaaaaa4", right_contact_id="ana", doubt=0.7),
        ],
        "segment_changes": [
            {"contact_id": "caaaaaaaaaaa1", "from_segment": "later", "to_segment": "now", "changed_on": dt.date(2026, 11, 2), "run_id": "r1",
             "reason": "her listing expired"},
        ],
        "contact_history": [
            {"contact_id": "caaaaaaaaaaa1", "event": "merge", "other_contact_id": "cmerged2", "happened_on": dt.date(2026, 11, 1), "run_id": "r1"},
            {"contact_id": "cmerged2", "event": "merge", "other_contact_id": "cmerged1", "happened_on": dt.date(2026, 10, 1), "run_id": "r0"},
            {"contact_id": "cgone", "event": "split", "other_contact_id": "caaaaaaaaaaa4", "happened_on": dt.date(2026, 10, 1), "run_id": "r0",
             "reason": "told apart"},
        ],
    }  # fmt: skip


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_published(tmp_path_factory.mktemp("pages") / "commonground.duckdb", town_rows())


@pytest.fixture(scope="session")
def client_of() -> Callable[..., TestClient]:
    """A browser for the pages over a file, logged in unless told otherwise."""

    def make(path: Path, *, is_logged_in: bool = True) -> TestClient:
        app = make_app(Store(lambda: path))
        if is_logged_in:
            app.dependency_overrides[READER] = lambda: None
        return TestClient(app, follow_redirects=False)

    return make


@pytest.fixture(scope="session")
def pages(published: Path, client_of: Callable[..., TestClient]) -> TestClient:
    return client_of(published)
