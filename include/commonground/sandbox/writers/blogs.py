"""What the town and the team write in public → the state behind four feeds: posts, comments, a neighborhood blog, the town's news."""

from typing import Any

from commonground.sandbox import names
from commonground.sandbox.model import Person, Town, Word
from commonground.sandbox.noise import as_known
from commonground.sources.text import stable_id

Row = dict[str, Any]
POSTS = (
    (
        "ana",
        "The creek trail is open again",
        "City crews finished the last stretch of the Santa Rosa Creek trail. We walked it end to end on Sunday.",
    ),
    ("ben", "Ten years of the downtown plaza", "The plaza reunified the square ten years ago. Shop owners told us what changed."),
    (
        "cleo",
        "Where to hear live music this month",
        "There is a zydeco night in Sebastopol, jazz in Railroad Square, and a bluegrass jam in Cotati.",
    ),
    ("ana", "What the train extension means for Healdsburg", "The train reaches Windsor now and Healdsburg is next. Here is the schedule."),
    ("ben", "Friday night lights at Montgomery", "The old field has new lights, and half of my graduating class turned up to see them."),
    ("cleo", "A farmers market guide", "Which stalls to visit first, which parking lot to avoid, and who bakes the rye bread."),
    ("ana", "Rebuilding, eight years on", "Our street lost nineteen homes in the fire. The last one was finished in May."),
    ("ben", "School bond: what it would pay for", "Roofs, science rooms, and a new gym floor. The vote is on the next ballot."),
)
NEWS = (
    ("Council keeps library hours", "The city council voted to keep all branch libraries open on Saturdays.", "Santa Rosa"),
    ("Roundabout on Mendocino Avenue opens", "After eleven months of work the roundabout carries its first cars.", "Santa Rosa"),
    ("Petaluma dredges the river", "Boats will be back at the turning basin by spring.", "Petaluma"),
    ("Windsor approves a new park", "The park at the old lumber yard gets a playground and a dog run.", "Windsor"),
    ("Apple fair draws a record crowd", "The Gravenstein Apple Fair in Sebastopol counted twelve thousand visitors.", "Sebastopol"),
    ("Creek trail closed after the storm", "A fallen oak blocks the trail east of Pierson Street.", "Santa Rosa"),
    ("Healdsburg plaza gets new trees", "Twenty young redwoods replace those lost to drought.", "Healdsburg"),
    ("Farmers market moves to the fairgrounds", "Wednesday and Saturday markets share the east lot from now on.", "Santa Rosa"),
)


def write_blogs(town: Town) -> dict[str, list[Row]]:
    """Feed name → entries, newest first. Records who the commenters are."""
    dice = town.dice("blogs")
    posts = [
        {
            "id": 100 + number,
            "title": title,
            "text": text,
            "author": town.agent(agent_id).name,
            "agent_id": agent_id,
            "at": dice.moment(town.ago(8 + 24 * number)).isoformat(),
            "category": "Around town",
        }
        for number, (agent_id, title, text) in enumerate(POSTS)
    ]
    news = [
        {"id": 900 + number, "title": title, "text": text, "tag": city, "at": dice.moment(town.ago(4 + 9 * number)).isoformat()}
        for number, (title, text, city) in enumerate(NEWS)
    ]
    for agent_id in dict.fromkeys(post["agent_id"] for post in posts):
        town.record("team_blog", stable_id(town.agent(str(agent_id)).name), str(agent_id))
    town.record("town_news", stable_id(names.NEWSPAPER), "o000")
    people = {person.person_id: person for person in town.persons}
    comments: dict[str, list[Row]] = {"blog_comments": [], "neighbors_blog": []}
    seen: set[tuple[str, str]] = set()
    for word in town.words:
        person = people[word.person_id]
        for feed in ("blog_comments", "neighbors_blog"):
            if word.carrier == "blog" and feed in person.feeds:
                word.feed = feed
                row = _comment(as_known(town, person, feed), word, posts[word.at.toordinal() % len(posts)], 4000 + len(comments[feed]))
                comments[feed].append(row)
                record_id = row["url"] or row["email"] or stable_id(row["author"])
                if (feed, record_id) not in seen:
                    seen.add((feed, record_id))
                    town.record(feed, record_id, person.person_id)
                break
    return {
        "posts": posts,
        "comments": comments["blog_comments"][::-1],
        "neighbors": comments["neighbors_blog"][::-1],
        "news": news,
    }


def _comment(person: Person, word: Word, post: Row, id_: int) -> Row:
    has_mail = bool(person.emails)
    return {
        "id": id_,
        "post_id": post["id"],
        "post_title": post["title"],
        "author": person.name,
        "url": person.website,
        "email": person.emails[0] if has_mail and not person.website else None,
        "text": word.text,
        "at": word.at.isoformat(),
    }
