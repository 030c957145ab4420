"""privaudit: who does each service really run as, what is wrong with it, and how to mend it."""

__version__ = "0.1.0"
