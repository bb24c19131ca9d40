"""A folder as a target: the versions lie in it as `curate build` writes them, `<folder>/<id>`, beside `latest`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from curate import manifest as manifests
from curate import version as versions
from curate.errors import CurateError
from curate.publish.payload import Payload
from curate.publish.target import Held, Present, Receipt, Tell


class Folder:
    """The home of a dataset's versions on a disk that this machine sees.

    Args:
        home: the folder; it is made.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def name(self) -> str:
        """The folder's path."""
        return str(self.home)

    def present(self, version: str) -> Present:
        """The version, where it is there already; others are of no concern to it."""
        there = self.home / version
        if not (there / manifests.NAME).is_file():
            return Present()
        known = manifests.read(there)
        files = {name: Held(info.bytes, info.sha256) for name, info in {**known.files, **known.attachments}.items()}
        info = versions.file_info(there / manifests.NAME)
        return Present(version, {**files, manifests.NAME: Held(info.bytes, info.sha256)}, version=version)

    def put(self, payload: Payload, present: Present, tell: Tell) -> Receipt:
        """Copy the version beside the others and rename it."""
        version = payload.manifest.version
        place = self.home / version
        with versions.alone(self.home), versions.staging(self.home) as stage, versions.writing(self.home):
            if present.version or (place / manifests.NAME).is_file():
                versions.point(self.home, version)
                return Receipt(str(place), version)
            tell(f"copying {len(payload.files)} files to {place}")
            for file in payload.files:
                (stage / file.name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.path, stage / file.name)
            versions.commit(stage, self.home, version)
        return Receipt(str(place), version, tuple(file.name for file in payload.files))

    def check(self, payload: Payload, receipt: Receipt) -> None:
        """Hold the digests of what lies there against its own manifest, and that against the one that was sent."""
        place = Path(receipt.place)
        there = manifests.read(place)
        faults = versions.check_files(place, there)
        if receipt.sent and there != payload.manifest:
            faults.append(f"{manifests.NAME} is another")
        if faults:
            raise CurateError(f"{place} is damaged ({'; '.join(faults[:3])}); move it away and publish again")

    def find(self, version: str | None) -> str:
        """The id of the version whose id begins so, or of the latest."""
        reference = str(self.home) if version is None else f"{self.home.name}@{version}"
        return versions.find(reference, self.home.parent).name

    def fetch(self, revision: str, names: Sequence[str], folder: Path, tell: Tell) -> None:
        """Copy files of a version."""
        for name in names:
            tell(f"copying {name}")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(self.home / revision / name, folder / name)
            except OSError as error:
                raise CurateError(
                    f"{self.home / revision / name} cannot be copied: {error.strerror or error}"
                ) from error
