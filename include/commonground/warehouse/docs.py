"""`python -m commonground.warehouse.docs [--check]`: writes docs/output-contract.md, or says that it is out of step."""

import sys
from pathlib import Path

from commonground.warehouse.dictionary import contract_page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "output-contract.md"


def main() -> int:
    """Returns 1 when `--check` finds the page out of step."""
    wanted = contract_page()
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
            return 0
        print("docs/output-contract.md is not in step with tables.yaml: run make docs")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
