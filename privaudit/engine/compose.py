"""YAML composed to plain tuples: each value keeps its place, and no object is ever constructed from it.

The tags of nodes are not resolved: what a scalar is taken for is for a reader to say (`document`).
"""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

PLAIN, QUOTED, MAPPING, SEQUENCE = "plain", "quoted", "mapping", "sequence"


class NotComposed(Exception):
    """It is no YAML, or none that is read here: says why, and where (line and column from 1; 0: nowhere)."""

    def __init__(self, text: str, line: int = 0, column: int = 0, todo: str = "") -> None:
        super().__init__(text)
        self.line, self.column, self.todo = line, column, todo


def composed(data: bytes) -> tuple[Any, ...] | None:
    """Compose one document: (kind, value, line, column) with places from 0; None: it is empty.

    The value of a scalar is its text, of a sequence its nodes, of a mapping its pairs of nodes.
    """
    try:
        root = _LOADER(data).get_single_node()
        return None if root is None else _plain(root, set())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        raise NotComposed(f"not YAML: {error.problem}", line, column) from None
    except yaml.YAMLError:
        raise NotComposed("not YAML: it holds characters that YAML does not allow") from None
    except RecursionError:
        raise NotComposed("nested too deeply") from None


def _plain(node: Node, seen: set[int]) -> tuple[Any, ...]:
    """Make tuples of nodes; what an alias repeats is refused: short files that stand for endless ones."""
    mark, value = node.start_mark, node.value
    if node.tag in {MAPPING, SEQUENCE}:
        if id(node) in seen:
            raise NotComposed("an alias repeats this", mark.line + 1, mark.column + 1, "write it out")
        seen.add(id(node))
        if node.tag == MAPPING:
            value = tuple((_plain(key, seen), _plain(inner, seen)) for key, inner in value)
        else:
            value = tuple(_plain(inner, seen) for inner in value)
    return node.tag, value, mark.line, mark.column


class _Tags:
    """Stands in for yaml.resolver.Resolver."""

    def descend_resolver(self, *_: object) -> None:
        """Nothing depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """Nothing depends on where a node stands."""

    def resolve(self, kind: type, _value: object, implicit: tuple[bool, bool]) -> str:
        if kind is ScalarNode:
            return PLAIN if implicit[0] else QUOTED
        return MAPPING if kind is MappingNode else SEQUENCE


def _loader() -> Callable[[bytes], Any]:
    """Make the class that composes nodes: libyaml's parser where PyYAML has it."""
    if yaml.__with_libyaml__:
        from yaml import cyaml

        return type("Loader", (_Tags, cyaml.CParser), {})  # type: ignore[attr-defined]
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class Loader(_Tags, Reader, Scanner, Parser, Composer):
        """The same in Python."""

        def __init__(self, data: bytes) -> None:
            Reader.__init__(self, data)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)

    return Loader


_LOADER = _loader()
