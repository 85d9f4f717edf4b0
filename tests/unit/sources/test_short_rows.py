"""Rows with fewer cells than the header: whole where spreadsheets drop empty cells, else broken."""

import csv
import datetime as dt
import io

import pytest

from commonground.config import Agent, Feed, Market
from commonground.sources import SOURCES
from commonground.sources.base import Record, Refusal, Visit

HEAD = "person,service,venue,item,date,note"


def read(tmp_path, source: str, head: str, *rows: str) -> tuple[list[Record], list[Refusal]]:
    area = {"latitude": 1, "longitude": 1, "radius_km": 1}
    market = Market(name="T", time_zone="UTC", state="", service_area=area, agents=[Agent(agent_id="a", name="A Owner")])
    (tmp_path / "t.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    visit = Visit(Feed(name="f", source=source, path="x", owner="a"), market, dt.datetime.now(dt.UTC))
    items = list(SOURCES[source].read(tmp_path / "t.csv", visit))
    return [one for one in items if isinstance(one, Record)], [one for one in items if isinstance(one, Refusal)]


def test_empty_cells_that_a_spreadsheet_drops_are_missed_by_nobody(tmp_path):
    rows = ["Ann Lee,Foodspotting,Café,Ramen,2012-03-04,so good", "Ann Lee,Foodspotting,Café,Soup,2012-03-05", ",,Park,,2012-03-06"]
    found, refused = read(tmp_path, "checkins", HEAD, *rows)
    assert [one.values["text"] for one in found if one.kind == "utterance"] == ["Ramen at Café\nso good", "Soup at Café", "At Park"]
    assert refused == []


def test_a_short_row_among_rows_that_keep_their_empty_cells_is_refused(tmp_path):
    rows = ["Ann Lee,Foodspotting,Café,Ramen,2012-03-04,", "Ann Lee,Foodspotting,Café,Soup,2012-03-05"]
    found, refused = read(tmp_path, "checkins", HEAD, *rows)
    assert [one.values["text"] for one in found if one.kind == "utterance"] == ["Ramen at Café"]
    assert [(one.rule, one.source_line) for one in refused] == [("bad_row", 3)]
    assert "5 cells, expected 6" in refused[0].reason


def test_a_block_of_sixteen_short_rows_is_excels_habit(tmp_path):
    rows = ["Ann Lee,x,Café,Ramen,2012-03-04,", *(f"Ann Lee,x,Café,Soup {n},2012-03-05" for n in range(16))]
    found, refused = read(tmp_path, "checkins", HEAD, *rows)
    assert len([one for one in found if one.kind == "utterance"]) == 17 and refused == []
    found, refused = read(tmp_path, "checkins", HEAD, *rows[:16])
    assert len(refused) == 15


def test_the_halves_of_a_row_broken_by_a_line_end_are_no_rows(tmp_path):
    rows = ["Ann Lee,x,Café,Ramen,2012-03-04,good", "Bo Lee,x,Café", "of the town,Soup,2012-03-05,good", "Total: 2"]
    found, refused = read(tmp_path, "checkins", HEAD, *rows)
    assert len([one for one in found if one.kind == "utterance"]) == 1
    assert [(one.rule, one.source_line) for one in refused] == [("bad_row", 3), ("bad_row", 4), ("bad_row", 5)]


@pytest.mark.parametrize(
    ("source", "head", "full", "short"),
    [
        (
            "google-contacts",
            "First Name,Last Name,E-mail 1 - Value,Phone 1 - Value,Labels,Notes",
            "Ann,Lee,a@x.org,1,* My,hi",
            "Bo,Lee,b@x.org",
        ),
        ("outlook", "First Name,Last Name,E-mail Address,Mobile Phone,Home City,Notes", "Ann,Lee,a@x.org,1,Rome,hi", "Bo,Lee,b@x.org"),
        ("crm-csv", "First Name,Last Name,Email,Phone,City,Notes", "Ann,Lee,a@x.org,1,Rome,hi", "Bo,Lee,b@x.org"),
        (
            "linkedin",
            "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
            "Ann,Lee,,,,,15 Jan 2024",
            "Bo,Lee,https://x.y/in/b",
        ),
    ],
)
def test_every_table_reads_short_rows_alike(tmp_path, source, head, full, short):
    if source == "linkedin":
        (tmp_path / "in").mkdir()
        tmp_path /= "in"
    found, refused = read(tmp_path, source, head, full, short)
    names = {one.values["full_name"] for one in found if one.kind == "person" and not one.values.get("agent_id")}
    assert refused == [] and len(names) == 2
    assert len(next(csv.reader(io.StringIO(short)))) < len(next(csv.reader(io.StringIO(head))))
