"""Scan one service anew, as the proof of a fix: with the rules that found what was wrong."""

from collections.abc import Callable, Sequence

from privaudit.collect.snapshot import collect
from privaudit.engine import audit
from privaudit.engine.rules import Rule
from privaudit.fix.steps import Verdict
from privaudit.host import Host
from privaudit.model.finding import Finding, Status
from privaudit.model.plan import Plan
from privaudit.model.profile import Profile
from privaudit.model.remedy import Remedy


def rescanner(
    host: Host, catalogue: Sequence[Profile], rules: Sequence[Rule], plan: Plan
) -> Callable[[], Verdict]:
    """Make the function that a proof calls: which of the findings that the plan mends are still there."""
    names = [plan.service, plan.replaces] if plan.replaces else [plan.service]
    wanted = {fingerprint for _, fingerprint in plan.mends}

    def of_this_plan(finding: Finding) -> bool:
        """Found again, or found of what took its place."""
        anew = bool(plan.replaces) and finding.service == plan.service
        return finding.fingerprint in wanted or (anew and finding.remedy == Remedy.DEDICATED_ACCOUNT)

    def rescan() -> Verdict:
        found = audit(collect(host, catalogue, names), rules)
        return Verdict(
            tuple(
                f"{each.rule}: {each.message}" for each in found if each.status in _BAD and of_this_plan(each)
            )
        )

    return rescan


_BAD = frozenset({Status.FAIL, Status.UNKNOWN})
"""What cannot be told any more is not mended."""
