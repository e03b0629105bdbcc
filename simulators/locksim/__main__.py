"""`python -m locksim`."""

import sys

from locksim.cli import main

if __name__ == "__main__":
    sys.exit(main())
