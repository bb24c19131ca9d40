"""A build that is killed at any place goes on from there, and ends as if nothing had happened."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from faults.child import Place
from support.build import write_data

# One of each kind, for the fast tests.
_SOME = ("before rename to .json", "before map write", "after rename to ID")


@pytest.fixture
def small(tmp_path: Path) -> Place:
    """The small recipe, not built."""
    return Place(str(write_data(tmp_path / "data")), tmp_path / "cache", tmp_path / "out")


def undisturbed(place: Place) -> tuple[str, list[str]]:
    """The version of a build without a fault, and the checkpoints that it met; it leaves nothing."""
    names = place.cache.with_name("checkpoints")
    done = place.build(f"record={names}")
    assert done.code == 0, done.err
    version = place.resumed()
    shutil.rmtree(place.cache)
    shutil.rmtree(place.out)
    return version, names.read_text(encoding="utf-8").splitlines()


def killed(place: Place, checkpoint: str) -> str:
    """The version after a build that was killed at a checkpoint, and one that went on; both leave nothing."""
    said = place.build(f"SIGKILL@{checkpoint}")
    assert said.code == -signal.SIGKILL, (checkpoint, said)
    version = place.resumed()
    shutil.rmtree(place.cache)
    shutil.rmtree(place.out)
    return version


def test_killed_at_some_checkpoints(small: Place) -> None:
    """One of each kind: a unit, a cache entry, the writing, the rename that makes a version visible."""
    version, names = undisturbed(small)
    assert set(_SOME) <= set(names), names
    assert {name: killed(small, name) for name in _SOME} == dict.fromkeys(_SOME, version)


@pytest.mark.slow
def test_killed_at_every_checkpoint(tmp_path: Path) -> None:
    """Before and after the first unit of each stage, each exchange, rename and pointer of the quickstart."""
    place = Place("quickstart", tmp_path / "cache", tmp_path / "out")
    version, names = undisturbed(place)
    kinds = ("map", "exchange", "rename to .arrow", "rename to .json", "rename to ID", "rename to latest")
    for kind in (*kinds, "write", "commit"):
        assert any(name.split(" ", 1)[1].startswith(kind) for name in names), (kind, names)
    assert {name: killed(place, name) for name in names} == dict.fromkeys(names, version)


@pytest.mark.slow
def test_killed_at_ten_moments(tmp_path: Path) -> None:
    """At moments that the clock says, wherever the build and its worker processes are then."""
    place = Place("quickstart", tmp_path / "cache", tmp_path / "out")
    version, _ = undisturbed(place)
    started = time.monotonic()
    assert place.build(None, "--workers", "2").code == 0
    whole = time.monotonic() - started
    for moment in range(10):
        shutil.rmtree(place.cache, ignore_errors=True)
        shutil.rmtree(place.out, ignore_errors=True)
        process = place.begin(None, "--workers", "2")
        time.sleep(whole * (moment + 0.5) / 10)
        process.kill()
        process.communicate()
        assert place.resumed() == version, moment


@pytest.mark.slow
def test_killed_again_and_again(tmp_path: Path) -> None:
    """A build that is killed each time a little later comes to its end, and to the same version."""
    place = Place("quickstart", tmp_path / "cache", tmp_path / "out")
    version, names = undisturbed(place)
    for name in names[:: max(1, len(names) // 12)]:
        place.build(f"SIGKILL@{name}")
    assert place.resumed() == version


def test_no_process_outlives_a_killed_build(small: Place) -> None:
    """Worker processes end with the build that started them, however that ends."""
    if not Path("/proc/self/stat").is_file():
        pytest.skip("there is no /proc to find processes in")
    process = small.begin(None, "--workers", "2")
    while len(_group(process.pid)) < 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    time.sleep(2)  # they are up, and wait for work or for the build's end
    process.kill()
    deadline = time.monotonic() + 60
    while (left := _group(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
        process.poll()
    for one in left:
        os.kill(one, signal.SIGKILL)
    process.communicate()
    assert left == []


def _group(leader: int) -> list[int]:
    """The processes of a group; those that have ended and wait to be noticed do not count."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, group = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:3]
            if int(group) == leader and state != "Z":
                found.append(int(stat.parent.name))
    return found
