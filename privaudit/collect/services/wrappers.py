"""What a unit starts through sudo, a script and the like, where nothing runs to show it."""

from collections.abc import Sequence
from dataclasses import field

from privaudit.collect.accounts import Accounts
from privaudit.collect.services.command_line import scripts
from privaudit.collect.services.identity import named
from privaudit.collect.services.switches import Behind, in_script, unwrapped
from privaudit.host import Host
from privaudit.model.definition import Command, Definition, Manager
from privaudit.model.frozen import slotted
from privaudit.model.process import Process


@slotted
class Wrappers:
    """Looks behind the wrappers of one machine's units, once each."""

    host: Host
    accounts: Accounts
    _seen: dict[tuple[str, int, str], Behind | None] = field(default_factory=dict)

    def behind(self, definition: Definition, processes: Sequence[Process]) -> Behind | None:
        """What it starts in the end; None: processes show it, or nothing is in between."""
        if processes or definition.manager is not Manager.SYSTEMD:
            return None
        key = (definition.domain.value, definition.owner, definition.id)
        if key not in self._seen:
            starts = [c for c in definition.commands if c.stage == "ExecStart"]
            self._seen[key] = self._started(starts[-1]) if starts else None
        return self._seen[key]

    def _started(self, command: Command) -> Behind | None:
        found = unwrapped((command.path, *command.argv[1:]))
        if found.user is None:
            for path in (found.argv[0], *scripts(found.argv[0], found.argv)):
                inner = in_script(self.host, path) if path.startswith("/") else None
                if inner is not None and named(self.accounts, inner.user or "").uid is not None:
                    return inner
        return found if found.argv[0] != command.path else None
