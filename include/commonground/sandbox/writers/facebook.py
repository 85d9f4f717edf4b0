"""Facebook networks of two agents → "Download your information" JSON folders, with Facebook's own way of garbling UTF-8."""

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

from commonground.sandbox import phrases
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Agent, Person, Town
from commonground.sandbox.noise import as_known
from commonground.sources.text import stable_id

GROUPS = {
    "ana": [
        "Sonoma State Alumni",
        "Russian River Fly Fishers",
        "North Bay Navy Veterans",
        "Santa Rosa Neighbors",
        "California Native Plant Gardeners",
    ],
    "cleo": [
        "Zydeco Dancers of Northern California",
        "New Orleans Expats West",
        "Santa Rosa Neighbors",
        "Backyard Chickens of Sonoma County",
    ],
}
PAGES = {
    "ana": ["SFJAZZ", "Noir City Film Festival", "Cal Trout", "Out of the Past (film)"],
    "cleo": ["Clifton Chenier", "Preservation Hall", "Louise Penny", "The Great British Bake Off"],
}
PLACES = (("Railroad Square", 38.4379, -122.7203), ("Howarth Park", 38.4546, -122.6687), ("Petaluma Riverwalk", 38.2340, -122.6390))


def write_facebook(town: Town, folder: Path) -> None:
    """Writes the folders `ana_facebook` and `cleo_facebook`."""
    for agent_id in ("ana", "cleo"):
        _Export(town, town.agent(agent_id), folder / f"{agent_id}_facebook").write()


class _Export:
    def __init__(self, town: Town, agent: Agent, folder: Path) -> None:
        self.town, self.agent, self.folder = town, agent, folder
        self.feed = f"facebook_{agent.agent_id}"
        self.dice = town.dice(self.feed)
        self.network = [person for person in town.persons if self.feed in person.feeds]
        self.shown = {person.person_id: _display_name(as_known(town, person, self.feed), self.dice) for person in self.network}
        self.owners: dict[str, Person] = {}  # display name -> the one friend who can be meant by it
        self.activity = "your_facebook_activity"

    def write(self) -> None:
        """All files of the export."""
        self.town.record(self.feed, stable_id(self.agent.name), self.agent.agent_id)
        self._friends()
        self._profile()
        self._threads()
        self._group_threads()
        self._posts()
        self._comments_and_likes()
        self._memberships()

    def _friends(self) -> None:
        rows: list[dict[str, Any]] = []
        times = Counter(self.shown.values())
        seen: set[str] = set()
        for person in self.dice.some(self.network, len(self.network)):
            name, stamp = self.shown[person.person_id], self._stamp(self.dice.number(430, 4700))
            self.town.record(self.feed, stable_id(name, stamp) if name in seen else stable_id(name), person.person_id)
            seen.add(name)
            if times[name] == 1:
                self.owners[name] = person
            rows.append({"name": name, "timestamp": stamp})
        self._save("connections/friends/your_friends.json", {"friends_v2": rows})

    def _profile(self) -> None:
        agent = self.agent
        school = {"ana": "Sonoma State University", "cleo": "University of Louisiana at Lafayette"}[agent.agent_id]
        hometown = {"ana": "Sebastopol, California", "cleo": "New Orleans, Louisiana"}[agent.agent_id]
        profile = {
            "name": {"full_name": agent.name, "first_name": agent.given, "last_name": agent.family},
            "emails": {"emails": [agent.email]},
            "current_city": {"name": "Santa Rosa, California"},
            "hometown": {"name": hometown},
            "education_experiences": [{"name": school, "school_type": "College", "graduated": True, "concentrations": ["Business"]}],
            "work_experiences": [{"employer": "Whitlock Team Realty", "title": "Realtor"}],
        }
        self._save("personal_information/profile_information/profile_information.json", {"profile_v2": profile})

    def _threads(self) -> None:
        for name, person in self.owners.items():
            words = [
                word for word in self.town.words_of(person.person_id) if word.carrier == "facebook" and word.agent == self.agent.agent_id
            ]
            for word in words:
                word.feed = self.feed
            if words:
                said = [(name if word.is_inbound else self.agent.name, word.at, word.text) for word in words]
                self._thread(f"friend_{person.person_id}", name, [name, self.agent.name], said)
        lost = [("Facebook user", self.dice.moment(self.town.ago(800)), "Are you still selling in Cotati?")]
        self._thread("facebookuser_0001", "Facebook user", ["Facebook user", self.agent.name], lost)

    def _group_threads(self) -> None:
        """Circles of friends that the agent is in: the only place where an export shows that two of them know each other."""
        people = {person.person_id: name for name, person in self.owners.items()}
        for number, person in enumerate([one for one in self.owners.values() if one.has_relationship][::7]):
            circle = [friend for friend in sorted(person.friends) if friend in people][: self.dice.number(1, 4)]
            if not circle:
                continue
            names = [people[one] for one in (person.person_id, *circle)] + [self.agent.name]
            start = self.dice.moment(self.town.ago(self.dice.number(10, 500)))
            said = [
                (self.dice.pick(names), start + dt.timedelta(minutes=11 * turn), self.dice.pick(phrases.TALK["small_talk_in"]))
                for turn in range(self.dice.number(5, 12))
            ]
            said += [(name, start + dt.timedelta(minutes=200 + turn), "Count me in.") for turn, name in enumerate(names)]
            self._thread(f"circle_{number:04d}", self.dice.pick(["The old street", "Saturday crew", "Potluck"]), names, said)

    def _thread(self, slug: str, title: str, participants: list[str], said: list[tuple[str, dt.datetime, str]]) -> None:
        messages = [
            {"sender_name": sender, "timestamp_ms": int(at.timestamp() * 1000), "content": text, "is_geoblocked_for_viewer": False}
            for sender, at, text in sorted(said, key=lambda one: one[1], reverse=True)
        ]
        thread = {
            "participants": [{"name": name} for name in participants],
            "messages": messages,
            "title": title,
            "is_still_participant": True,
            "thread_path": f"inbox/{slug}",
            "magic_words": [],
        }
        self._save(f"{self.activity}/messages/inbox/{slug}/message_1.json", thread)

    def _posts(self) -> None:
        rows: list[dict[str, Any]] = []
        said = [text for label in self.agent.topics for text in self.dice.some(phrases.topic(label).says, 1)]
        for text in (*said, *phrases.TALK["town_posts"]):
            stamp = self._stamp(self.dice.number(5, 700))
            row: dict[str, Any] = {"timestamp": stamp, "title": f"{self.agent.name} updated her status.", "data": [{"post": text}]}
            if text in phrases.TALK["town_posts"][:3]:
                name, latitude, longitude = self.dice.pick(PLACES)
                place = {"name": name, "coordinate": {"latitude": latitude, "longitude": longitude}, "address": "Santa Rosa, CA"}
                row["attachments"] = [{"data": [{"place": place}]}]
            rows.append(row)
        self._save(
            f"{self.activity}/posts/your_posts__check_ins__photos_and_videos_1.json", sorted(rows, key=lambda row: -int(row["timestamp"]))
        )

    def _comments_and_likes(self) -> None:
        comments, likes = [], []
        for name, person in self.owners.items():
            for _ in range(self.dice.number(0, 3) if person.has_relationship else 0):
                stamp, text = self._stamp(self.dice.number(8, 600)), self.dice.pick(phrases.TALK["small_talk_out"])
                title = f"{self.agent.name} commented on {name}'s post."
                comment = {"timestamp": stamp, "comment": text, "author": self.agent.name}
                comments.append({"timestamp": stamp, "data": [{"comment": comment}], "title": title})
            if self.dice.chance(0.5 if person.has_relationship else 0.05):
                stamp = self._stamp(self.dice.number(8, 900))
                reaction = {"reaction": self.dice.pick(["LIKE", "LOVE", "WOW"]), "actor": self.agent.name}
                likes.append({"timestamp": stamp, "data": [{"reaction": reaction}], "title": f"{self.agent.name} likes {name}'s post."})
        folder = f"{self.activity}/comments_and_reactions"
        self._save(f"{folder}/comments.json", {"comments_v2": comments})
        self._save(f"{folder}/likes_and_reactions_1.json", likes)

    def _memberships(self) -> None:
        agent = self.agent
        groups = [
            {"timestamp": self._stamp(self.dice.number(100, 2500)), "title": f"You became a member of {name}.", "data": [{"name": name}]}
            for name in GROUPS[agent.agent_id]
        ]
        pages = [
            {"name": name, "timestamp": self._stamp(self.dice.number(100, 2500)), "url": f"https://www.facebook.com/{stable_id(name)}"}
            for name in PAGES[agent.agent_id]
        ]
        start = self._stamp(40)
        events = [
            {"name": name, "start_timestamp": start, "end_timestamp": start + 7200}
            for name in ("Creek Cleanup Day", "Plaza Concert Series")
        ]
        self._save(f"{self.activity}/groups/your_group_membership_activity.json", {"groups_joined_v2": groups})
        self._save(f"{self.activity}/pages/pages_you've_liked.json", {"page_likes_v2": pages})
        responses = {"events_joined": events, "events_declined": [], "events_interested": []}
        self._save(f"{self.activity}/events/your_event_responses.json", {"event_responses_v2": responses})

    def _stamp(self, days: int) -> int:
        return int(self.dice.moment(self.town.ago(days)).timestamp())

    def _save(self, path: str, content: Any) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(garble(content), indent=1), encoding="ascii")


def garble(value: Any) -> Any:
    """What Facebook does to texts: each byte of their UTF-8 becomes a character of its own."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8").decode("latin-1")
    if isinstance(value, dict):
        return {garble(key): garble(item) for key, item in value.items()}
    return [garble(item) for item in value] if isinstance(value, list) else value


def _display_name(person: Person, dice: Dice) -> str:
    given = person.nickname if person.nickname and dice.chance(0.35) else person.given
    return f"{given} {person.family}"
