"""The wheel holds what it must and nothing else, and works in an environment without anything that only tests need."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from architecture.pages import ROOT

pytestmark = pytest.mark.slow

PACKAGES = {"curate", "curate_sources", "curate_trainer", "curate_reports"}


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; a failure shows all of it."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {"CURATE_CACHE_DIR": str(cwd / "cache"), "HF_HUB_OFFLINE": "1", "COLUMNS": "100"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=False)
    found = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", found, "install", "--quiet", wheel, cwd=folder)
    return found


def test_wheel_adds_four_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_wheel_holds_recipes_licence_and_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"curate/recipes/quickstart.yaml", "curate/recipes/sample/maths.jsonl"} <= set(names)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert [name for name in names if "__pycache__" in name or name.endswith(".lock.yaml")] == []


def test_core_installs_no_torch(python: Path, tmp_path: Path) -> None:
    installed = run(
        python, "-c", "import importlib.metadata as m; print(*(d.name for d in m.distributions()))", cwd=tmp_path
    )
    assert {"torch", "transformers", "pytest"} & set(installed.lower().split()) == set()


def test_command_shows_its_help_without_the_packages_of_tests(python: Path, tmp_path: Path) -> None:
    assert "quickstart" in run(python.with_name("curate"), "--help", cwd=tmp_path)


def test_quickstart_builds_anywhere(python: Path, tmp_path: Path) -> None:
    curate = python.with_name("curate")
    run(curate, "build", "quickstart", "--workers", "2", cwd=tmp_path)
    assert (tmp_path / "datasets" / "quickstart" / "latest").is_file()
    run(curate, "verify", "quickstart", cwd=tmp_path)
    run(curate, "stats", "quickstart", cwd=tmp_path)
