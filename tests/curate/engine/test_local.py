"""The local engine: in process and in worker processes the same, and workers that die."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from curate.engine.local import LocalEngine
from curate.errors import CurateError
from support import tasks


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """Two worker processes for all tests that do not kill them."""
    engine = LocalEngine(tmp_path_factory.mktemp("scratch"), 2)
    yield engine
    engine.close()


@pytest.fixture
def alone(tmp_path: Path) -> LocalEngine:
    """One process."""
    return LocalEngine(tmp_path)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three files of narrow rows, one of them empty."""
    paths = []
    for number, keys in enumerate([[0, 1, 2, 3, 2**64 - 1], [], [3, 3, 5, 2**63]]):
        paths.append(tmp_path / f"{number}.arrow")
        pl.DataFrame({"key": pl.Series(keys, dtype=pl.UInt64)}).write_ipc(paths[-1])
    return paths


def test_map_keeps_the_order(alone: LocalEngine, pool: LocalEngine) -> None:
    """Results stand in the order of the items, in one process and in two."""
    items = list(range(20))
    assert (
        alone.map("x", items, tasks.doubled, 1) == pool.map("x", items, tasks.doubled, 1) == [2 * n + 1 for n in items]
    )
    assert pool.map("x", [], tasks.doubled) == []


def test_workers_are_other_processes(alone: LocalEngine, pool: LocalEngine) -> None:
    """One worker is this process, several are not, and they are kept between calls."""
    assert alone.map("x", [1, 2], tasks.whoami) == [os.getpid()] * 2
    first, second = set(pool.map("x", range(20), tasks.whoami)), set(pool.map("x", range(20), tasks.whoami))
    assert os.getpid() not in first
    assert len(first | second) <= 2


def test_workers_share_the_processors(pool: LocalEngine) -> None:
    """Each worker's polars takes its part of the CPUs, and this process's environment is as before."""
    before = os.environ.get("POLARS_MAX_THREADS")
    expected = int(before) if before else max(1, (os.cpu_count() or 1) // 2)
    assert pool.map("x", [1, 2], tasks.polars_threads) == [expected] * 2
    assert os.environ.get("POLARS_MAX_THREADS") == before


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_exchange_is_one_bucket_cut(n: int, alone: LocalEngine, pool: LocalEngine, files: list[Path]) -> None:
    """Buckets together hold what one bucket holds, each key whole in one, each row with the number of its file."""
    whole = alone.reduce("x", files, tasks.totals)
    assert whole == [(0, 1, 0), (1, 1, 0), (2, 1, 0), (3, 3, 4), (5, 1, 2), (2**63, 1, 2), (2**64 - 1, 1, 0)]
    for engine in (alone, pool):
        buckets = engine.exchange("x", files, "key", n, tasks.totals)
        assert sorted(row for bucket in buckets for row in bucket) == whole
        assert [key % n for number, bucket in enumerate(buckets) for key, _, _ in bucket] == [
            number for number, bucket in enumerate(buckets) for _ in bucket
        ]
    assert alone.reduce("x", files, tasks.totals, 2)[3] == (3, 3, 8)


def test_broadcast(alone: LocalEngine, pool: LocalEngine) -> None:
    """What is broadcast can be read by every worker."""
    for engine in (alone, pool):
        path = engine.broadcast(pl.DataFrame({"n": [1, 2, 3]}))
        assert engine.map("x", [1, 2, 3], tasks.read_sum, path) == [6, 6, 6]


def test_an_error_is_the_callers(alone: LocalEngine, pool: LocalEngine) -> None:
    """An exception in a task is raised here with its type and text, and the engine still works."""
    for engine in (alone, pool):
        with pytest.raises(ValueError, match="item 3 is wrong"):
            engine.map("x", range(8), tasks.fail_at_three)
        assert engine.map("x", [1, 2], tasks.doubled) == [2, 4]


def test_progress(tmp_path: Path) -> None:
    """Progress is told from nothing to all, once an item."""
    told: list[tuple[str, int, int]] = []
    engine = LocalEngine(tmp_path, 1, lambda *one: told.append(one))
    engine.map("x", [1, 2], tasks.doubled)
    engine.map("y", [], tasks.doubled)
    assert told == [("x", 0, 2), ("x", 1, 2), ("x", 2, 2), ("y", 0, 0)]


def test_a_worker_that_dies_once(tmp_path: Path) -> None:
    """A killed worker is replaced and what it did is done again."""
    engine = LocalEngine(tmp_path, 2)
    try:
        assert engine.map("x", range(8), tasks.die_once, tmp_path / "died") == [2 * n for n in range(8)]
        assert (tmp_path / "died").exists()
    finally:
        engine.close()


def test_a_worker_that_always_dies(tmp_path: Path) -> None:
    """An item that kills its worker every time ends the build, with advice."""
    engine = LocalEngine(tmp_path, 2)
    try:
        with pytest.raises(CurateError, match="died 3 times.*--workers 1"):
            engine.map("x", range(8), tasks.die_always)
    finally:
        engine.close()


def test_a_worker_that_dies_idle(tmp_path: Path) -> None:
    """A worker that is killed between two stages is replaced too."""
    engine = LocalEngine(tmp_path, 2)
    try:
        for pid in set(engine.map("x", range(8), tasks.whoami)):
            os.kill(pid, signal.SIGKILL)
        while not getattr(engine._pool, "_broken", True):
            pass
        assert engine.map("x", range(8), tasks.doubled) == [2 * n for n in range(8)]
    finally:
        engine.close()


def test_close_twice(tmp_path: Path) -> None:
    """Closing is allowed at any time, and a closed engine starts again."""
    engine = LocalEngine(tmp_path, 2)
    engine.close()
    assert engine.map("x", [1, 2], tasks.doubled) == [2, 4]
    engine.close()
    engine.close()


def test_a_worker_that_dies_while_several_maps_run(tmp_path: Path) -> None:
    """Each map does its lost items again; none takes the new workers from another, and none waits for ever."""
    engine = LocalEngine(tmp_path, 2)
    try:
        with ThreadPoolExecutor(3) as threads:
            maps = [
                threads.submit(engine.map, str(n), range(12), tasks.die_once, tmp_path / f"died-{n % 2}")
                for n in range(3)
            ]
            assert [one.result(timeout=120) for one in maps] == [[2 * n for n in range(12)]] * 3
    finally:
        engine.close()


def test_turns_are_as_before(tmp_path: Path) -> None:
    """Maps that run beside each other leave the interpreter's switch interval as they found it."""
    before = sys.getswitchinterval()
    engine = LocalEngine(tmp_path)
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(engine.map, "x", range(20), tasks.doubled) for _ in range(20)]:
            done.result()
    assert sys.getswitchinterval() == before
