"""Commands that give whoever may run them as root all of root."""

_PROGRAMS = """
sh bash dash zsh ksh mksh csh tcsh fish ash busybox su sudo doas env nohup nice ionice timeout xargs setsid
stdbuf chroot nsenter unshare setpriv runuser start-stop-daemon systemd-run machinectl screen tmux script
watch perl ruby node nodejs lua php awk gawk mawk tclsh expect gdb strace ltrace tcpdump
vi vim view rvim nano pico emacs ed ex mcedit less more man most sed
find tar cpio zip rsync scp ssh git make tee cp mv dd install ln rm chmod chown chgrp setfacl mount umount
docker podman lxc incus kubectl virsh crontab at systemctl journalctl
apt apt-get aptitude dpkg dnf yum rpm zypper pacman apk pip pip3 snap npm gem
useradd usermod adduser passwd chpasswd visudo vipw vigr gpasswd
"""
"""Programs that, with arguments of the caller's choice, start others or write files as whoever runs them."""
_ESCAPES = frozenset(_PROGRAMS.split())
_FOLDERS = frozenset({"/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"})
_DECISIVE = frozenset({"", "*", "/*", "/etc/*", "/etc/sudoers", "/etc/passwd", "/etc/shadow", "/etc/crontab"})
"""What `sudoedit` must not be let at."""


def reaches_root(command: str) -> bool:
    """Judge a command of sudoers(5): a program with arguments, a program alone, or a folder with its slash.

    A program with fixed arguments is taken at its word; one whose arguments are free is judged by what it is.
    """
    program, _, arguments = command.partition(" ")
    arguments = arguments.strip()
    if program == "sudoedit":
        return not _DECISIVE.isdisjoint([arguments, *arguments.split()])
    folder, _, name = program.rpartition("/")
    if not name or "*" in name:  # any program of the folder
        return f"{folder}/" in _FOLDERS
    starts_others = name in _ESCAPES or name.rstrip("0123456789.") == "python"
    return starts_others and arguments in {"", "*"}
