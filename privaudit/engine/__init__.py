"""Verdicts: facts against rules."""
