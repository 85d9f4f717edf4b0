"""The team itself: `market.yaml` → a person record for each team member, and what they say of themselves as utterances."""

from collections.abc import Iterator
from pathlib import Path

from commonground.errors import UnreadableError
from commonground.sources.base import Item, Page, Record, Source, Visit


class Team(Source):
    """Our own settings, read like any other feed, so that agents are known wherever they turn up."""

    name = "team"
    family = "contacts"
    is_api = True
    expected_kinds = ("person",)
    is_complete = True
    largest_drop = 1.0  # nobody but the team writes its settings

    def fetch(self, visit: Visit) -> Iterator[Page]:
        """One page: the agents of the market."""
        yield Page("agents", "market.yaml", [agent.model_dump() for agent in visit.market.agents])

    def read(self, path: Path, visit: Visit) -> Iterator[Item]:
        """Raises `UnreadableError`: the team is no file."""
        raise UnreadableError(f"{path}: the team is read from market.yaml, not from an export")

    def conform(self, page: Page, visit: Visit) -> Iterator[Item]:
        """A person per agent, an utterance per sentence in `about`."""
        for agent in page.body:
            given, _, family = agent["name"].rpartition(" ")
            yield Record(
                "person",
                {
                    "record_id": agent["agent_id"],
                    "agent_id": agent["agent_id"],
                    "owner_agent_id": agent["agent_id"],
                    "person_type": "person",
                    "full_name": agent["name"],
                    "given_name": given or family,
                    "family_name": family if given else None,
                    "emails": agent["emails"],
                    "phones": agent["phones"],
                    "urls": agent["urls"],
                    "source_file": "market.yaml",
                },
            )
            for number, sentence in enumerate(agent["about"], start=1):
                yield Record(
                    "utterance",
                    {
                        "record_id": f"{agent['agent_id']}:about:{number}",
                        "author_ref": agent["agent_id"],
                        "utterance_type": "bio",
                        "text": sentence,
                        "is_self_stated": True,
                        "source_file": "market.yaml",
                    },
                )
