"""`python -m lockpact`."""

import sys

from lockpact.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
