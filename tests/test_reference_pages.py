"""The pages about rules and services say what the YAML says."""

import pytest
from reference_pages import REFERENCE, pages


@pytest.mark.parametrize("name", ["rules.md", "services.md"])
def test_a_page_is_not_stale(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages()[name], "run tests/reference_pages.py"
