"""Frozen values and nothing else: what a machine looks like, and what was found about it."""
