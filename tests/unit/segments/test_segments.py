"""The three groups, who opted out, and the backtest, as a person would tell them."""

import datetime as dt

import duckdb
import pytest

from unit.signals.small_town import AS_OF, Town, ago, day


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def add_need(town, contact_id, days=3):
    town.act(contact_id, "showing", ago(days), direction="both", agent_id="ana")
    town.act(contact_id, "inquiry", ago(days))


def test_everybody_is_in_the_first_group_that_fits(town):
    for name in ("now", "later"):
        town.contact(name)
    add_need(town, "now")
    town.far_contact("moving", strength=0.9)
    add_need(town, "moving")
    town.far_contact("friend", strength=0.5)
    town.far_contact("stranger", strength=0.1)
    town.contact("blank", in_service_area=None, city=None, state=None, postal_code=None, distance_km=None)
    town.contact("office", is_organization=True)
    result = town.whole()
    groups = {row["contact_id"]: row["segment"] for row in result.tables["segments"]}
    assert groups == {
        "now": "now",
        "moving": "now",
        "later": "later",
        "friend": "evangelist",
        "stranger": "unplaced",
        "blank": "unplaced",
        "office": "unplaced",
    }
    assert all(row["reasons"] for row in result.tables["segments"])
    assert "no relationship yet" in result.one("segments", "stranger")["reasons"][0]
    assert "Too little known" in result.one("segments", "blank")["reasons"][0]
    assert "company" in result.one("segments", "office")["reasons"][0]


def test_the_team_stands_in_no_group(town):
    town.contact("sue")
    result = town.whole()
    assert {row["contact_id"] for row in result.tables["contacts"]} == {row["contact_id"] for row in result.tables["segments"]} == {"sue"}


def test_reasons_of_now_are_the_facts_with_their_dates(town):
    town.contact("sue")
    add_need(town, "sue", days=3)
    row = town.whole().one("segments", "sue")
    assert len(row["reasons"]) == 2
    assert all(ago(3) in reason for reason in row["reasons"])
    assert row["score"] == pytest.approx(1 - (1 - 0.7 * 0.5 ** (3 / 30)) * (1 - 0.65 * 0.5 ** (3 / 45)), abs=1e-5)


def test_a_tie_in_either_direction_counts_at_its_stronger(town):
    town.far_contact("friend", strength=0.1)
    town.add("ties", src="friend", dst="ben", strength=0.6, interaction_count=9, last_at=day("2026-09-01"))
    row = town.whole().one("segments", "friend")
    assert row["segment"] == "evangelist"
    assert any("Ben Ito 0.60" in reason for reason in row["reasons"])


def test_a_tie_to_somebody_who_is_not_on_the_team_makes_no_evangelist(town):
    town.contact("sue")
    town.far_contact("friend")
    town.add("ties", src="sue", dst="friend", strength=0.9)
    assert town.whole().segment("friend") == "unplaced"


def test_an_owner_elsewhere_of_property_here_is_later(town):
    town.far_contact("owner", strength=0.9)
    town.listing("L1", "Active")
    town.act("owner", "seller_inquiry", ago(400), listing_id="NL1")
    row = town.whole().one("segments", "owner")
    assert row["segment"] == "later"
    assert "Has property here" in row["reasons"][0]


def test_reach_and_open_common_ground_lift_an_evangelist(town):
    for name in ("plain", "reaching", "sharing"):
        town.far_contact(name, strength=0.5)
    town.add("reach", contact_id="reaching", prospect_count=8, best_strength=0.7)
    town.add(
        "common_ground", agent_id="ana", contact_id="sharing", interest="zydeco", label="zydeco", policy_class="open", rarity=0.9, rank=1
    )
    result = town.whole()
    scores = {name: result.one("segments", name)["score"] for name in ("plain", "reaching", "sharing")}
    assert scores["plain"] < scores["sharing"] < scores["reaching"] <= 0.5


def test_common_ground_makes_nobody_an_evangelist_and_nobody_now(town):
    town.far_contact("stranger", strength=0.1)
    town.contact("sue")
    for name in ("stranger", "sue"):
        town.add(
            "common_ground", agent_id="ana", contact_id=name, interest="zydeco", label="zydeco", policy_class="open", rarity=1.0, rank=1
        )
    result = town.whole()
    assert (result.segment("stranger"), result.segment("sue")) == ("unplaced", "later")


def test_long_at_home_and_close_to_the_team_ranks_later(town):
    for name, year in (("old", 2010), ("young", 2024)):
        town.contact(name, created_at=day("2025-06-01"))
        town.listing(name, "Closed", name, ListingContractDate=dt.date(year, 1, 1), CloseDate=dt.date(year, 3, 1))
    result = town.whole()
    assert result.one("segments", "old")["score"] > result.one("segments", "young")["score"] > 0
    assert "Theirs since 2010-03-01" in result.one("segments", "old")["reasons"]


def test_since_is_carried_over_while_the_group_stays(town):
    town.contact("stays")
    town.contact("moves")
    add_need(town, "moves")
    with duckdb.connect(str(town.night.published)) as con:
        rows = "('stays', 'later', DATE '2024-02-03'), ('moves', 'later', DATE '2024-02-03')"
        con.execute(f"CREATE TABLE segments AS FROM (VALUES {rows}) AS last_night (contact_id, segment, since)")
    result = town.whole()
    assert result.one("segments", "stays")["since"] == dt.date(2024, 2, 3)
    assert result.one("segments", "moves")["since"] == AS_OF


def test_a_policy_that_names_only_some_groups_keeps_the_usual_days_for_the_others(tmp_path):
    town = Town(tmp_path, cadence_days={"now": 1})
    town.contact("sue")
    add_need(town, "sue")
    town.contact("lou")
    result = town.whole()
    assert (result.one("segments", "sue")["cadence_days"], result.one("segments", "lou")["cadence_days"]) == (1, 90)


def consent(town, on, state="revoked", purpose="marketing", channel="email", **subject):
    number = f"c{len(town.rows['consent'])}"
    town.record("consent", number, "crm", state=state, purpose=purpose, channel=channel, occurred_at=day(on) if on else None, **subject)


def opted_out(town, contact_id="sue"):
    return town.whole().one("contacts", contact_id)["do_not_contact"]


def test_a_no_is_found_by_record_by_address_and_by_number(town):
    subjects = {"record": {"person_ref": "record"}, "address": {"email": " ADDRESS@x.org"}, "number": {"phone": "(707) 555-0177"}}
    for name, subject in subjects.items():
        town.contact(name, phones=["+17075550177"] if name == "number" else [])
        consent(town, "2026-01-01", **subject)
    town.contact("other", phones=["+17075550178"])
    result = town.whole()
    reasons = {row["contact_id"]: row["do_not_contact_reason"] for row in result.tables["contacts"]}
    assert reasons == {**dict.fromkeys(subjects, "said no to marketing by email (followupboss, 2026-01-01)"), "other": None}


GRANTS = [
    ("2026-02-01", "any", "any", False),
    ("2026-02-01", "marketing", "email", False),
    ("2026-02-01", "marketing", "phone", True),
    ("2026-02-01", "service", "email", True),
    ("2025-12-01", "any", "any", True),
    ("2026-01-01", "any", "any", True),
    (None, "any", "any", True),
]


def test_only_a_later_yes_that_covers_it_lifts_a_no(town):
    for number, (granted_on, purpose, channel, _) in enumerate(GRANTS):
        town.contact(f"p{number}", phones=[])
        consent(town, "2026-01-01", person_ref=f"p{number}")
        consent(town, granted_on, state="granted", purpose=purpose, channel=channel, person_ref=f"p{number}")
    result = town.whole()
    assert [result.one("contacts", f"p{number}")["do_not_contact"] for number in range(len(GRANTS))] == [stands for *_, stands in GRANTS]


def test_a_yes_for_one_address_lifts_no_no_for_another(town):
    town.contact("sue", emails=["sue@x.org", "sue@y.org"])
    consent(town, "2026-01-01", email="sue@x.org")
    consent(town, "2026-02-01", state="granted", purpose="any", channel="any", email="sue@y.org")
    assert opted_out(town)


def test_unsubscribing_is_a_no(town):
    town.contact("sue")
    town.act("sue", "unsubscribed", "2026-01-01")
    assert opted_out(town)


LABELS = [
    ("DNC", None, True),
    ("Do Not Contact", None, True),
    (None, ["VIP", "do-not-call"], True),
    (None, ["Unsubscribed"], True),
    (None, ["#DoNotContact!"], True),
    ("Lead", ["STOP"], True),
    ("Lead", ["Non-stop talker"], False),
    ("Lead", ["dncing", "contact soon"], False),
    (None, [], False),
]


def test_the_crms_words_for_leave_me_alone_are_read(town):
    for number, (stage, tags, _) in enumerate(LABELS):
        town.contact(f"p{number}", stage=stage, tags=tags)
    result = town.whole()
    assert [result.one("contacts", f"p{number}")["do_not_contact"] for number in range(len(LABELS))] == [
        expected for *_, expected in LABELS
    ]


def test_the_suppression_list_is_heeded(town):
    town.contact("sue")
    town.rows["suppressed_contact"] = [{"contact_id": "sue", "reason": "asked by letter"}]
    assert town.whole().one("contacts", "sue")["do_not_contact_reason"] == "on the list of people not to contact (asked by letter)"


def test_whoever_opted_out_keeps_a_group_and_is_told_to_be_left_alone(town):
    town.contact("sue", tags=["DNC"])
    add_need(town, "sue")
    result = town.whole()
    row = result.one("segments", "sue")
    assert (row["segment"], row["do_not_contact"], row["channel"], row["cadence_days"]) == ("now", True, None, None)
    for table in ("segment_now", "segment_later", "segment_evangelist", "today", "cards"):
        assert result.of(table, "sue") == []


def test_the_last_touch_is_with_a_person_not_with_a_website(town):
    town.contact("sue")
    town.act("sue", "call", ago(40), agent_id="ana", direction="out")
    town.act("sue", "property_view", ago(2))
    row = town.whole().one("contacts", "sue")
    assert (row["last_interaction_type"], row["last_interaction_at"]) == ("call", day(ago(40)))


def test_the_backtest_counts_who_transacted_after_each_past_night(town):
    for number in range(4):
        town.contact(f"p{number}")
    town.contact("unknown_then", created_at=day(ago(10)))
    for name in ("p0", "p1"):
        town.act(name, "showing", ago(121))
        town.act(name, "inquiry", ago(121))
    town.act("p0", "deal", ago(60), outcome="Closed")
    rows = {row["band"]: row for row in town.whole().tables["backtest"] if row["evaluated_on"].isoformat() == ago(120)}
    assert set(rows) == {"now", "below"}
    now, below = rows["now"], rows["below"]
    assert (now["contact_count"], now["transacted_count"], now["transaction_rate"], now["base_rate"], now["lift"]) == (2, 1, 0.5, 0.25, 2.0)
    assert (below["contact_count"], below["transacted_count"], below["lift"]) == (2, 0, 0.0)
    assert (now["rate_low"], now["rate_high"]) == (pytest.approx(0.0945, abs=1e-3), pytest.approx(0.9055, abs=1e-3))
    assert below["rate_low"] == 0.0


def test_the_backtest_judges_only_nights_whose_days_are_over(town):
    town.contact("sue")
    assert max(row["evaluated_on"] for row in town.whole().tables["backtest"]).isoformat() == ago(90)
