"""Who is who among plain rows: what joins, what must never join, and what may not depend on anything but the records."""

import os
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.errors import UnreadableError
from commonground.identity.link import link

FIXTURE = Path(__file__).parents[4] / "shared" / "fixtures" / "identity" / "historical_dev.parquet"
OAK = {"street": "1 Oak St", "city": "Santa Rosa", "state": "CA", "postal_code": "95401"}


def row(record_id, given_name=None, family_name=None, **more):
    return {"record_id": record_id, "given_name": given_name, "family_name": family_name, **more}


def test_what_one_person_shows_in_several_places_is_joined(who):
    rows = [
        row("same1", "Ann", "Lee", email="a@x.example"),
        row("same2", "Ann", "Lee", email="A@X.example"),
        row("nick1", "Bill", "Harper", phone="(707) 546-1234"),
        row("nick2", "William", "Harper", phone="+1 707 546 1234"),
        row("married1", "Maria", "Lopez", email="ml77@x.example"),
        row("married2", "Maria", "Smith", email="ml77@x.example"),
        row("swap1", "Quentin", "Okafor", email="qo@x.example"),
        row("swap2", "Okafor", "Quentin", email="qo@x.example"),
        row("slug1", "Zoë", "Brandt", url="https://www.linkedin.com/in/zbrandt/"),
        row("slug2", "Zoe", "Brandt", url="http://linkedin.com/in/ZBrandt?x=1"),
        row("gmail1", "Tess", "Moro", email="tess.moro@gmail.com"),
        row("gmail2", "Tess", "Moro", email="TessMoro+list@googlemail.com"),
        row("typo1", "Reginald", "Thistlewood", birth_date="1961-05-17", **OAK),
        row("typo2", "Reginald", "Thistlewod", birth_date="1961-05-17", **OAK),
        row("chosen1", "Greta", "Lund", email="zydeco.fan8@x.example", city="Petaluma", state="CA"),
        row("chosen2", "Greta", "Lund", url="https://bsky.app/profile/zydecofan8.bsky.social", city="Boise", state="ID"),
        row("both1", "Mathis", "Namoi", email="nm41@x.example"),
        row("both2", "Naomi", "Mathis", email="nm41@x.example"),
        row("title1", "Dr. Ida", "Bergström, MD", phone="707 546 7777"),
        row("title2", "Ida", "Bergstrom", phone="707-546-7777"),
    ]
    groups = who(rows)
    for record_id, group in groups.items():
        assert {other.rstrip("12") for other in group} == {record_id.rstrip("12")}
        assert len(group) == 2, record_id


def test_people_of_one_household_are_never_one_person(who):
    shared = {**OAK, "phone": "707 546 1234", "email": "the.parks@x.example"}
    names = [("John", "Park"), ("Joan", "Park"), ("Paul", "Park"), ("Paula", "Park")]
    rows = [row(f"{number}{copy}", *name, **shared) for number, name in enumerate(names) for copy in "ab"]
    rows += [row("s", "John", "Park Jr.", **shared), row("f", "John", "Park Sr.", **shared)]
    groups = who(rows)
    assert groups["0a"] >= {"0a", "0b"}
    assert groups["s"] != groups["f"]
    assert all(groups[f"{a}a"] != groups[f"{b}a"] for a in range(4) for b in range(a))


def test_a_name_chosen_for_a_mailbox_and_a_profile_joins_nobody_of_another_name_nor_is_it_chosen_if_it_is_the_name(who):
    rows = [
        row("a", "Greta", "Lund", email="zydeco.fan8@x.example"),
        row("b", "Otto", "Lund", url="https://instagram.com/zydecofan8"),
        row("c", "Mary", "Smith", email="mary.smith@x.example", phone="707 546 1234", **OAK),
        row("d", "Mary", "Smith", url="https://instagram.com/marysmith", phone="208 555 0177", street="9 Elm Rd", city="Boise", state="ID"),
    ]
    assert all(len(group) == 1 for group in who(rows).values())


def test_an_initial_is_nobody_of_the_household_whose_name_begins_otherwise(who):
    rows = [
        row("he", "Marco", "Volpato", phone="707 546 1234", **OAK),
        row("she", "R.", "Volpato", phone="707 546 1234", **OAK),
        row("m", "M.", "Volpato", phone="707 546 1234", **OAK),
        row("bill", "Bill", "Harper", phone="707 546 7777"),
        row("w", "W.", "Harper", phone="707 546 7777"),
        row("ann", "Ann Louise", "Brandt", phone="707 546 8888"),
        row("l", "L.", "Brandt", phone="707 546 8888"),
    ]
    groups = who(rows)
    assert groups["she"] == {"she"}
    assert groups["he"] == {"he", "m"}
    assert groups["bill"] == {"bill", "w"}
    assert groups["ann"] == {"ann", "l"}


def test_a_record_without_first_name_does_not_chain_a_couple(who):
    shared = {**OAK, "phone": "707 546 1234"}
    couple = [row("m", "Mary", "Okonkwo", **shared), row("j", "John", "Okonkwo", **shared, birth_date="1961-05-17")]
    groups = who([*couple, row("x", None, "Okonkwo", **shared)])
    assert [groups[one] for one in "mjx"] == [{"m"}, {"j"}, {"x"}]
    groups = who([*couple, row("x", None, "Okonkwo", birth_date="1961-05-17", **shared)])
    assert [groups[one] for one in "mj"] == [{"m"}, {"j", "x"}]


def test_a_wife_is_not_her_husband_with_the_halves_of_his_name_swapped(who):
    home = {"street": "4788 Vintner Rd", "city": "Washington", "postal_code": "20009"}
    rows = [row("pat", "Pat", "Molina", **home), row("law", "Molina", "Lawrence", **home), row("lawrence", "Lawrence", "Molina", **home)]
    groups = who(rows)
    assert groups["law"] == {"law", "lawrence"}
    assert groups["pat"] == {"pat"}


@pytest.mark.parametrize("typed", ["Abgail", "Abby", "Abigial"])
def test_a_slip_in_a_first_name_is_no_other_member_of_the_household(who, typed):
    shared = {**OAK, "phone": "707 546 1234"}
    rows = [row("1", "Abbie", "Loquin", **shared), row("2", typed, "Loquin", **shared), row("h", "Amos", "Loquin", **shared)]
    groups = who(rows)
    assert groups["1"] == {"1", "2"}
    assert groups["h"] == {"h"}


def test_a_letter_left_out_of_a_short_name_is_a_slip(who):
    shared = {**OAK, "email": "grubb@x.example"}
    groups = who([row("1", "Ben", "Grubb", **shared), row("2", "Bn", "Grubb", **shared), row("3", "Bea", "Grubb", **shared)])
    assert groups["1"] == {"1", "2"}


def people(count, wrong_dates):
    """Two records each of people at addresses of their own; the second one has another birth date for the first `wrong_dates` of them."""
    given = ["Ann", "Boris", "Carla", "Dmitri", "Ewa", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Liam"]
    family = ["Abara", "Brandt", "Castel", "Dorsey", "Eklund", "Fontana", "Grieg", "Holub", "Ivarsen", "Jelinek", "Kovacs"]
    for number in range(count):
        name = (given[number % 12], family[number % 11] + "aeiou"[number % 5] + "nrst"[number // 60 % 4])
        home = {"street": f"{100 + 7 * number} Oak St", "city": f"Town{number % 40}", "postal_code": f"{95000 + number % 90}"}
        born = [
            f"{1940 + (number * 7 + shift) % 60}-{1 + (number + shift) % 12:02}-{1 + (number * 3 + shift) % 28:02}" for shift in (0, 23)
        ]
        yield row(f"{number}a", *name, birth_date=born[0], **home)
        yield row(f"{number}b", *name, birth_date=born[number < wrong_dates], **home)


def test_birth_dates_that_are_often_wrong_in_a_book_keep_nobody_apart(who):
    unreliable, reliable = who(list(people(400, wrong_dates=30))), who(list(people(400, wrong_dates=1)))
    assert all(unreliable[f"{number}a"] == {f"{number}a", f"{number}b"} for number in range(400))
    assert reliable["0a"] == {"0a"}
    assert reliable["1a"] == {"1a", "1b"}


def test_values_of_any_length_are_compared(who):
    endless = {"given_name": "x" * 100_000, "family_name": "y" * 100_000, "email": "z" * 100_000 + "@x.example", "street": "9 " * 50_000}
    assert who([{"record_id": "1", **endless}, {"record_id": "2", **endless}])


def test_two_johns_of_different_channels_stay_apart(who):
    first = row("1", "John", "Smith", email="john.smith1@x.example", phone="707 546 1234", employer="Acme", **OAK)
    second = row(
        "2",
        "John",
        "Smith",
        email="john.smith2@x.example",
        phone="707 546 9876",
        street="99 Elm St",
        city="Santa Rosa",
        postal_code="95401",
    )
    assert who([first, second])["1"] == {"1"}


def test_a_bare_name_joins_the_only_one_who_bears_it(who):
    rows = [
        row("crm1", "José", "Garza", email="jg@x.example", source="crm"),
        row("fb1", "Jose", "Garza", source="fb"),
        row("crm2", "Kim", "Lund", email="k1@x.example", source="crm"),
        row("crm3", "Kim", "Lund", email="k2@y.example", phone="707 546 1111", source="crm"),
        row("fb2", "Kim", "Lund", source="fb"),
        row("crm4", "Lou", "Quist", email="lq@x.example", city="Boston", source="crm"),
        row("fb4", "Lou", "Quist", city="Petaluma", source="fb"),
        row("crm5", "Una", "Vidal", email="uv@x.example", source="crm"),
        row("fb5", "Una", "Vidal", source="fb"),
        row("fb6", "Una", "Vidal", source="fb"),
    ]
    groups = who(rows)
    assert groups["fb1"] == {"crm1", "fb1"}
    assert all(groups[alone] == {alone} for alone in ("fb2", "fb4", "crm5", "fb5", "fb6"))


@pytest.mark.parametrize("name", [("Facebook", "User"), ("LinkedIn", "Member"), ("Unknown", None), (None, None), ("N/A", "")])
def test_placeholders_never_merge(who, name):
    groups = who([row("1", *name, city="Petaluma"), row("2", *name, city="Petaluma"), row("3", *name)])
    assert set(map(len, groups.values())) == {1}


def test_mailboxes_and_numbers_of_an_office_tell_nobody_apart(who):
    rows = [row(f"m{n}", "Ann", family, email="info@x.example") for n, family in enumerate(["Lee", "Brown"])]
    rows += [row(f"p{n}", "Ann", family, phone="707 546 0000") for n, family in enumerate(["Ash", "Bell", "Cole", "Dean"])]
    assert set(map(len, who(rows).values())) == {1}


def test_verdicts_override_everything(who):
    rows = [row(str(n), "Ann", "Lee", email="a@x.example") for n in range(4)] + [row("z", "Zed", "Zed")]
    verdicts = pa.table(
        {
            "left_record_id": ["0", "0", "2", "1"],
            "right_record_id": ["1", "z", "3", "0"],
            "decision": ["same", "same", "different", "different"],
        }
    )
    groups = who(rows, verdicts=verdicts)
    assert "1" not in groups["0"]
    assert "z" in groups["0"]
    assert "3" not in groups["2"]


def test_a_table_without_record_ids_is_refused():
    with pytest.raises(UnreadableError, match="record_id"):
        link(pa.table({"given_name": ["Ann"]}))


def test_nobody_gives_nobody():
    linked = link(pa.table({"record_id": pa.array([], pa.string())}))
    assert (linked.num_rows, linked.column_names[:3]) == (0, ["record_id", "contact_id", "match_probability"])


PERSON = st.fixed_dictionaries(
    {
        "given_name": st.sampled_from(["Ann", "Annie", "Bob", "B.", "José", None, "", "Facebook", "nan"]),
        "family_name": st.sampled_from(["Lee", "Léé", "Lee-Ray", "User", None, "O'Neil"]),
        "email": st.sampled_from(["a@x.example", "b@x.example", "info@x.example", None, "", "not a mail"]),
        "phone": st.sampled_from(["707 546 1234", "+44 20 7946 0958", None, "12"]),
        "birth_date": st.sampled_from(["1961-05-17", "--05-17", "yesterday", None]),
        "postal_code": st.sampled_from(["95401", None]),
    }
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(people=st.lists(PERSON, min_size=1, max_size=9), shuffle=st.randoms(use_true_random=False), data=st.data())
def test_neither_order_nor_empty_columns_matter_and_verdicts_hold(who, people, shuffle, data):
    rows = [{"record_id": str(number), **person} for number, person in enumerate(people)]
    ids = st.sampled_from([one["record_id"] for one in rows])
    pairs = data.draw(st.lists(st.tuples(ids, ids, st.sampled_from(["same", "different"])), max_size=4))
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    columns = zip(*pairs, strict=True) if pairs else ([], [], [])
    names = ("left_record_id", "right_record_id", "decision")
    verdicts = pa.table({name: pa.array(list(column), pa.string()) for name, column in zip(names, columns, strict=True)})
    first = who(rows, verdicts=verdicts)
    shuffled = [one | {"street": None, "url": ""} for one in rows]
    shuffle.shuffle(shuffled)
    assert who(shuffled, verdicts=verdicts) == first
    newest = {frozenset(pair[:2]): pair[2] for pair in pairs}
    assert all(left not in first[right] for (left, right), decision in newest.items() if decision == "different")


@pytest.mark.skipif(not FIXTURE.exists(), reason="the shared fixtures are not here")
def test_noisy_records_of_historical_people_are_told_apart():
    """Every third person of the sample by default (some ten seconds); all of it with COMMONGROUND_WHOLE_FIXTURE set."""
    part = "true" if os.environ.get("COMMONGROUND_WHOLE_FIXTURE") else "hash(cluster) % 3 = 0"
    rows = duckdb.sql(f"""
        SELECT unique_id AS record_id, cluster, first_name AS given_name, surname AS family_name, dob AS birth_date, birth_place AS city,
               postcode_fake AS postal_code, occupation AS employer
        FROM '{FIXTURE}' WHERE {part}""").to_arrow_table()
    truth = dict(zip(rows["record_id"].to_pylist(), rows["cluster"].to_pylist(), strict=True))
    linked = link(rows.drop_columns(["cluster"]))
    found = dict(zip(linked["record_id"].to_pylist(), linked["contact_id"].to_pylist(), strict=True))

    def pairs(groups):
        return sum(count * (count - 1) // 2 for count in Counter(groups).values())

    right = pairs((found[one], truth[one]) for one in truth)
    precision, recall = right / pairs(found.values()), right / pairs(truth.values())
    assert precision > 0.97
    assert 2 * precision * recall / (precision + recall) > 0.91
