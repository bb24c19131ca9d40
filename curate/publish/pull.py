"""Pull: a published version comes back, whole or not at all.

What a manifest from elsewhere says is a stranger's word: no name in it leads out of the version's folder, every file is
held against its digest, and the rows against the fingerprint that is the version's name.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from curate import manifest as manifests
from curate import version as versions
from curate.errors import CurateError, VersionError
from curate.manifest import FileInfo, Manifest
from curate.publish.target import Target, Tell
from curate.verify import verify

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ID = re.compile(r"[0-9a-f]{16}")
_OURS = (manifests.NAME, "run.json")  # beside the files that a manifest lists
_PARTIAL = ".partial-"


@dataclass(frozen=True)
class Pulled:
    """A version that came back.

    Args:
        path: its folder.
        manifest: of it.
        revision: of the target, exactly.
        fetched: names of the files that came from there.
        reused: whether the version was here already.
    """

    path: Path
    manifest: Manifest
    revision: str
    fetched: Sequence[str] = ()
    reused: bool = False


def pull(target: Target, version: str | None, out: Path, tell: Tell) -> Pulled:
    """Bring a version to `<out>/<name>/<id>` and let `latest` name it.

    Files that other versions here hold are copied from them; what a killed pull left is used.

    Args:
        target: where from.
        version: which, as `Target.find` takes it; None for the newest.
        out: the folder of datasets.
        tell: is told what is being done.

    Raises:
        VersionError: there is no such version there, or what there is is none.
        CurateError: the target cannot be read, or a file is not what the manifest says.
    """
    tell(f"looking at {target.name}")
    revision = target.find(version)
    with TemporaryDirectory(prefix="curate-pull-") as named:
        target.fetch(revision, [manifests.NAME], Path(named), tell)
        manifest = _read(Path(named), target.name)
        _trust(manifest, target.name)
        home = out / manifest.name
        place = home / manifest.version
        with versions.alone(home):
            if (place / manifests.NAME).is_file():
                faults = versions.check_files(place, manifests.read(place))
                if faults:
                    raise CurateError(f"{place} is damaged ({'; '.join(faults[:3])}); move it away and pull again")
                versions.point(home, manifest.version)
                return Pulled(place, manifest, revision, reused=True)
            partial = home / f"{_PARTIAL}{manifest.version}"
            with versions.writing(home):
                fetched = _filled(partial, home, target, revision, manifest, tell)
                shutil.copyfile(Path(named) / manifests.NAME, partial / manifests.NAME)
                _check(partial, target.name)
                versions.commit(partial, home, manifest.version)
    return Pulled(place, manifest, revision, fetched)


def _read(folder: Path, name: str) -> Manifest:
    """The manifest, by the name of the place that it came from; `curate.manifest` sees to the paths in it."""
    try:
        return manifests.read(folder)
    except VersionError as error:
        raise VersionError(f"{name}: {str(error).replace(f'{folder}/', '')}; nothing was fetched") from error


def _trust(manifest: Manifest, name: str) -> None:
    """Refuse a manifest whose own name is none, or that names files which are not the version's."""
    if not _NAME.fullmatch(manifest.name) or not _ID.fullmatch(manifest.version):
        raise VersionError(f"{name}: the manifest names {manifest.name!r}@{manifest.version!r}, which is no version")
    for path in (*manifest.files, *manifest.attachments):
        if path in _OURS or any(part.startswith(".") for part in path.split("/")):
            raise VersionError(
                f"{name}: the manifest names a file {path!r}, which no version holds; nothing was fetched"
            )


def _filled(partial: Path, home: Path, target: Target, revision: str, manifest: Manifest, tell: Tell) -> list[str]:
    """Have every file in the folder, with its digest; gives the names of those that came from the target."""
    partial.mkdir(exist_ok=True)
    wanted = {**manifest.files, **manifest.attachments}
    listed = {*wanted, manifests.NAME}
    for path in partial.rglob("*"):
        name = path.relative_to(partial).as_posix()
        if path.is_file() and name not in listed and not name.startswith("."):
            path.unlink()
    here = _here(home)
    lacking = [name for name, info in wanted.items() if not _had(partial / name, info, here)]
    target.fetch(revision, lacking, partial, tell)
    for name in lacking:
        path = partial / name
        if not path.is_file() or (found := versions.file_info(path)) != wanted[name]:
            path.unlink(missing_ok=True)
            said = f"sha256 {found.sha256}" if path.is_file() else "another"
            raise CurateError(f"{target.name}: {name} is not what the manifest says ({said}); nothing was changed here")
    shutil.rmtree(partial / ".cache", ignore_errors=True)  # of the Hub's client
    return lacking


def _here(home: Path) -> dict[tuple[str, int], Path]:
    """Files of the versions that are here, by digest and size."""
    found: dict[tuple[str, int], Path] = {}
    for version in versions.versions(home):
        with suppress(VersionError):
            manifest = manifests.read(home / version)
            for name, info in {**manifest.files, **manifest.attachments}.items():
                found[info.sha256, info.bytes] = home / version / name
    return found


def _had(path: Path, info: FileInfo, here: dict[tuple[str, int], Path]) -> bool:
    """Whether a file is there already, from a pull that was killed or from another version."""
    if path.is_file() and versions.file_info(path) == info:
        return True
    other = here.get((info.sha256, info.bytes))
    if other is None or not other.is_file():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(other, path)
    return versions.file_info(path) == info


def _check(folder: Path, name: str) -> None:
    """Count and digest all of it again; what does not hold is no version, whoever says so."""
    try:
        faults = [fault for finding in verify(folder) for fault in finding.faults]
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if faults:
        shutil.rmtree(folder, ignore_errors=True)
        raise VersionError(f"{name} holds a version that does not verify: {'; '.join(faults[:3])}; nothing was kept")
