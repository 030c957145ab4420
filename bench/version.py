"""What starting privaudit costs, beside starting Python: `python -m bench.version`."""

import sys

from bench.pairs import paired

TARGET = 4.0


def main() -> None:
    """Measure and print."""
    pair = paired([sys.executable, "-m", "privaudit", "--version"], [sys.executable, "-c", "pass"], rounds=31)
    print(pair.line("privaudit --version / python -c pass", TARGET))


if __name__ == "__main__":
    main()
