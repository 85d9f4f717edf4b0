"""Who somebody is by age, sex, family, marriage or orientation is counted, never tagged or quoted; what only sounds like it is not counted."""

import pytest

from commonground.interests.evidence import quote
from commonground.interests.tagger import Tagger

TAGGER = Tagger()

AGES = [
    "I'll be fifty-three on Tuesday.",
    "We're in our late seventies and still square dance.",
    "Proud Gen Xer with a box of cassettes.",
    "I qualify for Medicare next spring.",
    "I'm pushing sixty and still skateboard.",
    "At 66 I finally learned to swim.",
    "I am a high school sophomore who loves robotics.",
    "Old geezer with a metal detector.",
    "Buyer is 72, downsizing from the farm.",
    "Happy birthday to me, the big 4-0!!",
    "Seniors Who Ski",
    "Another trip around the sun, hello 38.",
    "I can't vote yet but I knock on doors.",
    "Our class of '84 reunion had a polka band.",
    "42 looks good on me, apparently.",
    "senior pics tomorrow and my bangs are crooked",
    "b. 1987. Luthier.",
    "fit over 60 and loving it",
    "Sr. couple, wants one level",
    "Hello forties, be gentle.",
    "Took the PSAT and then a nap.",
    "Got carded at 43, best day ever.",
    "Fabulous forties? No, flirty thirties.",
]
NO_AGES = [
    "My house was built in 1925 and creaks.",
    "My 12 year old beagle sleeps all day.",
    "I turned 40 acres into a Christmas tree farm.",
    "I'm number 12 on the waiting list.",
    "I teach fifth grade and coach chess.",
    "I'm a senior analyst at a bank.",
    "I love music from the eighties.",
    "I read young adult fiction by the stack.",
    "Roof is 20 years old, wants a credit.",
    "I've been quilting since I was a kid.",
    "I work at the senior center front desk.",
    "75 and sunny.",
    "Class of three in the pottery studio.",
    "I deliver meals to seniors on Mondays.",
    "Officially 40 degrees, grilling anyway.",
    "Level 9 of the parking garage again.",
    "Senior night at the ballpark had fireworks.",
]
SEXES = [
    "I am a woman in construction.",
    "Just a dude with a smoker and a dream.",
    "he/him, trombone, trains",
    "I'm nonbinary and I play the harp.",
    "I'm the only lady on the road crew.",
    "Women's Cycling Collective",
    "Guys Who Bake",
    "My mother raised me to be a lady and it did not take.",
    "Male nurse, drummer, amateur baker.",
    "Husband. Hunter. Handyman.",
    "Lady welder.",
    "Client is a woman who runs a forge.",
    "guy with too many banjos",
    "Prairie girl with a loom",
    "Boys weekend at the cabin, one bathroom.",
    "she/they/sleepy, poet with a very old cat",
    "the cashier called me ma'am twice",
]
NO_SEXES = [
    "Man, this traffic is unreal.",
    "The cable guy never showed.",
    "I love the Golden Girls.",
    "I built a man cave in the basement.",
    "Girl Scout cookies are my weakness.",
    "A woman at the gym taught me to squat.",
    "Police are looking for a man in a red hat.",
    "Thanks, Mom, for the quilt.",
    "I follow women's basketball.",
    "Nice lady at the title office.",
    "Granny Smith apples make the best pie.",
    "Beach Boys Tribute Band",
    "Guy wire on the mast came loose.",
]
MARRIAGES = [
    "The missus and I like to polka.",
    "We tied the knot on a ferry.",
    "I'm on Hinge and it's a zoo.",
    "Recently separated, learning to cook.",
    "Married 31 years. Fly fishing. Opinions.",
    "My other half runs marathons.",
    "Wife works from home, needs an office.",
    "GF will co-sign.",
    "Singles Over 40 Meetup",
    "Looking for love in Lubbock.",
    "I've been divorced twice and I'm fine.",
    "Happily unattached and staying that way.",
    "his better half wants a porch",
    "bf on lease, she is not",
    "Hitched 2016, still arguing about thermostats.",
    "together since sophomore year, still laughing",
    "first date tonight, what do I do with my hands",
    "H/W both on title",
    "They called off the wedding, I kept the cake.",
]
NO_MARRIAGES = [
    "I hit a single in the ninth.",
    "I'm married to my job.",
    "My business partner and I own a bakery.",
    "A black widow spider lives in my shed.",
    "Engaged citizens of Ward 3",
    "Lord of the Rings marathon.",
    "Carbon dating is my field.",
    "A marriage of jazz and funk.",
    "The layers separated.",
    "That photo was taken by my sister.",
    "Needs a mother-in-law suite.",
    "Every. Single. Time.",
    "I married two quilt patterns and it worked.",
    "I have been married to this spreadsheet for a week.",
    "Half the bikes are mine, the other half are rentals.",
    "My favorite rerun tonight: watching Married with Children.",
    "Split from the pack at mile six.",
]
FAMILIES = [
    "I've got five kids and one bathroom.",
    "I'm due in March with number three.",
    "I never wanted kids.",
    "My oldest just got her license.",
    "Twins on the way!",
    "It's a girl!!!",
    "Daughter at UGA, wants a condo near campus.",
    "Expecting in the fall, closing before then.",
    "Shared custody, needs three bedrooms.",
    "Homeschool Families of Utah",
    "Empty nesters with a camper.",
    "Three under five at our house.",
    "mother to four, grandmother to nine",
    "Daycare called, fever again.",
    "Drop off line took forty minutes.",
    "Expecting #3 in April, loud house, loud drums",
    "raising four tiny humans and a lemon tree",
    "Our first little one arrives in May!",
    "My youngest lost her front tooth at bingo.",
    "hh of 6, wants two baths",
    "Dtr handles paperwork",
    "38 weeks and my belly has its own zip code",
    "baby's first fair and she slept",
    "Both boys made varsity, send snacks.",
]
NO_FAMILIES = [
    "My dog is my baby.",
    "I'm the youngest of five.",
    "I teach kids to swim.",
    "We went to the Twins game.",
    "We're expecting snow.",
    "My cat is pregnant.",
    "We adopted two kittens.",
    "My mom taught me to bake.",
    "Family game night with my cousins.",
    "My seedlings are my children.",
    "Nursing school is hard.",
    "My tomatoes are my babies.",
    "Puppy daycare sent me a video.",
    "The daughter company moved to Omaha.",
    "36 weeks of rehearsal for one concert.",
    "Mother, 82, will move in with them.",
    "I teach kindergarten art.",
]
ORIENTATIONS = [
    "I came out at 30.",
    "Queer gardener in Boise.",
    "I am attracted to men and women.",
    "I'm pan and proud.",
    "We marched at Pride.",
    "I lived in the closet for 20 years.",
    "Ace and aro, ask me about dragons.",
    "She and her wife are first time buyers.",
    "I swing both ways.",
    "I'm straight, but I love drag shows.",
    "Rainbow Families of Austin",
    "Not straight, not sorry.",
    "came out to my grandma over pie",
    "Gaymer, baker, night owl.",
    "Soft butch, hard cider.",
    "two grooms, one very long toast",
]
NO_ORIENTATIONS = [
    "I drove straight home.",
    "Pride and Prejudice is my comfort read.",
    "My garden is my pride and joy.",
    "The gay nineties exhibit at the museum.",
    "Ace Hardware has the best popcorn.",
    "I use a cast iron pan.",
    "Bi-level with a big yard.",
    "My new album came out in May.",
    "Rainbow trout on the fly.",
    "Drag racing all weekend.",
    "Queer Eye is my comfort show.",
    "Gay Street Bridge at sunset.",
    "She came out to look at the gutters.",
    "Butch Cassidy is my favorite western.",
]
STATED = {"age": AGES, "sex": SEXES, "marital": MARRIAGES, "family": FAMILIES, "orientation": ORIENTATIONS}
ALIKE = {"age": NO_AGES, "sex": NO_SEXES, "marital": NO_MARRIAGES, "family": NO_FAMILIES, "orientation": NO_ORIENTATIONS}


def pairs(texts: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(class_, text) for class_, all_texts in texts.items() for text in all_texts]


@pytest.mark.parametrize(("class_", "text"), pairs(STATED))
def test_who_somebody_is_is_counted_however_it_is_said(class_: str, text: str) -> None:
    assert class_ in TAGGER.tag(text).denied_classes


@pytest.mark.parametrize(("class_", "text"), pairs(ALIKE))
def test_what_only_sounds_like_it_is_not_counted(class_: str, text: str) -> None:
    assert class_ not in TAGGER.tag(text).denied_classes


@pytest.mark.parametrize(("class_", "text"), pairs(STATED))
def test_neither_tags_nor_quotes_hold_who_somebody_is(class_: str, text: str) -> None:
    tagged = TAGGER.tag(text)
    for interest in tagged.kept:
        quoted = quote(text, interest.start, interest.end, tagged.denied_spans)
        held = [(interest.start, interest.end)] + ([(quoted.start, quoted.end)] if quoted else [])
        assert not any(a < end and start < b for a, b in held for start, end in tagged.denied_spans)


def test_a_word_for_a_man_or_a_woman_with_children_says_both() -> None:
    assert {"family", "sex"} <= set(TAGGER.tag("Tired dad of three.").denied_classes)
    assert "sex" not in TAGGER.tag("My wife and our two girls are my world.").denied_classes


def test_what_somebody_loves_is_kept_beside_who_they_are() -> None:
    assert "music" in {i.kind for i in TAGGER.tag("I am a man and I play the cello.").kept}
