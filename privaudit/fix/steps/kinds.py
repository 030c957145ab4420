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
from privaudit.model import plan_launchd, steps

DOERS: dict[type, Doer[Any]] = {
    steps.MakeAccount: AccountDoer(),
    steps.StopUnits: StopDoer(),
    steps.GiveTrees: TreesDoer(),
    steps.WriteFile: WriteDoer(),
    steps.RemoveFiles: RemoveDoer(),
    steps.Reload: ReloadDoer(),
    steps.ReadBack: ReadBackDoer(),
    steps.StartUnits: StartDoer(),
    steps.AskHealth: HealthDoer(),
    steps.Prove: ProofDoer(),
    steps.Rescan: RescanDoer(),
    steps.RetirePersonUnit: RetireDoer(),
    steps.EnableUnit: EnableDoer(),
    plan_launchd.MakeMacAccount: MacAccountDoer(),
    plan_launchd.RetireJob: RetireJobDoer(),
    plan_launchd.StopJob: StopJobDoer(),
    plan_launchd.GiveFile: GiveFileDoer(),
    plan_launchd.EnableJob: EnableJobDoer(),
    plan_launchd.BootstrapJob: BootstrapDoer(),
    plan_launchd.ProveJob: ProveJobDoer(),
}


def doer(step: steps.Step) -> Doer[Any]:
    """Who carries the step out."""
    return DOERS[type(step)]
