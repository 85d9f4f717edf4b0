"""Religion, race, origin, disability and health: said of oneself or of somebody close they are counted, and never tagged or quoted.

What only looks like it (a street, a dish, a dog, a joke) is not counted.
"""

import pytest

from commonground.interests.evidence import quote
from commonground.interests.tagger import Tagger

TAGGER = Tagger()
CLASSES = {"religion", "race", "origin", "disability", "health"}


def classes(text: str) -> set[str]:
    return CLASSES & set(TAGGER.tag(text).denied_classes)


@pytest.mark.parametrize(
    "text",
    [
        "I usher at the early service and count the tithes.",
        "we were brought up Lutheran in a town of forty",
        "My husband converted to Judaism before our wedding.",
        "Lapsed Presbyterian, practicing potter",
        "I haven't missed Sunday Mass since March",
        "Gave up beer for Lent, send help",
        "Our church got a new roof and I got a sunburn.",
        "Mosque carpool runs at noon on Fridays.",
        "I do not believe in God, I believe in compost.",
        "Practicing witch and beekeeper",
        "Keeps Shabbat, phone is off till sundown",
        "Hindu Students of Tulsa",
        "I left the church in my teens.",
        "2 Tim 1:7 on the fridge, kayak on the roof",
        "ex-JW making up for lost birthdays",
        "prayed about the move and it feels right",
    ],
)
def test_a_faith_or_none_is_a_protected_statement(text: str) -> None:
    assert classes(text) == {"religion"}


@pytest.mark.parametrize(
    "text",
    [
        "The church bells next door are flat.",
        "I collect Amish quilts.",
        "Jewish rye with caraway, please.",
        "The manual is my bible.",
        "My uncle lent me a kayak.",
        "I play a druid in our Thursday campaign.",
        "Saw Judas Priest twice.",
        "Grew up on Church Street.",
        "Christian Bale fans",
        "Barbecue is practically a religion here.",
        "Pray for my wallet, the yarn shop is open.",
        "Tangipahoa Parish strawberries",
        "Fritters, Falls Church, fog",
        "god that was a long inspection",
        "The pastor next door borrows my ladder.",
    ],
)
def test_what_only_sounds_like_a_faith_is_not_counted(text: str) -> None:
    assert classes(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "I'm Black and I bake.",
        "As an Asian man in quilting I stand out.",
        "white guy, loud ties",
        "Brown girl with a kayak",
        "My kids are mixed.",
        "My grandmother was Ojibwe.",
        "Enrolled member of the Osage Nation",
        "We raise goats on the rez.",
        "I have olive skin and still burn.",
        "The only Black family on the cul-de-sac, and the best lawn.",
        "Biracial, bilingual-ish, broke",
        "Black Anglers of Mobile: Black Women Who Fish",
        "Asian American Storytellers of Fresno",
        "Black in academia, tea in hand.",
        "got my locs retwisted before the trip",
        "Indigenous potter on the coast",
        "Being mixed means two kinds of cornbread.",
    ],
)
def test_a_race_or_the_colour_of_a_skin_is_a_protected_statement(text: str) -> None:
    assert "race" in classes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Black lab, red truck.",
        "White oak cabinets, black pulls.",
        "Earned my brown belt in June.",
        "Cherokee Purple tomatoes came in",
        "I drive a Jeep Cherokee.",
        "Race day is Saturday.",
        "Black Friday crowds scare me.",
        "My hair is long and black.",
        "Asian pears in the side yard",
        "Mixed media artist",
        "Navajo rugs fill the den.",
        "Born in Cheyenne, raised in Sioux Falls.",
        "Little black dress, white sneakers",
    ],
)
def test_a_colour_or_a_name_is_no_race(text: str) -> None:
    assert classes(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "My wife is Bolivian.",
        "I'm Latvian, so we sing at everything.",
        "I'm half Moroccan and all appetite.",
        "My grandparents came from Estonia with one trunk.",
        "We fled Laos when I was four.",
        "Grew up speaking Tagalog in a house of nine",
        "English is my second language.",
        "Took the oath of allegiance in May!",
        "Here on a student visa, asks about co-signers",
        "Speaks mostly Cantonese, needs an interpreter at signing",
        "Brit in Boise",
        "Adopted from South Korea, raised on hotdish",
        "Peruvian Moms of Reno",
        "back home in Ghana it is already tomorrow",
        "visa thru 2029, wants to buy",
        "Grandma still swears in Armenian at the radio.",
    ],
)
def test_where_a_family_is_from_is_a_protected_statement(text: str) -> None:
    assert classes(text) == {"origin"}


@pytest.mark.parametrize(
    "text",
    [
        "Peruvian food is worth the drive.",
        "I'm learning Norwegian on the bus.",
        "German shepherd person",
        "I am a French teacher.",
        "Spanish tile, Dutch door",
        "Irish Dance Academy",
        "Our trip to Portugal was too short.",
        "Stationed in Germany for three years.",
        "The accent wall is teal.",
        "A steep descent on loose rock",
        "Second generation farmer",
        "Turkey hunting with my cousin Jordan",
        "Heritage breed hens",
        "The invitations are on green card stock.",
    ],
)
def test_a_dish_a_tongue_or_a_trip_is_no_origin(text: str) -> None:
    assert classes(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Hard of hearing, so text me.",
        "I was born with no left hand and I juggle.",
        "My nephew is on the spectrum.",
        "Legally blind, excellent cook",
        "I get around in a power chair.",
        "Lost an eye at nine, never lost at darts.",
        "100% disabled veteran",
        "Needs a ramp for his wheelchair",
        "Mother can't do stairs anymore.",
        "I'm dyslexic and own nine hundred audiobooks.",
        "She reads lips from across a room",
        "Adaptive Climbers of Moab",
        "Uses walker, first floor only",
        "HOH, please text.",
        "W/C user, wide doors",
        "has an ESA letter on file",
        "Neurospicy crocheter with opinions.",
        "Para cyclist and pie judge.",
        "MS fatigue won, so puzzles it is.",
    ],
)
def test_a_disability_is_a_protected_statement(text: str) -> None:
    assert "disability" in classes(text)


@pytest.mark.parametrize(
    "text",
    [
        "My deaf old beagle snores.",
        "Blind date with a book, aisle three.",
        "New blinds in the den",
        "My golf handicap is nineteen.",
        "I disabled my notifications.",
        "The neighbors turned a blind eye.",
        "Candy cane season",
        "I raise guide dog puppies.",
        "Boat ramp opens at six.",
        "The zoning hearing is Tuesday.",
        "I can't walk past a bakery.",
        "Three legged cat, one toy",
        "Tone deaf and first to the microphone",
        "The blind in my kitchen fell again.",
        "Autism researcher who bakes.",
    ],
)
def test_an_animal_or_a_figure_of_speech_is_no_disability(text: str) -> None:
    assert classes(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Eleven months sober and counting.",
        "my husband had a stroke in the spring",
        "I beat lymphoma twice.",
        "Allergic to shrimp, married into a shrimp family",
        "He tore his ACL at the church picnic game.",
        "I take a pill for my thyroid.",
        "Knees are shot, no stairs: my knees are bone on bone",
        "mom has dementia and still wins at gin",
        "Haven't had a drink since the flood",
        "On dialysis, mornings only",
        "I've had depression since college.",
        "Living With Lupus, Lubbock",
        "Recovering from back surgery",
        "Mammogram day, then tacos.",
        "my oncologist likes my socks",
        "Endo life, heating pad gang.",
        "recent stroke, daughter is handling it",
        "Crohn's warrior and gardener.",
    ],
)
def test_an_illness_or_injury_is_a_protected_statement(text: str) -> None:
    assert "health" in classes(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sick of slush.",
        "Recovering perfectionist, gardener",
        "Our dog had surgery and hates the cone.",
        "Shingles need replacing on the north side.",
        "Kidney bean chili again",
        "Allergic to Mondays",
        "Running is my therapy.",
        "Suicide Squad was too long.",
        "Depression glass in every window",
        "A stroke of luck at the auction",
        "Nurse on the cancer ward",
        "Rehab loan questions",
        "Cabin fever, week nine",
        "Nurse on the oncology floor, nights.",
        "I did surgery on my truck with zip ties.",
        "Lindy hop is my therapy.",
    ],
)
def test_a_joke_a_pet_or_a_job_is_no_illness(text: str) -> None:
    assert classes(text) == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I love hiking, and I'm Bolivian.", "Bolivian"),
        ("I love hiking, and I'm autistic.", "autistic"),
        ("I love hiking, and I'm a Sikh.", "Sikh"),
        ("I love hiking, and I beat lymphoma.", "lymphoma"),
        ("I love hiking, and I'm Black.", "Black"),
    ],
)
def test_no_tag_and_no_quote_holds_such_a_statement(text: str, said: str) -> None:
    tagged = TAGGER.tag(text)
    assert [text[i.start : i.end] for i in tagged.kept] == ["hiking"]
    found = quote(text, tagged.kept[0].start, tagged.kept[0].end, tagged.denied_spans)
    assert found is None or said not in found.of(text)


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("Potter ✝️ slow runner", "religion"),
        ("☪ baker, birder", "religion"),
        ("quilts | ♿ | cats", "disability"),
        ("🏳️‍🌈 welder", "orientation"),
        ("Due in May 🤰", "family"),
        ("She said yes 💍", "marital"),
    ],
)
def test_pictures_tell_what_somebody_is(text: str, class_: str) -> None:
    assert class_ in TAGGER.tag(text, "bio").denied_classes


@pytest.mark.parametrize("text", ["Surf's up 🏄 🏴", "Coffee ☕ and books 📚 💙", "Dog dad 🐶 of two beagles"])
def test_other_pictures_tell_nothing_protected(text: str) -> None:
    assert not {"religion", "disability", "orientation", "marital"} & set(TAGGER.tag(text, "bio").denied_classes)
