"""What the published file of a town holds after its first night."""

import json
from pathlib import Path

import networkx as nx
import pytest
from benchmarks.quality import identity_quality, segment_quality

from commonground.warehouse import dictionary


def test_every_table_and_column_of_the_contract_is_there_with_its_comment(ask):
    have = dict(ask("SELECT table_name, comment FROM duckdb_tables()")) | dict(
        ask("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal")
    )
    assert set(have) == set(dictionary.tables()) | set(dictionary.views())
    assert all(have.values())
    assert (
        ask(
            "SELECT table_name, column_name FROM duckdb_columns() c WHERE comment IS NULL AND table_name IN (SELECT table_name FROM duckdb_tables())"
        )
        == []
    )


@pytest.mark.parametrize(
    "table",
    [
        "contacts",
        "contact_identities",
        "contact_interests",
        "common_ground",
        "referral_paths",
        "endorsements",
        "signals",
        "segments",
        "segment_now",
        "segment_later",
        "segment_evangelist",
        "segment_changes",
        "contact_history",
        "agents",
        "listings",
        "listing_events",
        "places",
        "reviews",
        "community_presence",
        "local_topics",
        "backtest",
        "feeds",
        "load_audit",
        "quarantine",
        "runs",
        "today",
        "_tables",
        "_columns",
        "_queries",
        "_meta",
    ],
)
def test_no_table_is_empty(ask, table: str):
    assert ask(f'SELECT count(*) FROM "{table}"')[0][0] > 0


def test_every_feed_adds_up(ask):
    rows = ask("SELECT feed, status, rows_read, rows_accepted + rows_quarantined + rows_unchanged + rows_suppressed FROM load_audit")
    assert len(rows) > 10
    for feed, status, read, accounted in rows:
        assert (status, read) == ("loaded", accounted), feed


def test_every_contact_stands_in_exactly_one_group(ask):
    assert (
        ask("SELECT count(*) FROM contacts")
        == ask("SELECT count(DISTINCT contact_id) FROM segments")
        == ask("SELECT count(*) FROM segments")
    )
    assert {row[0] for row in ask("SELECT DISTINCT segment FROM segments")} == {"now", "later", "evangelist", "unplaced"}
    assert ask("SELECT count(*) FROM segments WHERE len(reasons) = 0 OR reasons[1] IS NULL") == [(0,)]


def test_identity_and_groups_are_near_the_truth(town: Path):
    published, truth = town / "data" / "commonground.duckdb", town / "truth"
    assert identity_quality(published, truth)["f1"] >= 0.95
    assert segment_quality(published, truth)["macro_f1"] >= 0.85


def test_no_record_of_the_truth_is_lost_but_what_was_refused(town: Path):
    assert identity_quality(town / "data" / "commonground.duckdb", town / "truth")["records_lost"] == 0


def ties_of(town: Path) -> list[tuple[str, str, float]]:
    import duckdb

    newest = max((town / "data" / "lake" / "enriched").iterdir())
    return duckdb.sql(f"SELECT src, dst, strength FROM '{newest}/ties.parquet'").fetchall()


def test_every_path_is_the_product_of_its_ties_and_none_is_better(town: Path, ask):
    strength = {(src, dst): value for src, dst, value in ties_of(town)}
    banned = {row[0] for row in ask("SELECT contact_id FROM contacts WHERE do_not_contact")}
    out: dict[str, list[tuple[str, float]]] = {}
    for (src, dst), value in strength.items():
        if src not in banned and dst not in banned and src != dst:
            out.setdefault(src, []).append((dst, value))
    best: dict[tuple[str, str], float] = {}
    agents = [row[0] for row in ask("SELECT agent_id FROM agents")]
    for agent in agents:
        reached = {agent: 1.0}
        frontier = {agent: 1.0}
        for _ in range(3):
            following: dict[str, float] = {}
            for node, so_far in frontier.items():
                for neighbour, value in out.get(node, ()):
                    following[neighbour] = max(following.get(neighbour, 0.0), so_far * value)
            for node, value in following.items():
                reached[node] = max(reached.get(node, 0.0), value)
            frontier = following
        best |= {(agent, node): value for node, value in reached.items()}
    rows = ask("SELECT agent_id, prospect_id, rank, hops, via, strength FROM referral_paths")
    assert rows
    for agent, prospect, rank, hops, via, value in rows:
        nodes = [agent, *via, prospect]
        assert len(nodes) == hops + 1 <= 4
        product = 1.0
        for pair in nx.utils.pairwise(nodes):
            product *= strength[pair]
        assert value == pytest.approx(product, abs=1e-9)
        if rank == 1:
            assert value == pytest.approx(best[agent, prospect], abs=1e-9)


def test_every_common_ground_has_evidence_that_is_really_there_on_both_sides(town: Path, ask):
    import duckdb

    said = {
        (feed, record): (text, contact)
        for feed, record, text, contact in duckdb.sql(f"""
            WITH utterance AS (SELECT * FROM read_parquet('{town}/data/lake/records/utterance/*/*.parquet', union_by_name = true))
            SELECT u.feed, u.record_id, u.text, i.contact_id FROM utterance AS u
            JOIN (SELECT * FROM '{max((town / "data" / "lake" / "enriched").iterdir())}/contact_identities.parquet') AS i
              ON i.feed = u.feed AND i.record_id = u.author_ref""").fetchall()
    }
    rows = ask("""
        SELECT agent_id, agent_evidence_feed, agent_evidence_record_id, agent_evidence_text,
               contact_id, contact_evidence_feed, contact_evidence_record_id, contact_evidence_text FROM common_ground""")
    assert rows
    for row in rows:
        for whose, feed, record, quote in (row[:4], row[4:]):
            text, author = said[feed, record]
            assert author == whose
            assert " ".join(quote.strip("… ").split()) in " ".join(text.split())


def test_restricted_ground_is_shown_only_when_both_said_it_and_never_ranked(ask):
    assert ask("SELECT count(*) FROM common_ground WHERE policy_class = 'restricted' AND rank IS NOT NULL") == [(0,)]
    assert ask("SELECT DISTINCT policy_class FROM contact_interests WHERE policy_class NOT IN ('open', 'restricted')") == []


def test_protected_statements_are_counted(ask):
    assert ask("SELECT denied_count > 0 FROM runs") == [(True,)]


def test_withdrawn_listings_are_no_need(town: Path, ask):
    import duckdb

    withdrawn = [
        row[0] for row in duckdb.sql(f"SELECT ListingKey FROM '{town}/truth/listings.parquet' WHERE situation = 'withdrawn'").fetchall()
    ]
    assert withdrawn
    assert ask(
        "SELECT count(*) FROM signals WHERE list_contains(?, ListingKey) AND signal_type IN ('listing_expired', 'listing_canceled')",
        withdrawn,
    ) == [(0,)]


def test_impossible_listings_are_in_quarantine_with_their_reason(ask):
    rules = dict(ask("SELECT rule, min(reason) FROM quarantine WHERE feed = 'mls' GROUP BY rule"))
    assert len(rules) >= 3
    assert all(rules.values())


def test_whoever_opted_out_is_in_no_list_to_act_on(ask):
    out = [row[0] for row in ask("SELECT contact_id FROM contacts WHERE do_not_contact")]
    assert out
    for table, column in (
        ("segment_now", "contact_id"),
        ("segment_later", "contact_id"),
        ("segment_evangelist", "contact_id"),
        ("today", "contact_id"),
        ("referral_paths", "prospect_id"),
    ):
        assert ask(f"SELECT count(*) FROM {table} WHERE list_contains(?, {column})", out) == [(0,)]
    assert ask("SELECT count(*) FROM segments WHERE list_contains(?, contact_id) AND do_not_contact", out) == [(len(out),)]


def test_today_is_short_and_has_one_row_per_household(ask):
    rows = ask("SELECT t.rank, coalesce(c.household_id, c.contact_id) FROM today AS t JOIN contacts AS c USING (contact_id)")
    assert 5 <= len(rows) <= 20
    assert len({row[1] for row in rows}) == len(rows)


def test_two_people_called_john_stay_two(town: Path, ask):
    import duckdb

    doubles = duckdb.sql(f"""
        SELECT list(person_id) FROM '{town}/truth/persons.parquet' GROUP BY given_name, family_name HAVING count(*) > 1""").fetchall()
    assert doubles
    for (people,) in doubles:
        records = duckdb.sql(
            f"SELECT person_id, feed, record_id FROM '{town}/truth/records.parquet' WHERE person_id IN {tuple(people)}"
        ).fetchall()
        contacts: dict[str, set[str]] = {}
        for person, feed, record in records:
            for (contact,) in ask("SELECT contact_id FROM contact_identities WHERE feed = ? AND record_id = ?", feed, record):
                contacts.setdefault(contact, set()).add(person)
        assert all(len(persons) == 1 for persons in contacts.values()), contacts


def test_every_sample_question_runs(ask):
    for name, sql in ask("SELECT name, sql FROM _queries"):
        assert ask(sql) is not None, name


def test_no_secret_of_the_town_is_anywhere_in_its_data(town: Path):
    secrets = [
        value.encode()
        for fields in json.loads((town / "config" / "connections.json").read_text()).values()
        for value in (fields.get("password"), fields.get("login"))
        if value and len(value) > 7
    ]
    assert secrets
    for file in (town / "data").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(secret in content for secret in secrets), file
