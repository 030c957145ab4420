"""The lab's fixtures: tests boot real machines, run last, and show the journal when they fail."""

import os
from collections.abc import Generator, Iterator

import pytest
from lab.session import Lab, missing

_LAB = pytest.StashKey[Lab]()


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the lab, and put them after all that fails faster."""
    booting = [isinstance(item, pytest.Function) and "lab" in item.fixturenames for item in items]
    ours = [item for item, boots in zip(items, booting, strict=True) if boots]
    for item in ours:
        item.add_marker("lab")
    items[:] = [item for item, boots in zip(items, booting, strict=True) if not boots] + ours


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The lab; PRIVAUDIT_REQUIRE_LAB=1 makes a missing one a failure."""
    reason = missing()
    if reason is not None:
        if os.environ.get("PRIVAUDIT_REQUIRE_LAB") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    lab = Lab()
    request.config.stash[_LAB] = lab
    yield lab
    lab.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of each running machine's journal to a failure."""
    report = yield
    lab = item.config.stash.get(_LAB, None)
    if report.failed and lab is not None:
        report.sections += [(f"journal of {machine.name}", machine.journal()) for machine in lab.running]
    return report
