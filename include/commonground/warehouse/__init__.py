"""Enriched tables → the published DuckDB file, with its dictionary, checks and history."""
