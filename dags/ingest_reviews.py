"""Google Business Profile and Yelp → reviews and places in the lake, forgotten when the source's terms say so.

**Reads** the enabled feeds of family *reviews* in `feeds.yaml`; **writes** `records/`, `quarantine/` and `audit/` of the lake, one
mapped task per feed.

**When it fails.** The task of the feed says why in one line. A refused token is not tried again: mend the connection under
Admin, Connections, and clear the task. A file that cannot be read wants a new export. A source that is down is tried again by
itself; tonight's tables are then built from what the lake has, and `feeds.is_stale` says so. Clearing a task rewrites its own
batch and nothing else.
"""

from commonground_airflow.ingest import ingest_dag

dag = ingest_dag("reviews", "Ingest: reviews and places", __doc__)
