"""Texts → what in them could be somebody's address or number, and which runs of words are a name on the list."""

import pyarrow as pa

from commonground.engine import connect

LONGEST_NAME = 4  # words; longer names are rare, and every word more costs a pass over all texts


def channels_in(texts: pa.Array) -> tuple[set[str], set[str]]:
    """Whatever might be an address (lower case), and the digits of whatever might be a number, each once."""
    con = connect()
    try:
        con.register("given", pa.table({"text": texts}))
        return {row[0] for row in con.execute(_MAILS).fetchall()}, {row[0] for row in con.execute(_NUMBERS).fetchall()}
    finally:
        con.close()


def names_in(texts: pa.Array, salt: bytes, hashes: frozenset[str]) -> set[str]:
    """The runs of two to four words (lower case, one blank between) whose salted hash is among the given ones."""
    con = connect()
    try:
        con.register("given", pa.table({"text": texts}))
        con.register("listed", pa.table({"hash": pa.array(sorted(hashes), pa.string())}))
        return {row[0] for row in con.execute(_NAMES, {"salt": f"{salt.hex()}name:"}).fetchall()}
    finally:
        con.close()


# an address may stand in quotes or at the end of a sentence: each is tried as it stands, and without what may not be part of it
_MAILS = r"""
    WITH found AS (
        SELECT DISTINCT lower(unnest(regexp_extract_all(text, '[^\s@,;:<>"()\[\]{}|/\\=?&]+@[^\s@,;:<>"()\[\]{}|/\\=?&]+'))) AS mail
        FROM given WHERE contains(text, '@'))
    SELECT mail FROM found
    UNION SELECT trim(mail, '.!''’‘“”*_-…') FROM found
    UNION SELECT regexp_extract(mail, '[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(\.[a-z0-9-]+)+') FROM found
"""
# a number may run into other digits: every ten in a row are tried, and runs of seven to nine whole
_NUMBERS = r"""
    WITH runs AS (
        SELECT DISTINCT regexp_replace(unnest(regexp_extract_all(text, '[0-9][0-9()\s./-]{5,28}[0-9]')), '[^0-9]', '', 'g') AS digits
        FROM given WHERE regexp_matches(text, '[0-9][0-9()\s./-]{5,}[0-9]'))
    SELECT DISTINCT substr(digits, unnest(range(1, length(digits) - 8)), 10) AS number FROM runs WHERE length(digits) >= 10
    UNION SELECT digits FROM runs WHERE length(digits) BETWEEN 7 AND 9
"""
_NAMES = (
    r"""
    WITH tokens AS (
        SELECT DISTINCT regexp_extract_all(lower(text), '[\p{L}\p{N}]+') AS words FROM given),
    places AS (
        SELECT words, unnest(range(1, len(words))) AS start FROM tokens WHERE len(words) >= 2),
    runs AS ("""
    + " UNION ALL ".join(
        f"SELECT array_to_string(words[start:start + {more}], ' ') AS name FROM places WHERE start + {more} <= len(words)"
        for more in range(1, LONGEST_NAME)
    )
    + """)
    SELECT DISTINCT name FROM runs WHERE sha256(concat($salt, name)) IN (SELECT hash FROM listed)"""
)
