"""Compare text with a file that was reviewed by eye; PRIVAUDIT_GOLDEN=write writes the files anew."""

import os
from pathlib import Path


def same(file: Path, text: str) -> None:
    """Fail where text is not what the file holds."""
    if os.environ.get("PRIVAUDIT_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
