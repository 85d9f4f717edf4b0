"""`python -m benchmarks quality|speed`: how right, or how fast, one benchmark after the other, under the machine's facts."""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

FIXTURE = Path(__file__).parent.parent.parent / "shared" / "fixtures" / "identity" / "historical_dev.parquet"
RUNS = {
    "quality": [
        ["quality"],
        ["quality", "--noise", "heavy"],
        ["linking", "--rows", "20000", *(["--fixture", str(FIXTURE)] if FIXTURE.exists() else [])],
        ["tagging", "--texts", "0"],
    ],
    "speed": [["linking", "--rows", "200000"], ["linking", "--night-after", "200000"], ["tagging"], ["paths"], ["parsers"]],
}


def main() -> int:
    """Runs the benchmarks of one sort; the worst of their exit codes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sort", choices=RUNS)
    chosen = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    worst = 0
    for name, *options in RUNS[chosen.sort]:
        print(f"\n== python -m benchmarks.{' '.join([name, *options])}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options]).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
