"""Check the JSDoc types of the console's page with TypeScript, where Node is there: `python -m tests.console.check_types`.

`LOCKPACT_REQUIRE=node` in the environment makes it fail where it would be left out, as for tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name("types")
COMPILER = FOLDER / "node_modules" / ".bin" / "tsc"


def main() -> int:
    """Return the exit code of the compiler; 0 if it is left out."""
    if shutil.which("node") is None or not COMPILER.exists():
        print("left out: the types of the console's page; they need Node, then: npm ci --prefix tests/console/types")
        return 1 if "node" in os.environ.get("LOCKPACT_REQUIRE", "").split(",") else 0
    return subprocess.run([COMPILER, "-p", FOLDER], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
