"""`python -m privaudit` is the same as `privaudit`."""

import sys

from privaudit.cli import program

if __name__ == "__main__":
    sys.exit(program())
