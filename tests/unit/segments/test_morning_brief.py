"""What a person reads in the morning."""

import json

import pytest

from commonground.segments.brief import brief
from commonground.segments.stage import place
from commonground.signals.stage import find_signals
from commonground.warehouse import dictionary
from unit.signals.small_town import Town, ago, day


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def need(town, contact_id, days=3):
    town.act(contact_id, "showing", ago(days), direction="both", agent_id="ana")
    town.act(contact_id, "inquiry", ago(days))


def share(town, contact_id, label, policy_class="open", rarity=0.5, rank=1):
    town.add(
        "common_ground",
        agent_id="ana",
        contact_id=contact_id,
        interest=label,
        label=label,
        kind="music",
        policy_class=policy_class,
        rarity=rarity,
        rank=rank if policy_class == "open" else None,
        agent_evidence_text=f"I love {label}",
        agent_evidence_source="facebook",
        agent_evidence_at=day("2025-01-02"),
        contact_evidence_text=f"{label} for ever",
        contact_evidence_source="x",
        contact_evidence_at=day("2026-02-03"),
    )


def test_today_is_full_when_there_is_enough_and_has_some_of_each(tmp_path):
    town = Town(tmp_path, today_rows=15)
    for number in range(30):
        town.contact(f"now{number:02}")
        need(town, f"now{number:02}")
        town.contact(f"later{number:02}")
        town.far_contact(f"far{number:02}", strength=0.6)
    rows = town.whole().tables["today"]
    rows.sort(key=lambda row: row["rank"])
    assert [row["rank"] for row in rows] == list(range(1, 16))
    assert [row["segment"] for row in rows] == ["now"] * 9 + ["evangelist"] * 4 + ["later"] * 2


def test_what_one_group_leaves_free_the_next_takes(tmp_path):
    town = Town(tmp_path, today_rows=10)
    town.contact("now")
    need(town, "now")
    for number in range(30):
        town.far_contact(f"far{number:02}", strength=0.6)
    rows = town.whole().tables["today"]
    assert sorted(row["segment"] for row in rows) == ["evangelist"] * 9 + ["now"]


def test_a_couple_is_one_row_with_both_names(town):
    for name in ("sue", "sam"):
        town.contact(name, household_id="h", full_name=f"{name.title()} Lee")
    need(town, "sue")
    result = town.whole()
    assert (result.segment("sue"), result.segment("sam")) == ("now", "now")
    (row,) = result.tables["today"]
    assert row["household"] == "Sam Lee, Sue Lee"


def test_the_one_to_call_is_the_one_who_acted(town):
    for name in ("sue", "sam"):
        town.contact(name, household_id="h")
    need(town, "sue")
    (row,) = town.whole().tables["today"]
    assert row["contact_id"] == "sue"
    assert row["why_now"].startswith("Showing")


def test_a_partner_who_opted_out_is_not_named(town):
    town.contact("sue", household_id="h", full_name="Sue Lee")
    town.contact("sam", household_id="h", full_name="Sam Lee", tags=["DNC"])
    need(town, "sue")
    result = town.whole()
    (row,) = result.tables["today"]
    assert (row["household"], row["contact_id"]) == ("Sue Lee", "sue")
    for table in ("today", "segment_now", "segment_later", "segment_evangelist"):
        assert "Sam" not in json.dumps(result.tables[table], default=str)


def test_an_evangelist_spoken_to_lately_is_not_due(town):
    town.far_contact("recent", strength=0.8)
    town.act("recent", "call", ago(10))
    town.far_contact("owed", strength=0.6)
    town.act("owed", "call", ago(50))
    rows = town.whole().tables["today"]
    assert [row["contact_id"] for row in rows] == ["owed"]
    assert rows[0]["why_now"].startswith(f"Last touch on {ago(50)}; due every 45 days")


def test_whom_the_team_threw_out_is_not_in_today(town):
    town.contact("sue", stage="Trash")
    assert town.whole().tables["today"] == []


def test_today_says_why_where_it_stands_and_how_to_open(town):
    town.contact("sue", full_name="Sue Lee")
    need(town, "sue", days=2)
    share(town, "sue", "jazz", rarity=0.3, rank=2)
    share(town, "sue", "zydeco", rarity=0.9)
    (row,) = town.whole().tables["today"]
    assert row["why_now"] == f"Showing of a home on {ago(2)}"
    assert "followupboss" in row["evidence"]
    assert row["opening_topic"].startswith('zydeco, with Ana Ruiz. They: "zydeco for ever" (x, 2026-02-03)')
    assert row["last_touch"] in (f"{ago(2)}, showing, Ana Ruiz", f"{ago(2)}, inquiry, followupboss")
    assert (row["phone"], row["email"]) == ("+17075550100", "sue@x.org")


def test_a_restricted_topic_is_labelled_and_stands_behind_open_ones(town):
    town.contact("sue")
    need(town, "sue")
    share(town, "sue", "Navy", policy_class="restricted", rarity=1.0)
    share(town, "sue", "jazz", rarity=0.1)
    result = town.whole()
    text = result.one("segment_now", "sue")["common_ground"]
    assert text.index("jazz") < text.index("To open a talk with only: Navy")
    assert result.tables["today"][0]["opening_topic"].startswith("jazz")


def test_the_way_in_is_told_by_name(town):
    for name in ("sue", "ida", "max"):
        town.contact(name, full_name=name.title())
    need(town, "sue")
    path = {"agent_id": "ben", "prospect_id": "sue", "weakest_tie_strength": 0.5}
    town.add("referral_paths", **path, rank=1, hops=3, via=["ida", "max"], strength=0.4)
    town.add("referral_paths", **path, rank=2, hops=2, via=["ida"], strength=0.3)
    result = town.whole()
    assert result.one("segment_now", "sue")["introduced_by"] == "Ben Ito → Ida → Max → Sue (strength 0.40, weakest tie 0.50)"
    assert result.one("today", "sue")["through"].startswith("Ben Ito → Ida")


def test_an_introduction_is_no_better_than_knowing_them(town):
    town.contact("sue")
    town.contact("ida")
    need(town, "sue")
    town.add("ties", src="ana", dst="sue", strength=0.8)
    town.add("referral_paths", agent_id="ben", prospect_id="sue", rank=1, hops=2, via=["ida"], strength=0.4, weakest_tie_strength=0.5)
    assert town.whole().one("today", "sue")["through"] is None


def test_nobody_who_opted_out_is_asked_for_an_introduction(town):
    town.contact("sue")
    town.contact("ida", tags=["DNC"])
    need(town, "sue")
    town.add("referral_paths", agent_id="ben", prospect_id="sue", rank=1, hops=2, via=["ida"], strength=0.4, weakest_tie_strength=0.5)
    assert town.whole().one("segment_now", "sue")["introduced_by"] is None


def test_ones_own_household_is_no_introduction(town):
    town.contact("sue", household_id="h")
    town.contact("sam", household_id="h")
    need(town, "sue")
    town.add("referral_paths", agent_id="ben", prospect_id="sue", rank=1, hops=2, via=["sam"], strength=0.4, weakest_tie_strength=0.5)
    assert town.whole().one("segment_now", "sue")["introduced_by"] is None


def test_only_an_endorsement_by_somebody_they_can_reach_is_shown(town):
    town.contact("sue")
    need(town, "sue")
    review = {"agent_id": "ana", "prospect_id": "sue", "review_feed": "g", "source": "google-business", "rating": 5.0}
    town.add("endorsements", **review, review_id="1", endorsement_type="blind", reviewer_name="Stranger", weight=0.1, excerpt="Great")
    town.add(
        "endorsements",
        **review,
        review_id="2",
        endorsement_type="connected",
        reviewer_name="Kay",
        weight=0.6,
        closeness=0.6,
        excerpt="She found us a home",
    )
    assert town.whole().one("segment_now", "sue")["endorsement"] == 'Kay on Ana Ruiz: "She found us a home" (google-business)'


def test_an_evangelist_is_shown_with_whom_they_know_here_and_never_pitched(town):
    town.far_contact("friend", strength=0.7)
    for name in ("sue", "ida", "max", "kay"):
        town.contact(name, full_name=name.title())
        town.add("ties", src=name, dst="friend", strength=0.5)
    town.add("reach", contact_id="friend", prospect_count=4, best_strength=0.5)
    row = town.whole().one("segment_evangelist", "friend")
    assert row["knows_here"] == "Ida, Kay, Max and 1 more"
    assert (row["closest_agent_id"], row["tie_strength"], row["prospect_count"]) == ("ana", 0.7, 4)
    assert not any(word in row["next_step"].lower() for word in ("sell", "buy", "listing", "home", "refer", "agent", "market", "help"))


def test_the_order_is_the_same_on_any_reload(town):
    for number in range(20):
        town.contact(f"n{number:02}")
        need(town, f"n{number:02}")
    first, second = town.whole(), town.whole()
    assert sorted(first.tables["today"], key=lambda row: row["rank"]) == sorted(second.tables["today"], key=lambda row: row["rank"])


def test_every_column_that_the_output_contract_promises_is_written(town):
    result = {}
    town.contact("sue")
    need(town, "sue")
    with town.engine() as engine:
        find_signals(engine)
        place(engine)
        brief(engine)
        for name, table in dictionary.tables().items():
            if engine.has(name.removeprefix("_")) and (engine.folder / f"{name.removeprefix('_')}.parquet").exists():
                written = {row[0] for row in engine.con.execute(f'DESCRIBE "{name.removeprefix("_")}"').fetchall()}
                result[name] = {column.name for column in table.columns} - written
    assert set(result) >= {"contacts", "segments", "signals", "backtest", "segment_now", "segment_later", "segment_evangelist", "_today"}
    assert not any(result.values()), result
