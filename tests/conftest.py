"""What all tests share: how hypothesis runs, and where the corpus of real machines is."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady",
    deadline=None,  # a machine under load is slow, not wrong
    derandomize=True,  # the same inputs every time: a red run means a change, not chance
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile(
    "search", parent=settings.get_profile("steady"), derandomize=False, max_examples=2000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of captures and files of real Macs; tests that need it are skipped without."""
    folder = os.environ.get("PRIVAUDIT_CORPUS")
    if not folder:
        pytest.skip("PRIVAUDIT_CORPUS does not name the corpus of real macOS files")
    return Path(folder)
