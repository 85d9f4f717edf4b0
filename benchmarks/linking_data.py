"""A number and a seed → that many person records as `commonground link` takes them, with the person each one is.

Made in SQL, so that a million rows take seconds. Names follow the long tail of real ones: a few given and family names are
very common, most are rare. Two or three records a person; each may lose, mistype or share what tells people apart.
"""

import duckdb
import pyarrow as pa

from commonground.sandbox import names

_SYLLABLES = "ba den ker lo mar nis ola per quin ros sta tor ulm ver wick yor zan hal gre fon".split()


def people(count: int, seed: int = 1) -> pa.Table:
    """`count` records: `record_id, source, given_name, ..., url` and `person_id`, the truth. The same arguments, the same rows."""
    con = duckdb.connect()
    con.register("given_stock", pa.table({"name": list(names.GIVEN), "nicknames": [list(more) for more in names.GIVEN.values()]}))
    con.register("syllable", pa.table({"position": range(len(_SYLLABLES)), "text": _SYLLABLES}))
    con.register("street_stock", pa.table({"name": names.STREETS}))
    con.execute(f"""
        CREATE MACRO dice(a, room) AS (hash(a, room, {seed}) % 1000003) / 1000003.0;
        CREATE TABLE given AS SELECT name, nicknames, row_number() OVER (ORDER BY name) - 1 AS position FROM given_stock;
        CREATE TABLE street AS SELECT name, row_number() OVER (ORDER BY name) - 1 AS position FROM street_stock;
        CREATE TABLE family AS
        SELECT upper(left(a.text, 1)) || substr(a.text, 2) || b.text || c.text AS name,
               row_number() OVER (ORDER BY hash(a.text || b.text || c.text)) - 1 AS position
        FROM syllable AS a CROSS JOIN syllable AS b CROSS JOIN syllable AS c;
        CREATE TABLE person AS
        SELECT p, CAST(floor(power(dice(p, 'g'), 1.5) * (SELECT count(*) FROM given)) AS BIGINT) AS g,
               CAST(floor(power(dice(h, 'f'), 2.5) * (SELECT count(*) FROM family)) AS BIGINT) AS f,
               h, CAST(10000 + floor(power(dice(h, 'z'), 2) * greatest({count} / 400, 20)) AS BIGINT) AS zip,
               CAST(floor(dice(h, 's') * (SELECT count(*) FROM street)) AS BIGINT) AS s
        FROM (SELECT range AS p, CASE WHEN dice(range, 'h') < 0.4 THEN range - range % 2 ELSE range END AS h FROM range({count} // 2))""")
    rows = con.sql(f"""
        WITH placed AS (
            SELECT range AS r,
                   CASE WHEN range < {count} // 2 THEN range ELSE CAST(floor(dice(range, 'p') * ({count} // 2)) AS BIGINT) END AS p
            FROM range({count})),
        told AS (
            SELECT t.r, x.*, g.name AS full_given, g.nicknames, f.name AS family, st.name AS street,
                   ['crm', 'phone', 'mail', 'network'][1 + CAST(floor(dice(t.r, 'source') * 4) AS BIGINT)] AS source
            FROM placed AS t JOIN person AS x ON x.p = t.p JOIN given AS g ON g.position = x.g JOIN family AS f ON f.position = x.f
            JOIN street AS st ON st.position = x.s)
        SELECT CAST(hash(r, 'id', {seed}) % 1000000007 AS VARCHAR) || '-' || r AS record_id, source, CAST(p AS VARCHAR) AS person_id,
               CASE WHEN len(nicknames) > 0 AND dice(r, 'nick') < 0.3 THEN nicknames[1]
                    WHEN dice(r, 'slip') < 0.04 THEN left(full_given, 2) || substr(full_given, 4) ELSE full_given END AS given_name,
               CASE WHEN dice(r, 'slip2') < 0.04 THEN left(family, 3) || substr(family, 5) ELSE family END AS family_name,
               CASE WHEN source <> 'network' AND dice(r, 'mail') < 0.6
                    THEN lower(full_given) || '.' || lower(family) || p || '@mail' || p % 7 || '.example' END AS email,
               CASE WHEN source IN ('crm', 'phone') AND dice(r, 'phone') < 0.8
                    THEN '(' || (201 + h % 700) || ') ' || (200 + (h * 7) % 800) || '-'
                         || lpad(CAST((h * 13 + p) % 10000 AS VARCHAR), 4, '0') END AS phone,
               CASE WHEN source IN ('crm', 'phone') AND dice(r, 'street') < 0.6 THEN (1 + h % 9000) || ' ' || street || ' St' END AS street,
               CASE WHEN dice(r, 'city') < 0.7 THEN 'Town ' || zip // 3 END AS city,
               CASE WHEN dice(r, 'city') < 0.7 THEN 'CA' END AS state,
               CASE WHEN source IN ('crm', 'phone') AND dice(r, 'zip') < 0.8 THEN CAST(zip AS VARCHAR) END AS postal_code,
               CASE WHEN dice(r, 'birth') < 0.2
                    THEN strftime(DATE '1940-01-01' + CAST(hash(p, {seed}) % 24000 AS INTEGER), '%Y-%m-%d') END AS birth_date,
               CASE WHEN source = 'network' AND dice(r, 'work') < 0.7
                    THEN 'Company ' || CAST(hash(p, 'work', {seed}) % 5000 AS VARCHAR) END AS employer,
               CAST(NULL AS VARCHAR) AS url
        FROM told ORDER BY record_id""").to_arrow_table()
    con.close()
    return rows
