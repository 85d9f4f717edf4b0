"""What each stage reads records for: a stage sees only the records of feeds whose terms allow that (`sources` in policy.yaml).

This is the one place where purposes are kept: the engine shows a stage no other record. A source without terms allows
everything. What people said about being contacted is seen by every stage, whatever the terms of where they said it.
"""

from collections.abc import Mapping

ANY = "*"  # every kind that has no entry of its own
_MLS = ("listing", "listing_event", "membership")

# stage -> kind -> purposes of which the feed's terms must allow one; a stage that is not named reads for no purpose of its own
PURPOSES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # homes are read for their addresses, which signals compare with people's
    "resolve": {ANY: ("identity",), **dict.fromkeys(_MLS, ("identity", "signals"))},
    "tag": {ANY: ("interests",)},
    "weigh_ties": {ANY: ("network",)},
    # that somebody wrote or called is the last touch, which the network allows; `contact_interactions` takes nothing else from there
    "signals": {ANY: ("signals",), "interaction": ("signals", "network")},
    "paths": {ANY: ("reviews",)},
    # a member's own account: what may be read of the network, or of reviews, may be counted of its owner
    "presence": {ANY: ("aggregate",), "utterance": ("aggregate", "network"), "review": ("aggregate", "reviews")},
}


def allowed(stage: str | None, kind: str) -> str:
    """SQL over a record of the kind: true when the stage may see it. Reads `feed_setting`."""
    wanted = PURPOSES.get(stage or "", {})
    purposes = wanted.get(kind, wanted.get(ANY))
    if purposes is None or kind == "consent":
        return "true"
    any_of = " OR ".join(f"list_contains(purposes, '{purpose}')" for purpose in purposes)
    refusal = " OR interaction_type = 'unsubscribed'" if kind == "interaction" else ""
    return f"(feed IN (SELECT feed FROM feed_setting WHERE purposes IS NULL OR {any_of}){refusal})"
