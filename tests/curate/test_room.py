"""Room: what follows from an amount of memory, arrays that lie in files, and what a machine has free."""

from __future__ import annotations

import errno
import mmap
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import CurateError
from curate.room import BASE, LEAST, Room, Shelf, free, peak, resident_files, room, shown
from curate.unit import mapped

LINUX = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not say what is in memory")


@given(limit=st.integers(1, 1 << 40), rows=st.integers(0, 1 << 30), each=st.integers(1, 5000), cores=st.integers(1, 64))
def test_pieces_fit(limit: int, rows: int, each: int, cores: int) -> None:
    """Pieces that are worked on at once take a quarter of what is spare; no memory is too little for one task."""
    held = Room(limit, Path(), cores)
    assert 1 <= held.at_once(each) <= cores
    pieces = held.pieces(rows, each, cores)
    assert pieces >= 1
    assert rows / pieces * each * cores <= held.spare / 4
    assert held.shelf(held.spare // 4).on_disk is False
    assert held.shelf(held.spare // 4 + 1).on_disk is True


def test_what_cannot_fit_is_refused() -> None:
    """The message says what it takes, what is allowed, and what to do."""
    small = Room(LEAST, Path(), 2, told=True)
    small.require("2.dedup", (LEAST - BASE) // 100, 100)
    with pytest.raises(CurateError, match=r"2\.dedup holds 100 bytes of each of 10,000,000 records: it needs 1\.5 GB"):
        small.require("2.dedup", 10_000_000, 100)
    with pytest.raises(CurateError, match=r"--memory-limit allows 700\.0 MB; allow more \(--memory-limit 2GB\)"):
        small.require("2.dedup", 10_000_000, 100)
    with pytest.raises(CurateError, match="this machine has free"):
        Room(LEAST, Path(), 2).require("2.dedup", 10_000_000, 100)


def test_told_or_measured(tmp_path: Path) -> None:
    """What a user says is taken as it is; else it is a part of what is free."""
    assert (room(5 * 10**9, tmp_path).limit, room(5 * 10**9, tmp_path).told) == (5 * 10**9, True)
    assert LEAST // 2 < room(None, tmp_path).limit < free() * 1.5
    assert not room(None, tmp_path).told


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(0, 3000),
    columns=st.integers(1, 9),
    kind=st.sampled_from([np.uint8, np.uint32, np.int64]),
    seed=st.integers(0, 99),
)
def test_files_hold_what_memory_would(tmp_path: Path, rows: int, columns: int, kind: Any, seed: int) -> None:
    """An array on disk has its values after it was let go, and can be changed again."""
    values = np.random.default_rng(seed).integers(0, 100, (rows, columns)).astype(kind)
    shelf = Shelf(tmp_path / "shelf", 0)
    array = shelf.empty((rows, columns), kind)
    array[:] = values
    shelf.let_go()
    np.testing.assert_array_equal(array, values)
    array += np.ones_like(array)
    shelf.rest()
    np.testing.assert_array_equal(array, values + np.ones_like(values))
    assert array.flags.c_contiguous
    assert not list((tmp_path / "shelf").iterdir()) if rows else True


@LINUX
@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system has no such advice")
def test_what_is_let_go_is_not_in_memory(tmp_path: Path) -> None:
    """Arrays and mapped files count as memory only until they are let go, and only past the bound."""
    shelf = Shelf(tmp_path, 1 << 40)
    array = shelf.empty(64 << 20, np.uint8)
    array[:] = 7
    pl.DataFrame({"a": np.arange(4 << 20)}).write_ipc(tmp_path / "x.arrow")
    frame = mapped(tmp_path / "x.arrow", ["a"], shelf)
    assert frame["a"].sum() == (4 << 20) * ((4 << 20) - 1) // 2
    full = resident_files() or 0
    shelf.rest()
    assert (resident_files() or 0) > full - (8 << 20)
    shelf.let_go()
    assert (resident_files() or full) < full - (80 << 20)
    assert (int(array[5]), frame["a"][-1]) == (7, (4 << 20) - 1)


def test_in_memory_nothing_is_written(tmp_path: Path) -> None:
    """The shelf that is none gives plain arrays, and holds no file."""
    shelf = Shelf()
    shelf.empty((10, 2), np.uint32)[:] = 1
    with pa.OSFile(str(tmp_path / "x"), "wb") as file:
        file.write(b"x")
    with pa.memory_map(str(tmp_path / "x")) as file:
        shelf.hold(file)
    shelf.rest()
    assert not shelf.on_disk


def test_a_full_disk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room on disk is taken before it is written to: what lacks is told, and no signal ends the process."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(CurateError, match="cannot put 4\\.0 kB into .*: No space left on device"):
        Shelf(tmp_path, 0).empty(1000, np.uint32)


def system(folder: Path, *, available: int, group: str = "0::/", **files: str) -> tuple[Path, Path]:
    """What /proc and the control groups would say."""
    proc, groups = folder / "proc", folder / "groups"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal: 99999999 kB\nMemAvailable: {available >> 10} kB\n")
    (proc / "self/cgroup").write_text(f"{group}\n")
    for name, text in files.items():
        path = groups / name.replace("__", "/").replace("_max", ".max").replace("_current", ".current")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return proc, groups


GB = 1 << 30


def test_free_without_groups(tmp_path: Path) -> None:
    """What the system has; never less than a build takes."""
    assert free(*system(tmp_path / "a", available=7 * GB)) == 7 * GB
    assert free(*system(tmp_path / "b", available=1 << 20)) == LEAST
    assert free(*system(tmp_path / "c", available=7 * GB, memory_max="max")) == 7 * GB


def test_free_in_a_container(tmp_path: Path) -> None:
    """A group's limit counts, less what it uses now, and so does that of a group above."""
    said = system(tmp_path / "a", available=7 * GB, memory_max=str(4 * GB), memory_current=str(GB))
    assert free(*said) == 3 * GB
    deep = {"job__part__memory_max": "max", "job__memory_max": str(2 * GB), "job__memory_current": str(GB // 2)}
    assert free(*system(tmp_path / "b", available=7 * GB, group="0::/job/part", **deep)) == 3 * GB // 2


def test_free_in_an_old_container(tmp_path: Path) -> None:
    """Version 1 of control groups: no limit is a very large one; pages of files do not count as used."""
    proc, groups = system(tmp_path, available=7 * GB, group="4:memory:/docker/x")
    home = groups / "memory/docker/x"
    home.mkdir(parents=True)
    (groups / "memory/memory.limit_in_bytes").write_text(str(9223372036854771712))
    (home / "memory.limit_in_bytes").write_text(str(5 * GB))
    (home / "memory.usage_in_bytes").write_text(str(4 * GB))
    (home / "memory.stat").write_text(f"cache 1\ntotal_inactive_file {3 * GB}\n")
    assert free(proc, groups) == 4 * GB


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not say")
def test_peak_grows() -> None:
    """The peak is what was in memory at most."""
    before = peak()
    held = np.ones(before + (64 << 20), np.uint8)
    assert peak() > before + (32 << 20)
    assert held[-1] == 1


def test_bytes_for_people() -> None:
    assert [shown(size) for size in (17, 1000, 4.2e9, 7e12)] == ["17 B", "1.0 kB", "4.2 GB", "7.0 TB"]
