"""The pages follow the file: a new build is noticed, an old one stays whole for whoever still reads it, and is let go."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from commonground_airflow.pages.store import NotPublishedError, Store
from published import write_published

COUNT = "SELECT count(*) AS n FROM contacts"


def publish(path: Path, people: int) -> None:
    write_published(path, {"contacts": [{"contact_id": f"c{number}"} for number in range(people)]})


def test_a_replaced_file_is_noticed_at_the_next_question(tmp_path: Path):
    path = tmp_path / "commonground.duckdb"
    store = Store(lambda: path)
    for people in (3, 5, 4):
        publish(path, people)
        with store.reading() as reader:
            assert reader.row(COUNT) == {"n": people}


def test_a_reader_keeps_its_build_while_the_next_one_arrives(tmp_path: Path):
    path = tmp_path / "commonground.duckdb"
    store = Store(lambda: path)
    publish(path, 3)
    with store.reading() as old:
        publish(path, 5)
        with store.reading() as new:
            assert (old.row(COUNT), new.row(COUNT)) == ({"n": 3}, {"n": 5})
        assert old.row(COUNT) == {"n": 3}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed under /proc only on Linux")
def test_an_old_build_is_let_go_when_nobody_reads_it(tmp_path: Path):
    path = tmp_path / "commonground.duckdb"
    store = Store(lambda: path)

    def open_builds() -> list[str]:
        links = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return sorted({link.removeprefix(f"{tmp_path}/") for link in links if str(tmp_path) in link})

    publish(path, 1)
    with store.reading():
        publish(path, 2)
        with store.reading():
            assert open_builds() == ["commonground.duckdb", "commonground.duckdb (deleted)"]
    assert open_builds() == ["commonground.duckdb"]
    store.close()
    assert open_builds() == []


def test_a_file_that_is_gone_is_told_from_one_that_is_there(tmp_path: Path):
    path = tmp_path / "commonground.duckdb"
    store = Store(lambda: path)
    publish(path, 1)
    with store.reading() as reader:
        assert reader.row(COUNT) == {"n": 1}
    path.unlink()
    with pytest.raises(NotPublishedError), store.reading():
        pass


def test_nothing_can_be_written(tmp_path: Path):
    from commonground_airflow.pages.store import UnreadableFileError

    path = tmp_path / "commonground.duckdb"
    publish(path, 1)
    with Store(lambda: path).reading() as reader, pytest.raises(UnreadableFileError, match="read-only"):
        reader.rows("DELETE FROM contacts")


def test_many_readers_at_once_while_builds_are_swapped(tmp_path: Path):
    path = tmp_path / "commonground.duckdb"
    store = Store(lambda: path)
    publish(path, 1)
    seen: set[int] = set()
    troubles: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                with store.reading() as reader:
                    first, second = reader.row(COUNT), reader.row(COUNT)
                    assert first == second and first is not None
                    seen.add(first["n"])
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for people in (2, 3):
        publish(path, people)
    with store.reading() as reader:
        assert reader.row(COUNT) == {"n": 3}
    done.set()
    for thread in threads:
        thread.join(timeout=20)
    assert not troubles
    assert seen <= {1, 2, 3}


def test_the_pages_show_the_new_build(published: Path, tmp_path: Path, client_of: Callable[..., TestClient]):
    path = Path(shutil.copy(published, tmp_path))
    client = client_of(path)
    assert "Zoë Quill" in client.get("/groups").text
    write_published(path, {"segment_now": [{"contact_id": "cnew", "rank": 1, "full_name": "Newly Come"}]})
    page = client.get("/groups").text
    assert "Newly Come" in page and "Zoë Quill" not in page
