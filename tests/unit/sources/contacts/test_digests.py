"""What a file of contacts remembers to its end: ids given once, and names that relations mention, in little memory."""

from hypothesis import given
from hypothesis import strategies as st

from commonground.sources import SOURCES
from commonground.sources.contacts import relations
from commonground.sources.contacts.digests import Digests, Ids, digest_of
from exports import read


def test_an_id_asked_for_again_gets_the_next_number():
    ids = Ids()
    assert [ids.own("ann") for _ in range(40)] == ["ann", *(f"ann-{number}" for number in range(2, 41))]
    assert "ann-40" in ids and "ann-41" not in ids


@given(st.lists(st.sampled_from(["ann", "bo", "ann-2", "ann-3", "c\ud800", ""]), max_size=60))
def test_no_id_is_given_twice_whatever_is_asked_for(wanted):
    ids = Ids()
    given_ids = [ids.own(one) for one in wanted]
    assert len(set(given_ids)) == len(given_ids)


def test_twenty_thousand_digests_take_24_bytes_each_at_most():
    held, more = Digests(), Digests()
    assert all(held.add(digest_of(str(number))) for number in range(20_000))
    assert not any(held.add(digest_of(str(number))) for number in range(0, 20_000, 7))
    assert held._places.itemsize * len(held._places) <= 24 * 20_000
    more.add(digest_of("x"))
    held.take_over(more)
    assert digest_of("x") in held and digest_of("19999") in held and digest_of("20000") not in held


def test_relations_that_do_not_fit_into_memory_are_ties_all_the_same(tmp_path, monkeypatch):
    book = tmp_path / "book.vcf"
    names = ["Ann Lee", "Bo Lee", "Cy Roe", "Cy Roe", "Di Poe"]
    spouses = {"Ann Lee": "bo lee", "Bo Lee": "Ann Lee", "Di Poe": "Cy Roe"}  # which of the two is not said
    cards = [f"BEGIN:VCARD\nFN:{name}\nUID:{at}\nX-SPOUSE:{spouses.get(name, 'Nobody')}\nEND:VCARD\n" for at, name in enumerate(names)]
    book.write_text("".join(cards))
    whole = read(SOURCES["vcard"], book)
    assert [(tie["src_ref"], tie["dst_ref"]) for tie in whole.of("tie")] == [("0", "1"), ("1", "0")]
    monkeypatch.setattr(relations, "_ROWS_IN_MEMORY", 2)
    assert read(SOURCES["vcard"], book).items == whole.items
