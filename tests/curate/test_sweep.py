"""The cache made smaller: what goes, what stays, and that builds beside it lose nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from curate import cli
from curate.cache import Cache
from curate.score.answers import Answers, kept
from curate.score.backend import Answer
from curate.sweep import leftovers, prune, running, stored, sweep_scratch
from curate.verify import verify
from support.build import make, write_data

FRAME = pl.DataFrame({"n": range(1000)})


def key(number: int) -> str:
    return f"{number:02x}" + "0" * 30


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """Five entries, the first used five hours ago, the last one hour ago."""
    cache = Cache(tmp_path)
    for number in range(5):
        cache.write(key(number), {"drops": FRAME}, {}, kind="dedup" if number % 2 else "ingest")
        then = time.time() - 3600 * (5 - number)
        os.utime(tmp_path / "units" / key(number)[:2] / f"{key(number)}.json", (then, then))
    return cache


def keys(cache: Cache) -> list[str]:
    return [one.key for one in stored(cache.root)]


def test_what_is_stored(cache: Cache) -> None:
    """Entries with the step that made them, all their bytes, the longest unused first; a look makes one the last."""
    found = stored(cache.root)
    assert [one.key for one in found] == [key(number) for number in range(5)]
    assert [one.kind for one in found[:2]] == ["ingest", "dedup"]
    on_disk = sum(path.stat().st_size for path in (cache.root / "units").rglob("*") if path.is_file())
    assert sum(one.bytes for one in found) == on_disk
    assert cache.find(key(0)) is not None
    assert keys(cache)[-1] == key(0)


def test_by_size_the_longest_unused_go_first(cache: Cache) -> None:
    """As many go as must, and no more; with their parts."""
    size = stored(cache.root)[0].bytes
    assert prune(cache.root, 3 * size + 1, dry_run=True).entries == 2
    assert len(keys(cache)) == 5
    done = prune(cache.root, 3 * size + 1)
    assert (done.entries, done.kept, done.held) == (2, 3, 0)
    assert keys(cache) == [key(number) for number in (2, 3, 4)]
    assert len(list((cache.root / "units").rglob("*.arrow"))) == 3
    assert prune(cache.root, 0).kept == 0


def test_by_age(cache: Cache) -> None:
    """What nobody used for so long goes, however small the cache is."""
    assert prune(cache.root, older_than=3.5 * 3600).entries == 2
    assert keys(cache) == [key(number) for number in (2, 3, 4)]
    assert prune(cache.root).entries == 0


def test_what_a_running_build_used_stays(cache: Cache) -> None:
    """An entry that was looked at since the first running build began is held; the others go."""
    with cache.lease():
        assert len(running(cache.root)) == 1
        assert cache.find(key(1)) is not None
        cache.write(key(9), {"drops": FRAME}, {})
        done = prune(cache.root, 0)
        assert (done.entries, done.held) == (4, 2)
        assert cache.find(key(1)) is not None
        assert cache.find(key(9)) is not None
    assert running(cache.root) == []
    assert prune(cache.root, 0).kept == 0


def test_a_killed_build_holds_nothing(cache: Cache) -> None:
    """The registration of a process that was killed is found to be dead, and goes."""
    held = f"with Cache(Path({str(cache.root)!r})).lease():\n    os._exit(9)"
    script = f"from curate.cache import Cache\nfrom pathlib import Path\nimport os\n{held}"
    subprocess.run([sys.executable, "-c", script], check=False)
    assert len(list((cache.root / "running").iterdir())) == 1
    assert running(cache.root) == []
    assert list((cache.root / "running").iterdir()) == []


def test_leftovers(cache: Cache) -> None:
    """Half-written files, parts without an entry and scratch of killed builds go; those of running ones stay."""
    units, scratch = cache.root / "units" / "aa", cache.root / "scratch"
    units.mkdir()
    (units / f"{key(170)}.x.part").write_bytes(b"half")
    (units / f"{key(170)}.drops.arrow").write_bytes(b"alone")
    (scratch / ".staging-1").mkdir(parents=True)
    (scratch / ".staging-1" / "rows.arrow").write_bytes(b"rows")
    time.sleep(0.02)
    with cache.lease():
        (scratch / "mine.arrow").write_bytes(b"in use")
        (units / f"{key(171)}.x.part").write_bytes(b"half")
        assert len(leftovers(cache.root, min(running(cache.root)))) == 3
        sweep_scratch(cache.root)
        assert [path.name for path in scratch.iterdir()] == ["mine.arrow"]
        assert prune(cache.root).leftovers == 2
        assert (units / f"{key(171)}.x.part").exists()
    assert prune(cache.root).leftovers == 2
    assert list(units.iterdir()) == list(scratch.iterdir()) == []
    assert len(keys(cache)) == 5


def test_pruning_beside_readers_and_writers(tmp_path: Path) -> None:
    """While entries are written and read, pruning without end makes none of them half: found ones are whole."""
    cache, stop = Cache(tmp_path), Event()

    def sweep() -> None:
        while not stop.is_set():
            prune(tmp_path, 0)

    sweeper = Thread(target=sweep)
    sweeper.start()
    try:
        with cache.lease():
            for _ in range(60):
                for number in range(3):
                    entry = cache.find(key(number)) or cache.write(key(number), {"base": FRAME}, {})
                    assert pl.read_ipc(entry.parts["base"]).height == FRAME.height
    finally:
        stop.set()
        sweeper.join()


def test_a_pruned_cache_builds_the_same(tmp_path: Path) -> None:
    """After everything went, a build makes it all again, and the version is the same."""
    recipe = write_data(tmp_path / "x")
    first = make(recipe)
    assert prune(recipe.parent / "cache", 0).kept == 0
    assert make(recipe, out=tmp_path / "again").manifest == first.manifest


def test_answers_of_models_go_only_when_told(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are small and took hours: neither size nor age drops them, and no build loses them."""
    store = Answers(cache.root)
    store.put([(b"1" * 16, Answer("Yes", None, 3, 1)), (b"2" * 16, Answer("No", None, 3, 1))])
    store.close()
    assert prune(cache.root, 0, 0.0).answers == 0
    with cache.lease():
        assert prune(cache.root, answers=True).answers == 0
    monkeypatch.setenv("CURATE_CACHE_DIR", str(cache.root))
    runner = CliRunner()
    assert orjson.loads(runner.invoke(cli.app, ["cache", "ls", "--json"]).stdout)["answers"]["entries"] == 2
    assert "and 2 answers of models" in runner.invoke(cli.app, ["cache", "ls"]).stdout
    assert prune(cache.root, answers=True, dry_run=True).answers == 2
    assert "removed: 2 answers of models" in runner.invoke(cli.app, ["cache", "prune", "--answers"]).stdout
    assert kept(cache.root) == (0, 0)


def test_command(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """`curate cache ls` and `prune`, for people and as JSON."""
    monkeypatch.setenv("CURATE_CACHE_DIR", str(cache.root))
    runner = CliRunner()
    said = orjson.loads(runner.invoke(cli.app, ["cache", "ls", "--json"]).stdout)
    assert (said["entries"], said["running"], said["path"]) == (5, 0, str(cache.root))
    assert {one["kind"]: one["entries"] for one in said["kinds"]} == {"ingest": 3, "dedup": 2}
    shown = runner.invoke(cli.app, ["cache", "ls"]).stdout
    assert "ingest" in shown
    assert "5 h" in shown
    assert "would go: 5 entries" in runner.invoke(cli.app, ["cache", "prune", "--max-size", "0", "--dry-run"]).stdout
    aged = orjson.loads(runner.invoke(cli.app, ["cache", "prune", "--older-than", "150min", "--json"]).stdout or "null")
    assert aged is None
    aged = orjson.loads(runner.invoke(cli.app, ["cache", "prune", "--older-than", "150m", "--json"]).stdout)
    assert (aged["entries"], aged["kept"]) == (3, 2)
    assert runner.invoke(cli.app, ["cache", "prune", "--max-size", "ten"]).exit_code == 2
    assert "kept: 0 entries" in runner.invoke(cli.app, ["cache", "prune", "--max-size", "0.5k"]).stdout


@pytest.mark.parametrize("shared", ["cache", "out"])
def test_two_builds_at_once(tmp_path: Path, shared: str) -> None:
    """Two processes that build at once in one cache, or into one folder from two caches, both end well and alike."""
    recipe = write_data(tmp_path / "x")
    running_now = []
    for number in range(2):
        cache = tmp_path / ("cache" if shared == "cache" else f"cache{number}")
        out = tmp_path / ("out" if shared == "out" else f"out{number}")
        command = [sys.executable, "-m", "curate", "build", str(recipe), "--out", str(out), "--json", "--workers", "1"]
        environment = {**os.environ, "CURATE_CACHE_DIR": str(cache)}
        running_now.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
    told = [(*process.communicate(timeout=120), process.returncode) for process in running_now]
    assert [code for _, _, code in told] == [0, 0], told
    first, second = (orjson.loads(out) for out, _, _ in told)
    assert first["version"] == second["version"]
    for built in (first, second):
        assert all(one.ok for one in verify(Path(built["path"])))
    if shared == "out":
        assert {first["reused"], second["reused"]} == {True, False}
        names = {path.name for path in Path(first["path"]).parent.iterdir()}
        assert names == {first["version"], "latest"}


def test_what_a_killed_build_staged_goes(tmp_path: Path) -> None:
    """A half-written version beside the versions is gone after the next build."""
    recipe = write_data(tmp_path / "x")
    left = recipe.parent / "out" / "small" / ".staging-dead"
    left.mkdir(parents=True)
    (left / "manifest.json").write_text("{}", encoding="utf-8")
    make(recipe)
    assert not left.exists()
