"""Verdicts: facts against rules."""

from privaudit.engine.audit import audit
from privaudit.engine.catalogue import load_catalogue
from privaudit.engine.fault import BadData, Fault
from privaudit.engine.lint import check, lint
from privaudit.engine.rules import Rule, load_rules

__all__ = ["BadData", "Fault", "Rule", "audit", "check", "lint", "load_catalogue", "load_rules"]
