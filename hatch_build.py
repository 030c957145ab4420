"""Compose rules/ and fixers/ when a wheel is built, so that an installed scan need not read them as YAML.

The YAML goes along and counts: what is composed here is found by the digest of the text that it came from.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_HEAD = '"""rules/ and fixers/, composed when this was built; see privaudit.engine.document."""\n\n'


class ShippedNodes(BuildHookInterface[Any]):
    """Adds one module to the wheel; an editable installation does without."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the module outside of the tree, and have it packed."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from privaudit.engine.compose import composed
        from privaudit.engine.data import files_in, without_examples
        from privaudit.engine.document import SHIPPED
        from privaudit.model.digest import sha256_hex

        nodes = {}
        for folder in ("rules", "fixers"):
            for path in files_in(str(Path(self.root, folder))):
                text = without_examples(Path(path).read_bytes())
                nodes[sha256_hex(text)] = composed(text)
        self._scratch = tempfile.TemporaryDirectory()
        module = Path(self._scratch.name, "shipped_nodes.py")
        module.write_text(f"{_HEAD}NODES = {nodes!r}\n", encoding="utf-8")
        build_data["force_include"][str(module)] = f"{SHIPPED.replace('.', '/')}.py"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Leave nothing behind."""
        if version != "editable":
            self._scratch.cleanup()
