"""Contact books (Follow Up Boss, Google Contacts) and the team itself → people, interactions, notes, ties and consents in the lake.

**Reads** the enabled feeds of family *contacts* in `feeds.yaml`; **writes** `records/`, `quarantine/` and `audit/` of the lake, one
mapped task per feed.

**When it fails.** The task of the feed says why in one line. A refused token is not tried again: mend the connection under
Admin, Connections, and clear the task. A file that cannot be read wants a new export. A source that is down is tried again by
itself; tonight's tables are then built from what the lake has, and `feeds.is_stale` says so. Clearing a task rewrites its own
batch and nothing else.
"""

from commonground_airflow.ingest import ingest_dag

dag = ingest_dag("contacts", "Ingest: contact books", __doc__)
