"""The stage table: every step of a night, what it reads and what it writes. The Dags and the command line are built from it.

A night is: every feed's load (grouped by family, in parallel where there is an Airflow), then the enrichment stages in
the order of `ENRICHMENT`. A stage is one function that takes an `Engine`, reads its relations by name, and writes tables.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from commonground.config import FAMILIES, CredentialResolver, Family, Feed
from commonground.engine import Engine, Night
from commonground.errors import CommonGroundError
from commonground.load import LoadReport, load_feed, refuse_feed
from commonground.sources import SOURCES


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the enrichment: its name is its task's name in Airflow."""

    name: str
    title: str
    work: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]


ENRICHMENT: tuple[Stage, ...] = (
    Stage("expire", "Forget what the sources' terms say", "commonground.maintain:expire_stage", (), ()),
    Stage(
        "resolve", "Who is who", "commonground.identity.resolve:resolve",
        ("person",), ("contact_identities", "contact_profiles", "contact_merges", "listing_addresses", "uncertain_pairs"),
    ),
    Stage(
        "tag", "What they love, with evidence", "commonground.interests.stage:tag",
        ("utterance", "contact_identities"), ("interest_evidence", "person_interests", "common_ground", "denied_statements"),
    ),
    Stage(
        "weigh_ties", "Who knows whom, and how well", "commonground.network.weigh:weigh",
        ("tie", "interaction", "utterance", "common_ground", "contact_profiles"), ("ties", "reach"),
    ),
    Stage(
        "signals", "Who needs an agent", "commonground.signals.stage:find_signals",
        ("listing", "listing_event", "interaction", "contact_profiles"), ("need_evidence", "signals", "transactions", "need_scores"),
    ),
    Stage(
        "segments", "Now, later, evangelist", "commonground.segments.stage:place",
        ("need_scores", "ties", "reach", "contact_profiles"), ("contacts", "segments", "backtest"),
    ),
    Stage(
        "paths", "Who can introduce, who would vouch", "commonground.network.paths:find_paths",
        ("ties", "segments", "review"), ("referral_paths", "endorsements"),
    ),
    Stage(
        "presence", "Where the team is seen, what the town talks about", "commonground.presence.stage:measure",
        ("utterance", "interest_evidence"), ("community_presence", "local_topics"),
    ),
    Stage(
        "brief", "What a person reads over breakfast", "commonground.segments.brief:brief",
        ("segments", "referral_paths", "common_ground"), ("segment_now", "segment_later", "segment_evangelist", "today"),
    ),
    Stage("check", "Is the night fit to publish", "commonground.warehouse.checks:check", ("segments", "contacts"), ("check_results",)),
    Stage("publish", "The new file in place of the old", "commonground.warehouse.publish:publish", ("check_results",), ()),
)  # fmt: skip


def run_stage(night: Night, stage: Stage) -> dict[str, Any]:
    """Runs one stage of a night; returns rows per table it wrote, and what the stage itself reports.

    Raises:
        CommonGroundError: the stage failed in a way a person can mend, or did not write what the table says it writes.
    """
    module, _, name = stage.work.partition(":")
    function: Callable[[Engine], dict[str, Any] | None] = getattr(importlib.import_module(module), name)
    with Engine(night, stage.name) as engine:
        report = function(engine) or {}
        missing = [table for table in stage.writes if not engine.has(table)]
        if missing:
            raise CommonGroundError(f"stage {stage.name} did not write {', '.join(missing)}")
        counts = {table: engine.con.execute(f'SELECT count(*) FROM "{table}"').fetchall()[0][0] for table in stage.writes}
    return {"rows": counts, **report}


def feeds_of(night: Night, families: Iterable[Family] = FAMILIES) -> list[Feed]:
    """The enabled feeds of the families, in the order of feeds.yaml (the team itself first)."""
    wanted = set(families)
    known = [feed for feed in night.settings.feeds if feed.is_enabled and feed.source in SOURCES]
    return [feed for feed in known if SOURCES[feed.source].family in wanted]


def refuse_broken_feeds(night: Night) -> list[LoadReport]:
    """Marks what feeds.yaml says in a way we cannot use as failed, so that the rest of the night goes on."""
    complaints = dict(night.settings.broken_feeds)
    for feed in night.settings.feeds:
        if feed.source not in SOURCES:
            complaints[feed.name] = f"feeds.yaml: feed {feed.name!r}: source {feed.source!r} is unknown; known: {', '.join(SOURCES)}"
    return [refuse_feed(night, name, complaint) for name, complaint in complaints.items()]


def run_night(
    night: Night,
    resolve: CredentialResolver,
    *,
    families: Iterable[Family] = FAMILIES,
    is_full_refresh: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
) -> dict[str, Any]:
    """A whole night without Airflow. A feed that fails does not stop the others; the report says which did.

    Returns {"run_id", "status": "complete"|"with_failures", "feeds": {name: report}, "stages": {name: report}}.
    """
    loads = {report.feed: report for report in refuse_broken_feeds(night)}
    for report in loads.values():
        tell(told(report))
    for feed in feeds_of(night, families):
        try:
            loads[feed.name] = load_feed(night, feed, resolve, is_full_refresh=is_full_refresh)
        except CommonGroundError as error:
            loads[feed.name] = LoadReport(feed.name, feed.source, "failed", error=str(error))
        except Exception as error:  # one feed's mistake of ours must not cost the team the night
            loads[feed.name] = LoadReport(feed.name, feed.source, "failed", error=f"unexpected {type(error).__name__}: {error}")
        tell(told(loads[feed.name]))
    stages: dict[str, Any] = {}
    for stage in ENRICHMENT:
        stages[stage.name] = run_stage(night, stage)
        tell(f"{stage.name}: " + (", ".join(f"{rows} {table}" for table, rows in stages[stage.name]["rows"].items()) or stage.title))
    failed = [name for name, report in loads.items() if report.status == "failed"]
    feeds = {
        name: {
            "status": report.status, "read": report.rows_read, "accepted": report.rows_accepted, "quarantined": report.rows_quarantined,
            "unchanged": report.rows_unchanged, "suppressed": report.rows_suppressed, **({"error": report.error} if report.error else {}),
        }
        for name, report in loads.items()
    }  # fmt: skip
    return {"run_id": night.run_id, "status": "with_failures" if failed else "complete", "feeds": feeds, "stages": stages}


def told(report: LoadReport) -> str:
    """One line on a load, for people."""
    if report.status == "failed":
        return f"{report.feed}: FAILED: {report.error}"
    return (
        f"{report.feed}: {report.rows_read} read, {report.rows_accepted} new or changed, {report.rows_unchanged} unchanged, "
        f"{report.rows_quarantined} quarantined, {report.rows_suppressed} suppressed"
    )
