"""Whose export it is: what the settings say of the team member, and what the export itself shows → one `Owner`."""

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from commonground.config import Agent
from commonground.sources.base import Visit
from commonground.sources.text import is_placeholder_name, split_name


@lru_cache(maxsize=65536)
def name_key(name: str) -> str:
    """First and last name without accents, case, credentials and what stands between: equal for one person's spellings."""
    given, _, family, _ = split_name(name)
    words = unicodedata.normalize("NFKD", f"{given} {family}").casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in words if not unicodedata.combining(letter)).split())


@dataclass(slots=True)
class Owner:
    """The owner of an export. `record_id` and `name` are found while reading; `agent_id` comes from the settings."""

    agent_id: str | None
    agents: list[Agent] = field(default_factory=list)
    name: str | None = None
    record_id: str | None = None
    url: str | None = None
    _keys: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, visit: Visit) -> "Owner":
        """The owner as the settings know them."""
        owner = cls(visit.owner, [agent for agent in visit.market.agents if agent.agent_id == visit.owner])
        owner._keys.update(name_key(agent.name) for agent in owner.agents)
        return owner

    def learn_name(self, name: str | None) -> None:
        """The export says what the owner is called."""
        if name and not is_placeholder_name(name):
            self.name = name
            self._keys.add(name_key(name))

    def is_called(self, name: str) -> bool:
        """Whether a name is the owner's."""
        return bool(name) and name_key(name) in self._keys

    def stamp(self) -> dict[str, Any]:
        """The columns that say that a person record is the team member."""
        return {"agent_id": self.agent_id, "owner_agent_id": self.agent_id}


def agent_at(urls: list[str], visit: Visit) -> str | None:
    """The team member who has one of these profile addresses in the settings."""
    known = {_plain(url): agent.agent_id for agent in visit.market.agents for url in agent.urls}
    return next((known[plain] for url in urls if (plain := _plain(url)) in known), None)


def _plain(url: str) -> str:
    return url.rpartition("://")[2].casefold().removeprefix("www.").rstrip("/")


def named(record_id: str, name: str, person_type: str = "person") -> dict[str, Any]:
    """The columns of a person record that is known by a display name; nobody's name makes it a placeholder."""
    given, middle, family, suffix = split_name(name)
    parts = {"given_name": given, "middle_name": middle, "family_name": family, "name_suffix": suffix}
    return {"record_id": record_id, "person_type": person_type, "full_name": name, **parts}
