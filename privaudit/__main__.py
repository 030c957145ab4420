"""`python -m privaudit` is the same as `privaudit`."""

from privaudit.cli import main

if __name__ == "__main__":
    main()
