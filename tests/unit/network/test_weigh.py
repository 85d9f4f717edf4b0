"""Ties out of what sources state and what passed between people."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.network.weigh import weigh
from unit.network.handmade import TestNight, days_ago, make_night

Make = Callable[..., TestNight]


def message(author: str, target: str | None, days: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "author_ref": author, "target_ref": target, "utterance_type": "message", "text": "hello", "is_self_stated": True,
        "occurred_at": days_ago(days), **more,
    }  # fmt: skip


def interaction(person: str, type_: str, days: int = 10, **more: Any) -> dict[str, Any]:
    return {"person_ref": person, "interaction_type": type_, "occurred_at": days_ago(days), "agent_id": "ana", **more}


def tie(src: str, dst: str, type_: str, is_directed: bool = False) -> dict[str, Any]:
    return {"src_ref": src, "dst_ref": dst, "tie_type": type_, "is_directed": is_directed, "evidence_text": "SECRET WORDS"}


def strength(night: TestNight, src: str, dst: str) -> float | None:
    found = night.rows(f"SELECT strength FROM ties WHERE src = '{src}' AND dst = '{dst}'")
    return found[0][0] if found else None


def test_a_mere_connection_is_weak_and_real_exchanges_raise_it(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay")
    night.fill("tie", [tie("ana", "eva", "connection"), tie("ana", "fay", "friend")])
    weigh(night.engine)
    assert 0.1 <= strength(night, "ana", "eva") <= strength(night, "ana", "fay") <= 0.2
    night.fill("utterance", [message("eva", "ana", day) for day in range(1, 13)] + [message("ana", "eva", day) for day in range(1, 13)])
    weigh(night.engine)
    assert strength(night, "ana", "eva") > 0.5
    assert strength(night, "ana", "fay") <= 0.2


def test_unanswered_mailings_stay_weak_however_many(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva")
    night.fill("interaction", [interaction("eva", "email", day, direction="out") for day in range(1, 200)])
    weigh(night.engine)
    assert strength(night, "ana", "eva") < 0.3
    assert strength(night, "eva", "ana") < 0.3
    night.fill(
        "interaction",
        [interaction("eva", "email", day, direction="out") for day in range(1, 200)] + [interaction("eva", "email", 3, direction="in")],
    )
    weigh(night.engine)
    assert strength(night, "ana", "eva") > 0.3


def test_what_passed_after_the_night_counts_for_nothing(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva")
    night.fill("utterance", [message("eva", "ana", -400)])
    weigh(night.engine)
    assert strength(night, "ana", "eva") is None


def test_an_undated_message_counts_but_is_not_recent(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay")
    night.fill("utterance", [message("eva", "ana", occurred_at=None), message("fay", "ana", 0)])
    weigh(night.engine)
    assert strength(night, "ana", "eva") < strength(night, "ana", "fay")
    assert json.loads(night.rows("SELECT parts FROM ties WHERE src = 'ana' AND dst = 'eva'")[0][0])["recency"] == 0


def test_two_exports_of_one_account_do_not_count_twice(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva")
    night.fill("utterance", [message("eva", "ana", 5)])
    weigh(night.engine)
    once = strength(night, "ana", "eva")
    night.fill("utterance", [message("eva", "ana", 5), message("eva", "ana", 5)])
    weigh(night.engine)
    assert strength(night, "ana", "eva") == once


def test_a_message_told_as_words_and_as_a_dealing_counts_once(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva")
    night.fill("utterance", [message("eva", "ana", 5)])
    night.fill("interaction", [interaction("eva", "message", 5, direction="in")])
    weigh(night.engine)
    assert night.rows("SELECT interaction_count FROM ties WHERE src = 'ana'") == [(1,)]


def test_the_address_book_is_named_only_where_nothing_better_is(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay")
    night.fill("person", [{"record_id": name, "owner_agent_id": "ana", "person_type": "person"} for name in ("eva", "fay")])
    night.fill("tie", [tie("ana", "eva", "friend")])
    weigh(night.engine)
    words = dict(night.rows("SELECT dst, evidence_text FROM ties WHERE src = 'ana'"))
    assert words == {"eva": "friends (followupboss)", "fay": "in the address book (followupboss)"}


def test_a_visit_together_is_more_than_a_post_about_somebody(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay")
    night.fill("utterance", [message("ana", "eva", 5, utterance_type="checkin"), message("ana", "fay", 5, utterance_type="post")])
    weigh(night.engine)
    assert strength(night, "ana", "eva") > strength(night, "ana", "fay")


def test_a_call_talked_through_counts_for_more_than_a_missed_one(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay")
    night.fill("interaction", [
        interaction("eva", "call", direction="out", duration_seconds=600), interaction("fay", "call", direction="out", duration_seconds=4),
    ])  # fmt: skip
    weigh(night.engine)
    assert strength(night, "ana", "eva") > strength(night, "ana", "fay")


def test_a_closing_makes_a_past_client_and_a_lost_deal_does_not(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay")
    night.fill("interaction", [interaction("eva", "deal", 900, outcome="Closed"), interaction("fay", "deal", 900, outcome="Closed Lost")])
    weigh(night.engine)
    types = dict(night.rows("SELECT dst, list_contains(tie_types, 'past_client') FROM ties WHERE src = 'ana'"))
    assert types == {"eva": True, "fay": False}
    assert strength(night, "ana", "eva") > strength(night, "ana", "fay")


def test_views_and_website_visits_are_no_tie(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva")
    night.fill("interaction", [interaction("eva", "property_view"), interaction("eva", "website_visit"), interaction("eva", "note")])
    weigh(night.engine)
    assert strength(night, "ana", "eva") is None


def test_people_of_one_small_conversation_know_each_other_and_of_a_huge_one_do_not(night_with: Make) -> None:
    night = night_with()
    crowd = [f"p{number}" for number in range(60)]
    night.people("ana", "eva", "fay", *crowd)
    small = [message(name, None, 5, thread_id="t1") for name in ("ana", "eva", "fay")]
    huge = [message(name, None, 5, thread_id="t2") for name in crowd]
    night.fill("utterance", small + huge)
    weigh(night.engine)
    assert strength(night, "eva", "fay") > 0.2
    assert strength(night, "p1", "p2") is None
    text = night.rows("SELECT evidence_text FROM ties WHERE src = 'eva' AND dst = 'fay'")[0][0]
    assert "a shared conversation (3 people)" in text


def test_the_smaller_the_circle_the_stronger_the_tie(night_with: Make) -> None:
    night = night_with()
    night.people("ana", *"abcdefgh")
    night.fill("utterance", [message(n, None, 5, thread_id="t1") for n in "abc"] + [message(n, None, 5, thread_id="t2") for n in "defgh"])
    weigh(night.engine)
    assert strength(night, "a", "b") > strength(night, "d", "e")


def test_a_group_counts_only_when_it_is_openly_about_something(night_with: Make) -> None:
    night = night_with()
    night.people("ana", *"abcd")
    member = {"utterance_type": "group", "is_self_stated": True, "occurred_at": days_ago(9), "text": "a name nobody may read"}
    night.fill("utterance", [
        {**member, "author_ref": name, "thread_id": thread, "record_id": f"{thread}{name}"}
        for thread, names in (("g1", "ab"), ("g2", "cd"))
        for name in names
    ])  # fmt: skip
    evidence = {"contact_id": "a", "subject": "self", "feed": "book"}
    night.fill("interest_evidence", [
        {**evidence, "record_id": "g1a", "policy_class": "open"}, {**evidence, "record_id": "g2c", "policy_class": "restricted"},
    ])  # fmt: skip
    weigh(night.engine)
    assert strength(night, "a", "b") is not None
    assert strength(night, "c", "d") is None
    assert not night.rows("SELECT 1 FROM ties WHERE contains(evidence_text, 'nobody may read')")


def test_one_household_is_close_and_an_apartment_house_is_not(night_with: Make) -> None:
    night = night_with()
    flats = [f"f{number}" for number in range(30)]
    profiles = {name: {"household_id": "h2"} for name in flats} | {"a": {"household_id": "h1"}, "b": {"household_id": "h1"}}
    night.people("ana", "a", "b", *flats, **profiles)
    weigh(night.engine)
    assert strength(night, "a", "b") > 0.7
    assert strength(night, "f1", "f2") is None


def test_a_follower_listens_and_is_not_listened_to(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "fan", "star")
    night.fill("tie", [tie("fan", "star", "follows", is_directed=True)])
    weigh(night.engine)
    assert strength(night, "star", "fan") is not None
    assert strength(night, "fan", "star") is None


def test_common_ground_deepens_a_tie_and_never_makes_one(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay", "gil")
    night.fill("tie", [tie("ana", "eva", "friend"), tie("ana", "fay", "friend")])
    ground = {"agent_id": "ana", "interest": "zydeco", "rarity": 0.8}
    night.fill(
        "common_ground", [{**ground, "contact_id": "eva", "policy_class": "open"}, {**ground, "contact_id": "gil", "policy_class": "open"}]
    )
    weigh(night.engine)
    assert strength(night, "ana", "eva") > strength(night, "ana", "fay")
    assert strength(night, "ana", "gil") is None
    membership = dict(night.rows("SELECT dst, strength_without_interests FROM ties WHERE src = 'ana'"))
    assert membership["eva"] == membership["fay"]


def test_flipping_restricted_interests_changes_nothing(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay")
    night.fill("tie", [tie("ana", "eva", "friend"), tie("eva", "fay", "friend")])
    night.fill("utterance", [
        {"utterance_type": "group", "author_ref": name, "thread_id": "g", "record_id": f"g{name}", "is_self_stated": True}
        for name in ("eva", "fay")
    ])  # fmt: skip
    tables = []
    for classes in ([], ["restricted"]):
        night.fill("common_ground", [
            {"agent_id": "ana", "contact_id": "eva", "interest": "army", "rarity": 0.9, "policy_class": class_} for class_ in classes
        ])  # fmt: skip
        night.fill("interest_evidence", [
            {"contact_id": "eva", "subject": "self", "feed": "book", "record_id": "geva", "policy_class": class_} for class_ in classes
        ])  # fmt: skip
        weigh(night.engine)
        tables.append((night.rows("FROM ties ORDER BY src, dst"), night.rows("FROM reach ORDER BY 1")))
    assert tables[0] == tables[1]


def test_a_feed_whose_terms_do_not_allow_it_makes_no_tie(night_with: Make) -> None:
    night = night_with(purposes={"followupboss": ["identity"]})
    night.people("ana", "eva")
    night.fill("tie", [tie("ana", "eva", "friend")])
    weigh(night.engine)
    assert strength(night, "ana", "eva") is None


def test_organizations_have_no_ties(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "shop", shop={"is_organization": True})
    night.fill("tie", [tie("ana", "shop", "friend")])
    weigh(night.engine)
    assert strength(night, "ana", "shop") is None


def test_evidence_counts_and_never_quotes(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva")
    night.fill("tie", [tie("ana", "eva", "friend")])
    night.fill("utterance", [message("eva", "ana", day) for day in (3, 9, 30)])
    weigh(night.engine)
    text, source = night.rows("SELECT evidence_text, evidence_source FROM ties WHERE src = 'ana'")[0]
    assert text == "3 messages, last on 2026-11-20; friends (followupboss)"
    assert source == "followupboss"


def test_team_members_are_colleagues(night_with: Make) -> None:
    night = night_with(agents=("ana", "bo"))
    night.people("ana", "bo")
    weigh(night.engine)
    assert night.rows("SELECT src, dst, tie_types FROM ties ORDER BY src") == [("ana", "bo", ["colleague"]), ("bo", "ana", ["colleague"])]


def test_a_tie_of_a_kind_we_do_not_know_is_weak_and_kept(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva")
    night.fill("tie", [tie("ana", "eva", "pen pal")])
    weigh(night.engine)
    assert 0.05 < strength(night, "ana", "eva") < 0.1


def test_reach_names_the_local_people_somebody_elsewhere_knows(night_with: Make) -> None:
    night = night_with()
    night.people(
        "ana", "far", "near", "known", "friend", "gone",
        far={"in_service_area": False}, near={"in_service_area": True}, known={"in_service_area": True}, gone={"in_service_area": True},
    )  # fmt: skip
    pairs = [("ana", "far"), ("far", "near"), ("far", "known"), ("ana", "known"), ("far", "gone")]
    night.fill("tie", [tie(src, dst, "family") for src, dst in pairs])
    night.fill("consent", [{"person_ref": "gone", "purpose": "any", "channel": "any", "state": "revoked"}])
    weigh(night.engine)
    assert night.rows("SELECT contact_id, prospect_count, best_prospect_id FROM reach") == [("far", 1, "near")]


events = st.lists(
    st.tuples(st.sampled_from([("ana", "eva"), ("eva", "ana")]), st.integers(0, 2000), st.sampled_from(["message", "comment", "like"])),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=events, more=events)
def test_more_contact_never_weakens_a_tie(before: list[Any], more: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    night = make_night(tmp_path_factory.mktemp("night"))
    night.people("ana", "eva")
    seen = []
    for rows in (before, before + more):
        night.fill("utterance", [message(author, target, days, utterance_type=type_) for (author, target), days, type_ in rows])
        weigh(night.engine)
        seen.append({(src, dst): value for src, dst, value in night.rows("SELECT src, dst, strength FROM ties")})
    night.engine.con.close()
    assert all(0.05 <= value < 0.95 for value in seen[1].values())
    assert all(seen[1][pair] >= value for pair, value in seen[0].items())
