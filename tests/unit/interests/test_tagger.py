"""A text → the interests it shows: liking, practice, background; not dislikes, jobs, other people's, look-alikes."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonground.config import Agent, InterestPolicy, Market, ServiceArea
from commonground.interests import words
from commonground.interests.columns import Page
from commonground.interests.evidence import LONGEST_QUOTE, quote
from commonground.interests.ndjson import tag_ndjson
from commonground.interests.tagger import Tagged, Tagger

FIXTURE = Path(__file__).resolve().parents[3].parent / "shared" / "fixtures" / "interests" / "persona_dev.tsv"
MARKET = Market(
    name="Here",
    time_zone="America/Los_Angeles",
    state="CA",
    service_area=ServiceArea(latitude=38.4, longitude=-122.7, radius_km=40, cities=["Santa Rosa"]),
    agents=[Agent(agent_id="me", name="A")],
    schools=["Montgomery High School"],
    neighborhoods=["West End"],
)
TAGGER = Tagger(None, MARKET)


def tags(text: str, type_: str | None = None) -> set[str]:
    return {i.interest for i in TAGGER.tag(text, type_).kept}


@pytest.mark.parametrize(
    ("text", "interest"),
    [
        ("I love tacos", "tacos"),
        ("Chess is my passion", "chess"),
        ("We went hiking and saw a waterfall", "hiking"),
        ("I run every day before work", "running"),
        ("i play the fiddle", "violin"),
        ("Not only do I love sushi, I make it", "sushi"),
        ("I have two dogs", "dogs"),
        ("My favourite bands are all loud", "music"),
        ("I served in the Navy", "us_navy"),
        ("I grew up in Fresno, California", "place_fresno_ca"),
        ("I went to Montgomery High School", "school_montgomery_high_school"),
        ("I am going to Auburn University next year", "school_auburn_university"),
        ("I grew up in the West End", "place_west_end_ca"),
        ("I volunteer at a food bank", "food_banks"),
        ("Baked sourdough with my neighbor", "sourdough"),
        ("Hot sauce on everything and I love it", "hot_sauce"),
        ("I grew up in a mill town in Maine", "place_maine"),
        ("Wauwatosa Neighbors", "place_wauwatosa_wi"),
        ("Sushi every Friday night", "sushi"),
        ("realtor · cat dad · marathon runner", "cats"),
        ("My brother and I restore classic Mustangs", "mustangs"),
    ],
)
def test_liking_practice_and_background_are_interests(text: str, interest: str) -> None:
    assert interest in tags(text)


@pytest.mark.parametrize(
    "text",
    [
        "I hate golf",
        "I don't like jazz or opera",
        "I am not a runner",
        "Jazz is not my thing",
        "Reading is boring",
        "I am a nurse",
        "I teach biology at a college",
        "We are house hunting",
        "I run a small business",
        "Read the contract before you sign",
        "My friend loves chess",
        "Do you like jazz?",
        "@bob loves jazz",
        "Thanks, you rock!",
        "The fencing company called",
        "Anyone know a good plumber?",
        "Should I get a cat?",
        "Cooking? lol no. That is what delivery is for",
        "Steps from the golf course and the tennis court",
        "The inspector danced around the question",
    ],
)
def test_dislikes_jobs_other_people_and_look_alikes_are_none(text: str) -> None:
    assert tags(text) == set()


def test_a_dislike_is_reported_as_negated_and_not_kept() -> None:
    tagged = TAGGER.tag("I love dogs but hate cats")
    assert {(i.interest, i.negated) for i in tagged.interests} == {("dogs", False), ("cats", True)}


def test_what_a_relative_does_is_the_familys() -> None:
    (found,) = TAGGER.tag("My grandfather served in the army").kept
    assert (found.kind, found.subject, found.policy_class) == ("military", "family", "restricted")


@pytest.mark.parametrize(
    ("text", "interest"),
    [
        ("My kids love soccer", "soccer"),
        ("My wife loves opera", "opera"),
        ("Our daughter dances ballet and our son plays hockey.", "hockey"),
        ("My dad's brother plays the banjo.", "banjo"),
    ],
)
def test_what_a_partner_or_child_likes_is_the_familys_and_says_not_whose(text: str, interest: str) -> None:
    tagged = TAGGER.tag(text)
    assert (interest, "family") in {(i.interest, i.subject) for i in tagged.kept}
    for i in tagged.kept:
        found = quote(text, i.start, i.end, tagged.denied_spans)
        assert found is None or not {"wife", "kids", "son", "daughter"} & set(found.of(text).lower().replace(".", "").split())


@pytest.mark.parametrize(
    "text",
    [
        "My landlord's brother was in the Navy.",
        "My pastor's wife makes quilts.",
        "Our realtor moved to Fiji, so we need a new one.",
        "My manager is a huge Eagles fan.",
        "One of my clients raises alpacas.",
    ],
)
def test_what_acquaintances_and_their_relatives_like_is_nobodys(text: str) -> None:
    assert tags(text) == set()


def test_who_one_is_oneself_is_nobody_else() -> None:
    assert tags("I'm a retired math teacher who loves golf.") == {"golf"}
    assert tags("We both love golf.") == {"golf"}


def test_the_kind_of_utterance_says_whether_the_bare_noun_suffices() -> None:
    assert tags("Zydeco Dancers of the Bay", "group")
    assert tags("Yoga", "like") == {"yoga"}
    assert tags("The yoga studio next door closed", "post") == set()
    assert tags("Realtor | Dog lover | Marathon runner", "headline") == {"dogs", "running"}
    assert tags("US Navy", "employer") == {"us_navy"}
    assert tags("Software Engineer at Golf Digest", "position") == set()
    assert tags("BA, History, Sonoma State University", "education") == {"school_sonoma_state_university"}
    assert tags("Springfield, Illinois", "hometown") == {"place_springfield_il"}


def test_in_a_note_she_is_the_contact() -> None:
    assert tags("She loves jazz and has a golden retriever.", "note") == {"jazz", "golden_retrievers"}
    assert tags("She loves jazz.", "post") == set()


def test_ambiguous_words_want_their_company() -> None:
    assert tags("Giants", "like") == set()
    assert tags("San Francisco Giants", "like") == {"san_francisco_giants"}
    assert tags("Go Giants, what a game", "comment") == {"sports"}
    assert tags("He plays bass in a band", "note") == {"bass_guitar"}
    assert tags("Caught a huge bass while fishing", "post") >= {"bass_fishing"}


def test_hashtags_are_read_as_words() -> None:
    text = "Sunday well spent #SundayHike #jazzfestival"
    found = {i.interest: text[i.start : i.end] for i in TAGGER.tag(text, "post").kept}
    assert set(found) >= {"hiking", "jazz"}
    assert found["hiking"] in ("Hike", "SundayHike")


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("I am a 34 year old woman", "age"),
        ("I am a guy from the west", "sex"),
        ("I go to church on Sundays", "religion"),
        ("I was born in Mexico", "origin"),
        ("I am a black man", "race"),
        ("I use a wheelchair", "disability"),
        ("I have diabetes", "health"),
        ("My husband cooks", "marital"),
        ("We have three young children", "family"),
        ("I came out as a lesbian", "orientation"),
        ("I vote Republican, I'm a republican", "politics"),
        ("Proud union member", "union"),
        ("#proudlatina", "origin"),
        ("Homeschool Moms of Austin", "family"),
        ("turning 40 next week!", "age"),
        ("she/her", "sex"),
        ("#actuallyautistic", "disability"),
        ("Black Girls Run", "race"),
        ("Looking for a shul nearby", "religion"),
        ("engaged!!", "marital"),
    ],
)
def test_protected_statements_are_counted_by_class(text: str, class_: str) -> None:
    tagged = TAGGER.tag(text)
    assert tagged.denied_classes.get(class_) == 1
    assert tagged.denied >= 1


@pytest.mark.parametrize(
    "text",
    [
        "Meet me on Church Street",
        "Boating on Mormon Lake",
        "Coffee on Gay Street",
        "Union Square at noon",
        "The age of the roof is 12 years",
        "a 30 year old bottle of scotch",
        "Depression glass collectors",
        "handicap of 6 on the back nine",
        "Conservative estimate",
    ],
)
def test_names_of_places_and_things_are_no_protected_statements(text: str) -> None:
    assert TAGGER.tag(text).denied == 0


@pytest.mark.parametrize(
    ("name", "class_"),
    [
        ("Overeaters Anonymous", "health"),
        ("Zen Center of Portland", "religion"),
        ("Temple Beth Ami", "religion"),
        ("Our Lady of Lourdes", "religion"),
        ("Sons of Norway", "origin"),
        ("Vietnamese Student Association", "origin"),
        ("Urban League of Greater Atlanta", "race"),
        ("National Federation of the Blind", "disability"),
        ("Trevor Project", "orientation"),
        ("Young Life", "religion"),
        ("Daughters of the Republic of Texas", "origin"),
        ("Equality Florida", "orientation"),
        ("Freedom Caucus", "politics"),
        ("Grief Support Group", "health"),
    ],
)
def test_a_body_whose_members_share_a_protected_trait_gives_no_tag(name: str, class_: str) -> None:
    tagged = TAGGER.tag(name, "group")
    assert tagged.denied_classes.get(class_) == 1
    assert tagged.kept == []


def test_a_transplant_behind_a_town_came_from_there_and_one_of_an_organ_is_health() -> None:
    moved = TAGGER.tag("Ohio transplant | coffee")
    assert moved.denied == 0
    assert "place_ohio" in {i.interest for i in moved.kept}
    assert TAGGER.tag("waiting for a kidney transplant").denied_classes == {"health": 1}


def test_the_name_of_a_street_is_no_interest() -> None:
    assert tags("Our office is on Jazz Street, I love it") == set()
    assert "jazz" in tags("I love jazz, Street food too")


def test_what_somebody_does_for_us_is_not_ours() -> None:
    assert tags("My dentist loves fly fishing") == set()


def test_words_may_be_spoken_without_their_g() -> None:
    assert {"fishing", "hunting"} <= tags("I love fishin and huntin")


def test_regions_are_places_too() -> None:
    assert "place_nova_scotia" in tags("I grew up in Nova Scotia")
    assert "place_norfolk_va" in tags("I grew up in Norfolk")


def test_a_destination_in_a_name_only_says_where() -> None:
    assert tags("Ducks Unlimited Canada", "group") >= {"ducks_unlimited"}
    assert not {"canada_travel"} & tags("Ducks Unlimited Canada", "group")
    assert "canada_travel" in tags("Canada", "like")


def test_a_known_name_stands_beside_the_sort_of_place_behind_it() -> None:
    assert "tattered_cover" in tags("Tattered Cover (Bookstore)", "checkin")


def test_the_name_of_a_pet_is_no_food() -> None:
    assert "biscuits" not in tags("Three years with our cat Biscuit")
    assert "biscuits" in tags("I love biscuits")


def test_a_relative_who_opens_a_sentence_is_the_writers_own() -> None:
    assert [i.subject for i in TAGGER.tag("Son plays hockey every weekend").kept] == ["family"]
    assert "hockey" in tags("Kids Hockey League", "group")


def test_a_note_on_what_a_home_needs_still_tells_what_is_liked() -> None:
    assert "clogging" in tags("Loves clogging, wants hardwood floors")
    assert tags("Hardwood floors, close to golf, for sale") == set()


def test_names_that_only_sound_like_such_bodies_are_none_of_them() -> None:
    names = ["Temple University", "San Diego Padres", "Zen garden design", "Lions Club", "Toastmasters"]
    assert [name for name in names if TAGGER.tag(name, "group").denied] == []


def test_a_groups_name_with_a_protected_word_gives_no_tag() -> None:
    assert TAGGER.tag("Church of the Roses choir", "group").interests == []


def test_a_quote_is_cut_clear_of_the_protected_statement() -> None:
    text = "I had surgery. I'm a single mom who loves hiking with my kids. Bye."
    tagged = TAGGER.tag(text)
    (hike,) = [i for i in tagged.kept if i.interest == "hiking"]
    found = quote(text, hike.start, hike.end, tagged.denied_spans)
    assert found is not None
    assert found.of(text) == "…who loves hiking…"


def test_ethnic_music_is_restricted_and_jazz_is_open() -> None:
    classes = {i.interest: i.policy_class for i in TAGGER.tag("I love zydeco and jazz").kept}
    assert classes == {"zydeco": "restricted", "jazz": "open"}


def test_the_policy_decides_the_class() -> None:
    strict = Tagger(None, MARKET, InterestPolicy(restricted_kinds=["music", "games"], restricted_interests=["tacos"], denied=["chess"]))
    classes = {i.interest: i.policy_class for i in strict.tag("I love jazz, tacos, backgammon and chess").kept}
    assert classes == {"jazz": "restricted", "tacos": "restricted", "backgammon": "restricted"}


def test_what_the_policy_denies_is_counted_and_not_tagged() -> None:
    tagged = Tagger(None, MARKET, InterestPolicy(denied=["games", "place"])).tag("I love chess. I grew up in Ohio and I like tea.")
    assert [i.interest for i in tagged.kept] == ["tea"]
    assert tagged.denied_classes["games"] == 1


def test_a_town_behind_which_stands_raised_is_where_somebody_is_from_at_the_end_of_an_item_only() -> None:
    assert "place_denver_co" in tags("Denver raised | runner")
    assert not tags("Denver raised its fees")


def test_what_the_next_sentence_likes_is_liked_unless_it_says_no() -> None:
    assert "sashimi" not in TAGGER.lexicon.number_of  # the tag is that of sushi
    assert "sushi" in tags("Eleven plates of sushi from the new counter. Worth it!")
    assert not tags("Eleven plates of sushi from the new counter. Not worth it!")


def test_who_speaks_as_someone_who_does_speaks_of_themselves() -> None:
    assert "baking" in tags("As someone who bakes every weekend, their flour is a dream")
    assert not tags("I know someone who bakes every weekend")


@pytest.mark.parametrize("text", ["Mom to two rescue pups", "Drinker of tea, keeper of bees", "Hosting trivia night", "#ChiefsKingdom"])
def test_items_of_a_profile_need_no_i(text: str) -> None:
    assert TAGGER.tag(text, "bio").kept


@pytest.mark.parametrize(
    "text", ["Kayak rack and bike storage in the basement", "That closing was a marathon, not a sprint", "Chicken prices are up again"]
)
def test_amenities_idioms_and_prices_are_no_interests(text: str) -> None:
    assert not TAGGER.tag(text).kept


@pytest.mark.parametrize(("one", "other"), [("harmonica", "accordion"), ("cello", "viola"), ("banjo", "mandolin"), ("waffles", "pancakes")])
def test_neighbours_are_no_synonyms(one: str, other: str) -> None:
    first, second = tags(f"I love {one}"), tags(f"I love {other}")
    assert first
    assert second
    assert first.isdisjoint(second)


def test_labels_read_well_in_a_sentence() -> None:
    labels = {i.interest: i.label for text in ("I restore classic cars", "I love the San Francisco Giants") for i in TAGGER.tag(text).kept}
    assert labels == {"classics": "Classic cars", "san_francisco_giants": "San Francisco Giants"}


def test_ndjson_answers_each_line_and_survives_a_bad_one() -> None:
    lines = [
        '{"id": "1", "text": "I love jazz, I hate golf"}',
        "{oops",
        '{"id": "3", "text": ""}',
        '{"id": "4"}',
        '{"id": "5", "text": "Golf", "type": "tag"}',
    ]
    import json

    answers = [json.loads(line) for line in tag_ndjson(lines, TAGGER)]
    assert [a["id"] for a in answers] == ["1", None, "3", "4", "5"]
    assert [i["interest"] for i in answers[0]["interests"]] == ["jazz"]
    assert answers[1]["error"].startswith("line 2: ")
    assert answers[2] == {"id": "3", "interests": [], "denied": 0}
    assert answers[4]["interests"][0]["kind"] == "sports"


PIECES = st.sampled_from(
    [
        "I love jazz",
        "my husband",
        "hate",
        "not",
        "golf",
        "I am 34",
        ", and",
        ". ",
        "the Giants",
        "#SundayHike",
        "@bob",
        "fly-fishing",
        "church",
        "École",
        "💕",
        "we grew up in Ohio",
        "went to Reed College",
        "\n",
        "’s",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=12).map(" ".join) | st.text(max_size=60)
TYPES = st.sampled_from([None, "post", "like", "note", "bio", "education", "hometown", "position", "group"])


@settings(max_examples=150, deadline=None)
@given(TEXTS, TYPES)
def test_tags_point_into_the_text_and_never_at_a_protected_statement(text: str, type_: str | None) -> None:
    tagged = TAGGER.tag(text, type_)
    assert isinstance(tagged, Tagged)
    for interest in tagged.interests:
        assert 0 <= interest.start < interest.end <= len(text)
        assert not any(a < interest.end and interest.start < b for a, b in tagged.denied_spans)
        found = quote(text, interest.start, interest.end, tagged.denied_spans)
        assert found is not None
        assert found.start <= interest.start < interest.end <= found.end <= len(text)
        assert found.end - found.start <= max(LONGEST_QUOTE, interest.end - interest.start)
        assert not any(a < found.end and found.start < b for a, b in tagged.denied_spans)
    assert (tagged.denied > 0) == bool(tagged.denied_classes)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["I love jazz", "my friend", "hates", "golf", "and", "we have two dogs", ". ", ", ", "I grew up in Ohio", "Go Giants", "church"]
        ),
        max_size=8,
    ).map(" ".join)
)
def test_case_changes_nothing(text: str) -> None:
    def shape(t: str) -> list[tuple[str, bool, int, int]]:
        return [(i.interest, i.negated, i.start, i.end) for i in TAGGER.tag(t, "post").interests]

    assert shape(text) == shape(text.upper()) == shape(text.lower()) == shape(text.swapcase())


@pytest.mark.skipif(not FIXTURE.exists(), reason="the labelled sentences are not beside the checkout")
def test_the_labelled_sentences_are_tagged_as_readers_did() -> None:
    right = wrong = missed = protected = protected_found = 0
    with FIXTURE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            gold = {t if t == "film_tv" else t.partition("_")[0] for t in row["interest_tags"].split(",") if t}
            tagged = TAGGER.tag(row["sentence"])
            kinds = {i.kind for i in tagged.kept}
            right, wrong, missed = right + len(gold & kinds), wrong + len(kinds - gold), missed + len(gold - kinds)
            asked = {t for t in row["protected_tags"].split(",") if t}
            protected, protected_found = protected + len(asked), protected_found + len(asked & set(tagged.denied_classes))
    precision, recall = right / (right + wrong), right / (right + missed)
    assert 2 * precision * recall / (precision + recall) >= 0.92
    assert protected_found / protected >= 0.95


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*"abé'.,!?-# @\n:;x9", " ", "st.", "don't", "u.s. ", "I'm", " - ", "...", "(b)"]), max_size=25).map("".join)
)
@example("#aI'm")  # an apostrophe inside a hashtag of capitals
def test_the_short_way_through_plain_text_gives_the_same_words(text: str) -> None:
    page, alone = Page(["before", text, "behind."], frozenset()), words.split(text)
    first = int(page.bounds[1]) + 1
    assert page.spelled(first, int(page.bounds[2])) == alone.words
    for at, word in enumerate(alone.words):
        start, end = page.offsets(np.array([1]), np.array([first + at]), np.array([first + at]))
        assert word in (".", ",", "@") or (start[0], end[0]) == (alone.starts[at], alone.ends[at])


def test_many_texts_at_once_give_what_each_gives_alone() -> None:
    texts = ["I love jazz", "", "my wife", "and golf", "École of dance, #SundayHike", "not", "I hate", "Tacos", "we grew up in", "Ohio"]
    types = [None, "post", "note", None, "group", "post", None, "tag", "post", "hometown"]
    assert list(TAGGER.tag_all(texts, types)) == [TAGGER.tag(text, type_) for text, type_ in zip(texts, types, strict=True)]


def test_a_mention_where_nobody_else_acts_is_ones_own() -> None:
    assert "hockey" in tags("Beer league hockey at midnight, send coffee")
    assert not tags("Bears fired their coach Monday.")
    assert not tags("My neighbor plays hockey at midnight.")


def test_a_word_behind_a_title_is_somebodys_name() -> None:
    assert not tags("It is Ms. Porter, not Mr. Potter.")


def test_what_a_text_says_is_over_is_over_in_all_of_it() -> None:
    assert not tags("I love golf. Used to, anyway: not anymore.")


def test_a_picture_says_what_no_word_says_and_adorns_what_words_say() -> None:
    assert {"instruments", "baseball", "dogs"} <= tags("🎸⚾🐕‍🦺")
    assert "running" in tags("What a morning 🏃🏽‍♀️")
    assert tags("Chess again ✈️📚") == {"chess"}
    assert not tags("Proud of my daughter's team ⚽")
