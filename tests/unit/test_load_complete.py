"""A whole address book, exported again: who is no longer in it is gone, and a mistake is not a deletion."""

import duckdb
import pyarrow.parquet as pq
import pytest

from commonground.config import Credentials, Feed, load_settings
from commonground.engine import Night
from commonground.errors import CommonGroundError, ConfigError
from commonground.load import LoadReport, load_feed
from commonground.sources import SOURCES
from nights import GIVEN_FEED, GivenSource, a_night
from unit.test_load import person

HEADER = "First Name,Last Name,E-mail 1 - Value,Phone 1 - Value,Notes,Labels"
JUDGED = (
    "test_who_is_no_longer_in_the_book_is_gone_with_what_was_said_of_them",
    "test_a_file_that_lacks_most_of_the_book_deletes_nobody_and_says_how_to_mean_it[0]",
)
NAMES = [f"Given{letter},Family{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def row(name: str, phone: str = "", note: str = "", labels: str = "* myContacts") -> str:
    return f"{name},{name.replace(',', '.').lower()}@x.org,{phone},{note},{labels}"


@pytest.fixture(autouse=True)
def contracts(request, monkeypatch):
    """Contracts cost half a second a kind and decide nothing here, but in the tests that ask for them."""
    if request.node.name not in JUDGED:
        monkeypatch.setattr("commonground.committing.judge", lambda found, *_: (found.tables, found.refusals))


@pytest.fixture
def export(tmp_path):
    """Loads a Google Contacts export of these rows; every row is accounted for."""

    def load(run_id: str, *rows: str, **options) -> LoadReport:
        drop = tmp_path / "data" / "drops" / "book.csv"
        drop.parent.mkdir(parents=True, exist_ok=True)
        drop.write_text("\n".join([HEADER, *rows]) + "\n")
        feed = Feed(name="book", source="google-contacts", path="drops/book.csv", owner="ana", options=options)
        report = load_feed(a_night(tmp_path, run_id), feed, lambda _: Credentials())
        assert report.rows_read == report.rows_accepted + report.rows_quarantined + report.rows_unchanged + report.rows_suppressed
        assert min(report.rows_accepted, report.rows_unchanged) >= 0
        return report

    return load


def standing(tmp_path, kind: str = "person", column: str = "full_name") -> list[str]:
    sql = a_night(tmp_path).lake.state_sql(kind)
    return [value for (value,) in duckdb.sql(f"SELECT {column} FROM ({sql}) ORDER BY 1").fetchall()]


def book(without: int = 0) -> list[str]:
    return [row(name, note=f"Likes number {number}") for number, name in enumerate(NAMES)][without:]


def test_who_is_no_longer_in_the_book_is_gone_with_what_was_said_of_them(export, tmp_path):
    export("run1", *book())
    report = export("run2", *book(without=1))
    assert standing(tmp_path) == [name.replace(",", " ") for name in NAMES[1:]]
    assert "Likes number 0" not in standing(tmp_path, "utterance", "text")
    assert (report.rows_deleted, report.rows_unchanged, report.rows_accepted) == (2, 50, 2)


def test_the_same_run_again_gives_the_same_lake_and_another_visit_nothing_new(export, tmp_path):
    export("run1", *book())
    first = export("run2", *book(without=1))
    state = sorted(duckdb.sql(a_night(tmp_path).lake.state_sql("person")).fetchall(), key=str)
    assert export("run2", *book(without=1)).rows_deleted == first.rows_deleted
    assert sorted(duckdb.sql(a_night(tmp_path).lake.state_sql("person")).fetchall(), key=str) == state
    assert export("run3", *book(without=1)).rows_accepted == 0


def test_a_run_tried_again_with_another_file_leaves_nothing_of_the_first(export, tmp_path):
    export("run1", *[row(name, note="A note") for name in NAMES])
    export("run1", *[row(name) for name in NAMES])
    assert standing(tmp_path, "utterance", "text") == []


def test_who_comes_back_is_there_again(export, tmp_path):
    export("run1", *book())
    export("run2", *book(without=1))
    export("run3", *book())
    assert len(standing(tmp_path)) == 26
    assert "Likes number 0" in standing(tmp_path, "utterance", "text")


def test_a_card_comes_back_though_it_was_last_revised_long_ago(tmp_path):
    def load(run_id: str, *names: str) -> None:
        cards = "".join(
            f"BEGIN:VCARD\nVERSION:3.0\nUID:{name}\nFN:{name} Bell\nN:Bell;{name}\nREV:2019-01-01T00:00:00Z\nEND:VCARD\n" for name in names
        )
        drop = tmp_path / "data" / "book.vcf"
        drop.parent.mkdir(parents=True, exist_ok=True)
        drop.write_text(cards)
        load_feed(a_night(tmp_path, run_id), Feed(name="phone", source="vcard", path="book.vcf", owner="ana"), lambda _: Credentials())

    load("run1", "Ann", "Bo", "Cy")
    load("run2", "Ann", "Bo")
    assert standing(tmp_path) == ["Ann Bell", "Bo Bell"]
    load("run3", "Ann", "Bo", "Cy")
    assert standing(tmp_path) == ["Ann Bell", "Bo Bell", "Cy Bell"]


def test_a_changed_phone_is_no_deletion_on_the_first_night_and_leaves_one_record_after_the_second(export, tmp_path):
    export("run1", *book(), row("Mo,Mill", "707-555-0101"))
    changed = [*book(), row("Mo,Mill", "707-555-0199")]
    export("run2", *changed)
    assert standing(tmp_path).count("Mo Mill") == 2  # so that the new record can take over who the old one was
    export("run3", *changed)
    assert standing(tmp_path).count("Mo Mill") == 1
    assert "707-555-0199" in str(standing(tmp_path, "person", "phones"))


def test_a_no_to_being_contacted_outlives_the_entry(export, tmp_path):
    export("run1", *book(), row("Mo,Mill", labels="Do Not Call ::: * myContacts"))
    export("run2", *book())
    assert "Mo Mill" in standing(tmp_path)
    assert standing(tmp_path, "consent", "state") == ["revoked"]


@pytest.mark.parametrize("kept", [0, 1, 20])
def test_a_file_that_lacks_most_of_the_book_deletes_nobody_and_says_how_to_mean_it(export, tmp_path, kept):
    export("run1", *book())
    with pytest.raises(CommonGroundError) as refused:
        export("run2", *book()[:kept])
    assert len(str(refused.value).splitlines()) == 1 and "book" in str(refused.value)
    assert len(standing(tmp_path)) == 26 and len(standing(tmp_path, "utterance", "text")) == 26
    assert pq.read_table(a_night(tmp_path).lake.batch_path("audit", "book", "run2")).to_pylist()[0]["status"] == "failed"
    if kept:
        assert "largest_drop: 1" in str(refused.value) and f"{26 - kept} of 26 person" in str(refused.value)
        export("run3", *book()[:kept], largest_drop=1)
        assert len(standing(tmp_path)) == kept


def test_notes_that_are_left_out_of_an_export_stay_and_are_spoken_of(export, tmp_path):
    export("run1", *book())
    report = export("run2", *[row(name) for name in NAMES])
    assert len(standing(tmp_path, "utterance", "text")) == 26
    assert report.reasons == {"too_many_gone": 1}
    refused = pq.read_table(a_night(tmp_path).lake.batch_path("quarantine", "book", "run2")).to_pylist()
    assert "26 of 26 utterance records" in refused[0]["reason"]


def test_a_few_notes_taken_away_are_gone_though_no_note_is_left(export, tmp_path):
    export("run1", *[row(name) for name in NAMES[1:]], row(NAMES[0], note="A note"))
    export("run2", *[row(name) for name in NAMES])
    assert standing(tmp_path, "utterance", "text") == []


def test_a_row_that_cannot_be_read_might_be_anybody_so_nobody_is_gone(export, tmp_path):
    export("run1", *book())
    report = export("run2", *book(without=1), "A,row,with,more,cells,than,the,book,has")
    assert report.reasons == {"ragged_row": 1} and len(standing(tmp_path)) == 26
    assert export("run3", *book(without=1)).rows_deleted == 2


def test_a_part_of_a_book_says_so(export, tmp_path):
    export("run1", *book())
    assert export("run2", *book(without=20), is_complete=False).rows_deleted == 0
    assert len(standing(tmp_path)) == 26


@pytest.mark.parametrize("options", [{"largest_drop": 2}, {"largest_drop": "all"}, {"largest_drop": True}, {"is_complete": "no"}])
def test_an_option_that_cannot_be_meant_is_named(export, options):
    with pytest.raises(ConfigError, match=r"feed 'book': options\.(largest_drop|is_complete): wants"):
        export("run1", *book(), **options)


def test_a_team_that_says_nothing_of_itself_any_more_is_quoted_no_more(tmp_path):
    market = "name: T\ntime_zone: UTC\nstate: CA\nservice_area: {{latitude: 38.4, longitude: -122.7, radius_km: 9}}\nagents:\n{}"
    agent = '  - {{agent_id: a{0}, name: Ana{0} Lopez, emails: ["ana{0}@team.example"]{1}}}\n'
    for run_id, about in (("run1", ', about: ["I play accordion.", "I ride."]'), ("run2", "")):
        night = a_night(tmp_path, run_id)
        settings = night.settings.folder / "market.yaml"
        settings.write_text(market.format("".join(agent.format(number, about) for number in range(6))))
        loaded = load_settings(settings.parent)
        load_feed(Night(night.data, loaded, run_id, night.as_of), loaded.feed("team"), lambda _: Credentials())
    assert standing(tmp_path, "utterance", "text") == []
    assert len(standing(tmp_path)) == 6


def test_what_is_not_complete_deletes_nothing_however_little_it_brings(tmp_path, monkeypatch):
    for run_id, items in (("run1", [person("1"), person("2"), person("3")]), ("run2", [person("1")])):
        monkeypatch.setitem(SOURCES, "given", GivenSource(items))
        load_feed(a_night(tmp_path, run_id), GIVEN_FEED, lambda _: Credentials())
    assert len(standing(tmp_path)) == 3
