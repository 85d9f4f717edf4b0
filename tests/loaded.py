"""What every process of the tests needs: loaded once, by the server that forks them (see `processes`)."""

from importlib import import_module

from commonground.interests.tagger import Tagger

for name in ("great_expectations", "commonground.cli", "commonground.identity.resolve", "commonground.stages", "replicating"):
    import_module(name)
Tagger()  # reads the shipped interests
