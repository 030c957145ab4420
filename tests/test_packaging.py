"""What is built holds what the tree holds: nothing lost, nothing left over, no code among the data."""

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from privaudit.engine.document import SHIPPED

ROOT = Path(__file__).resolve().parent.parent
DATA = ("rules", "fixers")


def tree(folder: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build the sdist from the tree, and the wheel from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (sdist,) = out.glob("*.tar.gz")
    (wheel,) = out.glob("*.whl")
    return sdist, wheel


def test_the_wheel_holds_the_package_and_the_data(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = tree("privaudit") | {f"privaudit/{name}" for folder in DATA for name in tree(folder)}
    assert held == wanted | {f"{SHIPPED.replace('.', '/')}.py"}


def test_the_sdist_holds_what_is_needed_to_build_and_test(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        held = {name.partition("/")[2] for name in archive.getnames() if archive.getmember(name).isfile()}
    wanted = set().union(*(tree(folder) for folder in ("privaudit", "tests", "docs", "bench", *DATA)))
    assert wanted <= held
    assert {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "hatch_build.py"} <= held


def test_the_installed_wheel_finds_its_rules(built: tuple[Path, Path], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", "--no-index", str(built[1])],
        check=True,
        capture_output=True,
        timeout=120,
    )
    listed = subprocess.run(
        [tmp_path / "venv" / "bin" / "privaudit", "rules", "list"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": sysconfig.get_path("purelib")},  # what it depends on is there, and no .pth counts
        timeout=60,
    )
    for rule in (ROOT / "rules").rglob("*.yaml"):
        assert rule.stem in listed.stdout


LOADS = """
import sys
from privaudit.engine import load_catalogue, load_rules
titles = {rule.id: rule.title for rule in load_rules(examples=False)}
print(len(load_catalogue()), len(titles), titles["runs-as-person"], "yaml" in sys.modules)
"""


def test_the_wheel_holds_its_files_composed_and_what_is_edited_is_read_anew(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    with zipfile.ZipFile(built[1]) as archive:
        archive.extractall(tmp_path)  # noqa: S202 - built here

    def loaded() -> str:
        command = [sys.executable, "-c", LOADS]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=tmp_path, timeout=60
        ).stdout.strip()

    profiles, rules = len(tree("fixers")), len(tree("rules"))
    file = tmp_path / "privaudit" / "rules" / "identity" / "runs-as-person.yaml"
    title = next(line for line in file.read_text().splitlines() if line.startswith("title: "))[7:]
    assert loaded() == f"{profiles} {rules} {title} False"
    file.write_text(file.read_text().replace(title, "Ours now"))
    assert loaded() == f"{profiles} {rules} Ours now True"


def test_the_data_folders_hold_no_code() -> None:
    for folder in DATA:
        for path in (ROOT / folder).rglob("*"):
            assert not path.is_symlink()
            assert path.is_dir() or path.suffix == ".yaml"
