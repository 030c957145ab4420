"""Verdicts: facts against rules."""

from privaudit.engine.audit import Verdicts, audit, judge
from privaudit.engine.catalogue import load_catalogue
from privaudit.engine.fault import BadData, Fault
from privaudit.engine.rules import Rule, load_rules

__all__ = ["BadData", "Fault", "Rule", "Verdicts", "audit", "judge", "load_catalogue", "load_rules"]
