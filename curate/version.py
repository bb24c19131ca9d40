"""Dataset versions: immutable folders named by their content, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryFile

import polars as pl
import pyarrow as pa
from filelock import FileLock

from curate import manifest as manifests
from curate.errors import CurateError, VersionError
from curate.manifest import FileInfo, Manifest

LATEST = "latest"
DEFAULT_OUT = Path("datasets")
_STAGING = ".staging-"
_ID = re.compile(r"[0-9a-f]{16}")


def writable(home: Path) -> None:
    """Refuse a folder that nothing can be written to: better before the work of hours than after it. Leaves no trace.

    Args:
        home: `<out>/<name>`; where it is not there yet, the nearest folder above it counts.

    Raises:
        CurateError: the folder cannot be written.
    """
    there = next(one for one in (home, *home.absolute().parents) if one.exists())
    try:
        with TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise _unwritable(home, error) from error


def _unwritable(home: Path, error: OSError) -> CurateError:
    return CurateError(f"cannot write to {home}: {error.strerror or error}; choose another folder with --out")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Be the only one who writes versions of a dataset, on whatever cache; what killed builds left there goes.

    Args:
        home: `<out>/<name>`; it is made.

    Raises:
        CurateError: the folder cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home.with_name(f".{home.name}.lock"))
        lock.acquire()
    except OSError as error:
        raise _unwritable(home, error) from error
    try:
        # Whoever stages holds the lock, so what is here now is nobody's.
        for left in home.glob(f"{_STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in home.glob(f".{LATEST}-*"):
            left.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """A folder beside the versions in which one is put together; it is gone afterwards unless it was renamed.

    Args:
        home: `<out>/<name>`.

    Raises:
        CurateError: the folder cannot be written.
    """
    folder = home / f"{_STAGING}{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(home, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # a build that failed leaves no trace: `rmdir` removes empty folders only
            home.rmdir()


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Tell an error of the system while a version is written, with its folder.

    Raises:
        CurateError: the system does not let a file be written.
    """
    try:
        yield
    except OSError as error:
        raise CurateError(f"cannot write {home}: {error.strerror or error}; nothing was published") from error


def commit(folder: Path, home: Path, version: str, *, latest: bool = True) -> Path:
    """Make a staged folder the version: flush it to the disk, rename it, point `latest` at it.

    Args:
        folder: the staged version.
        home: `<out>/<name>`.
        version: its id.
        latest: False leaves `latest` as it is, unless there is none.

    Returns:
        The version's folder.
    """
    pointed = latest or not (home / LATEST).is_file()
    with _pointing(home, version) if pointed else nullcontext():
        return place(folder, home / version)


def place(folder: Path, target: Path) -> Path:
    """Flush a staged folder to the disk and give it its name, in one step.

    Returns:
        The target.
    """
    for path in [*folder.rglob("*"), folder]:
        _sync(path)
    folder.rename(target)
    _sync(target.parent)
    return target


def point(home: Path, version: str) -> None:
    """Make `latest` name a version, in one step."""
    with _pointing(home, version):
        pass


@contextmanager
def _pointing(home: Path, version: str) -> Iterator[None]:
    """Make `latest` name a version after the block, with a file that is on the disk before it.

    So a disk that is full is known before the block has made the version visible.
    """
    staged = home / f".{LATEST}-{uuid.uuid4().hex}"
    try:
        staged.write_text(version + "\n", encoding="utf-8")
        _sync(staged)
        yield
        staged.replace(home / LATEST)
    except BaseException:
        with suppress(OSError):
            staged.unlink()
        raise
    _sync(home)


def _sync(path: Path) -> None:
    """Have the disk hold a file or folder (folders cannot be opened for that on Windows, which needs none)."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digests(folder: Path, names: list[str]) -> dict[str, FileInfo]:
    """sha256 and size of files in a folder."""
    return {name: file_info(folder / name) for name in names}


def file_info(path: Path) -> FileInfo:
    """sha256 and size of one file."""
    with path.open("rb") as file:
        return FileInfo(sha256=hashlib.file_digest(file, "sha256").hexdigest(), bytes=path.stat().st_size)


# What libraries raise where a file is not what it should be.
UNREADABLE = (OSError, UnicodeDecodeError, pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException)


@contextmanager
def reading(*folders: Path) -> Iterator[None]:
    """Tell that a version's files are not what its manifest says of them, instead of what a library makes of that.

    Args:
        folders: the versions that are read in the block.

    Raises:
        VersionError: a file is missing, damaged, or has other columns or types.
    """
    try:
        yield
    except UNREADABLE as error:
        raise VersionError(
            f"a file of {' or '.join(map(str, folders))} is not what the manifest says: {first_line(error)}; "
            "`curate verify VERSION` says which"
        ) from error


def first_line(error: BaseException) -> str:
    """What a library says of a file, in a line."""
    text = str(error).strip().split("\n", 1)[0]
    return text[:300] or type(error).__name__


def find(reference: str, out: Path = DEFAULT_OUT) -> Path:
    """The folder of a version.

    Args:
        reference: a folder, `NAME` (its latest), or `NAME@PREFIX` of an id.
        out: where named versions lie.

    Raises:
        VersionError: there is none, or the prefix fits several; the message names what there is.
    """
    folder = Path(reference)
    if (folder / manifests.NAME).is_file():
        return folder
    name, _, prefix = reference.partition("@")
    home = folder if not prefix and (folder / LATEST).is_file() else out / name
    known = versions(home)
    if not known:
        raise VersionError(
            f"{reference!r} is neither a version folder nor a dataset in {out}; build one with `curate build`"
        )
    if not prefix:
        latest = (home / LATEST).read_text(encoding="utf-8").strip() if (home / LATEST).is_file() else ""
        if latest not in known:
            raise VersionError(
                f"{home / LATEST} names no version; say which: {', '.join(f'{name}@{one}' for one in known)}"
            )
        return home / latest
    fitting = [one for one in known if one.startswith(prefix)]
    if len(fitting) != 1:
        fault = "no version" if not fitting else f"{len(fitting)} versions"
        raise VersionError(f"{fault} of {name!r} in {out} begin with {prefix!r} (there are: {', '.join(known)})")
    return home / fitting[0]


def versions(home: Path) -> list[str]:
    """Ids of the finished versions in `<out>/<name>`, in alphabetical order."""
    if not home.is_dir():
        return []
    return sorted(
        path.name for path in home.iterdir() if _ID.fullmatch(path.name) and (path / manifests.NAME).is_file()
    )


def check_files(folder: Path, manifest: Manifest) -> list[str]:
    """What is wrong with the files of a version: missing, changed, or not in the manifest."""
    faults = []
    for name, expected in {**manifest.files, **manifest.attachments}.items():
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif (found := file_info(path)) != expected:
            faults.append(
                f"{name} has sha256 {found.sha256} ({found.bytes:,} bytes), "
                f"the manifest says {expected.sha256} ({expected.bytes:,} bytes)"
            )
    listed = {*manifest.files, *manifest.attachments, manifests.NAME, "run.json"}
    extra = sorted({path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - listed)
    # Tools keep hidden files beside the data: `.gitattributes` and `.cache` of a download from the Hub.
    extra = [name for name in extra if not name.startswith(".")]
    return faults + [f"{name} is not in the manifest" for name in extra]
