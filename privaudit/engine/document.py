"""YAML with places: each value knows its line and column, and no object is ever constructed from it.

The file is composed to nodes whose tags are not resolved; a reader says what it wants of a node and refuses
the rest. So `on` can be a key, `0755` without quotes is never a number by accident, and nothing is expanded.
"""

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NoReturn

from privaudit.engine.fault import BadData, Fault, meant
from privaudit.model.digest import sha256_hex

Node = tuple[Any, ...]
"""(kind, value, line, column), see `compose.composed`; its parts are for `Document` alone."""

SIZE_LIMIT = 1 << 16
"""Bytes that a rule or fixer file may have; the longest of ours has a tenth of it."""
SHIPPED = "privaudit.engine.shipped_nodes"
"""Module of an installed privaudit: `NODES`, its own files composed, by the digests of their texts, so that
one which somebody edited is read anew; see hatch_build.py.
"""
_KIND, _VALUE, _LINE, _COLUMN = range(4)
_PLAIN, _QUOTED, _MAPPING, _SEQUENCE = "plain", "quoted", "mapping", "sequence"
_NOT_TEXT = re.compile(r"[-+.]?[0-9]|[~=<]|[-+]?\.|(y|n|yes|no|true|false|on|off|null)?$", re.IGNORECASE)
"""Plain scalars that some reader of YAML 1.1 or 1.2 takes for something other than text."""
_IS_TEXT = re.compile(r"[0-9.]+[-@a-zA-Z_]*[a-zA-Z_][-@.a-zA-Z_]*$")


@cache
def _shipped() -> Mapping[str, Node]:
    try:
        nodes: Mapping[str, Node] = importlib.import_module(SHIPPED).NODES
    except ModuleNotFoundError:
        return {}  # a checkout
    return nodes


class Document:
    """One file as nodes, and the readers of its nodes; each raises BadData with the place."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.root = _shipped().get(sha256_hex(data)) or self._composed(data)

    def _composed(self, data: bytes) -> Node:
        from privaudit.engine.compose import NotComposed, composed  # PyYAML takes longer than all our files

        try:
            root = composed(data)
        except NotComposed as error:
            raise BadData(Fault(self.path, error.line, error.column, str(error), error.todo)) from None
        if root is None:
            raise BadData(Fault(self.path, 0, 0, "it is empty"))
        return root

    def fault(self, node: Node, text: str, todo: str = "") -> Fault:
        """Say what is wrong with a node."""
        return Fault(self.path, node[_LINE] + 1, node[_COLUMN] + 1, text, todo)

    def refuse(self, node: Node, text: str, todo: str = "") -> NoReturn:
        """Raise BadData for a node."""
        raise BadData(self.fault(node, text, todo))

    def place(self, node: Node) -> tuple[int, int]:
        """Line and column of a node, from 1."""
        return node[_LINE] + 1, node[_COLUMN] + 1

    def says(self, node: Node, text: str) -> bool:
        """Whether a node is this text, quoted or not."""
        return bool(node[_VALUE] == text)

    def is_mapping(self, node: Node) -> bool:
        """Whether a node is a mapping."""
        return bool(node[_KIND] == _MAPPING)

    def is_sequence(self, node: Node) -> bool:
        """Whether a node is a list."""
        return bool(node[_KIND] == _SEQUENCE)

    def pairs(self, node: Node) -> Iterator[tuple[str, Node, Node]]:
        """Yield (key, node of the key, node of the value) of a mapping with unique text keys."""
        if node[_KIND] != _MAPPING:
            self.refuse(node, "a mapping is expected here")
        seen: set[str] = set()
        for key, value in node[_VALUE]:
            if key[_KIND] not in {_PLAIN, _QUOTED}:
                self.refuse(key, "a key must be a word")
            if key[_VALUE] in seen:
                self.refuse(key, f"key {key[_VALUE]} stands here twice")
            seen.add(key[_VALUE])
            yield key[_VALUE], key, value

    def keys(self, node: Node, needed: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Node]:
        """Read a mapping whose keys are known, all the needed ones among them."""
        needed, known = tuple(needed), (*needed, *optional)
        found: dict[str, Node] = {}
        for name, key, value in self.pairs(node):
            if name not in known:
                self.refuse(key, f"unknown key {name}", meant(name, known))
            found[name] = value
        for name in needed:
            if name not in found:
                self.refuse(node, f"key {name} is missing")
        return found

    def items(self, node: Node) -> list[Node]:
        """Read a list."""
        if node[_KIND] != _SEQUENCE:
            self.refuse(node, "a list is expected here")
        return list(node[_VALUE])

    def text(self, node: Node) -> str:
        """Read text; what other readers of YAML would take for a number or a yes must be quoted."""
        if node[_KIND] == _QUOTED:
            return str(node[_VALUE])
        if node[_KIND] != _PLAIN:
            self.refuse(node, "text is expected here")
        if _NOT_TEXT.match(node[_VALUE]) and not _IS_TEXT.match(node[_VALUE]):
            self.refuse(node, "text is expected here", f'put it in quotes: "{node[_VALUE]}"')
        return str(node[_VALUE])

    def line(self, node: Node) -> str:
        """Read text that is not empty, its lines joined by spaces."""
        found = " ".join(self.text(node).split())
        if not found:
            self.refuse(node, "it must not be empty")
        return found

    def texts(self, node: Node) -> tuple[str, ...]:
        """Read text or a list of texts."""
        if node[_KIND] == _SEQUENCE:
            return tuple(self.text(item) for item in self.items(node))
        return (self.text(node),)

    def table(self, node: Node) -> Mapping[str, str]:
        """Read a mapping of words to texts."""
        return {name: self.text(value) for name, _, value in self.pairs(node)}

    def flag(self, node: Node) -> bool:
        """Read `true` or `false`."""
        if node[_KIND] != _PLAIN or node[_VALUE] not in {"true", "false"}:
            self.refuse(node, "true or false is expected here")
        return bool(node[_VALUE] == "true")

    def number(self, node: Node) -> int:
        """Read a decimal whole number, not negative."""
        if node[_KIND] != _PLAIN or not re.fullmatch(r"0|[1-9][0-9]{0,9}", node[_VALUE]):
            self.refuse(node, "a whole number is expected here")
        return int(node[_VALUE])

    def null(self, node: Node) -> bool:
        """Whether it is `null`."""
        return bool(node[_KIND] == _PLAIN and node[_VALUE] == "null")

    def word(self, node: Node, known: Iterable[str]) -> str:
        """Read one of the known words."""
        known = tuple(known)
        found = self.text(node)
        if found not in known:
            self.refuse(node, f"unknown value {found}", meant(found, known))
        return found
