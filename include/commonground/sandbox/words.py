"""Who says what, where and when: the story's people and their feeds → `Word`s, the raw matter of every export."""

import datetime as dt

from commonground.sandbox import phrases
from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Person, Town, Word
from commonground.sandbox.story import AGENT_FEEDS

SPOKEN = ("facebook", "linkedin", "text", "blog")  # the person's own words
CARRIERS = {"facebook": 3.0, "linkedin": 2.0, "text": 1.5, "blog": 4.0, "note": 2.5, "tag": 1.5, "google_note": 1.5, "google_label": 1.0}


def speak(town: Town) -> None:
    """Adds every word of every person to the town, oldest first."""
    dice = town.dice("words")
    for person in town.persons:
        carriers = _carriers(person)
        _conversation(town, person, carriers, dice)
        _interests(town, person, carriers, dice)
        _traps(town, person, carriers, dice)
    town.words.sort(key=lambda word: (word.at, word.person_id, word.text))


def _carriers(person: Person) -> dict[str, str]:
    """Carrier -> the agent who holds it."""
    found: dict[str, str] = {}
    for agent in (person.agent, *person.other_agents):
        feeds = AGENT_FEEDS[agent]
        for source in ("facebook", "linkedin"):
            if feeds.get(source) in person.feeds:
                found.setdefault(source, agent)
        if feeds.get("google") in person.feeds:
            found.setdefault("google_note", agent)
            found.setdefault("google_label", agent)
    if "followupboss" in person.feeds:
        found |= dict.fromkeys(("text", "call", "note", "tag"), person.agent)
    if person.feeds & {"blog_comments", "neighbors_blog"}:
        found["blog"] = person.agent
    return found


def _conversation(town: Town, person: Person, carriers: dict[str, str], dice: Dice) -> None:
    channels: list[str] = [carrier for carrier in ("facebook", "linkedin", "text", "call") if carrier in carriers]
    if not channels:
        return
    if not person.has_relationship:
        if dice.chance(0.35):  # one hello that nobody answered
            carrier = dice.pick([channel for channel in channels if channel != "call"])
            _say(town, person, carriers, carrier, dice.number(120, 900), dice.pick(phrases.TALK["small_talk_out"]), dice, is_inbound=False)
        return
    latest = dice.number(4, 120)
    for turn in range(dice.number(5, 16)):
        days = latest + (turn and dice.number(1, 420))
        is_inbound = dice.chance(0.55)
        text = dice.pick(phrases.TALK["small_talk_in"] if is_inbound else phrases.TALK["small_talk_out"])
        _say(town, person, carriers, dice.pick(channels), days, text, dice, is_inbound=is_inbound)
    for carrier in ("blog",) if "blog" in carriers else ():
        _say(town, person, carriers, carrier, dice.number(3, 200), dice.pick(phrases.TALK["blog_talk"]), dice)
    spoken = [channel for channel in channels if channel != "call"]
    knows_address = "followupboss" in person.feeds or any(feed.startswith("google") for feed in person.feeds)
    if spoken and not person.is_local and (not knows_address or dice.chance(0.12)):
        text = dice.pick(phrases.TALK["whereabouts"]).format(city=person.place.city, state=person.place.state)
        _say(town, person, carriers, dice.pick(spoken), dice.number(10, 300), text, dice, nature="whereabouts")
    if spoken and person.segment == "evangelist" and dice.chance(0.2):
        _say(town, person, carriers, dice.pick(spoken), dice.number(5, 300), dice.pick(phrases.TALK["referrals"]), dice, nature="referral")


def _interests(town: Town, person: Person, carriers: dict[str, str], dice: Dice) -> None:
    if person.wants_little_known:
        return
    written = ("note", "tag", "google_note", "google_label")
    usable = {carrier: CARRIERS[carrier] for carrier in carriers if carrier in CARRIERS}
    if not person.has_relationship:
        usable = {carrier: weight for carrier, weight in usable.items() if carrier in written}
    for topic in person.topics if usable else ():
        for carrier in dict.fromkeys([dice.weigh(usable), *([dice.weigh(usable)] if dice.chance(0.25) else [])]):
            if carrier in ("tag", "google_label"):
                text = topic.tag
            elif carrier in ("note", "google_note"):
                text = dice.pick(topic.notes).format(name=person.nickname or person.given)
            else:
                text = dice.pick(topic.says)
            word = _say(town, person, carriers, carrier, dice.number(6, 700), text, dice, nature="interest")
            word.topic = topic


def _traps(town: Town, person: Person, carriers: dict[str, str], dice: Dice) -> None:
    """What must not become an interest of theirs: dislikes, relatives' interests, protected statements."""
    spoken = [carrier for carrier in SPOKEN if carrier in carriers and carrier != "blog"]
    if not spoken or not person.has_relationship:
        return
    labels = " ".join(topic.label for topic in person.topics)
    for nature, share, stock in (
        ("negated", 0.05, phrases.TALK["negated"]),
        ("family", 0.07, phrases.TALK["family_talk"]),
        ("denied", 0.08, phrases.TALK["denied"]),
    ):
        text = dice.pick(stock)
        contradicts = nature == "negated" and any(word.strip(".,") in labels for word in text.lower().split() if len(word) > 3)
        if dice.chance(share) and not contradicts:
            _say(town, person, carriers, dice.pick(spoken), dice.number(6, 500), text, dice, nature=nature)


def _say(
    town: Town,
    person: Person,
    carriers: dict[str, str],
    carrier: str,
    days: int,
    text: str,
    dice: Dice,
    *,
    is_inbound: bool = True,
    nature: str = "small_talk",
) -> Word:
    at: dt.datetime = dice.moment(town.ago(days))
    word = Word(person.person_id, carriers[carrier], carrier, at, text, is_inbound, nature)
    town.words.append(word)
    return word
