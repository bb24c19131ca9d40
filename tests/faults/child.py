"""Builds in processes of their own, which faults befall, and what must be true of what they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from curate.sweep import leftovers, prune, running, stored
from curate.verify import verify
from curate.version import versions

LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Ended:
    """A process that ended: exit code (negative: the signal that killed it), and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """Where a recipe is built: the recipe, the cache and the folder of datasets."""

    recipe: str
    cache: Path
    out: Path

    def begin(self, fault: str | None = None, *more: str) -> subprocess.Popen[str]:
        """Start a build that the fault will befall."""
        program = [sys.executable, "-m", "curate"] if fault is None else [sys.executable, str(LAUNCHER), fault]
        command = [*program, "build", self.recipe, "--out", str(self.out), "--json", *more]
        if "--workers" not in more:
            command += ["--workers", "1"]
        environment = {**os.environ, "CURATE_CACHE_DIR": str(self.cache), "CURATE_REPORT": "0"}
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def build(self, fault: str | None = None, *more: str, within: float = 120) -> Ended:
        """Build, and wait for the end of it."""
        return ended(self.begin(fault, *more), within)

    def visible(self) -> list[Path]:
        """The versions that a reader can find; each of them is whole."""
        found = [home / one for home in sorted(self.out.glob("[!.]*")) for one in versions(home)]
        for path in found:
            assert all(one.ok for one in verify(path)), path
        return found

    def resumed(self) -> str:
        """Build once more, without a fault: the version's id. Nothing is left that nobody can use or remove."""
        self.visible()
        again = self.build()
        assert again.code == 0, again.err
        told = orjson.loads(again.out)
        home = Path(told["path"]).parent
        assert Path(told["path"]) in self.visible()
        assert (home / "latest").read_text(encoding="utf-8").strip() == told["version"]
        assert {path.name for path in home.iterdir()} == {"latest", *versions(home)}
        prune(self.cache)
        assert running(self.cache) == []
        assert leftovers(self.cache, float("inf")) == []
        assert list((self.cache / "scratch").glob("*")) == []
        held = {path for one in stored(self.cache) for path in (one.path, *one.parts)}
        assert {path for path in (self.cache / "units").rglob("*") if path.is_file()} == held
        return str(told["version"])


def ended(process: subprocess.Popen[str], within: float = 120) -> Ended:
    """Wait for a process."""
    try:
        out, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Ended(process.returncode, out, err)


def error(said: Ended, code: int = 1) -> str:
    """The one line that a failed build ends with; no traceback, no second line of its own."""
    assert said.code == code, (said.code, said.err)
    assert "Traceback" not in said.err
    lines = [line for line in said.err.splitlines() if line.startswith(("error", "internal", "interrupted"))]
    assert len(lines) == 1, said.err
    return lines[0]


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount something at a folder while the block runs; the test is skipped where that is not possible."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    except OSError as missing:
        pytest.skip(f"there is no `mount` here ({missing})")
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
