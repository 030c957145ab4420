"""Every manager of a machine: asked if it runs and answers, else worked out from its files."""

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from functools import partial

from privaudit.collect.systemd import live, query
from privaudit.collect.systemd.finish import Finisher
from privaudit.collect.systemd.load import Loader, definition
from privaudit.collect.systemd.offline import Wished, open_files, services, wished
from privaudit.collect.systemd.people import Person, people
from privaudit.collect.systemd.scope import Scope, system_scope, user_scope
from privaudit.collect.systemd.specifiers import Machine
from privaudit.collect.systemd.triggers import with_addresses
from privaudit.host import Host, HostError
from privaudit.model.definition import Command, Definition
from privaudit.model.frozen import slotted
from privaudit.model.path import FileKind
from privaudit.model.unknown import Limit

PATIENCE = 30.0
"""Seconds that all people's managers together may take to answer."""


@slotted
class Managers:
    """All managers of one machine."""

    host: Host
    limits: list[Limit] = field(default_factory=list)

    def system(self) -> list[Definition]:
        """Collect the services of the system's manager."""
        scope = system_scope(self.host)
        booted = is_booted(self.host)
        loader = open_files(self.host, scope, Machine(self.host), booted=booted)
        asked = wished(loader)  # all files are read while systemd answers
        answer = self._ask(partial(live.ask_system, self.host, scope)) if booted else None
        if self.host.live and not booted and loader.files.units:
            self.limits.append(Limit("systemd", "systemd is not running: units were read from files"))
        return self._both(loader, asked, answer, lambda *_: True)

    def people(self) -> Iterator[Definition]:
        """Collect the services of people's managers."""
        machine = Machine(self.host)
        end = self.host.now() + PATIENCE
        for person in people(self.host, self.limits):
            scope = user_scope(self.host, person.account)
            answer = None
            if person.running:
                answer = self._ask(partial(self._ask_user, scope, end))
            if answer is None and not person.lingers and not person.writes:
                continue
            loader = open_files(self.host, scope, machine, booted=True)
            yield from self._both(loader, wished(loader), answer, _choice(person, scope, answer))

    def _ask_user(self, scope: Scope, end: float) -> live.Answer:
        if self.host.now() > end:
            raise HostError(f"manager of {scope.owner.name}", "not asked: others took too long to answer")
        return live.ask_user(self.host, scope)

    def _ask(self, ask: Callable[[], live.Answer]) -> live.Answer | None:
        try:
            answer = ask()
        except HostError as error:
            self.limits.append(error.limit())
            return None
        self.limits += answer.limits
        return answer

    def _both(
        self,
        loader: Loader,
        asked: Wished,
        answer: live.Answer | None,
        wanted: Callable[[Definition, set[str]], bool],
    ) -> list[Definition]:
        """Join what a manager answered with what only files say."""
        found = [_exact(each, loader) for each in answer.definitions] if answer is not None else []
        known = answer.known if answer is not None else frozenset()
        found += [each for each, places in services(loader, asked, known) if wanted(each, places)]
        self.limits += [*loader.files.limits, *loader.limits]
        finisher = Finisher(self.host)
        return [finisher.finish(with_addresses(each, loader), loader.scope.owner) for each in found]


def is_booted(host: Host) -> bool:
    """Whether systemd is the init system of a machine that can be asked."""
    try:
        return host.live and host.lstat(query.BOOTED).kind is FileKind.DIRECTORY
    except HostError:
        return False


def _choice(
    person: Person, scope: Scope, answer: live.Answer | None
) -> Callable[[Definition, set[str]], bool]:
    """Say which units count that a person's manager has not loaded.

    Those that the person wrote, changed or enabled; where the manager starts at boot and was not asked, also
    what is enabled for everybody.
    """
    all_enabled = person.lingers and answer is None

    def wanted(each: Definition, places: set[str]) -> bool:
        mine = tuple(f"{folder}/" for folder in scope.own)
        if places.intersection(scope.own) or (each.path or "").startswith(mine):
            return True
        if any(path.startswith(mine) for path in each.drop_ins):
            return True
        return all_enabled and each.enabled.startswith("enabled")

    return wanted


def _exact(shown: Definition, loader: Loader) -> Definition:
    """Take command lines from the files where they say the same: a manager prints no quotes around arguments.

    A file that says something else was changed since the manager read it, or is not what it reads.
    """
    if shown.path is None or shown.needs_reload:
        return shown
    loaded = loader.load(shown.id)
    told = definition(loaded) if loaded is not None else None
    if told is None or [_printed(line) for line in told.commands] != [
        _printed(line) for line in shown.commands
    ]:
        return shown
    return replace(shown, commands=told.commands, extra=told.extra)


def _printed(line: Command) -> tuple[str, str, tuple[str, ...]]:
    return line.stage, line.path, tuple(" ".join(line.argv).split())
