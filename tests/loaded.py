"""What every process of the tests needs: loaded once, by the server that forks them (see `processes`)."""

import great_expectations  # noqa: F401

import commonground.cli
import commonground.contracts.suites
import commonground.identity.resolve
import commonground.stages
import replicating  # noqa: F401
from commonground.interests.tagger import Tagger

Tagger()  # reads the shipped interests
