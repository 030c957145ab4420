"""Which doer carries out which step: the closed set."""

from typing import Any

from privaudit.fix.steps import Doer
from privaudit.fix.steps.account import AccountDoer
from privaudit.fix.steps.file_owner import GiveFileDoer
from privaudit.fix.steps.files import RemoveDoer, WriteDoer
from privaudit.fix.steps.launchd import BootstrapDoer
from privaudit.fix.steps.launchd import EnableDoer as EnableJobDoer
from privaudit.fix.steps.launchd import RetireDoer as RetireJobDoer
from privaudit.fix.steps.launchd import StopDoer as StopJobDoer
from privaudit.fix.steps.launchd_proof import ProofDoer as ProveJobDoer
from privaudit.fix.steps.mac_account import MacAccountDoer
from privaudit.fix.steps.ownership import TreesDoer
from privaudit.fix.steps.person import RetireDoer
from privaudit.fix.steps.proof import HealthDoer, ProofDoer, RescanDoer
from privaudit.fix.steps.units import EnableDoer, ReadBackDoer, ReloadDoer, StartDoer, StopDoer
from privaudit.model import plan, plan_launchd

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
    plan_launchd.MakeMacAccount: MacAccountDoer(),
    plan_launchd.RetireJob: RetireJobDoer(),
    plan_launchd.StopJob: StopJobDoer(),
    plan_launchd.GiveFile: GiveFileDoer(),
    plan_launchd.EnableJob: EnableJobDoer(),
    plan_launchd.BootstrapJob: BootstrapDoer(),
    plan_launchd.ProveJob: ProveJobDoer(),
}


def doer(step: plan.Step) -> Doer[Any]:
    """Who carries the step out."""
    return DOERS[type(step)]
