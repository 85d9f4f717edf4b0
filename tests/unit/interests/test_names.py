"""Names in texts → what they stand for: where somebody comes from, what a check-in visits, whom a handle is, what is only part of another."""

import pytest

from commonground.interests.tagger import Tagger
from commonground.interests.words import split

TAGGER = Tagger()


def kinds(text: str) -> set[str]:
    return {i.kind for i in TAGGER.tag(text).kept}


def found(text: str) -> set[tuple[str, str]]:
    return {(i.kind, text[i.start : i.end]) for i in TAGGER.tag(text).kept}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Relocating from Thunder Bay, closing by August.", "Thunder Bay"),
        ("I was raised in a yellow bungalow outside Kapuskasing.", "Kapuskasing"),
        ("Moved here from Yeovil last spring.", "Yeovil"),
        ("We retired to Bandon last year.", "Bandon"),
        ("You know you're from Great Falls, Montana when...", "Great Falls, Montana"),
        ("📍 Timmins ➡️ Toronto", "Toronto"),
        ("Bogalusa native, Saints fan", "Bogalusa native"),
        ("Beekeeper in Vermont", "Vermont"),
    ],
)
def test_a_place_that_somebody_comes_from_is_known_by_what_stands_before_it(text: str, place: str) -> None:
    assert ("place", place) in found(text)


@pytest.mark.parametrize(
    "text",
    ["The lamp is from Ikea.", "The pastor from Oakdale called again.", "An offer from Zillow.", "Police: beekeeper in Vermont fined"],
)
def test_where_things_and_others_come_from_is_no_place_of_ours(text: str) -> None:
    assert "place" not in kinds(text)


def test_a_town_abroad_is_told_by_its_country() -> None:
    assert {i.interest for i in TAGGER.tag("I grew up in Toronto.").kept} == {"place_toronto_canada"}
    assert {i.interest for i in TAGGER.tag("I grew up in Cambridge.").kept} == {"place_cambridge_ma"}


def test_a_town_or_school_hides_what_is_called_alike() -> None:
    assert kinds("Orig. from Fargo, call back.") == {"place"}
    assert kinds("Huge Gonzaga fan") == {"sports"}
    assert kinds("Gonzaga grad") == {"school"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Checked in at Parkway Tavern (Po'boy Shop)", "food"),
        ("Neighborhood Theatre – Concert Hall", "music"),
        ('Hollow Oak – Hackerspace "soldering night"', "tech"),
        ("Checked in at Pho Hoa (Vietnamese Restaurant) – my Tuesday ritual", "food"),
    ],
)
def test_a_check_in_is_to_the_sort_of_place_that_it_names(text: str, kind: str) -> None:
    assert kinds(text) == {kind}


def test_brackets_and_dashes_in_prose_name_no_sort_of_place() -> None:
    assert kinds("The appraiser (his office is beside a jazz club) called.") == set()


@pytest.mark.parametrize(
    ("text", "handle"),
    [("let's go @Dodgers", "@Dodgers"), ("@taylorswift13 on repeat #swiftie", "@taylorswift13"), ("@phish tonight", "@phish")],
)
def test_a_handle_that_is_a_name_is_what_it_names(text: str, handle: str) -> None:
    assert handle in {words for _, words in found(text)}


def test_any_other_handle_is_somebody_else() -> None:
    assert kinds("@bob loves jazz") == set()
    assert kinds("night two @bob.jones #jazz") == {"music"}


def test_a_handle_behind_hashtags_stands_where_it_stands() -> None:
    text = "#livemusic #newengland front row for @phish, #encore"
    assert "@phish" in {words for _, words in found(text)}


def test_what_somebody_makes_is_the_making() -> None:
    assert kinds("I crochet hats for newborns.") == {"crafts"}
    assert kinds("I collect antique fishing lures.") == {"collecting"}


def test_where_one_was_is_by_the_way_beside_what_one_did() -> None:
    assert kinds("My watercolors are in the library show!") == {"arts"}
    assert "books" in kinds("I love the library.")


def test_the_initial_inside_a_name_ends_no_sentence() -> None:
    assert ("books", "Sarah J. Maas") in found("Up late with Sarah J. Maas again, I love her books.")
    assert split("Plan B. Then we hike.").words == ["plan", "b", "then", "we", "hike", "."]
    assert split("on plan b. Then we hike").words == ["on", "plan", "b", ".", "then", "we", "hike"]


def test_a_colon_inside_a_title_parts_nothing() -> None:
    assert ("games", "Magic: The Gathering") in found("I love Magic: The Gathering and darts.")
    assert kinds("Hobbies: hiking, jazz") == {"outdoors", "music"}


def test_a_brand_that_is_a_common_word_wants_its_capital_behind_a_liking() -> None:
    assert kinds("We love coach Dan") == set()
    assert "fashion" in kinds("We love Coach bags")
