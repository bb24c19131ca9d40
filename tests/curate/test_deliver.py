"""What happens to a version's folder on its way to its place."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from curate import deliver, manifest
from curate.build import Request, build
from curate.recipe import load
from curate.verify import verify
from support.build import make, write_data


def write_note(folder: Path) -> None:
    """A plug-in of the door `curate.after_write`."""
    rows = manifest.read(folder).rows_out
    (folder / "note.txt").write_text(f"{rows} rows\n", encoding="utf-8")


def test_after_write_adds_files_outside_the_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in's file lies in the version, its digest in the manifest, and the version's id is as without it."""
    recipe = write_data(tmp_path / "one")
    plain = make(recipe)
    point = EntryPoint("note", f"{__name__}:write_note", "curate.after_write")
    monkeypatch.setattr(EntryPoint, "load", lambda _: write_note)
    monkeypatch.setattr(deliver, "entry_points", lambda group: [point] if group == "curate.after_write" else [])
    noted = make(write_data(tmp_path / "two"), attach=True)
    assert noted.manifest.version == plain.manifest.version
    assert (noted.path / "note.txt").read_text(encoding="utf-8") == f"{plain.manifest.rows_out} rows\n"
    assert list(noted.manifest.attachments) == ["note.txt"]
    assert all(finding.ok for finding in verify(noted.path))
    (noted.path / "note.txt").write_text("other\n", encoding="utf-8")
    assert not all(finding.ok for finding in verify(noted.path))


def test_a_trial_leaves_latest_alone(tmp_path: Path) -> None:
    """A build with `--limit` makes a version, but neither moves `latest` nor writes the lock beside the recipe."""
    recipe = write_data(tmp_path / "one")
    whole = make(recipe)
    lock = recipe.with_name("recipe.lock.yaml")
    before = lock.read_bytes()
    home = recipe.parent
    trial = build(load(recipe), Request(out=home / "out", cache=home / "cache", limit=10))
    assert trial.manifest.version != whole.manifest.version
    assert (whole.path.parent / "latest").read_text(encoding="utf-8").strip() == whole.manifest.version
    assert lock.read_bytes() == before


def test_a_reused_version_tells_of_this_build(tmp_path: Path) -> None:
    """The same records of other inputs: the counts are this build's, and a warning says whose ledger lies there."""
    recipe = write_data(tmp_path / "one")
    first = make(recipe)
    (recipe.parent / "qa" / "four.jsonl").write_text("no JSON\n", encoding="utf-8")
    again = make(recipe)
    assert (again.reused, again.path) == (True, first.path)
    assert again.manifest.quarantined == first.manifest.quarantined + 1
    assert "ledger and lock are of that build" in again.manifest.warnings[-1]
