"""The stage cache: entries are whole or not there, whatever happens to their files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from curate.cache import Cache, default_root
from curate.errors import CurateError

FRAME = pl.DataFrame({"at": [1, 2], "text": ["one", "two"]})
KEY = "ab" + "0" * 30


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache with one entry."""
    cache = Cache(tmp_path)
    cache.write(KEY, {"drops": FRAME, "columns": FRAME.head(1)}, {"dropped": {"words: too long": 12}})
    return cache


def files(cache: Cache) -> list[Path]:
    return sorted(path for path in (cache.root / "units").rglob("*") if path.is_file())


def test_found_as_written(cache: Cache) -> None:
    """An entry gives its facts and frames, and leaves no file of its making."""
    entry = cache.find(KEY)
    assert entry is not None
    assert (entry.key, entry.facts) == (KEY, {"dropped": {"words: too long": 12}})
    assert_frame_equal(pl.read_ipc(entry.parts["drops"]), FRAME)
    assert [path.name for path in files(cache)] == [f"{KEY}.columns.arrow", f"{KEY}.drops.arrow", f"{KEY}.json"]
    assert cache.find("cd" + "0" * 30) is None


@pytest.mark.parametrize("name", [f"{KEY}.columns.arrow", f"{KEY}.drops.arrow"])
def test_a_damaged_part(cache: Cache, name: str) -> None:
    """A part with one byte flipped, cut short, longer or gone makes the entry missing; writing mends it."""
    (path,) = (path for path in files(cache) if path.name == name)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damage in (bytes(flipped), whole[:-1], whole + b"\0", b"", None):
        path.unlink(missing_ok=True)
        if damage is not None:
            path.write_bytes(damage)
        assert cache.find(KEY) is None, damage
    cache.write(KEY, {"drops": FRAME, "columns": FRAME.head(1)}, {})
    assert cache.find(KEY) is not None


def test_a_truncated_entry(cache: Cache) -> None:
    """An entry's JSON cut anywhere makes it missing, never an error."""
    path = files(cache)[-1]
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert cache.find(KEY) is None, length


def test_a_flipped_byte_in_an_entry(cache: Cache) -> None:
    """No bit of the JSON can change unnoticed: counts in it go into manifests."""
    path = files(cache)[-1]
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 2, 16):
            damaged = bytearray(whole)
            damaged[place] ^= bit
            path.write_bytes(bytes(damaged))
            assert cache.find(KEY) is None, (place, bit)


@pytest.mark.parametrize("content", [None, [], 1, "text", {}, {"facts": {}}, {"parts": {}}, {"facts": {}, "parts": []}])
def test_an_entry_of_another_shape(cache: Cache, content: object) -> None:
    """JSON that is no entry is a missing entry."""
    files(cache)[-1].write_bytes(orjson.dumps(content))
    assert cache.find(KEY) is None


def test_writers_at_the_same_time(tmp_path: Path) -> None:
    """Many writers of one key leave one whole entry and nothing else; readers see it whole or not at all."""
    cache = Cache(tmp_path)
    frame = pl.DataFrame({"n": range(5000)})

    def write(_: int) -> int | None:
        cache.write(KEY, {"base": frame}, {"rows": 5000})
        entry = cache.find(KEY)
        return None if entry is None else pl.read_ipc(entry.parts["base"]).height

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(write, range(40)))
    assert seen == {5000}
    assert len(files(cache)) == 2


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The error says which folder and what to do."""
    (tmp_path / "units").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(CurateError, match="cannot write to the cache.*CURATE_CACHE_DIR"):
        Cache(tmp_path).write(KEY, {}, {})


def test_default_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment names the folder; else it is the platform's, and ends in curate."""
    monkeypatch.setenv("CURATE_CACHE_DIR", str(tmp_path))
    assert default_root() == tmp_path
    monkeypatch.setenv("CURATE_CACHE_DIR", "")
    assert default_root().name == "curate"
