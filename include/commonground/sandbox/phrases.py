"""`phrases.yaml` and the small talk of the town → what people say, typed."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Topic:
    """One interest: its kind, its name in the truth, and how people speak of it."""

    kind: str
    label: str
    tag: str
    says: tuple[str, ...]
    notes: tuple[str, ...]
    is_rare: bool


@cache
def topics() -> tuple[Topic, ...]:
    """All interests of the town, in the order of the file."""
    raw = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8"))
    return tuple(
        Topic(one["kind"], one["label"], one["tag"], tuple(one["says"]), tuple(one["notes"]), one.get("rare", False)) for one in raw
    )


def topic(label: str) -> Topic:
    """The interest of that name."""
    return next(one for one in topics() if one.label == label)


SMALL_TALK_IN = (
    "Thanks again for the contractor's number, they did a great job.", "How is everyone at the office?", "Hope you are well, it has been too long!",
    "We should catch up soon, call me when you are free.", "Happy New Year to you and the team!", "Got your postcard, thank you for remembering.",
    "That made my day, thank you.", "Are you around the second week of the month?", "Congratulations on the award, well deserved.",
    "Sorry for the slow answer, work has been wild.", "Thank you for checking in on me.", "You were so good to us, we tell everyone.",
    "Yes, that works, talk then.", "So good to hear your voice yesterday.",
)  # fmt: skip
SMALL_TALK_OUT = (
    "Thinking of you today, how are things?", "Just saw your news, congratulations!", "Happy birthday! Hope it is a good one.",
    "Great to catch up, let's not leave it so long.", "Thank you for the kind words about us.", "How did the move go?",
    "Let me know if you need a hand with anything.", "Saw this and thought of you.", "Call me any time.", "Lovely talking to you today.",
)  # fmt: skip
WHEREABOUTS = (
    "We have been living in {city} for a while now and it suits us.", "Life up here in {city}, {state} is good, come visit.",
    "I moved to {city}, {state} and I am finally settled in.", "Greetings from {city}, where I live now.",
)  # fmt: skip
REFERRALS = (
    "My coworker is moving your way, I gave her your number.", "I told my friend in Santa Rosa to call you and nobody else.",
    "My neighbor's son is looking in Windsor, I sent him to you.", "I am sending you another one, be nice to him!",
)  # fmt: skip
NEGATED = (
    "I can't stand golf, sorry.", "I never got into fishing, it bores me.", "I don't like jazz at all, please no.", "I hate camping, give me a hotel.",
    "I am not a dog person.", "I don't follow football.", "No, I do not play chess.",
)  # fmt: skip
FAMILY_TALK = (
    "My brother loves fishing, he is out on the lake all summer.", "My dad was in the Navy, he still tells the stories.",
    "My sister plays the cello in an orchestra.", "My uncle collects stamps, thousands of them.", "My mother quilts for the whole family.",
    "My husband is the one who plays golf.", "My wife runs marathons, I hold the water.",
)  # fmt: skip
DENIED = (
    "We go to mass at St. Rose every Sunday.", "I am eight weeks out from my hip surgery and still on a cane.", "We are expecting our second baby in May!",
    "I turned 67 last week, can you believe it.", "My divorce was final in March.", "Please pray for me, the chemo starts Monday.",
    "I am a proud union member, local 551.", "I voted for her and I would again.", "My family came over from Portugal in 1910.",
    "As a gay couple we love how welcoming this street is.", "I have been in a wheelchair since the accident.", "We are keeping kosher this year.",
    "My therapist says I should slow down because of my depression.",
)  # fmt: skip
# Comments under town posts: what the town talks about, seen by its people
BLOG_TALK = (
    "The new roundabout on Mendocino Avenue finally works, I was wrong about it.", "When does the creek trail reopen after the storm?",
    "I am glad the city council kept the library hours.", "The downtown plaza looks so much better with the trees.",
    "Does anyone know what will replace the old hardware store?", "The train extension to Healdsburg cannot come soon enough.",
    "The farmers market moved to the fairgrounds lot, parking is easier now.", "Rebuilding after the fire took years, but our street is whole again.",
)  # fmt: skip
