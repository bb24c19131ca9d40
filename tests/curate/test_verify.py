"""`verify`: each kind of damage to a version is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from curate import manifest as manifests
from curate.errors import CurateError, VersionError
from curate.parquet import write_parquet
from curate.verify import verify
from curate.version import file_info
from support.build import make, write_data

DATA = "data/train-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version."""
    return make(write_data(tmp_path_factory.mktemp("verify") / "x"), "steps.2.sample.repeat=2").path


@pytest.fixture
def version(built: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return Path(shutil.copytree(built, tmp_path / built.name))


def faults(folder: Path) -> dict[str, list[str]]:
    return {finding.what: finding.faults for finding in verify(folder) if not finding.ok}


def change(folder: Path, change: Callable[[dict[str, Any]], None], *files: str) -> None:
    """Edit the manifest, with the digests of these files as they are now."""
    path = folder / manifests.NAME
    content = orjson.loads(path.read_bytes())
    change(content)
    for name in files:
        content["files"][name] = file_info(folder / name).model_dump()
    path.write_bytes(orjson.dumps(content))


def test_a_whole_version(version: Path) -> None:
    """All checks hold, and a changed run.json is no fault."""
    assert [finding.what for finding in verify(version)] == ["files", "rows", "counts", "ledger", "card", "lock"]
    (version / "run.json").unlink()
    assert faults(version) == {}


@pytest.mark.parametrize(
    "name", [DATA, "ledger/drops.parquet", "ledger/excerpts.parquet", "README.md", "recipe.yaml", "recipe.lock.yaml"]
)
def test_a_flipped_byte(version: Path, name: str) -> None:
    """One changed byte of any file is found, by the file's name, and so is a missing and a longer file."""
    whole = (version / name).read_bytes()
    for place in (0, len(whole) // 2, len(whole) - 1):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        (version / name).write_bytes(damaged)
        (found,) = faults(version)["files"]
        assert found.startswith(f"{name} has sha256")
    (version / name).write_bytes(whole + b"\n")
    assert faults(version)["files"][0].startswith(f"{name} has sha256")
    (version / name).unlink()
    assert faults(version)["files"] == [f"{name} is missing"]


@pytest.mark.parametrize("name", ["extra.txt", "data/train-00001-of-00001.parquet", "ledger/.hidden"])
def test_an_extra_file(version: Path, name: str) -> None:
    """A file that the manifest does not know is found: `load_dataset` would read it."""
    (version / name).write_text("x", encoding="utf-8")
    assert faults(version)["files"] == [f"{name} is not in the manifest"]


def test_damaged_manifests(version: Path) -> None:
    """A manifest that is cut, of another schema, with a stray key or missing is told as such."""
    path = version / manifests.NAME
    whole = path.read_bytes()
    for content, message in (
        (whole[:-20], "is damaged"),
        (b"[]", "schema_version None"),
        (whole.replace(b'"schema_version": 1', b'"schema_version": 2'), "schema_version 2, this curate reads 1"),
        (whole.replace(b'"seed"', b'"sead"'), "is damaged"),
    ):
        path.write_bytes(content)
        with pytest.raises(VersionError, match=message):
            verify(version)
    path.unlink()
    with pytest.raises(VersionError, match="is not a dataset version"):
        verify(version)


def more(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """Add one to a number in the manifest."""

    def edit(content: dict[str, Any]) -> None:
        place: Any = content
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] += 1

    return edit


@pytest.mark.parametrize(
    "path",
    [
        *((total,) for total in ("rows_in", "rows_out", "dropped", "quarantined", "repeated")),
        *(("sources", "qa", count) for count in ("rows_in", "rows_out", "dropped", "quarantined", "repeated")),
        ("splits", "test", "rows"),
        ("terms", 0, "rows"),
        ("stages", 1, "rows_in", "qa"),
        ("stages", 1, "dropped", "more", "words: too long"),
    ],
)
def test_an_edited_count(version: Path, path: tuple[str | int, ...]) -> None:
    """No count of the manifest can be changed alone."""
    change(version, more(*path))
    assert faults(version)


def test_counts_moved_between_sources(version: Path) -> None:
    """Nor can rows be moved from one source to another with all totals right."""

    def move(content: dict[str, Any]) -> None:
        for name, by in (("qa", 1), ("more", -1)):
            content["sources"][name]["rows_in"] += by
            content["sources"][name]["rows_out"] += by

    change(version, move)
    assert "counts" in faults(version)


def test_edited_names(version: Path) -> None:
    """Nor the fingerprint, the id, a column's name or type, or a step's reason."""
    for edit in (
        lambda content: content.update(fingerprint="0" * 32),
        lambda content: content.update(version="0" * 16),
        lambda content: content["columns"].update(extra="String"),
        lambda content: content["columns"].pop("meta"),
        lambda content: content["columns"].update(meta="Int64"),
        lambda content: content["stages"][1]["dropped"]["more"].update({"words: too short": 3}),
    ):
        before = (version / manifests.NAME).read_bytes()
        change(version, edit)
        assert faults(version), edit
        (version / manifests.NAME).write_bytes(before)


@pytest.mark.parametrize("column", ["prompt", "completion", "id", "license", "references"])
def test_rows_that_changed_with_their_digest(version: Path, column: str) -> None:
    """A changed text is found though the file's digest was mended too."""
    frame = pl.read_parquet(version / DATA)
    changed = pl.lit(["x"]) if column == "references" else pl.col(column) + "x"
    write_parquet(
        frame.with_columns(pl.when(pl.int_range(pl.len()) == 3).then(changed).otherwise(column).alias(column)),
        version / DATA,
    )
    change(version, lambda _: None, DATA)
    assert "rows" in faults(version)


def test_rows_that_went_with_their_digest(version: Path) -> None:
    """So is a row less, a row twice, and a row of another split."""
    frame = pl.read_parquet(version / DATA)
    for changed in (frame.head(-1), pl.concat([frame, frame.head(1)]), frame.clear()):
        write_parquet(changed, version / DATA)
        change(version, lambda _: None, DATA)
        assert any("train" in fault for fault in faults(version)["rows"])


def test_a_ledger_that_changed_with_its_digest(version: Path) -> None:
    """Drops less, twice, of a kept record or for another reason are found."""
    name = "ledger/drops.parquet"
    ledger = pl.read_parquet(version / name)
    kept = pl.read_parquet(version / DATA)["id"][0]
    dropped = ledger.filter(pl.col("id").is_not_null())
    aside = ledger.filter(pl.col("id").is_null())
    assert aside.height == 1
    for changed in (
        ledger.head(-1),
        dropped,
        pl.concat([ledger, aside]),
        pl.concat([aside, dropped.head(-1), dropped.head(1)]),
        ledger.with_columns(pl.when(pl.col("id") == dropped["id"][0]).then(pl.lit(kept)).otherwise("id").alias("id")),
        ledger.with_columns(reason=pl.lit("because")),
        ledger.with_columns(stage=pl.lit("0.filter.words")),
    ):
        write_parquet(changed, version / name)
        change(version, lambda _: None, name)
        assert "ledger" in faults(version)


def test_a_card_with_wrong_counts(version: Path) -> None:
    """A card that tells other row counts is found, its digest mended."""
    path = version / "README.md"
    text = path.read_text(encoding="utf-8")
    assert "num_examples: " in text
    path.write_text(text.replace("num_examples: ", "num_examples: 1"), encoding="utf-8")
    change(version, lambda _: None, "README.md")
    assert set(faults(version)) == {"card"}


def test_a_build_finds_its_damaged_version(tmp_path: Path) -> None:
    """A build whose version is there but damaged says so and leaves it; with the damage gone it is used again."""
    recipe = write_data(tmp_path / "x")
    first = make(recipe)
    path = first.path / DATA
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(CurateError, match="is damaged.*move it away and build again"):
        make(recipe)
    path.write_bytes(whole)
    again = make(recipe)
    assert (again.reused, again.path, again.manifest) == (True, first.path, first.manifest)
