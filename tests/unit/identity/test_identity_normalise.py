"""Names, channels and addresses as people write them → keys that can be compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground.identity import channels, geography, names
from commonground.identity.address import address_key, listing_address_key


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        (("Dr. José", "García-López, MD"), ("jose", "garcialopez")),
        (("sir", "ross"), (None, "ross")),
        (("ron.ross", None), ("ron", "ross")),
        ((None, None, "Smith, John"), ("john", "smith")),
        ((None, None, "John Smith, CPA"), ("john", "smith")),
        ((None, None, "María de la Cruz"), ("maria", "delacruz")),
        ((None, None, "Yo-Yo Ma"), ("yo", "ma")),
        ((None, None, "Bob & Mary Smith"), ("bob", "smith")),
        ((None, None, "王小明"), ("王小明", None)),
        (("Facebook", "User"), (None, None)),
    ],
)
def test_names_lose_titles_credentials_and_accents(written, parts):
    name = names.parse(*written)
    assert (name.given, name.family) == parts


def test_nicknames_and_earlier_names_are_kept_beside_the_name():
    assert set(names.parse('Robert "Bob"', "Smith").roots) & set(names.roots("bobby"))
    assert "jones" in names.parse(None, None, "Mary Smith (née Jones)").family_words
    assert not set(names.roots("john")) & set(names.roots("joan"))


@given(*(st.one_of(st.none(), st.text(max_size=20)) for _ in range(7)))
def test_no_name_is_too_strange(given_name, family, full, middle, suffix, nickname, former):
    name = names.parse(given_name, family, full, middle, suffix, nickname, former)
    assert all(part is None or part == names.fold(part) for part in (name.given, name.family))


@pytest.mark.parametrize(
    ("text", "key"),
    [("Jo.Doe+x@GMail.com", "jodoe@gmail.com"), ("<Jo.Doe+x@corp.example>", "jo.doe+x@corp.example"), ("no mail", None), (None, None)],
)
def test_dots_and_tags_of_a_mailbox_count_at_gmail_only(text, key):
    found = channels.mail(text)
    assert (found.key if found else None) == key


@pytest.mark.parametrize("text", ["info@x.example", "No-Reply@x.example", "sales2@x.example"])
def test_mailboxes_of_a_role_are_flagged(text):
    assert channels.mail(text).is_role


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("(707) 546-1234", "+17075461234"),
        ("+44 20 7946 0958", "+442079460958"),
        ("546-1234", None),
        ("707 111 1111", None),
        ("call me", None),
    ],
)
def test_phones_become_e164(text, e164):
    assert channels.phone(text) == e164


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("https://www.LinkedIn.com/in/Jo-Doe/?x", "linkedin.com/jo-doe"),
        ("http://facebook.com/profile.php?id=3", "facebook.com/3"),
        ("https://twitter.com/@jo", "x.com/jo"),
        ("https://www.linkedin.com/", None),
        ("nothing", None),
    ],
)
def test_profiles_become_site_and_handle(text, key):
    assert channels.profile(text) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [("1961-05-17", "1961-05-17"), ("--05-17", "-----05-17"), ("5/17/1961", "1961-05-17"), ("1961", "1961------"), ("May", None)],
)
def test_birth_dates_may_be_known_in_part(text, key):
    assert channels.birth_date(text) == key


@pytest.mark.parametrize(
    "address",
    [("12 W. Oak Street, Apt 4", None, "95401-1234"), ("12 west OAK st. #4", None, "95401"), ("12 W Oak St", "Unit 4", "95401")],
)
def test_one_door_has_one_key(address):
    assert address_key(*address) == "12 w oak st|4|95401"


def test_listings_have_the_key_of_the_door():
    assert listing_address_key("12", "W", "Oak", "Street", "4", "95401", None) == "12 w oak st|4|95401"
    assert listing_address_key(None, None, None, None, None, None, "12 W Oak St, Unit 4, Santa Rosa, CA 95401") == "12 w oak st|4|95401"
    assert listing_address_key(None, None, "Oak", "Street", None, "95401", None) is None


def test_states_and_towns_are_read_as_people_write_them():
    assert geography.state_code("california") == "CA"
    assert geography.stated_town("Lives in Santa Rosa, California") == ("santa rosa", "CA")
    assert geography.town_key("Saint Helena") == geography.town_key("St. Helena")
