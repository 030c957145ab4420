"""Comments: nobody can tell what people wrote there, so nothing of them is kept but what programs read."""

import re

_INIT_COMMENT = re.compile(
    r"#+[ \t]*(?:BEGIN INIT|END INIT|chkconfig|processname|config|pidfile|description)"
    r"|#+[ \t]*(?:Provides|Required-|Should-|Default-)"
)
_MARKUP_COMMENT = re.compile(r"<!--")
_C_COMMENT = re.compile(r"^[ 	]*/\*", re.MULTILINE)
_SECTION = re.compile(r"^[ \t]*\[[^\]\n]+\]", re.MULTILINE)
_OUR_COMMENT = re.compile(r"#[^\n]{0,80}\bprivaudit\b")
_SUDO_COMMENT = re.compile(r"#(?:include(?:dir)?\b|\d)")


def kept_comments(path: str) -> re.Pattern[str]:
    """Comments of a file that programs read."""
    if "/sudoers" in path:
        return _SUDO_COMMENT
    return _INIT_COMMENT if "/init.d/" in path else _OUR_COMMENT


def without_comments(text: str, *, keep: re.Pattern[str]) -> str:
    """Empty the comments: nobody can tell what people wrote there. Lines stay lines."""
    text = _emptied(_emptied(text, _MARKUP_COMMENT, "-->"), _C_COMMENT, "*/")
    signs = ("#", *((";",) if _SECTION.search(text) else ()), *(("//",) if "};" in text else ()))
    lines = text.split("\n")
    for number, line in enumerate(lines):
        bare = line.lstrip()
        sign = next((sign for sign in signs if bare.startswith(sign)), "")
        if sign and not keep.match(bare) and not (number == 0 and bare[:2] == "#!"):
            lines[number] = line[: len(line) - len(bare)] + sign + ("\\" if bare.endswith("\\") else "")
    return "\n".join(lines)


def _emptied(text: str, opening: re.Pattern[str], closing: str) -> str:
    """Take out what stands between an opening and the next closing; its line breaks stay."""
    parts = []
    done = 0
    while (begin := opening.search(text, done)) is not None:
        end = text.find(closing, begin.end())
        if end < 0:
            break
        parts += [text[done : begin.end()], "\n" * text.count("\n", begin.end(), end), closing]
        done = end + len(closing)
    return "".join([*parts, text[done:]])
