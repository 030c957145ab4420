"""What a configuration reader is asked, and what it answers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field

from privaudit.collect.services.footprint import Place, expand
from privaudit.host import Host, HostError, Missing
from privaudit.model.definition import Definition
from privaudit.model.frozen import frozen, slotted
from privaudit.model.process import Process
from privaudit.model.service import Declared
from privaudit.model.unknown import Limit

MAX_FILES = 1000
"""Files that one configuration may pull in: a web host has hundreds of sites. More is named in the limits."""
MAX_DEPTH = 32
"""Files that may be open inside one another."""


@frozen
class Request:
    """One service whose configuration is wanted."""

    host: Host
    files: tuple[str, ...]
    """Candidates; the first that exists is the top file."""
    definition: Definition
    processes: tuple[Process, ...]
    platforms: tuple[str, ...]

    def argvs(self) -> Iterator[tuple[str, ...]]:
        """Command lines that are running, then those that the definition starts it with."""
        yield from (process.argv for process in self.processes)
        for command in self.definition.commands:
            if command.stage in {"ExecStart", "ProgramArguments"}:
                yield command.argv

    def options(self, *names: str) -> tuple[str, ...]:
        """Every value of an option that may be repeated, of the first command line that has it."""
        for argv in self.argvs():
            found = tuple(value for value in option_values(argv, names) if "$" not in value)
            if found:
                return found
        return ()

    def option(self, *names: str) -> str | None:
        """The value of an option on a command line, `-c x`, `--conf=x` or `--conf x`; None: there is none.

        A variable that a manager would have replaced is no value.
        """
        for argv in self.argvs():
            for value in option_values(argv, names):
                if "$" not in value:
                    return value
        return None

    def top(self, *options: str) -> str | None:
        """The configuration file that counts: the one that an option names, else the first that exists."""
        named = self.option(*options) if options else None
        if named is not None and named.startswith("/"):
            return named
        for file in self.files:
            try:
                self.host.lstat(file)
            except Missing:
                continue
            except HostError:
                return file  # let the reader say why it cannot be read
            return file
        return None


def option_values(argv: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """Values of an option, in the order of the command line: `-u x`, `-ux`, `--user x`, `--user=x`."""
    for index, argument in enumerate(argv[1:], 1):
        for name in names:
            if argument == name and index + 1 < len(argv):
                yield argv[index + 1]
            elif name.startswith("--") and argument.startswith(f"{name}="):
                yield argument[len(name) + 1 :]
            elif not name.startswith("--") and argument.startswith(name) and argument != name:
                yield argument[len(name) :].removeprefix("=")


@frozen
class Reading:
    """What the configuration says."""

    declared: Declared | None = None
    """The account that the program takes by itself; None: it does not say."""
    places: tuple[Place, ...] = ()
    """Data, logs, keys that it names."""
    limits: tuple[Limit, ...] = ()
    takes: tuple[Declared, ...] = ()
    """Every account that its workers take, where the configuration names several."""
    files: tuple[str, ...] = ()
    """What was read for it."""

    def accounts(self) -> tuple[str, ...]:
        """Names of all that it takes, each once."""
        named = (*self.takes, *(() if self.declared is None else (self.declared,)))
        return tuple(dict.fromkeys(each.user for each in named if each.user))


@slotted
class Includes:
    """The files of one configuration: each is read once, not too many, and not too deep."""

    host: Host
    limits: list[Limit] = field(default_factory=list)
    """What could not be read."""
    _seen: set[str] = field(default_factory=set)
    _depth: int = 0

    @contextmanager
    def text(self, path: str) -> Iterator[str]:
        """Open a file while what it includes is read; empty if it was read before or cannot be."""
        self._depth += 1
        try:
            yield self._read(path)
        finally:
            self._depth -= 1

    def matching(self, pattern: str) -> list[str]:
        """Files that a pattern names, sorted."""
        try:
            return expand(self.host, pattern)
        except HostError as error:
            self.limits.append(error.limit())
            return []

    def reading(
        self,
        declared: Declared | None = None,
        places: Iterable[Place] = (),
        takes: Iterable[Declared] = (),
    ) -> Reading:
        """What was read, and the files that were."""
        return Reading(declared, tuple(places), tuple(self.limits), tuple(takes), tuple(sorted(self._seen)))

    def _read(self, path: str) -> str:
        if path in self._seen:
            return ""
        if len(self._seen) >= MAX_FILES or self._depth > MAX_DEPTH:
            why = f"not read: more than {MAX_FILES} files are included, or {MAX_DEPTH} inside one another"
            self.limits.append(Limit(path, why))
            return ""
        self._seen.add(path)
        try:
            return self.host.read(path).decode("utf-8", "surrogateescape")
        except Missing:
            return ""
        except HostError as error:
            self.limits.append(error.limit())
            return ""
