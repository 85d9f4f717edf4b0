"""Feeds whose server does not tell deletions: all keys compared, whatever was compared lately. The weekly Dag does it for each."""

from typing import Any

from commonground.config import CredentialResolver, Feed
from commonground.engine import Night
from commonground.load import load_feed
from commonground.sources import SOURCES
from commonground.sources.mls.reso import Reso


def feeds_to_compare(night: Night) -> list[Feed]:
    """The enabled MLS feeds that are asked over HTTP."""
    return [feed for feed in night.settings.feeds if feed.is_enabled and feed.path is None and isinstance(SOURCES.get(feed.source), Reso)]


def compare_keys(night: Night, feed: Feed, resolve: CredentialResolver) -> dict[str, Any]:
    """Visits the feed and compares its keys with the lake's; returns {"feed", "read", "deleted"}.

    Raises:
        UnreadableError: more is gone than can be believed; nothing is deleted.
        CommonGroundError: the feed cannot be visited.
    """
    report = load_feed(night, feed, resolve, is_reconciling=True)
    return {"feed": feed.name, "read": report.rows_read, "deleted": report.rows_deleted}
