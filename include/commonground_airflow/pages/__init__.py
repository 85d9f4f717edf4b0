"""The Common Ground pages inside the Airflow UI: the published DuckDB file in, HTML and CSV out. Read-only."""
