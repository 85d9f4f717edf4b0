"""`make bench`: every benchmark, one after the other."""

import sys

from benchmarks import parsers, paths, quality, tagging

sys.exit(max(quality.main(), tagging.main([]), paths.main(), parsers.main([])))
