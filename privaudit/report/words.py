"""Facts about a service in the words of an administrator."""

from collections.abc import Sequence

from privaudit.model.account import Account
from privaudit.model.definition import Domain, Manager
from privaudit.model.service import Identity, IdentityKind, Model, Service

_KIND = {
    IdentityKind.ROOT: "",
    IdentityKind.SERVICE: "a service account",
    IdentityKind.PERSON: "a person",
    IdentityKind.NOBODY: "an account that is nobody's in particular",
    IdentityKind.UNKNOWN: "",
}


def who(identity: Identity) -> str:
    """`joe (a person who may become root)`."""
    if identity.kind is IdentityKind.UNKNOWN and identity.uid is None and identity.name == "unknown":
        return f"an account that is not known ({identity.reason})"
    if identity.kind is IdentityKind.UNKNOWN:
        return f"{identity.name} ({identity.reason})" if identity.reason else identity.name
    kind = _KIND[identity.kind]
    if kind and identity.admin is True:
        kind += " who may become root" if identity.kind is IdentityKind.PERSON else " that may become root"
    return f"{identity.name} ({kind})" if kind else identity.name


def runs_as(service: Service) -> str:
    """Say who it runs as against who it should: `runs as joe (a person), should run as mysql`."""
    verb = "runs as" if service.running else "would run as"
    should = _should(service)
    return f"{verb} {who(service.runs_as)}" + (f", {should}" if should else "")


def _should(service: Service) -> str:
    wanted = service.should_run_as
    match service.model:
        case Model.DEDICATED if wanted is not None:
            return "as it should" if service.runs_as.name == wanted else f"should run as {wanted}"
        case Model.ROOT_MASTER:
            return f"should be a root master with workers as {wanted}" if wanted else "root master by design"
        case Model.ROOT_REQUIRED:
            return "needs root by design"
        case Model.PER_USER:
            return "each person's own by design"
        case _:
            person = service.runs_as.kind is IdentityKind.PERSON
            return "should have an account of its own" if person else ""


def where(service: Service, accounts: Sequence[Account]) -> str:
    """Say which manager runs it; empty for the system's."""
    if service.manager is Manager.NONE:
        return "started by no service manager"
    if service.domain is Domain.SYSTEM or service.definition is None:
        return ""
    owner = service.definition.owner
    name = next((account.label for account in accounts if account.uid == owner), f"uid {owner}")
    return f"in {name}'s own {service.manager.value} session"
