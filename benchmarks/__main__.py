"""`make bench`: every benchmark, one after the other."""

import sys

from benchmarks import parsers, paths, quality

sys.exit(max(quality.main(), paths.main(), parsers.main([])))
