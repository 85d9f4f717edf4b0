"""`make bench`: every benchmark, one after the other."""

import sys

from benchmarks import quality

sys.exit(quality.main())
