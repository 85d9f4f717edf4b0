"""Nothing restricted may move anybody: flipping or deleting it leaves groups, scores and every order byte for byte the same."""

import json

import pytest

from unit.signals.small_town import Town, ago

DECIDED = (
    "segments",
    "need_scores",
    "signals",
    "need_evidence",
    "transactions",
    "backtest",
    "contacts",
    "closest_agents",
    "local_property",
)
READ = {
    "segment_now": ("rank", "contact_id", "score", "why", "next_step"),
    "segment_later": ("rank", "contact_id", "score", "why", "next_step"),
    "segment_evangelist": ("rank", "contact_id", "score", "why", "next_step"),
    "today": ("rank", "contact_id", "household", "segment", "why_now", "next_step"),
}


def build(data, restricted):
    town = Town(data, today_rows=10)
    for number in range(12):
        town.contact(f"here{number}")
        town.far_contact(f"far{number}", strength=0.35 + number % 3 / 10)
        if number % 2:
            town.act(f"here{number}", "showing", ago(number))
            town.act(f"here{number}", "inquiry", ago(2))
        for name in (f"here{number}", f"far{number}"):
            common = {
                "agent_id": "ana",
                "contact_id": name,
                "agent_evidence_text": "me too",
                "contact_evidence_text": "I do",
                "rarity": number / 12,
            }
            if number % 4:
                town.add("common_ground", interest="jazz", label="jazz", kind="music", policy_class="open", rank=1, **common)
            for interest in restricted(number):
                tag = {"interest": interest, "label": interest, "kind": "military", "policy_class": "restricted"}
                town.add("common_ground", **tag, **{**common, "rarity": 1 - number / 12})
                town.add("person_interests", contact_id=name, **tag, rarity=0.9)
                town.add("interest_evidence", contact_id=name, **tag, rarity=0.9)
    return town.whole()


def rows(result, table, columns=None):
    kept = [{key: row[key] for key in columns or row} for row in result.tables[table]]
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in kept)


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    data = tmp_path_factory.mktemp("fair")
    return [
        build(data / "some", lambda number: ["navy", "school"] if number % 3 == 0 else []),
        build(data / "flipped", lambda number: [] if number % 3 == 0 else ["navy", "school"]),
        build(data / "none", lambda number: []),
    ]


@pytest.mark.parametrize("table", DECIDED)
def test_what_is_decided_is_the_same_whatever_is_restricted(nights, table):
    first, *others = (rows(night, table) for night in nights)
    assert first or table == "transactions"
    assert all(other == first for other in others)


@pytest.mark.parametrize("table", sorted(READ))
def test_what_is_read_has_the_same_people_in_the_same_order(nights, table):
    first, *others = (rows(night, table, READ[table]) for night in nights)
    assert first
    assert all(other == first for other in others)


def test_no_reason_or_next_step_speaks_of_it(nights):
    texts = json.dumps([nights[0].tables[table] for table in ("segments", "backtest", "contacts", "signals")], default=str)
    assert "navy" not in texts
    assert "school" not in texts
