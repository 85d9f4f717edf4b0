"""What the team does where, and what the town talks about."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from commonground.presence.stage import measure
from unit.network.handmade import TestNight, days_ago

Make = Callable[..., TestNight]


def said(author: str, type_: str, **more: Any) -> dict[str, Any]:
    return {
        "feed": "facebook", "source": "facebook", "author_ref": author, "utterance_type": type_, "text": "x", "is_self_stated": True,
        "occurred_at": dt.datetime(2026, 10, 12, 12, tzinfo=dt.UTC), **more,
    }  # fmt: skip


def mention(who: str, **more: Any) -> dict[str, Any]:
    return {
        "contact_id": who, "interest": "jazz", "label": "Jazz", "policy_class": "open", "subject": "self", "is_self_stated": True,
        "feed": "facebook", "source": "facebook", "record_id": f"r-{who}", "utterance_type": "post", "evidence_text": f"{who} on jazz",
        "occurred_at": dt.datetime(2026, 10, 12, 12, tzinfo=dt.UTC), **more,
    }  # fmt: skip


def presence(night: TestNight) -> list[tuple[Any, ...]]:
    measure(night.engine)
    return night.rows("""
        SELECT agent_id, channel, strftime(month, '%Y-%m'), post_count, comment_count, reaction_count, checkin_count, review_answered_count,
               conversation_count, people_reached FROM community_presence""")


def test_what_an_agent_does_is_counted_by_channel_and_month(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "eva", "fay", "gil", feed="facebook", source="facebook")
    night.fill("utterance", [
        said("ana", "post", thread_id="t"), said("eva", "comment", thread_id="t"), said("fay", "like", target_ref="ana"),
        said("ana", "comment", target_ref="gil"), said("ana", "reaction"), said("ana", "checkin"), said("ana", "message", target_ref="eva"),
        said("eva", "post"), said("ana", "post", occurred_at=days_ago(-60)), said("ana", "hobby"),
    ])  # fmt: skip
    assert presence(night) == [("ana", "facebook", "2026-10", 1, 1, 1, 1, 0, 1, 3)]


def test_a_month_is_a_month_of_the_market(night_with: Make) -> None:
    night = night_with()
    night.people("ana", feed="facebook", source="facebook")
    night.fill("utterance", [said("ana", "post", occurred_at=dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC))])
    assert presence(night)[0][2] == "2026-10"


def test_answered_reviews_count_for_the_one_reviewed_or_the_page_owner(night_with: Make) -> None:
    night = night_with(agents=("ana", "bo"), owner="bo")
    night.people("ana", "bo")
    base = {"feed": "yelp", "source": "yelp", "is_anonymous": False, "rating": 5.0, "occurred_at": days_ago(40), "reply_text": "Thank you"}
    night.fill("review", [
        {**base, "subject_type": "agent", "subject_agent_id": "ana"}, {**base, "subject_type": "team"},
        {**base, "subject_type": "agent", "subject_agent_id": "ana", "reply_text": " "}, {**base, "subject_type": "place"},
    ])  # fmt: skip
    assert [(row[0], row[7]) for row in presence(night)] == [("ana", 1), ("bo", 1)]


def topics(night: TestNight) -> list[tuple[Any, ...]]:
    measure(night.engine)
    return night.rows("SELECT town, topic, strftime(month, '%Y-%m'), mention_count, people_count, example_text FROM local_topics")


def test_topics_are_open_local_and_said_in_public(night_with: Make) -> None:
    night = night_with()
    local = {"in_service_area": True, "city": "Petaluma"}
    night.people("ana", "eva", "fay", "far", "out", eva=local, fay=local, out=local, far={"in_service_area": False, "city": "Reno"})
    night.fill("segments", [{"contact_id": "out", "segment": "later", "do_not_contact": True}])
    night.fill("interest_evidence", [
        mention("eva"), mention("fay", source_url="https://example.org/1"), mention("far"), mention("out"),
        mention("eva", interest="army", label="Army", policy_class="restricted"), mention("eva", utterance_type="message", record_id="m"),
        mention("eva", subject="family", record_id="f"), mention("eva", is_self_stated=False, record_id="n"),
    ])  # fmt: skip
    assert topics(night) == [("Petaluma", "Jazz", "2026-10", 2, 2, "fay on jazz")]


def test_a_blog_of_the_town_speaks_for_it_wherever_its_author_lives(night_with: Make) -> None:
    night = night_with()
    night.people("ana", "far", far={"in_service_area": False, "city": "Reno"})
    night.fill("interest_evidence", [mention("far", feed="feed", source="Blog post")])
    assert [row[0] for row in topics(night)] == ["Petaluma"]


def test_terms_that_do_not_allow_counting_keep_a_source_out_of_topics(night_with: Make) -> None:
    night = night_with(purposes={"facebook": ["identity"]})
    night.people("ana", "eva", feed="facebook", source="facebook", eva={"in_service_area": True, "city": "Petaluma"})
    night.fill("interest_evidence", [mention("eva")])
    night.fill("utterance", [said("ana", "post")])
    assert topics(night) == []
    assert presence(night) == []
