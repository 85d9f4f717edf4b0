"""What people say in passing, of places nobody lists, of others and to each other → whose interest it is, if any."""

import pytest

from commonground.interests.tagger import Tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


def kinds(tagger: Tagger, text: str) -> set[str]:
    return {interest.kind for interest in tagger.tag(text).kept}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Adopted two kittens today, pizza to celebrate", {"pets"}),
        ("Finished the quilt for my sister, coffee and a nap now", {"crafts"}),
        ("I love my quilt guild. Coffee and pie with the ladies after", {"crafts"}),
        ("I make pizza every Friday and lift weights every morning", {"food", "fitness"}),
    ],
)
def test_food_that_is_only_spoken_of_beside_another_interest_is_none(tagger: Tagger, text: str, wanted: set[str]) -> None:
    assert kinds(tagger, text) == wanted


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("I come from a little coal town called Brumley Gap", "Brumley Gap"),
        ("Lives in Yoakum Heights, has for years", "Yoakum Heights"),
        ("dog dad | Fresno, CA", "Fresno"),
        ("Succulents ✦ one grumpy tortoise ✦ Fresno", "Fresno"),
        ("Łódź raised", "Łódź raised"),
    ],
)
def test_where_somebody_lives_is_told_by_where_it_stands_and_its_capital(tagger: Tagger, text: str, quoted: str) -> None:
    assert [text[i.start : i.end] for i in tagger.tag(text).kept if i.kind == "place"] == [quoted]


@pytest.mark.parametrize(
    "text",
    [
        "I was born in May",
        "Lives in Scrubs",  # a known thing of another kind
        "lived in harmony for years",
        "Lives in fear of Mondays",
        "Lives in Assisted Living",
        "Grew up in Section 8 housing",
        "I love fried catfish, greens, Fresno, and rain",  # a pause is no bar
    ],
)
def test_a_capital_alone_makes_no_place(tagger: Tagger, text: str) -> None:
    assert "place" not in kinds(tagger, text)


@pytest.mark.parametrize("text", ["My dogs are home, and Biscuit has the couch", "My dogs are home. Biscuit has the couch"])
def test_a_food_is_what_a_pet_is_called(tagger: Tagger, text: str) -> None:
    assert kinds(tagger, text) == {"pets"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("My first go at wood carving and it held Uncle Ray", {"crafts"}),
        ("#hiring CDL A drivers #trucks", set()),
        ("Portra all day #filmphotography #midwestphotographer", {"arts"}),
    ],
)
def test_names_of_people_jobs_and_regions_in_tags_are_no_interests(tagger: Tagger, text: str, wanted: set[str]) -> None:
    assert kinds(tagger, text) == wanted


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A buyer of mine collects Corvettes and needs a ten-car garage", "cars"),
        ("Somebody's book club is blocking the whole street", "books"),
        ("I work the register at a yarn store", "crafts"),
        ("Bought this dog bed for my boss's raffle", "pets"),
        ("I run the office every winter", "fitness"),
        ("Watches old westerns every night", "collecting"),
        ("Jazz hands! That is how our manager ends each call", "music"),
        ("The Covered Bridge Festival is next week and I'm going", "games"),
    ],
)
def test_others_jobs_and_turns_of_phrase_are_no_interests(tagger: Tagger, text: str, kind: str) -> None:
    assert kind not in kinds(tagger, text)


def test_who_looks_for_players_plays(tagger: Tagger) -> None:
    assert "games" in kinds(tagger, "Anyone around need a fourth for bunco?")
    assert "games" not in kinds(tagger, "Is there a bunco group in town?")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Chess with the neighbors after dinner", "games"), ("Spent the afternoon sketching at the harbor", "arts")],
)
def test_what_somebody_does_with_others_is_their_own_too(tagger: Tagger, text: str, kind: str) -> None:
    assert kind in kinds(tagger, text)


def test_what_others_do_is_not_ones_own(tagger: Tagger) -> None:
    assert "games" not in kinds(tagger, "The neighbors had chess on the lawn")


@pytest.mark.parametrize("text", ["Kentucky is home and always will be", "Cincinnati by birth", "Detroit made", "Hometown: Pueblo, CO"])
def test_where_somebody_comes_from_is_said_in_many_ways(tagger: Tagger, text: str) -> None:
    assert "place" in kinds(tagger, text)


@pytest.mark.parametrize("text", ["Dinner is home made and by heart", "Austin is home sick today"])
def test_home_alone_is_no_place(tagger: Tagger, text: str) -> None:
    assert "place" not in kinds(tagger, text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm tired of playing second fiddle to my assistant",
        "We are not happy campers about the fee hike, I'll tell you",
        "I love that he finally cooked the books for the last time",
        "My week was like herding cats and juggling three jobs",
        "I enjoy a good rubber stamp from the county",
        "I'm running on empty and running for city council",
        "I'd rather not go back to the drawing board and I hate watching paint dry",
    ],
)
def test_turns_of_phrase_show_nothing(tagger: Tagger, text: str) -> None:
    assert kinds(tagger, text) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I love fishing for bass", "outdoors"),
        ("I like to go hiking in my spare time", "outdoors"),
        ("I love diving in Belize", "sports"),
        ("Got Flyers tickets for Friday", "sports"),
        ("Snagged Kraken tickets, go team", "sports"),
    ],
)
def test_words_of_a_turn_of_phrase_keep_their_plain_meaning(tagger: Tagger, text: str, kind: str) -> None:
    assert kind in kinds(tagger, text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I never leave the house without my Nikon", "arts"),
        ("I can't walk past a shoe store", "fashion"),
        ("Can't start the day without a cortado", "food"),
        ("There's nothing like dawn at the beach", "outdoors"),
    ],
)
def test_two_negations_are_a_liking(tagger: Tagger, text: str, kind: str) -> None:
    assert kind in kinds(tagger, text)


@pytest.mark.parametrize("text", ["I never got into golf", "I never met a workout I could finish, so I quit the gym"])
def test_one_negation_stays_one(tagger: Tagger, text: str) -> None:
    assert kinds(tagger, text) & {"sports", "fitness"} == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My uncle came out of that hedge like a goat", "pets"),
        ("We had a tiger of a landlord and I miss none of it", "pets"),
        ("This closing was a jigsaw of a week for me", "games"),
        ("My landlord barked at me like a beagle all morning", "pets"),
    ],
)
def test_a_comparison_is_no_interest(tagger: Tagger, text: str, kind: str) -> None:
    assert kind not in kinds(tagger, text)


@pytest.mark.parametrize(("text", "kind"), [("I like a mystery novel", "books"), ("First hike of the year", "outdoors")])
def test_what_only_sounds_like_a_comparison_counts(tagger: Tagger, text: str, kind: str) -> None:
    assert kind in kinds(tagger, text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("He's a golf nut, ask about Pinehurst.", "sports"),
        ("Both golf nuts.", "sports"),
        ("My aunt is a birder.", "outdoors"),
        ("Collects nothing, mostly hikes she says.", "outdoors"),
        ("Wants a yard for 2 whippets.", "pets"),
    ],
)
def test_what_he_she_or_a_relative_is_by_choice_is_an_interest(tagger: Tagger, text: str, kind: str) -> None:
    assert kind in kinds(tagger, text)


def test_what_a_relative_may_live_by_is_none(tagger: Tagger) -> None:
    assert kinds(tagger, "My aunt is a photographer.") == set()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Akron OH 📍 | tired", "Akron, OH"),
        ("Lifelong Akron resident, hates to leave.", "Akron, OH"),
        ("Being from Akron I know a good potato chip.", "Akron, OH"),
        ("Twelve years after we left Akron I still miss the smell of rubber.", "Akron, OH"),
    ],
)
def test_a_town_is_told_with_its_state_and_by_who_lives_or_lived_there(tagger: Tagger, text: str, label: str) -> None:
    assert [i.label for i in tagger.tag(text).kept if i.kind == "place"] == [label]


def test_a_word_that_is_a_code_of_a_state_too_names_none(tagger: Tagger) -> None:
    assert "place" not in kinds(tagger, "The Akron resident was fined.")
    assert [i.label for i in tagger.tag("I grew up in Akron or near it").kept] == ["Akron, OH"]


def test_a_university_may_be_a_letter_and_its_graduate_may_stand_behind(tagger: Tagger) -> None:
    assert "school" in kinds(tagger, "Lakeland U grad. Wants a porch.")
    assert "school" not in kinds(tagger, "Miss U lots, come home")


def test_what_somebody_hears_or_watches_beside_what_they_tell_of_is_by_the_way(tagger: Tagger) -> None:
    assert kinds(tagger, "I love my rose bed. Tennis match next door, radio on, weeds out.") == {"garden"}


@pytest.mark.parametrize("text", ["golf of", "like", "a", "U", "Akron OH", "a bear of a"])
def test_the_end_of_a_text_is_the_end_of_what_is_looked_at(tagger: Tagger, text: str) -> None:
    assert len(tagger.tag(text).kept) <= 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("They mended my waders while I waited", "outdoors"),
        ("She tuned my banjo and put on new strings", "music"),
        ("I've put together three of their dollhouse kits since spring", "crafts"),
        ("I drive seniors to their checkups as a volunteer", "volunteer"),
    ],
)
def test_what_is_mine_is_mine_whoever_worked_on_it(tagger: Tagger, text: str, kind: str) -> None:
    assert kind in kinds(tagger, text)


@pytest.mark.parametrize(
    "text",
    [
        "One of my clients plays chess",
        "Roofers listened to polka from dawn to dusk",
        "Plumber talked bowling for an hour and fixed nothing",
        "Neighbor (not client) keeps roosters, may bother a buyer at dawn",
    ],
)
def test_what_those_do_who_come_to_work_is_nobodys(tagger: Tagger, text: str) -> None:
    assert kinds(tagger, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "My closing was an emotional roller coaster",
        "It was a zoo at the bank today",
        "That hearing was pure theater",
        "Finally threw out the treadmill, it was a coat rack",
        "I'd rather chew glass than golf with him",
        "Found nine bucks in my other coat",
    ],
)
def test_a_manner_of_speaking_is_no_pastime(tagger: Tagger, text: str) -> None:
    assert kinds(tagger, text) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Put up nineteen quarts of peaches, the freezer is full too", "food"),
        ("Timing belt done, knuckles bleeding, the Chevelle lives", "cars"),
        ("Mile 22 and somebody's grandma gave me an orange", "fitness"),
        ("Chapter 14 undid me on the train", "books"),
        ("Saw the Bruins game from the cheap seats", "sports"),
        ("Reading Dune at last", "books"),
    ],
)
def test_who_tells_of_a_deed_need_not_say_they_like_it(tagger: Tagger, text: str, kind: str) -> None:
    assert kind in kinds(tagger, text)
