"""How carelessly the town is written down: the same people in other words, repeatable, and nothing changed unless asked for."""

import datetime as dt
import hashlib

import pyarrow.parquet as pq
import pytest

from commonground import sandbox
from commonground.errors import CommonGroundError

AS_OF = dt.date(2026, 11, 23)


def built(folder, noise):
    sandbox.build(60, 3, folder, AS_OF, noise)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha1(path.read_bytes()).hexdigest() for path in files}


def test_noise_is_repeatable_and_each_level_another_town(tmp_path):
    heavy = built(tmp_path / "heavy", "heavy")
    assert heavy == built(tmp_path / "again", "heavy")
    crm = "api/followupboss.json"
    assert len({heavy[crm], built(tmp_path / "light", "light")[crm], built(tmp_path / "usual", "usual")[crm]}) == 3


def namesakes(folder, noise):
    sandbox.build(400, 3, folder, AS_OF, noise)
    persons = pq.read_table(folder / "truth" / "persons.parquet").to_pylist()
    return len(persons) - len({(row["given_name"], row["family_name"]) for row in persons})


def test_every_record_of_a_noisy_town_still_belongs_to_one_person(tmp_path):
    assert namesakes(tmp_path / "heavy", "heavy") > namesakes(tmp_path / "usual", "usual")
    records = pq.read_table(tmp_path / "heavy" / "truth" / "records.parquet").to_pylist()
    assert len({(row["feed"], row["record_id"]) for row in records}) == len(records)


def test_an_unknown_noise_is_refused(tmp_path):
    with pytest.raises(CommonGroundError, match="deafening"):
        sandbox.build(60, 3, tmp_path, AS_OF, "deafening")
