"""Free ids for accounts on macOS: in the range of its service accounts, where nobody else takes them."""

from collections.abc import Iterator

from privaudit.host import Host

_LOWEST, _HIGHEST = 200, 400
"""`sysadminctl -roleAccount` takes no others."""
_TAKEN = (
    range(200, 333),  # Apple's, 308 in macOS 26 and a few more with every release; once Nix' builders
    range(350, 384),  # Nix' builders and their group
    range(395, 401),  # Apple's groups com.apple.access_*, and 399 of a Nix agent
)


def candidates() -> Iterator[int]:
    """Ids that may be tried, the best first."""
    for number in range(_HIGHEST, _LOWEST - 1, -1):
        if not any(number in used for used in _TAKEN):
            yield number


def free_id(host: Host) -> int | None:
    """Find a number that is neither a uid nor a gid; None: every one is taken."""
    for number in candidates():
        if host.passwd(number) is None and host.group(number) is None:
            return number
    return None
