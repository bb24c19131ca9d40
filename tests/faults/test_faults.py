"""What the machine, the data or a person does to a build while it runs: told in a line, and no harm done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import orjson
import polars as pl
import pytest

from curate.cache import Cache
from curate.sweep import prune, stored
from faults.child import Place, ended, error, mounted
from support.build import make, write_data


@pytest.fixture
def small(tmp_path: Path) -> Place:
    """The small recipe, not built."""
    return Place(str(write_data(tmp_path / "data")), tmp_path / "cache", tmp_path / "out")


@pytest.fixture
def version(tmp_path: Path) -> str:
    """The version of an undisturbed build."""
    return make(write_data(tmp_path / "undisturbed")).manifest.version


@pytest.mark.parametrize("where", ["cache", "out"])
def test_a_full_disk(small: Place, version: str, where: str) -> None:
    """No space left, for the cache or for the version: said so, nothing half visible, and it goes on with space."""
    full = small.cache if where == "cache" else small.out
    with mounted(full, "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        (full / "ballast").write_bytes(bytes(16_000))
        said = small.build()
        assert "No space left on device" in error(said)
        assert small.visible() == []
        assert not list(full.rglob("*.part"))
        assert not list(full.glob("small/*"))
    assert small.resumed() == version


def test_a_read_only_folder(small: Place, version: str) -> None:
    """Told before the work begins, with the option that names another folder."""
    small.out.mkdir()
    with mounted(small.out, "--bind", str(small.out)):
        remounted = subprocess.run(["mount", "-o", "remount,bind,ro", str(small.out)], check=False)
        if remounted.returncode:
            pytest.skip("nothing can be mounted read-only here")
        said = error(small.build())
        assert (
            said == f"error: cannot write to {small.out}/small: Read-only file system; choose another folder with --out"
        )
        assert stored(small.cache) == []
    assert small.resumed() == version


def test_a_source_that_changes(small: Place) -> None:
    """A file that is not what was digested is named, and nothing of it is kept under the old digest."""
    changed = Path(small.recipe).parent / "more.json"
    said = error(small.build(f"append={changed}@before map ingest"))
    assert "source 'more': more.json changed while the build read it" in said
    assert small.visible() == []
    small.resumed()
    (built,) = small.visible()
    inputs = orjson.loads((built / "manifest.json").read_bytes())["inputs"]
    assert next(one["bytes"] for one in inputs if one["name"] == "more.json") == changed.stat().st_size


def test_a_parquet_file_cut_short(small: Place) -> None:
    """The source, the file and what is wrong with it, in one error; nothing is written."""
    home = Path(small.recipe).parent
    rows = orjson.loads((home / "more.json").read_bytes())
    pl.DataFrame([{name: row[name] for name in ("instruction", "input", "output")} for row in rows]).write_parquet(
        home / "more.parquet"
    )
    whole = (home / "more.parquet").read_bytes()
    for length in (len(whole) // 2, len(whole) - 4, 3):
        (home / "more.parquet").write_bytes(whole[:length])
        said = small.build(None, "--set", f"sources.more.path={home / 'more.parquet'}")
        assert error(said).startswith("error: source 'more': 1 of 1 rows cannot be used")
        assert "more.parquet: damaged or cut short" in said.err
        assert small.visible() == []


@pytest.mark.slow
def test_a_flipped_byte_in_the_cache(small: Place, version: str) -> None:
    """Any damaged file of the cache is made again, and the version is the same."""
    assert small.resumed() == version
    for path in (small.cache / "units").rglob("*.arrow"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    assert small.resumed() == version


def test_a_flipped_byte_in_a_version(small: Place) -> None:
    """`curate verify` names the file, and a build refuses to call the version its own."""
    small.resumed()
    (built,) = small.visible()
    data = next((built / "data").glob("train-*"))
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(bytes(content))
    verify = [sys.executable, "-m", "curate", "verify", str(built)]
    told = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert f"data/{data.name} has sha256" in told.stdout + told.stderr
    assert "is damaged" in error(small.build())


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize("place", [pytest.param("before map ingest", marks=pytest.mark.slow), "before map write"])
def test_interrupted(small: Place, version: str, name: str, code: int, place: str) -> None:
    """Ends at once, though a piece of work runs for minutes more; in one line, and the next build goes on."""
    started = time.monotonic()
    said = small.build(f"{name}@{place}", within=100)
    assert error(said, code).startswith("interrupted; ")
    assert time.monotonic() - started < 100
    assert small.visible() == []
    assert not list(small.out.glob("small/*"))
    assert small.resumed() == version


@pytest.mark.slow
def test_pruned_while_it_runs(small: Place, version: str) -> None:
    """`curate cache prune --max-size 0` beside a build takes nothing from it; another recipe may build there too."""
    gate = small.cache.with_name("gate")
    process = small.begin(f"wait={gate}@before seal")
    while not Path(f"{gate}.reached").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    assert prune(small.cache, 0).entries == 0
    other = Place(
        str(write_data(small.cache.with_name("other"), ("four", "five"))), small.cache, small.out.parent / "o"
    )
    assert other.build().code == 0
    gate.touch()
    said = ended(process)
    assert (said.code, orjson.loads(said.out)["version"]) == (0, version)
    assert small.resumed() == version


@pytest.mark.slow
@pytest.mark.parametrize("years", [-30, 30])
def test_a_clock_that_was_wrong(small: Place, version: str, years: int) -> None:
    """Times from far off keep nothing in the cache forever, and take nothing from a build that runs."""
    assert small.resumed() == version
    then = time.time() + years * 31_536_000
    (small.cache / "scratch").mkdir(exist_ok=True)
    (small.cache / "scratch" / "left").write_bytes(b"half")
    for path in small.cache.rglob("*"):
        os.utime(path, (then, then))
    assert small.resumed() == version
    for path in (small.cache / "units").rglob("*"):
        os.utime(path, (then, then))
    cache = Cache(small.cache)
    with cache.lease():
        key = stored(small.cache)[0].key
        assert cache.find(key) is not None
        prune(small.cache, 0)
        assert cache.find(key) is not None
    assert prune(small.cache, 0).kept == 0


def test_a_clock_that_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a build looks at after the clock was set back is still marked as used since it began."""
    cache, key = Cache(tmp_path), "ab" + "0" * 30
    cache.write(key, {"base": pl.DataFrame({"n": [1]})}, {})
    then = time.time_ns() + 3_600 * 10**9
    monkeypatch.setattr("curate.cache.time.time_ns", lambda: then)
    with cache.lease():
        monkeypatch.undo()
        assert cache.find(key) is not None
        assert prune(tmp_path, 0).entries == 0
        assert cache.find(key) is not None
