"""Circles that meet where two members' exports do: groups, events, places, employers, and what must never be one."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from commonground.network.weigh import weigh
from unit.network.handmade import TestNight, days_ago, make_night

ANAS, BENS = "facebook", "linkedin"  # the feeds of two members
HERE, THERE, FAR = (38.44, -122.71), (37.77, -122.42), (33.8, -118.2)
GROUND = {"open": "open", "restricted": "restricted", "nobody knows": None}


class Story:
    """Contacts `a1` of one feed and `b1` of another, and what they are in."""

    def __init__(self) -> None:
        self.people: dict[str, tuple[str, str | None]] = {}
        self.said: list[dict[str, Any]] = []
        self.evidence: list[dict[str, Any]] = []

    def is_in(self, kind: str, who: str, feed: str, name: str, ground: str | None = "open", **more: Any) -> None:
        """Somebody is in a group, at an event, or at a place (`lat_lon`)."""
        self.people.setdefault(who, (feed, None))
        key = f"{kind}{len(self.said)}"
        latitude, longitude = more.pop("lat_lon", (None, None))
        row = {"record_id": key, "feed": feed, "author_ref": who, "utterance_type": kind, "text": name, "is_self_stated": True}
        row |= {"thread_id": f"{kind}:{name}", "occurred_at": days_ago(30), "latitude": latitude, "longitude": longitude}
        self.said.append(row | more)
        if ground:
            self.evidence.append({"contact_id": who, "subject": "self", "feed": feed, "record_id": key, "policy_class": ground})

    def at(self, who: str, feed: str, place: str, lat_lon: tuple[float, float] = HERE, **more: Any) -> None:
        self.is_in("checkin", who, feed, more.pop("text", f"At {place}"), None, thread_id=None, place_name=place, lat_lon=lat_lon)

    def works(self, who: str, feed: str, employer: str) -> None:
        self.people[who] = (feed, employer)

    def told(self, night: TestNight) -> TestNight:
        """The night with all of it, weighed."""
        sources = {ANAS: "facebook", BENS: "linkedin", "book": "followupboss"}
        identities = [{"contact_id": "ana", "feed": "book", "record_id": "ana", "source": "followupboss", "is_agent": True}]
        identities += [
            {"contact_id": who, "feed": feed, "record_id": who, "source": sources[feed]} for who, (feed, _) in self.people.items()
        ]
        night.fill("contact_identities", identities)
        names = [row["contact_id"] for row in identities]
        night.fill("contact_profiles", [
            {"contact_id": one, "is_organization": False, "emails": [], "phones": [], "in_service_area": one.startswith("b")}
            for one in names
        ])  # fmt: skip
        night.fill("person", [
            {"record_id": who, "feed": feed, "source": sources[feed], "person_type": "person", "full_name": who, "employer": employer}
            for who, (feed, employer) in self.people.items()
        ])  # fmt: skip
        night.fill("utterance", self.said)
        night.fill("interest_evidence", self.evidence)
        weigh(night.engine)
        return night


def the_story() -> Story:
    story = Story()
    group, event = ("group", "a", "b"), ("event", "a", "b")
    for number, (what, name, ground) in enumerate((
        (group, "Russian River Fly Fishers", "open"), (group, "Book Club", "open"), (group, "Neighbors of Oak Street", None),
        (group, "Navy Veterans Fishing Club", "restricted"), (event, "Creek Cleanup Day", "open"), (event, "Alumni Reunion Dinner", "restricted"),
    )):  # fmt: skip
        kind, one, other = what
        story.is_in(kind, f"{one}{number}", ANAS, name, ground)
        story.is_in(kind, f"{other}{number}", BENS, name.upper() + "!", ground)
    story.evidence.append(story.evidence[-1] | {"policy_class": "open", "record_id": "group7"})  # a veterans' club that fishes, too
    story.is_in("event", "a7", ANAS, "Plaza Concert Series", occurred_at=days_ago(10))
    story.is_in("event", "b7", BENS, "Plaza Concert Series", occurred_at=days_ago(380))
    for number in (1, 2):  # two groups of one name in one export: which of them the other member's is, nobody knows
        story.is_in("group", f"a8{number}", ANAS, "Sonoma Backyard Chickens", thread_id=f"chickens{number}")
    story.is_in("group", "b8", BENS, "Sonoma Backyard Chickens")
    places = ("Brickyard Coffee", "First Baptist Church", "Brenthow Tillmark", "VFW Post 1234")
    for number, place in enumerate(places, start=10):
        story.at(f"a{number}", ANAS, place, text="Coffee!")
        story.at(f"b{number}", BENS, place.upper())
    story.at("a20", ANAS, "Corner Coffee", HERE)
    story.at("b20", BENS, "Corner Coffee", THERE)
    for number, spot in enumerate((HERE, HERE, THERE, FAR)):
        story.at(f"{'ab'[number % 2]}2{number + 1}", (ANAS, BENS)[number % 2], "Ubiquitous Coffee", spot)
    employers = (
        "Whitlock Orchards, Inc.",
        "St. Mary's Church",
        "Montgomery High School",
        "United States Navy",
        "Self-employed",
        "SEIU Local 1021",
    )
    for number, employer in enumerate(employers, start=30):
        story.works(f"a{number}", "book", employer)
        story.works(f"b{number}", BENS, employer.upper())
    for number in range(40):
        story.works(f"b4{number:03}", (BENS, "book")[number % 2], "County of Sonoma")
    return story


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestNight]:
    night = the_story().told(make_night(tmp_path_factory.mktemp("circles")))
    yield night
    night.engine.con.close()


def tied(night: TestNight, src: str, dst: str) -> str | None:
    """Why the two are tied, if they are; both ways alike."""
    there = night.rows(f"SELECT strength, evidence_text FROM ties WHERE src = '{src}' AND dst = '{dst}'")
    back = night.rows(f"SELECT strength, evidence_text FROM ties WHERE src = '{dst}' AND dst = '{src}'")
    assert there == back
    return there[0][1] if there else None


@pytest.mark.parametrize(
    ("src", "dst", "why"),
    [
        ("a0", "b0", "a shared group (2 people, in facebook and linkedin)"),
        ("a4", "b4", "a shared event (2 people, in facebook and linkedin)"),
        ("a10", "b10", "a shared place (2 people, in facebook and linkedin)"),
        ("a30", "b30", "a shared employer (2 people, in book and linkedin)"),
    ],
)
def test_what_stands_in_two_members_exports_ties_and_the_evidence_says_in_which(told: TestNight, src: str, dst: str, why: str) -> None:
    assert tied(told, src, dst) == why


@pytest.mark.parametrize(
    ("src", "dst"),
    [
        pytest.param("a1", "b1", id="a name that any group may have"),
        pytest.param("a7", "b7", id="the same event a year before"),
        pytest.param("a81", "b8", id="one of two groups of that name"),
        pytest.param("a81", "a82", id="two groups of one name in one export"),
        pytest.param("a12", "b12", id="a place of which nobody knows what it is"),
        pytest.param("a20", "b20", id="another town"),
        pytest.param("a21", "b22", id="a chain"),
        pytest.param("a34", "b34", id="no employer at all"),
        pytest.param("b4000", "b4001", id="half the town's employer"),
    ],
)
def test_what_only_looks_shared_is_no_tie(told: TestNight, src: str, dst: str) -> None:
    assert tied(told, src, dst) is None


@pytest.mark.parametrize(
    ("src", "dst"),
    [
        pytest.param("a2", "b2", id="a group of which nobody knows what it is about"),
        pytest.param("a3", "b3", id="veterans, even if they fish"),
        pytest.param("a5", "b5", id="alumni"),
        pytest.param("a11", "b11", id="a church, whatever they drink there"),
        pytest.param("a13", "b13", id="a veterans' post"),
        pytest.param("a31", "b31", id="a church as an employer"),
        pytest.param("a32", "b32", id="a school as an employer"),
        pytest.param("a33", "b33", id="the navy as an employer"),
        pytest.param("a35", "b35", id="a union as an employer"),
    ],
)
def test_protected_ground_adds_nothing_to_strength_or_reach(told: TestNight, src: str, dst: str) -> None:
    assert tied(told, src, dst) is None
    assert told.rows(f"SELECT * FROM reach WHERE contact_id = '{src}'") == []


def test_no_name_of_a_circle_stands_in_the_evidence(told: TestNight) -> None:
    texts = " ".join(text for (text,) in told.rows("SELECT evidence_text FROM ties")).lower()
    assert not any(word in texts for word in ("fishers", "creek", "brickyard", "whitlock"))


def test_the_same_talk_in_two_members_exports_is_one(tmp_path) -> None:
    nights = []
    for feeds in ((ANAS,), (ANAS, BENS)):
        night = make_night(tmp_path / str(len(feeds)))
        rows = [{"contact_id": who, "feed": feed, "record_id": who, "source": feed} for who in "xyz" for feed in feeds]
        night.fill("contact_identities", rows)
        night.fill("contact_profiles", [{"contact_id": who, "is_organization": False, "emails": [], "phones": []} for who in "xyz"])
        night.fill("utterance", [
            {"record_id": f"{feed}{who}", "feed": feed, "author_ref": who, "utterance_type": "message", "text": "hi", "is_self_stated": True,
             "occurred_at": days_ago(5), "thread_id": f"talk in {feed}"}
            for feed in feeds for who in "xyz"
        ])  # fmt: skip
        weigh(night.engine)
        nights.append(night.rows("SELECT src, dst, strength FROM ties ORDER BY ALL"))
        night.engine.con.close()
    assert nights[0] == nights[1] and len(nights[0]) == 6


def test_circles_of_twenty_thousand_cost_little_and_tie_nobody(tmp_path) -> None:
    story, crowd = Story(), 20_000
    for number in range(crowd):
        who = f"b{number}"
        story.works(who, "book", "Vast Orchards")
        said = {"feed": "book", "author_ref": who, "is_self_stated": True, "occurred_at": days_ago(5), "text": "hello all of you"}
        story.said.append(said | {"record_id": f"m{number}", "utterance_type": "message", "thread_id": "everybody"})
        story.said.append(said | {"record_id": f"g{number}", "utterance_type": "group", "thread_id": "fans"})
        story.said.append(said | {"record_id": f"c{number}", "utterance_type": "checkin", "place_name": "Vast Coffee"})
        story.evidence.append({"contact_id": who, "subject": "self", "feed": "book", "record_id": f"g{number}", "policy_class": "open"})
    began = time.monotonic()
    night = story.told(make_night(tmp_path))
    assert night.rows("SELECT count(*) FROM ties") == [(0,)]
    assert night.rows("SELECT count(*) FROM circle_members") == [(4 * crowd,)]
    night.engine.con.close()
    assert time.monotonic() - began < 60  # pairs would be 200 million
