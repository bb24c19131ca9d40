"""Pull: a version comes back as it went, and nothing that a stranger says leads elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from curate.errors import CurateError, VersionError
from curate.publish.folder import Folder
from curate.publish.place import split
from curate.publish.pull import pull
from curate.publish.send import Request, planned, publish
from curate.verify import verify


def quiet(_: str) -> None:
    """Nobody waits."""


@pytest.fixture
def there(versions: tuple[Path, Path], tmp_path: Path) -> Folder:
    """A folder with both versions."""
    target = Folder(tmp_path / "there")
    for folder in versions:
        with planned(folder, target, Request(), quiet) as plan:
            publish(plan, target, quiet)
    return target


def test_round_trip(there: Folder, versions: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = (folder.name for folder in versions)
    first = pull(there, old[:8], tmp_path / "out", quiet)
    assert first.path == tmp_path / "out" / "small" / old
    assert all(finding.ok for finding in verify(first.path))
    second = pull(there, None, tmp_path / "out", quiet)
    assert second.path.name == new
    assert "ledger/drops.parquet" not in second.fetched  # the same file came with the old version
    assert (tmp_path / "out" / "small" / "latest").read_text(encoding="utf-8").strip() == new
    assert pull(there, new, tmp_path / "out", quiet).reused
    assert sorted(path.name for path in (tmp_path / "out" / "small").iterdir()) == sorted([old, new, "latest"])


def test_a_killed_pull_goes_on(there: Folder, versions: tuple[Path, Path], tmp_path: Path) -> None:
    class Cut(Folder):
        """Fetches one file, then dies."""

        def fetch(self, revision: str, names: Any, folder: Path, tell: Any) -> None:
            super().fetch(revision, names[:1], folder, tell)
            if names != ["manifest.json"]:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(Cut(there.home), None, tmp_path / "out", quiet)
    home = tmp_path / "out" / "small"
    assert not (home / "latest").exists()
    files = pull(there, None, tmp_path / "out", quiet)
    assert len(files.fetched) == len({**files.manifest.files, **files.manifest.attachments}) - 1
    assert sorted(path.name for path in home.iterdir()) == sorted([versions[1].name, "latest"])


def forged(there: Folder, **change: Any) -> None:
    """Have the newest version's manifest say something else."""
    path = there.home / there.find(None) / "manifest.json"
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), **change}))


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "data/../../x", "a\\b", "C:x", ".hidden", "a//b", "", "run.json"]
)
def test_no_name_leads_elsewhere(name: str, there: Folder, tmp_path: Path) -> None:
    forged(there, attachments={name: {"sha256": "0", "bytes": 1}})
    with pytest.raises(VersionError, match=r"there: .*manifest.*; nothing was fetched"):
        pull(there, None, tmp_path / "out", quiet)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("change", [{"name": "../x"}, {"name": ""}, {"version": "../../../../etc/x"}])
def test_no_version_leads_elsewhere(change: dict[str, str], there: Folder, tmp_path: Path) -> None:
    forged(there, **change)
    with pytest.raises(VersionError, match="which is no version"):
        pull(there, None, tmp_path / "out", quiet)


def test_another_content_is_refused(there: Folder, tmp_path: Path) -> None:
    place = there.home / there.find(None)
    (place / "recipe.yaml").write_text("x", encoding="utf-8")
    with pytest.raises(CurateError, match=r"recipe\.yaml is not what the manifest says"):
        pull(there, None, tmp_path / "out", quiet)


def test_another_name_for_the_same_rows_is_refused(there: Folder, tmp_path: Path) -> None:
    """Digests that fit are not enough: the rows are counted and named again."""
    forged(there, version="0" * 16)
    with pytest.raises(VersionError, match=r"does not verify: the rows belong to version .*; nothing was kept"):
        pull(there, None, tmp_path / "out", quiet)
    assert not list((tmp_path / "out").rglob("*.parquet"))


def test_a_damaged_version_here_is_not_touched(there: Folder, tmp_path: Path) -> None:
    path = pull(there, None, tmp_path / "out", quiet).path
    (path / "recipe.yaml").write_text("x", encoding="utf-8")
    with pytest.raises(CurateError, match="is damaged .*move it away and pull again"):
        pull(there, None, tmp_path / "out", quiet)


def test_a_folder_may_have_an_at_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "a@b").mkdir()
    assert split(f"{tmp_path}/a@b") == (f"{tmp_path}/a@b", None)
    assert split(f"{tmp_path}/a@b@ec19") == (f"{tmp_path}/a@b", "ec19")
    assert split("hf://me/mix@branch/x") == ("hf://me/mix", "branch/x")
