"""What the invented town is made of: plain records that the story fills in and the writers copy out."""

import datetime as dt
from dataclasses import dataclass, field

from commonground.sandbox.dice import Dice
from commonground.sandbox.gazetteer import Place
from commonground.sandbox.phrases import Topic


@dataclass
class Home:
    """A home in the service area. `unit` only in shared buildings; `parcel` is unique, a building's street number is not."""

    home_id: str
    number: int
    street: str
    suffix: str
    unit: str | None
    place: Place
    parcel: str
    latitude: float
    longitude: float
    bedrooms: int
    bathrooms: int
    square_feet: int
    year_built: int
    value: int
    bought_on: dt.date | None = None

    @property
    def line(self) -> str:
        """The street line written out."""
        return f"{self.number} {self.street} {self.suffix}" + (f" Unit {self.unit}" if self.unit else "")


@dataclass
class Need:
    """Why a household is about to transact: `how` is the clue the world leaves, `since` the day it began."""

    how: str  # failed_listing, buyer, seller, open_house, stage
    side: str  # sell or buy
    since: dt.date


@dataclass
class Person:
    """One person of the town, with the truth about them."""

    person_id: str
    given: str
    family: str
    household_id: str
    segment: str | None
    place: Place
    agent: str
    nickname: str | None = None
    former_family: str | None = None
    credentials: str | None = None
    emails: list[str] = field(default_factory=list)
    phone: str = ""
    home_phone: str | None = None
    street_line: str | None = None
    home: Home | None = None
    is_owner: bool = False
    employer: str | None = None
    title: str | None = None
    birthday: dt.date | None = None
    slug: str = ""
    website: str | None = None
    partner_id: str | None = None
    other_agents: list[str] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    need: Need | None = None
    moved_on: dt.date | None = None
    is_past_client: bool = False
    has_relationship: bool = False
    opted_out: bool = False
    wants_little_known: bool = False
    transacts_within_days: int | None = None
    shows_address: bool = False
    old_home: Home | None = None
    feeds: set[str] = field(default_factory=set)
    friends: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Full name as on the driving licence."""
        return f"{self.given} {self.family}"

    @property
    def is_local(self) -> bool:
        """Lives in the service area."""
        return self.place.is_local


@dataclass
class Agent:
    """A team member."""

    agent_id: str
    given: str
    family: str
    email: str
    phone: str
    mls_id: str
    user_id: int
    slug: str
    topics: list[str]
    about: list[str]

    @property
    def name(self) -> str:
        """Full name."""
        return f"{self.given} {self.family}"


@dataclass
class Word:
    """Something said by a person (or noted about them); it counts as told once a writer has set `feed`."""

    person_id: str
    agent: str
    carrier: str  # facebook, linkedin, text, call, email, note, tag, google_note, google_label, blog, profile
    at: dt.datetime
    text: str
    is_inbound: bool = True
    nature: str = "small_talk"  # interest, negated, family, denied, referral, whereabouts, need
    topic: Topic | None = None
    feed: str | None = None  # set by the writer that put it into an export


@dataclass
class Town:
    """Everything that is true, before anybody writes it down."""

    people_wanted: int
    seed: int
    as_of: dt.date
    agents: list[Agent]
    persons: list[Person] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    record_rows: list[tuple[str, str, str]] = field(default_factory=list)
    listing_rows: list[tuple[str, str | None, str]] = field(default_factory=list)
    noise: str = "usual"  # one of noise.LEVELS
    _heads: dict[str, Person] | None = None
    _words_by_person: dict[str, list[Word]] | None = None

    def dice(self, room: str) -> Dice:
        """Dice for one room of the town."""
        return Dice(self.seed, room)

    def ago(self, days: int) -> dt.date:
        """The day that many days before the town's today."""
        return self.as_of - dt.timedelta(days=days)

    def agent(self, agent_id: str) -> Agent:
        """The team member of that id."""
        return next(agent for agent in self.agents if agent.agent_id == agent_id)

    def words_of(self, person_id: str) -> list[Word]:
        """What a person said, or was noted about them, oldest first."""
        if self._words_by_person is None:
            self._words_by_person = {}
            for word in self.words:
                self._words_by_person.setdefault(word.person_id, []).append(word)
        return self._words_by_person.get(person_id, [])

    def household_head(self, person: Person) -> Person:
        """The first of a person's household, whose lines the others may share."""
        if self._heads is None:
            self._heads = {}
            for one in self.persons:
                self._heads.setdefault(one.household_id, one)
        return self._heads[person.household_id]

    def record(self, feed: str, record_id: str, person_id: str) -> None:
        """Notes which person a record of a feed is."""
        self.record_rows.append((feed, record_id, person_id))
