"""Reports: what was found, for people and for programs. They show facts and verdicts, and compute neither."""
