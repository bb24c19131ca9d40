"""Payload: what of a version leaves home, as files that lie ready under the names they will have.

Only what the manifest lists goes, so nothing that somebody left in the folder does. `run.json` (host, times, absolute
paths) never goes. The excerpts of text that is not in the dataset stay unless asked for, and what plug-ins attached
(the report, which quotes them) is made anew from what goes.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from curate import manifest as manifests
from curate.deliver import after_write
from curate.manifest import Manifest
from curate.version import digests, file_info

EXCERPTS = "ledger/excerpts.parquet"
_CARD = "README.md"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class File:
    """A file that is to be published.

    Args:
        name: relative, with `/`, as it will be called.
        path: where it lies ready.
        bytes: its size.
        sha256: of its content, hex.
    """

    name: str
    path: Path
    bytes: int
    sha256: str

    @cached_property
    def blob(self) -> str:
        """Git's name of the content, hex."""
        found = hashlib.sha1(b"blob %d\0" % self.bytes, usedforsecurity=False)
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
        return found.hexdigest()


@dataclass(frozen=True)
class Payload:
    """What is to be published.

    Args:
        manifest: as it will lie beside the files: with their digests, and with the names of what stayed at home.
        files: all of them, the manifest last.
    """

    manifest: Manifest
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(file.bytes for file in self.files)


def as_it_is(card: str) -> str:
    """The card of the version, unchanged."""
    return card


@contextmanager
def packed(folder: Path, *, excerpts: bool = False, card: Callable[[str], str] = as_it_is) -> Iterator[Payload]:
    """Lay a version ready; the files are there while the block runs, and the version itself is not touched.

    Args:
        folder: of a finished version that `curate.verify` found whole.
        excerpts: let the excerpts of text that is not in the dataset go too.
        card: makes the card that is published of the version's own.

    Raises:
        VersionError: the folder has no manifest that can be read.
    """
    manifest = manifests.read(folder)
    withheld = [name for name in manifest.files if name == EXCERPTS and not excerpts]
    with TemporaryDirectory(prefix="curate-publish-") as named:
        stage = Path(named)
        kept = {name: info for name, info in manifest.files.items() if name not in withheld}
        for name in kept:
            if name != _CARD:
                _lay(folder / name, stage / name)
        (stage / _CARD).write_text(card((folder / _CARD).read_text(encoding="utf-8")), encoding="utf-8")
        kept |= digests(stage, [_CARD])
        public = manifest.model_copy(update={"files": kept, "attachments": {}, "withheld": withheld})
        public = _attached(folder, stage, manifest, public)
        manifests.write(public, stage)
        listed = {**public.files, **public.attachments, manifests.NAME: file_info(stage / manifests.NAME)}
        files = tuple(File(name, stage / name, info.bytes, info.sha256) for name, info in listed.items())
        yield Payload(public, files)


def _attached(folder: Path, stage: Path, manifest: Manifest, public: Manifest) -> Manifest:
    """The manifest with what plug-ins attach: as it is where nothing stays at home, else made of what goes."""
    if not public.withheld or not manifest.attachments:
        for name in manifest.attachments:
            _lay(folder / name, stage / name)
        return public.model_copy(update={"attachments": manifest.attachments})
    manifests.write(public, stage)
    public = after_write(stage, public)
    lost = [name for name in manifest.attachments if name not in public.attachments]
    return public.model_copy(update={"withheld": [*public.withheld, *lost]})


def _lay(path: Path, place: Path) -> None:
    """Have a file under another name, without a copy where the system allows it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.symlink_to(path.resolve())
    except OSError:  # Windows lets only some users make links
        shutil.copyfile(path, place)
