"""A folder as a target: versions go there whole, and come back as they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.errors import CurateError, VersionError
from curate.publish.folder import Folder
from curate.publish.payload import Payload, packed
from support.build import make, write_data


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Payload]:
    with packed(make(write_data(tmp_path_factory.mktemp("small"))).path) as payload:
        yield payload


def quiet(_: str) -> None:
    """Nobody waits."""


def publish(payload: Payload, target: Folder) -> list[str]:
    """Names of what was sent."""
    receipt = target.put(payload, target.present(payload.manifest.version), quiet)
    target.check(payload, receipt)
    return list(receipt.sent)


def test_publish_and_again(payload: Payload, tmp_path: Path) -> None:
    target = Folder(tmp_path / "there" / "small")
    assert publish(payload, target) == [file.name for file in payload.files]
    present = target.present(payload.manifest.version)
    assert present.version == payload.manifest.version
    assert all(present.files[file.name].same(file) for file in payload.files)
    assert publish(payload, target) == []
    assert target.find(None) == target.find(payload.manifest.version[:6]) == payload.manifest.version


def test_fetch(payload: Payload, tmp_path: Path) -> None:
    target = Folder(tmp_path / "there")
    publish(payload, target)
    names = [file.name for file in payload.files]
    target.fetch(target.find(None), names, tmp_path / "here", quiet)
    for file in payload.files:
        assert (tmp_path / "here" / file.name).read_bytes() == file.path.read_bytes()
    with pytest.raises(CurateError, match=r"nothing\.txt cannot be copied"):
        target.fetch(target.find(None), ["nothing.txt"], tmp_path / "here", quiet)


def test_damage_is_told(payload: Payload, tmp_path: Path) -> None:
    """What was published before is not trusted: it is read again."""
    target = Folder(tmp_path / "there")
    publish(payload, target)
    (tmp_path / "there" / payload.manifest.version / "recipe.yaml").write_text("x", encoding="utf-8")
    with pytest.raises(CurateError, match=r"is damaged \(recipe.yaml has sha256 .*move it away and publish again"):
        publish(payload, target)


def test_nothing_there(tmp_path: Path) -> None:
    assert Folder(tmp_path / "no").present("0" * 16).version is None
    with pytest.raises(VersionError):
        Folder(tmp_path / "no").find(None)


def test_no_room_leaves_nothing(payload: Payload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that fails half way leaves the place as it was."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("curate.publish.folder.shutil.copyfile", full)
    target = Folder(tmp_path / "there")
    with pytest.raises(CurateError, match="cannot write .*No space left on device; nothing was published"):
        publish(payload, target)
    assert not (tmp_path / "there").exists()
