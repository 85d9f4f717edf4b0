"""What people ask for, see and close, and what the CRM says of them, as need over time."""

import datetime as dt

import pytest

from unit.signals.small_town import AS_OF, Town, ago, day


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    town.contact("sue")
    return town


def expired(town, key="L1", days=20, home="sue", **values):
    began = dt.date.fromisoformat(ago(days + 180))
    town.listing(key, "Expired", home, ListingContractDate=began, StatusChangeTimestamp=day(ago(days)), **values)


def test_the_day_is_the_markets_day(town):
    moment = dt.datetime(2026, 11, 10, 3, tzinfo=dt.UTC)  # still the ninth in California
    town.record("interaction", "x", "crm", person_ref="sue", interaction_type="inquiry", occurred_at=moment)
    (evidence,) = town.signals().of("need_evidence", "sue")
    assert evidence["observed_at"] == dt.date(2026, 11, 9)


def test_an_inquiry_fades(town):
    town.act("sue", "inquiry", ago(60), property_address="9 Elm St", property_city="Petaluma")
    result = town.signals()
    assert 0 < result.score("sue") < result.score("sue", days_ago=30) < result.score("sue", days_ago=60) == pytest.approx(0.65)
    (signal,) = result.of("signals", "sue")
    assert signal["evidence_text"] == f"Asked about 9 Elm St, Petaluma on {ago(60)}"


def test_what_happens_later_changes_no_past_score(town):
    town.act("sue", "inquiry", ago(70))
    before = town.signals()
    town.act("sue", "showing", ago(20))
    after = town.signals()
    assert [before.score("sue", n) for n in (60, 30)] == [after.score("sue", n) for n in (60, 30)]


def test_what_is_dated_after_the_night_is_not_seen(town):
    town.act("sue", "inquiry", (AS_OF + dt.timedelta(days=3)).isoformat())
    assert town.signals().tables["need_evidence"] == []


def test_a_showing_in_next_weeks_calendar_is_a_need_tonight(town):
    next_week = (AS_OF + dt.timedelta(days=6)).isoformat()
    town.act("sue", "showing", next_week)
    (signal,) = town.signals().of("signals", "sue")
    assert signal["observed_at"] == dt.date(2026, 11, 20)  # when it was put there
    assert next_week in signal["evidence_text"]


def test_two_homes_looked_at_are_no_search_and_three_in_a_month_are_one(town):
    town.act("sue", "property_view", ago(12))
    town.act("sue", "property_save", ago(11))
    assert town.signals().signal_types("sue") == set()
    town.act("sue", "property_view", ago(10))
    (signal,) = town.signals().of("signals", "sue")
    assert signal["signal_type"] == "repeated_browsing"
    assert "3 times" in signal["evidence_text"]


def test_three_homes_looked_at_over_a_summer_are_no_search(town):
    for days in (100, 60, 5):
        town.act("sue", "property_view", ago(days))
    assert town.signals().signal_types("sue") == set()


def test_a_habit_of_looking_never_grows_into_a_need(town):
    for days in range(60):
        town.act("sue", "property_view", ago(days))
        town.act("sue", "website_visit", ago(days))
    assert town.signals().score("sue") < 0.5


def test_an_inquiry_about_a_home_elsewhere_is_no_need_here(town):
    town.act("sue", "inquiry", ago(1), property_city="Boise", property_postal_code="83702")
    town.far_contact("far", postal_code="83702", city="Boise", state="ID")
    result = town.signals()
    (signal,) = result.of("signals", "sue")
    assert not signal["concerns_service_area"]
    assert result.score("sue") == 0.0


def test_somebody_elsewhere_who_asks_about_a_home_here_is_moving_here(town):
    town.far_contact("far")
    town.listing("L9", "Active")
    town.act("far", "inquiry", ago(1), listing_id="NL9")
    (signal,) = town.signals().of("signals", "far")
    assert signal["concerns_service_area"]
    assert signal["ListingKey"] == "L9"


def test_a_seller_elsewhere_who_names_no_home_has_none_to_sell_here(town):
    town.far_contact("far")
    town.act("far", "seller_inquiry", ago(1))
    assert town.signals().score("far") == 0.0


def test_a_showing_that_was_called_off_is_no_showing(town):
    town.act("sue", "showing", ago(2), outcome="Cancelled by buyer")
    assert town.signals().signal_types("sue") == set()


def test_a_home_sold_ends_every_need_before_it(town):
    town.act("sue", "seller_inquiry", ago(90))
    town.listing("L1", "Closed", "sue", ListingContractDate=dt.date.fromisoformat(ago(70)), CloseDate=dt.date.fromisoformat(ago(20)))
    result = town.signals()
    assert result.signal_types("sue") == set()
    (closing,) = result.of("transactions", "sue")
    assert (closing["side"], closing["closed_on"].isoformat()) == ("sell", ago(20))
    assert result.score("sue", days_ago=60) > 0


def test_a_lease_that_closed_is_no_transaction(town):
    town.listing("L1", "Closed", "sue", PropertyType="Residential Lease", CloseDate=dt.date.fromisoformat(ago(20)))
    assert town.signals().tables["transactions"] == []


def test_a_home_they_came_with_was_bought(town):
    town.contact("new", created_at=day(ago(5)))
    town.listing("L1", "Closed", "new", ListingContractDate=dt.date(2019, 1, 1), CloseDate=dt.date(2019, 3, 1))
    assert town.signals().one("transactions", "new")["side"] == "buy"


def test_a_deal_is_open_won_or_lost(town):
    for name, outcome in (("open", "Under Contract"), ("won", "Closed Won"), ("lost", "Closed Lost")):
        town.contact(name)
        town.act(name, "inquiry", ago(30))
        town.act(name, "deal", ago(10), outcome=outcome)
    result = town.signals()
    assert result.signal_types("open") == {"inquiry", "open_deal"}
    assert result.signal_types("won") == set()
    assert result.signal_types("lost") == {"inquiry"}
    assert [row["contact_id"] for row in result.tables["transactions"]] == ["won"]


def test_the_crms_own_words_are_not_quoted_beyond_what_we_know(town):
    town.act("sue", "deal", ago(10), outcome="Pending - divorce")
    town.contact("ida", stage="Hot (expecting twins)")
    result = town.signals()
    texts = [row["evidence_text"] for row in result.tables["signals"]]
    assert len(texts) == 2
    assert not any("divorce" in text or "twins" in text for text in texts)


STAGES = {
    "Hot": "stage_hot",
    "🔥 HOT PROSPECT": "stage_hot",
    "Active Buyer": "stage_active",
    "2. Ready to Buy": "stage_active",
    "Nurture": "stage_nurture",
    "New Lead": "stage_lead",
    "marketingqualifiedlead": "stage_warm",
    "Spoke with Customer": "stage_warm",
    "Appointment Set": "stage_hot",
    "Past Client": None,
    "Closed": None,
    "Sphere": None,
    "Trash": None,
    "Closed - Not Converted": None,
    "Inactive": None,
    "No longer active": None,
    "Hot but not ready": None,
    "": None,
    "Agents/Vendors": None,
    "Cold": None,
    "customer": None,
}


def test_crm_stages_are_read_by_their_words(tmp_path):
    town = Town(tmp_path)
    for number, stage in enumerate(STAGES):
        town.contact(f"p{number}", stage=stage)
    result = town.signals()
    found = {stage: result.signal_types(f"p{number}") for number, stage in enumerate(STAGES)}
    assert found == {stage: {signal} if signal else set() for stage, signal in STAGES.items()}


def test_a_stage_nobody_touched_for_years_is_cold(town):
    town.contact("ida", stage="Hot", active="2021-03-01")
    assert town.signals().score("ida") == 0.0


def test_the_team_itself_has_no_needs(town):
    town.rows["contact_identities"].append(
        {"contact_id": "ana", "feed": "crm", "record_id": "ana", "source": "followupboss", "is_agent": True}
    )
    town.record("person", "ana", "crm", stage="Hot", person_type="person")
    town.act("ana", "inquiry", ago(1))
    assert town.signals().tables["need_evidence"] == []


def test_scores_are_one_minus_the_product_of_what_each_piece_leaves_open(town):
    town.act("sue", "inquiry", ago(0))
    town.act("sue", "showing", ago(0))
    assert town.signals().score("sue") == pytest.approx(1 - 0.35 * 0.3)


def test_evidence_ids_are_unique_and_stable(town):
    expired(town)
    for days in (3, 9, 27):
        town.act("sue", "inquiry", ago(days))
    first, second = town.signals(), town.signals()
    ids = [row["signal_id"] for row in first.tables["need_evidence"]]
    assert len(set(ids)) == len(ids) == 4
    assert sorted(ids) == sorted(row["signal_id"] for row in second.tables["need_evidence"])


def test_a_meeting_about_selling_or_buying_is_a_sign_and_coffee_is_none(tmp_path):
    town = Town(tmp_path)
    titles = {
        "Listing Appointment with Sue": "sell",
        "Buyer Consultation": "buy",
        "CMA": "buy",
        "Coffee": None,
        "Lunch about the gala": None,
    }
    for number, title in enumerate(titles):
        town.contact(f"p{number}")
        town.act(f"p{number}", "meeting", ago(4), text=title, outcome="Completed")
    found = {row["contact_id"]: (row["signal_type"], row["side"]) for row in town.signals().tables["signals"]}
    assert found == {f"p{number}": ("appointment", side) for number, side in enumerate(titles.values()) if side}


def test_russell_is_not_selling(town):
    town.act("sue", "deal", ago(4), text="Buyers: Russell Listz buyer side", outcome="Closed")
    assert town.signals().one("transactions", "sue")["side"] == "buy"
