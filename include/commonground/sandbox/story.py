"""What happens to the people: who knows whom, who has a need, what they love, and in which books each of them stands."""

from commonground.sandbox import phrases
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Need, Person, Town

AGENT_FEEDS = {
    "ana": {"linkedin": "linkedin_ana", "facebook": "facebook_ana"},
    "ben": {"linkedin": "linkedin_ben", "google": "google_ben"},
    "cleo": {"google": "google_cleo", "facebook": "facebook_cleo"},
}
# segment -> share of its people in the CRM, a phone book, Facebook, LinkedIn
VISIBLE = {
    "now": {"followupboss": 0.93, "google": 0.5, "facebook": 0.35, "linkedin": 0.35},
    "later": {"followupboss": 0.56, "google": 0.55, "facebook": 0.4, "linkedin": 0.4},
    "evangelist": {"followupboss": 0.36, "google": 0.75, "facebook": 0.6, "linkedin": 0.6},
    "unplaced": {"followupboss": 0.5, "google": 0.2, "facebook": 0.2, "linkedin": 0.5},
}
FEEDS_AT_MOST = 4


def tell(town: Town) -> None:
    """Fills in needs, relationships, friends, interests and visibility."""
    _needs(town, town.dice("needs"))
    _relationships(town, town.dice("relationships"))
    _friends(town, town.dice("friends"))
    _interests(town, town.dice("interests"))
    dice = town.dice("visibility")
    for person in town.persons:
        person.feeds = _feeds(person, dice)
    for john in (person for person in town.persons if person.name == "John Keller" and person.agent == "cleo"):
        john.feeds = (john.feeds - {"google_ben"}) | {"google_cleo", "facebook_cleo", "followupboss"}


def _needs(town: Town, dice: Dice) -> None:
    decided: dict[str, tuple[Need, int | None]] = {}
    for person in town.persons:
        if person.segment == "now":
            if person.household_id not in decided:
                how = _how(person, dice)
                side = "sell" if how in ("failed_listing", "seller") or (how == "stage" and person.is_owner) else "buy"
                since = town.ago(dice.number(4, 45) if how == "failed_listing" else dice.number(3, 20))
                decided[person.household_id] = (Need(how, side, since), dice.number(15, 150) if dice.chance(0.75) else None)
            person.need, person.transacts_within_days = decided[person.household_id]
        elif person.segment == "later" and person.household_id not in decided:
            if dice.chance(0.03):  # life surprises: they transact, and nothing showed it
                person.transacts_within_days = dice.number(60, 300)
            if person.is_owner and person.home and dice.chance(0.07):
                person.moved_on = person.home.bought_on = town.ago(dice.number(25, 330))
    by_id = {person.person_id: person for person in town.persons}
    for person in town.persons:
        if person.moved_on and person.partner_id:
            by_id[person.partner_id].moved_on = person.moved_on


def _how(person: Person, dice: Dice) -> str:
    if person.is_owner:
        return dice.weigh({"failed_listing": 0.5, "seller": 0.25, "open_house": 0.1, "stage": 0.15})
    return dice.weigh({"buyer": 0.65, "open_house": 0.2, "stage": 0.15})


def _relationships(town: Town, dice: Dice) -> None:
    has = {"evangelist": 1.0, "later": 0.45, "now": 0.5, "unplaced": 0.0}
    was_client = {"evangelist": 0.35, "later": 0.3, "now": 0.3, "unplaced": 0.0}
    for person in town.persons:
        segment = str(person.segment)
        person.has_relationship = dice.chance(has[segment])
        person.is_past_client = person.has_relationship and dice.chance(was_client[segment])
        if person.moved_on:
            person.is_past_client = True
        person.opted_out = not person.has_relationship and dice.chance(0.05)
        if dice.chance(0.12) and not person.wants_little_known:
            person.other_agents = [dice.pick([agent.agent_id for agent in town.agents if agent.agent_id != person.agent])]


def _friends(town: Town, dice: Dice) -> None:
    known = [person for person in town.persons if not person.wants_little_known]
    locals_of: dict[str, list[Person]] = {
        agent.agent_id: [p for p in known if p.is_local and p.agent == agent.agent_id] for agent in town.agents
    }
    all_locals = [person for person in known if person.is_local]
    for person in known:
        wanted = {"evangelist": dice.number(1, 4), "later": dice.number(1, 3), "now": dice.number(1, 3)}.get(str(person.segment), 0)
        for _ in range(wanted):
            near = locals_of[person.agent]
            friend = dice.pick(near) if near and dice.chance(0.75) else dice.pick(all_locals) if all_locals else person
            if friend.household_id != person.household_id:
                person.friends.add(friend.person_id)
                friend.friends.add(person.person_id)
        if person.partner_id:
            person.friends.add(person.partner_id)


def _interests(town: Town, dice: Dice) -> None:
    everything = {topic.label: (0.35 if topic.is_rare else 1.0) for topic in phrases.topics()}
    for person in town.persons:
        labels: list[str] = []
        if person.has_relationship and dice.chance(0.6):
            labels.append(dice.pick(town.agent(person.agent).topics))
        labels += [dice.weigh(everything) for _ in range(dice.number(0, 3))]
        # one person, one hometown
        places = [label for label in labels if phrases.topic(label).kind == "place"]
        labels = [label for label in dict.fromkeys(labels) if label not in places[1:] or label == places[0]]
        person.topics = [phrases.topic(label) for label in labels]


def _feeds(person: Person, dice: Dice) -> set[str]:
    own = AGENT_FEEDS[person.agent]
    if person.wants_little_known:
        return {dice.pick([own[key] for key in ("facebook", "linkedin") if key in own])}
    chosen: list[str] = []
    for source, share in VISIBLE[str(person.segment)].items():
        if source == "followupboss":
            chosen += [source] if dice.chance(share) else []
        else:
            holders = [person.agent, *person.other_agents]
            chosen += [AGENT_FEEDS[holder][source] for holder in holders if source in AGENT_FEEDS[holder] and dice.chance(share)]
    if not any(feed == "followupboss" or feed.startswith("google") for feed in chosen):
        chosen.append(own["google"] if "google" in own and dice.chance(0.9) else "followupboss")
    talks = ("followupboss", "facebook", "linkedin")
    if person.has_relationship and not any(feed.startswith(talks) for feed in chosen):
        chosen.append(own.get("facebook") or own["linkedin"] if dice.chance(0.85) else "followupboss")
    if person.need and person.need.how != "failed_listing" and "followupboss" not in chosen:
        chosen.insert(0, "followupboss")
    if person.has_relationship and dice.chance(0.14):
        chosen.append(dice.pick(["blog_comments", "neighbors_blog"]))
    books = [feed for feed in chosen if feed == "followupboss" or feed.startswith("google")]
    rest = [feed for feed in dict.fromkeys(chosen) if feed not in books]
    return set((books + dice.some(rest, len(rest)))[:FEEDS_AT_MOST])
