"""`make bench`: every benchmark, one after the other."""

import sys

from benchmarks import parsers, quality

sys.exit(max(quality.main(), parsers.main([])))
