"""`people`, `seed`, a day → a whole invented town on disk: exports, API state, settings and the truth about it."""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

from commonground.errors import CommonGroundError
from commonground.sandbox import homes, story, words
from commonground.sandbox.model import Town
from commonground.sandbox.noise import LEVELS
from commonground.sandbox.people import SHARES, settle, team
from commonground.sandbox.writers import (
    blogs,
    crm,
    facebook,
    google,
    hubspot,
    linkedin,
    microblogs,
    mls,
    places,
    reviews,
    salesforce,
    settings,
    swarm,
    truth,
)

_CRMS = ("followupboss", "hubspot", "salesforce")
API_FILES = (*_CRMS, "reso", "google_business", "yelp", "blogs", "microblogs", "google_places", "foursquare", "swarm", "zillow")


def build(people: int, seed: int, out: Path, as_of: dt.date | None = None, noise: str = "usual") -> dict[str, Any]:
    """Builds a town in `out`: `data/drops` (exports), `api` (state behind the served APIs), `config`, `truth`.

    The same arguments give the same bytes on every machine. What an earlier build left in these folders is removed.

    Args:
        people: people in the books and networks of the team, at least 20.
        seed: any whole number.
        out: folder of the town; made if it is not there.
        as_of: the town's today (default: today in UTC). Kept in `config/town.yaml`.
        noise: how carelessly it is written down: one of `noise.LEVELS`.

    Raises:
        CommonGroundError: no such noise.

    Returns:
        A JSON object: town folder, as_of, rows of each truth table, people per segment.
    """
    if noise not in LEVELS:
        raise CommonGroundError(f"noise: {noise!r} is none of {', '.join(LEVELS)}")
    town = Town(people, seed, as_of or dt.datetime.now(dt.UTC).date(), team(), noise=noise)
    settle(town)
    homes.build_homes(town)
    story.tell(town)
    words.speak(town)
    for folder in ("data", "api", "config", "truth"):
        if (out / folder).exists():
            shutil.rmtree(out / folder)
        (out / folder).mkdir(parents=True)
    drops = out / "data" / "drops"
    drops.mkdir()
    state: dict[str, Any] = {"reso": mls.write_mls(town)}
    state["followupboss"] = crm.write_crm(town, state["reso"]["Property"])
    state["hubspot"], state["salesforce"] = hubspot.write_hubspot(town), salesforce.write_salesforce(town)
    google.write_google(town, drops)
    linkedin.write_linkedin(town, drops)
    facebook.write_facebook(town, drops)
    state["blogs"] = blogs.write_blogs(town)
    state["microblogs"] = microblogs.write_microblogs(town)
    state |= reviews.write_reviews(town)
    state |= places.write_places(town, state["yelp"])
    state["swarm"] = swarm.write_swarm(town, state["yelp"])
    for name in API_FILES:
        save_state(out, name, state[name])
    settings.write_settings(town, out / "config", [shop["id"] for shop in state["yelp"]])
    counts = truth.write_truth(town, out / "truth")
    segments = dict.fromkeys(SHARES, 0)
    for person in town.persons:
        segments[str(person.segment)] += 1
    return {
        "town": str(out),
        "as_of": town.as_of.isoformat(),
        "seed": seed,
        "people": len(town.persons),
        "segments": segments,
        "truth": counts,
    }


def save_state(town: Path, name: str, state: Any) -> None:
    """Writes one API's state, whole or not at all."""
    path = town / "api" / f"{name}.json"
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    scratch.replace(path)
