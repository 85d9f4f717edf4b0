"""What holds for any records at all: order and emptiness do not matter, verdicts hold through others, ids stay."""

from pathlib import Path

import duckdb
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonground.identity.clusters import Clusters, Edge, Person, cluster
from commonground.identity.link import link

NUMBERS = st.integers(0, 11)
PAIRS = st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] != pair[1])
EDGES = st.lists(st.builds(lambda pair, sure: Edge(*sorted(pair), "splink", sure), PAIRS, st.floats(0.0, 1.0)), max_size=40)


def joined(edges: list[Edge], apart: list[tuple[int, int]]) -> dict[int, int]:
    clusters = Clusters({number: Person([number]) for number in range(12)})
    clusters.keep_apart(apart)
    cluster(clusters, sorted(edges, key=lambda edge: (-edge.probability, edge.left, edge.right)))
    return clusters.home


@settings(max_examples=200, deadline=None)
@given(edges=EDGES, apart=st.lists(PAIRS, max_size=6))
def test_records_judged_different_share_no_cluster_whatever_links_them(edges, apart):
    home = joined(edges, apart)
    assert all(home[left] != home[right] for left, right in apart)


@settings(max_examples=100, deadline=None)
@given(edges=EDGES, apart=st.lists(PAIRS, max_size=6), shuffle=st.randoms(use_true_random=False))
def test_the_order_in_which_pairs_are_told_does_not_matter(edges, apart, shuffle):
    edges = list({(edge.left, edge.right): edge for edge in edges}.values())
    before = joined(edges, apart)
    shuffle.shuffle(edges)
    assert joined(edges, apart) == before


COLUMNS = (
    "given_name",
    "family_name",
    "email",
    "phone",
    "street",
    "city",
    "state",
    "postal_code",
    "birth_date",
    "employer",
    "url",
    "source",
)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(there=st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from([pa.string(), pa.null(), pa.int64(), pa.float64()]), max_size=12))
def test_columns_may_be_absent_empty_or_of_another_type(there):
    columns = {name: pa.nulls(3, type_) for name, type_ in there.items()}
    columns |= {name: pa.array([1, None, 2], type_) for name, type_ in there.items() if type_ == pa.int64()}
    linked = link(pa.table({"record_id": ["a", "b", "c"], **columns}))
    assert linked["record_id"].to_pylist() == ["a", "b", "c"]


NAMING = (Path(link.__code__.co_filename).parent / "contact_identities.sql").read_text(encoding="utf-8")


def named(clusters: list[int], earlier: list[str]) -> list[str]:
    """The contact of each record, given its cluster tonight and (for the first of them) its contact last night."""
    records = [f"{number:02}" for number in range(len(clusters))]
    with duckdb.connect() as con:
        con.execute("CREATE TABLE night AS SELECT 'tonight' AS run_id")
        con.execute("CREATE TABLE earlier_identity (contact_id VARCHAR, feed VARCHAR, record_id VARCHAR)")
        if earlier:
            con.executemany("INSERT INTO earlier_identity VALUES (?, 'crm', ?)", list(zip(earlier, records, strict=False)))
        con.execute("""
            CREATE TABLE linked (feed VARCHAR, record_id VARCHAR, source VARCHAR, agent_id VARCHAR, cluster BIGINT,
                                 match_probability DOUBLE, match_rule VARCHAR, match_detail VARCHAR)""")
        con.executemany("INSERT INTO linked (feed, record_id, cluster) VALUES ('crm', ?, ?)", list(zip(records, clusters, strict=True)))
        return [row[0] for row in con.execute(f"SELECT contact_id FROM ({NAMING}) ORDER BY record_id").fetchall()]


@settings(max_examples=12, deadline=None)
@given(
    before=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    new=st.lists(st.integers(0, 7), max_size=5),
    merged=st.dictionaries(st.integers(0, 4), st.integers(0, 4), max_size=2),
)
def test_records_that_are_added_move_no_id_unless_contacts_become_one(before, new, merged):
    first = named(before, [])
    clusters = [100 - merged.get(one, one) for one in [*before, *new]]  # numbers change from night to night
    second = named(clusters, first)
    for tonight in set(clusters):
        were = {first[number] for number in range(len(before)) if clusters[number] == tonight}
        (is_now,) = {contact for contact, one in zip(second, clusters, strict=True) if one == tonight}
        assert is_now in were if were else is_now not in first
    assert len(set(second)) == len(set(clusters))
