"""YAML with places: each value knows its line and column, and no object is ever constructed from it.

The file is composed to nodes whose tags are not resolved; a reader says what it wants of a node and refuses
the rest. So `on` can be a key, `0755` without quotes is never a number by accident, and nothing is expanded.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from privaudit.engine.fault import BadData, Fault, meant

if TYPE_CHECKING:
    from yaml.nodes import Node

SIZE_LIMIT = 1 << 16
"""Bytes that a rule or fixer file may have; the longest of ours has a tenth of it."""
_PLAIN, _QUOTED, _MAPPING, _SEQUENCE = "plain", "quoted", "mapping", "sequence"
_NOT_TEXT = re.compile(r"[-+.]?[0-9]|[~=<]|[-+]?\.|(y|n|yes|no|true|false|on|off|null)?$", re.IGNORECASE)
"""Plain scalars that some reader of YAML 1.1 or 1.2 takes for something other than text."""
_IS_TEXT = re.compile(r"[0-9.]+[-@a-zA-Z_]*[a-zA-Z_][-@.a-zA-Z_]*$")


class Document:
    """One file as nodes, and the readers of its nodes; each raises BadData with the place."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.root = self._composed(data)
        self._seen: set[int] = set()

    def _composed(self, data: bytes) -> "Node":
        import yaml

        try:
            root: Node | None = _loader()(data).get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
            raise BadData(Fault(self.path, line, column, f"not YAML: {error.problem}")) from None
        except yaml.YAMLError:
            raise BadData(
                Fault(self.path, 0, 0, "not YAML: it holds characters that YAML does not allow")
            ) from None
        except RecursionError:
            raise BadData(Fault(self.path, 0, 0, "nested too deeply")) from None
        if root is None:
            raise BadData(Fault(self.path, 0, 0, "it is empty"))
        return root

    def fault(self, node: "Node", text: str, todo: str = "") -> Fault:
        """Say what is wrong with a node."""
        return Fault(self.path, node.start_mark.line + 1, node.start_mark.column + 1, text, todo)

    def refuse(self, node: "Node", text: str, todo: str = "") -> NoReturn:
        """Raise BadData for a node."""
        raise BadData(self.fault(node, text, todo))

    def is_mapping(self, node: "Node") -> bool:
        """Whether a node is a mapping."""
        return node.tag == _MAPPING

    def is_sequence(self, node: "Node") -> bool:
        """Whether a node is a list."""
        return node.tag == _SEQUENCE

    def pairs(self, node: "Node") -> "Iterator[tuple[str, Node, Node]]":
        """Yield (key, node of the key, node of the value) of a mapping with unique text keys."""
        if node.tag != _MAPPING:
            self.refuse(node, "a mapping is expected here")
        self._once(node)
        seen: set[str] = set()
        for key, value in node.value:
            if key.tag not in {_PLAIN, _QUOTED}:
                self.refuse(key, "a key must be a word")
            if key.value in seen:
                self.refuse(key, f"key {key.value} stands here twice")
            seen.add(key.value)
            yield key.value, key, value

    def keys(self, node: "Node", needed: Iterable[str], optional: Iterable[str] = ()) -> "dict[str, Node]":
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

    def items(self, node: "Node") -> "list[Node]":
        """Read a list."""
        if node.tag != _SEQUENCE:
            self.refuse(node, "a list is expected here")
        self._once(node)
        return list(node.value)

    def text(self, node: "Node") -> str:
        """Read text; what other readers of YAML would take for a number or a yes must be quoted."""
        if node.tag == _QUOTED:
            return str(node.value)
        if node.tag != _PLAIN:
            self.refuse(node, "text is expected here")
        if _NOT_TEXT.match(node.value) and not _IS_TEXT.match(node.value):
            self.refuse(node, "text is expected here", f'put it in quotes: "{node.value}"')
        return str(node.value)

    def line(self, node: "Node") -> str:
        """Read text that is not empty, its lines joined by spaces."""
        found = " ".join(self.text(node).split())
        if not found:
            self.refuse(node, "it must not be empty")
        return found

    def texts(self, node: "Node") -> tuple[str, ...]:
        """Read text or a list of texts."""
        if node.tag == _SEQUENCE:
            return tuple(self.text(item) for item in self.items(node))
        return (self.text(node),)

    def table(self, node: "Node") -> Mapping[str, str]:
        """Read a mapping of words to texts."""
        return {name: self.text(value) for name, _, value in self.pairs(node)}

    def flag(self, node: "Node") -> bool:
        """Read `true` or `false`."""
        if node.tag != _PLAIN or node.value not in {"true", "false"}:
            self.refuse(node, "true or false is expected here")
        return bool(node.value == "true")

    def number(self, node: "Node") -> int:
        """Read a decimal whole number, not negative."""
        if node.tag != _PLAIN or not re.fullmatch(r"0|[1-9][0-9]{0,9}", node.value):
            self.refuse(node, "a whole number is expected here")
        return int(node.value)

    def null(self, node: "Node") -> bool:
        """Whether it is `null`."""
        return bool(node.tag == _PLAIN and node.value == "null")

    def word(self, node: "Node", known: Iterable[str]) -> str:
        """Read one of the known words."""
        known = tuple(known)
        found = self.text(node)
        if found not in known:
            self.refuse(node, f"unknown value {found}", meant(found, known))
        return found

    def _once(self, node: "Node") -> None:
        """Refuse what an alias repeats: short files that stand for endless ones, and loops."""
        if id(node) in self._seen:
            self.refuse(node, "an alias repeats this", "write it out")
        self._seen.add(id(node))


@cache
def _loader() -> "Callable[[bytes], Any]":
    """Make the class that composes nodes: libyaml's parser where PyYAML has it."""
    import yaml
    from yaml.nodes import MappingNode, ScalarNode

    class Tags:
        """Stands in for yaml.resolver.Resolver."""

        def descend_resolver(self, *_: object) -> None:
            """Nothing depends on where a node stands."""

        def ascend_resolver(self) -> None:
            """Nothing depends on where a node stands."""

        def resolve(self, kind: type, _value: object, implicit: tuple[bool, bool]) -> str:
            if kind is ScalarNode:
                return _PLAIN if implicit[0] else _QUOTED
            return _MAPPING if kind is MappingNode else _SEQUENCE

    if yaml.__with_libyaml__:
        from yaml import cyaml

        return type("Loader", (Tags, cyaml.CParser), {})  # type: ignore[attr-defined]
    return _pure(Tags)


def _pure(tags: type) -> "Callable[[bytes], Any]":
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class Loader(tags, Reader, Scanner, Parser, Composer):  # type: ignore[misc]
        """The same in Python."""

        def __init__(self, data: bytes) -> None:
            Reader.__init__(self, data)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)

    return Loader
