"""What a configuration reader is asked, and what it answers."""

from dataclasses import dataclass

from privaudit.collect.services.footprint import Place
from privaudit.host import Host, HostError, Missing
from privaudit.model.definition import Definition
from privaudit.model.process import Process
from privaudit.model.service import Declared
from privaudit.model.unknown import Limit

MAX_INCLUDES = 200
"""Files that one configuration may pull in; more is named in the limits."""


@dataclass(frozen=True, slots=True)
class Request:
    """One service whose configuration is wanted."""

    host: Host
    files: tuple[str, ...]
    """Candidates; the first that exists is the top file."""
    definition: Definition
    processes: tuple[Process, ...]
    platforms: tuple[str, ...]

    def top(self) -> str | None:
        """The configuration file that counts; None: none of them exists."""
        for file in self.files:
            try:
                self.host.lstat(file)
            except Missing:
                continue
            except HostError:
                return file  # let the reader say why it cannot be read
            return file
        return None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the configuration says."""

    declared: Declared | None = None
    """The account that the program takes by itself; None: it does not say."""
    places: tuple[Place, ...] = ()
    """Data, logs, keys that it names."""
    limits: tuple[Limit, ...] = ()
