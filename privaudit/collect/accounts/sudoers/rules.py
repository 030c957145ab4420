"""One rule of sudoers(5) as values: Defaults, lists of users and hosts, specifications with their tags."""

import re
from collections.abc import Iterator
from dataclasses import replace

from privaudit.collect.accounts.sudoers.policy import Default, Grant, Item, Kind
from privaudit.collect.accounts.sudoers.scanner import Scanner, SudoersError

_TAG = re.compile(
    r"(NOPASSWD|PASSWD|NOEXEC|EXEC|NOSETENV|SETENV|NOLOG_INPUT|LOG_INPUT|NOLOG_OUTPUT|LOG_OUTPUT|NOMAIL|MAIL"
    r"|NOFOLLOW|FOLLOW|NOINTERCEPT|INTERCEPT)\s*:\s*"
)
_OPTION = re.compile(
    r"(ROLE|TYPE|CWD|CHROOT|NOTBEFORE|NOTAFTER|TIMEOUT|PRIVS|LIMITPRIVS|APPARMOR_PROFILE)\s*=\s*"
)
_DIGEST = re.compile(r"sha(?:224|256|384|512)\s*:\s*[A-Za-z0-9+/=]+\s*,?\s*")


def default(text: str) -> Default:
    """Read what follows the word `Defaults`."""
    bound = text[:1] in {"@", ":", "!", ">"}
    users: tuple[Item, ...] = ()
    if bound:
        scanner = Scanner(text[1:])
        items = names(scanner, host=text[0] == "@")
        users = items if text[0] == ":" else ()
        text = scanner.rest()
    options: dict[str, bool | str] = {}
    for part in re.findall(r'(?:[^,"\\]|\\.|"[^"]*")+', text):
        name, sign, value = part.strip().partition("=")
        name = name.rstrip("+- \t")
        if sign:
            options[name] = value.strip().strip('"')
        elif name:
            options[name.lstrip("! \t")] = name.count("!") % 2 == 0
    return Default(options, users, bound)


def names(text: Scanner, *, host: bool = False) -> tuple[Item, ...]:
    """Read a list of users, or of hosts."""
    found = []
    while True:
        negated = text.negated()
        found.append(_named(text.host() if host else text.word(), negated=negated, host=host))
        if not text.optional(","):
            return tuple(found)


def _named(word: str, *, negated: bool, host: bool = False) -> Item:
    if word == "ALL":
        return Item(Kind.ALL, word, negated)
    if host:
        return Item(Kind.OPAQUE if word.startswith("+") else Kind.HOST, word.lstrip("+"), negated)
    for prefix, kind in (("%#", Kind.GROUP_ID), ("#", Kind.ID)):
        if word.startswith(prefix) and word[len(prefix) :].isdigit():
            return Item(kind, word[len(prefix) :], negated)
    if word.startswith(("+", "%:")):
        return Item(Kind.OPAQUE, word.lstrip("+%:"), negated)
    return Item(Kind.GROUP, word[1:], negated) if word.startswith("%") else Item(Kind.NAME, word, negated)


def specification(text: Scanner) -> Iterator[Grant]:
    """Read a whole specification, `users hosts = commands : hosts = commands`."""
    users = names(text)
    while True:
        hosts = names(text, host=True)
        text.sign("=")
        yield from _commands(text, Grant(users, hosts, ()))
        if not text.optional(":"):
            break
    text.end()


def _commands(text: Scanner, grant: Grant) -> Iterator[Grant]:
    while True:
        if text.optional("("):
            runas, groups = _runas(text)
            grant = replace(grant, runas=runas, runas_groups=groups)
        while True:
            tag = text.found(_TAG)
            if tag is not None:
                word = tag.rstrip(": \t")
                if word.endswith("PASSWD"):
                    grant = replace(grant, authenticate=word == "PASSWD")
            elif text.found(_OPTION) is not None:
                text.word()
            else:
                break
        yield replace(grant, commands=(_command(text),))
        if not text.optional(","):
            return


def _runas(text: Scanner) -> tuple[tuple[Item, ...] | None, tuple[Item, ...] | None]:
    users = groups = None
    if not text.at(":") and not text.at(")"):
        users = names(text)
    if text.optional(":") and not text.at(")"):
        groups = tuple(_as_group(item) for item in names(text))
    text.sign(")")
    if users is None and groups is None:
        users = (Item(Kind.NAME, ""),)  # `()`: as oneself
    return users, groups


def _as_group(item: Item) -> Item:
    """Names and ids behind the colon of a runas list are groups, with or without `%`."""
    kinds = {Kind.NAME: Kind.GROUP, Kind.ID: Kind.GROUP_ID}
    return replace(item, kind=kinds.get(item.kind, item.kind))


def commands(text: Scanner) -> tuple[Item, ...]:
    """Read a list of commands without tags, as an alias has it."""
    found = [_command(text)]
    while text.optional(","):
        found.append(_command(text))
    return tuple(found)


def _command(text: Scanner) -> Item:
    while text.found(_DIGEST) is not None:
        pass
    negated = text.negated()
    value = text.command()
    if value.startswith("^"):
        raise SudoersError("a regular expression in the place of a command is not understood")
    return Item(Kind.ALL if value == "ALL" else Kind.COMMAND, value, negated)
