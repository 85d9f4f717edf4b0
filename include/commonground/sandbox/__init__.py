"""An invented town: people with known truth, their exports, and servers that speak the vendors' protocols.

build(people, seed, out)           makes a town on disk; the same arguments, the same bytes
with serve(town) as base_url: ...  answers as its vendors would
connections_for(town, base_url)    the Airflow connections that reach it
"""

from commonground.sandbox import changes
from commonground.sandbox.build import build
from commonground.sandbox.serving import as_of_day, connections_for, serve, serve_until_stopped

__all__ = ["as_of_day", "build", "changes", "connections_for", "serve", "serve_until_stopped"]
