"""Which doer carries out which step: the closed set."""

from typing import Any

from privaudit.fix.steps import Doer
from privaudit.fix.steps.account import AccountDoer
from privaudit.fix.steps.files import RemoveDoer, WriteDoer
from privaudit.fix.steps.ownership import TreesDoer
from privaudit.fix.steps.person import RetireDoer
from privaudit.fix.steps.proof import HealthDoer, ProofDoer, RescanDoer
from privaudit.fix.steps.units import EnableDoer, ReadBackDoer, ReloadDoer, StartDoer, StopDoer
from privaudit.model import plan

DOERS: dict[type, Doer[Any]] = {
    plan.MakeAccount: AccountDoer(),
    plan.StopUnits: StopDoer(),
    plan.GiveTrees: TreesDoer(),
    plan.WriteFile: WriteDoer(),
    plan.RemoveFiles: RemoveDoer(),
    plan.Reload: ReloadDoer(),
    plan.ReadBack: ReadBackDoer(),
    plan.StartUnits: StartDoer(),
    plan.AskHealth: HealthDoer(),
    plan.Prove: ProofDoer(),
    plan.Rescan: RescanDoer(),
    plan.RetirePersonUnit: RetireDoer(),
    plan.EnableUnit: EnableDoer(),
}


def doer(step: plan.Step) -> Doer[Any]:
    """Who carries the step out."""
    return DOERS[type(step)]
