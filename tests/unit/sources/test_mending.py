"""Text in the wrong encoding, undone only where it can be nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonground.sources import SOURCES
from commonground.sources.mending import mended
from exports import read


@pytest.mark.parametrize("right", ["José García", "don’t", "MUÑOZ", "“hi”", "🦞 boil", "À bientôt", "Nguyễn", "Łódź £5"])
def test_what_a_spreadsheet_broke_is_whole_again(right):
    def shown(byte: int) -> str:
        try:
            return bytes([byte]).decode("cp1252")
        except UnicodeDecodeError:
            return chr(byte)

    assert mended("".join(shown(byte) for byte in right.encode())) == right


@pytest.mark.parametrize(
    "right",
    ["“IRMÃ”", "„Spaß“", "“CAFÉ”—no", "«está»…", "café”—and", "JOÃO – 5", "São Paulo…", "黄伟", "Ångström", "Ä“", "naïve ©", "Â\x80"],
)
def test_right_text_stays_as_it_is(right):
    assert mended(right) == right


@given(st.text(alphabet=st.characters(min_codepoint=0xC0, max_codepoint=0x17F, categories=["Lu", "Ll"])))
def test_letters_alone_are_never_changed(text):
    known = set("Š Œ Ž š œ ž Ÿ ƒ".split())
    assert mended(text) == text or known & set(text)


@pytest.mark.parametrize("source", ["linkedin", "crm-csv", "outlook"])
def test_names_of_a_table_are_mended(tmp_path, source):
    header = "First Name,Last Name,Email Address,Company,Position,Connected On"
    (tmp_path / "Connections.csv").write_text(f"{header}\nJosÃ©,GarcÃ­a,j@x.org,Acme,Chef,08 Feb 2026\n", encoding="utf-8")
    header = header.replace("Position,Connected On", "Job Title,Notes")
    (tmp_path / "book.csv").write_text(f"{header}\nJosÃ©,GarcÃ­a,j@x.org,Acme,Chef,hi\n", encoding="utf-8")
    found = read(SOURCES[source], tmp_path / ("Connections.csv" if source == "linkedin" else "book.csv"))
    assert found.one("person", given_name="José")["family_name"] == "García"
