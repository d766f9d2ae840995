"""`python -m attnlab`: the same engine without a browser."""

import sys

from attnlab.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
