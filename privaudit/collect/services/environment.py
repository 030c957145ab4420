"""Files and folders that a unit's environment has programs load code from: ld.so(8), interpreters."""

from collections.abc import Iterable, Iterator

_SEARCHED = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "GCONV_PATH", "PYTHONPATH", "PERL5LIB", "PERLLIB", "RUBYLIB", "NODE_PATH"}
    | {"GEM_PATH", "CLASSPATH"}
)
"""Lists of folders, with colons between."""
_LOADED = frozenset({"LD_PRELOAD", "LD_AUDIT", "BASH_ENV", "ENV", "PYTHONSTARTUP", "PYTHONHOME"})
"""Files (and one folder) that are loaded as they stand."""


def code_paths(environment: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Absolute paths that code is loaded from; variables inside them are left out."""
    for name, value in environment:
        if name in _SEARCHED:
            words = [word.removesuffix("/*") for word in value.split(":")]
        elif name in _LOADED:
            words = value.replace(":", " ").split()
        else:
            continue
        yield from (word for word in words if word.startswith("/") and "$" not in word)
