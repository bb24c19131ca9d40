"""What leaves home: what the manifest lists, without the text of what is not in the dataset."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

import polars as pl
import pytest

from curate.manifest import read
from curate.publish.payload import EXCERPTS, Payload, packed
from curate.verify import verify
from support.build import make, write_data


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version with its report, and a stranger's file in it."""
    folder = make(write_data(tmp_path_factory.mktemp("small")), attach=True).path
    (folder / ".secret").write_text("mine", encoding="utf-8")
    return folder


@pytest.fixture
def payload(version: Path) -> Iterator[Payload]:
    with packed(version) as payload:
        yield payload


def text(payload: Payload) -> dict[str, str]:
    return {file.name: file.path.read_bytes().decode(errors="replace") for file in payload.files}


def test_what_is_private_stays_at_home(version: Path, payload: Payload) -> None:
    names = {file.name for file in payload.files}
    there = {path.relative_to(version).as_posix() for path in version.rglob("*") if path.is_file()}
    assert there - names == {EXCERPTS, "run.json", ".secret"}
    assert names <= there
    assert payload.manifest.withheld == [EXCERPTS]


def test_no_text_of_what_was_dropped_goes(version: Path, payload: Payload) -> None:
    """Neither in the files nor in the report, which has it at home."""
    excerpts = pl.read_parquet(version / EXCERPTS).filter(pl.col("kind") != "twin")["text"]
    needle = next(text for text in excerpts if text.startswith("word word"))[:40]
    assert needle in (version / "report.html").read_text(encoding="utf-8")
    assert [name for name, said in text(payload).items() if needle in said] == []


def test_what_goes_is_a_whole_version(payload: Payload, tmp_path: Path) -> None:
    """It verifies where it arrives, with the id it had."""
    for file in payload.files:
        (tmp_path / file.name).parent.mkdir(exist_ok=True)
        (tmp_path / file.name).write_bytes(file.path.read_bytes())
    assert [one for one in verify(tmp_path) if not one.ok] == []
    assert read(tmp_path) == payload.manifest


def test_excerpts_go_when_asked_for(version: Path) -> None:
    with packed(version, excerpts=True) as payload:
        assert payload.manifest == read(version)
        assert text(payload)["report.html"] == (version / "report.html").read_text(encoding="utf-8")


def test_attachments_that_cannot_be_made_anew_stay(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attachment may quote what was dropped: without its plug-in it does not go, and the manifest says so."""
    monkeypatch.setattr("curate.publish.payload.after_write", lambda _, manifest: manifest)
    with packed(version) as payload:
        assert payload.manifest.withheld == [EXCERPTS, *read(version).attachments]
        assert payload.manifest.attachments == {}


def test_card_is_what_the_caller_makes_of_it(version: Path) -> None:
    before = (version / "README.md").read_bytes()
    with packed(version, card=lambda own: own + "\nBy hand.\n") as payload:
        card = next(file for file in payload.files if file.name == "README.md")
        assert card.path.read_text(encoding="utf-8").endswith("\nBy hand.\n")
        assert payload.manifest.files["README.md"].sha256 == card.sha256
    assert (version / "README.md").read_bytes() == before


def test_blob_is_gits(payload: Payload) -> None:
    for file in payload.files:
        content = file.path.read_bytes()
        assert file.blob == sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
    assert payload.bytes == sum(file.path.stat().st_size for file in payload.files)
