"""The sockets of one machine by process: who holds which, and which of them others can reach."""

from collections.abc import Sequence
from functools import cached_property

from privaudit.host import Host, HostError, Platform
from privaudit.model.process import Process
from privaudit.model.service import Listener
from privaudit.model.unknown import Unknown

_PORT_RANGE = "/proc/sys/net/ipv4/ip_local_port_range"
_LINUX_PORTS, _MAC_PORTS = range(32768, 61000), range(49152, 65536)


class Sockets:
    """Listening sockets, asked for by the processes that hold them."""

    def __init__(self, host: Host, listeners: tuple[Listener, ...]) -> None:
        self.host = host
        self.listeners = listeners
        self._by_pid: dict[int, list[Listener]] = {}
        for listener in listeners:
            if listener.pid is not None:
                self._by_pid.setdefault(listener.pid, []).append(listener)

    def of(self, processes: Sequence[Process]) -> tuple[Listener, ...]:
        """Sockets that the processes hold."""
        return tuple(sorted((s for p in processes for s in self._by_pid.get(p.pid, ())), key=_order))

    def reachable(self, listener: Listener) -> bool:
        """Whether others can reach a service there: not at a port that the kernel chose for its questions."""
        if listener.loopback or listener.protocol == "unix":
            return False
        return listener.protocol != "udp" or listener.port not in self._chosen

    def unseen(self, processes: Sequence[Process]) -> Unknown | None:
        """Why it cannot be told whether the processes hold one of the sockets whose holders are not seen."""
        if self.host.privileged:
            return None
        uids = {uid for p in processes for uid in (p.uids.real, p.uids.effective)}
        hidden = any(s.pid is None and self.reachable(s) and s.uid in uids for s in self.listeners)
        return Unknown("who holds the sockets of other accounts is for root to see") if hidden else None

    @cached_property
    def _chosen(self) -> range:
        """Ports that the kernel gives to whoever asks for any (ip(7), ip_local_port_range)."""
        try:
            low, high = map(int, self.host.read(_PORT_RANGE).split())
        except (HostError, ValueError):
            return _MAC_PORTS if self.host.platform is Platform.DARWIN else _LINUX_PORTS
        return range(low, high + 1)


def _order(listener: Listener) -> tuple[str, str, int]:
    return (listener.protocol, listener.address, listener.port)
