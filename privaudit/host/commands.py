"""Run a read-only query, as somebody else if need be; what goes wrong is an error of ours."""

from collections.abc import Mapping, Sequence

from privaudit import spawn
from privaudit.host import CommandResult, Denied, HostError, Missing, PasswdEntry


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    account: tuple[PasswdEntry, tuple[int, ...]] | None,
    env: Mapping[str, str] | None,
    stdin: bytes,
) -> CommandResult:
    """Run argv; account: (entry, gids) to run it as. Raises Missing, Denied, HostError (timeout, size)."""
    identity: dict[str, object] = {}
    if account is not None:
        entry, gids = account
        identity = {"user": entry.uid, "group": entry.gid, "extra_groups": list(gids)}
    program = " ".join(argv) if not argv or not argv[0].startswith("/") else argv[0]
    try:
        return answer(program, spawn.start(argv, identity=identity, env=env, stdin=stdin), timeout)
    except spawn.NoAnswer as error:
        raise HostError(program, str(error)) from None
    except FileNotFoundError:
        raise Missing(program, "no such program") from None
    except PermissionError:
        raise Denied(program, "permission denied") from None
    except OSError as error:
        raise HostError(program, error.strerror or str(error)) from None


def answer(program: str, running: spawn.Running, timeout: float) -> CommandResult:
    """Wait for the answer of a query that was started; HostError as `run`."""
    try:
        return CommandResult(*running.result(timeout))
    except spawn.NoAnswer as error:
        raise HostError(program, str(error)) from None
