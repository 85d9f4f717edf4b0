"""LinkedIn networks of two agents → "Get a copy of your data" exports: a zip for one, an unpacked folder for the other."""

import csv
import io
import zipfile
from pathlib import Path
from urllib.parse import quote

from commonground.sandbox.dice import Dice
from commonground.sandbox.model import Agent, Person, Town
from commonground.sandbox.noise import as_known

PREAMBLE = (
    'Notes:\r\n"When exporting your connection data, you may notice that some of the email addresses are missing. You will only see email '
    'addresses for connections who have allowed their connections to see or download their email address."\r\n\r\n'
)
CONNECTIONS = ["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"]
MESSAGES = [
    "CONVERSATION ID",
    "CONVERSATION TITLE",
    "FROM",
    "SENDER PROFILE URL",
    "TO",
    "RECIPIENT PROFILE URLS",
    "DATE",
    "SUBJECT",
    "CONTENT",
    "FOLDER",
    "ATTACHMENTS",
    "IS MESSAGE DRAFT",
    "IS CONVERSATION DRAFT",
]
PROFILE = [
    "First Name",
    "Last Name",
    "Maiden Name",
    "Address",
    "Birth Date",
    "Headline",
    "Summary",
    "Industry",
    "Zip Code",
    "Geo Location",
    "Twitter Handles",
    "Websites",
    "Instant Messengers",
]
POSITIONS = {
    "ana": [
        ["Whitlock Team Realty", "Broker", "", "Santa Rosa, California", "Mar 2011", ""],
        ["United States Navy", "Petty Officer", "", "San Diego, California", "Jun 1999", "Aug 2005"],
    ],
    "ben": [
        ["Whitlock Team Realty", "Realtor", "", "Santa Rosa, California", "May 2014", ""],
        ["Redwood Orchard Supply", "Store Manager", "", "Petaluma, California", "Jan 2006", "Apr 2014"],
    ],
}
EDUCATION = {
    "ana": [["Sonoma State University", "2005", "2009", "", "BA, Business", "Jazz ensemble"]],
    "ben": [["Montgomery High School", "1989", "1993", "", "", "Class president"]],
}


def write_linkedin(town: Town, folder: Path) -> None:
    """Writes `ana_linkedin.zip` and the folder `ben_linkedin`."""
    files = _export(town, town.agent("ana"))
    with zipfile.ZipFile(folder / "ana_linkedin.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text.encode("utf-8"))
    (folder / "ben_linkedin").mkdir(parents=True, exist_ok=True)
    for name, text in _export(town, town.agent("ben")).items():
        (folder / "ben_linkedin" / name).write_bytes(text.encode("utf-8-sig" if name == "Connections.csv" else "utf-8"))


def _export(town: Town, agent: Agent) -> dict[str, str]:
    feed = f"linkedin_{agent.agent_id}"
    dice = town.dice(feed)
    network = [person for person in town.persons if feed in person.feeds]
    town.record(feed, agent.slug, agent.agent_id)
    rows = []
    for person in dice.some(network, len(network)):
        town.record(feed, person.slug.lower(), person.person_id)
        rows.append(_connection(town, as_known(town, person, feed), dice))
    rows.insert(len(rows) // 2, ["", "", "", "", "", "", f"{town.ago(900):%d %b %Y}"])  # a closed account
    summary = "Helping people come home to Sonoma County. " + " ".join(agent.about[:3])
    profile = [
        agent.given,
        agent.family,
        "",
        "Santa Rosa, CA",
        "",
        "Realtor in Sonoma County",
        summary,
        "Real Estate",
        "95404",
        "Santa Rosa, California",
        "",
        "",
        "",
    ]
    return {
        "Connections.csv": PREAMBLE + _csv([CONNECTIONS, *rows]),
        "messages.csv": _csv([MESSAGES, *_messages(town, agent, network, feed)]),
        "Profile.csv": _csv([PROFILE, profile]),
        "Positions.csv": _csv(
            [["Company Name", "Title", "Description", "Location", "Started On", "Finished On"], *POSITIONS[agent.agent_id]]
        ),
        "Education.csv": _csv(
            [["School Name", "Start Date", "End Date", "Notes", "Degree Name", "Activities"], *EDUCATION[agent.agent_id]]
        ),
    }


def _connection(town: Town, person: Person, dice: Dice) -> list[str]:
    given = person.nickname if person.nickname and dice.chance(0.3) else person.given
    family = f"{person.family}, {person.credentials}" if person.credentials else person.family
    mail = person.emails[0] if person.emails and dice.chance(0.06) else ""
    connected = town.ago(dice.number(430, 3300))
    return [given, family, _url(person.slug), mail, person.employer or "", person.title or "", f"{connected:%d %b %Y}"]


def _messages(town: Town, agent: Agent, network: list[Person], feed: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for person in network:
        for word in town.words_of(person.person_id):
            if word.carrier == "linkedin" and word.agent == agent.agent_id:
                word.feed = feed
                ends = [(agent.name, _url(agent.slug)), (person.name, _url(person.slug))]
                sender, receiver = ends[::-1] if word.is_inbound else ends
                rows.append(
                    [
                        f"2-{person.person_id}{agent.agent_id}",
                        "",
                        *sender,
                        *receiver,
                        f"{word.at:%Y-%m-%d %H:%M:%S} UTC",
                        "",
                        word.text,
                        "INBOX",
                        "",
                        "No",
                        "No",
                    ]
                )
    gone = f"{town.ago(700):%Y-%m-%d} 18:00:00 UTC"
    rows.append(
        ["2-gone", "", "LinkedIn Member", "", agent.name, _url(agent.slug), gone, "", "Thanks for connecting.", "INBOX", "", "No", "No"]
    )
    rows.append(
        [
            "2-spam",
            "",
            "Lead Machine",
            _url("lead-machine"),
            agent.name,
            _url(agent.slug),
            gone,
            "",
            "Buy 500 leads today!",
            "SPAM",
            "",
            "No",
            "No",
        ]
    )
    return sorted(rows, key=lambda row: (row[6], row[0], row[8]), reverse=True)


def _url(slug: str) -> str:
    return f"https://www.linkedin.com/in/{quote(slug)}"


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
