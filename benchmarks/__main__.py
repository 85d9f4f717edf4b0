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
        ["quality", "--noise", "crowded"],
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
        python = _with_finders() if (chosen.sort, name) == ("speed", "tagging") else [sys.executable]
        worst = max(worst, subprocess.run([*python, "-m", f"benchmarks.{name}", *options]).returncode)
    return worst


def _with_finders() -> list[str]:
    """How Python is started with the phrase finders beside it that are no dependencies; without them where they cannot be had."""
    os.environ["VIRTUAL_ENV"] = sys.prefix
    uv = Path(sys.executable).with_name("uv")
    python = [str(uv), "run", "--quiet", "--no-project", "--active", "--with", "flashtext2", "--with", "spacy", "python"]
    can = uv.exists() and subprocess.run([*python, "-c", "import flashtext2, spacy"], capture_output=True).returncode == 0
    return python if can else [sys.executable]


if __name__ == "__main__":
    sys.exit(main())
