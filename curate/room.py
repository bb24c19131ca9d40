"""Room: how much memory a build may take, and what follows from it.

What a build holds of each record at once is narrow (ARCHITECTURE.md has the table), but it grows with their number. A
`Room` says into how many pieces such state is cut, how many tasks run at once, and what lies in files instead. None of
that changes a result: pieces are of hashed keys, and files hold the arrays that memory would.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from curate.errors import CurateError

# What a build takes whatever its size: interpreter, polars, Arrow, compiled kernels (measured: benchmarks/memory.py).
BASE = 500_000_000

# The least that a build is asked to live in: BASE, and a task that reads a span of 64 MB.
LEAST = 700_000_000

# One task: a unit with what a stage makes of it, or a span of a file and its examples.
_TASK = 300_000_000

# Of the machine's free memory, what a build takes unless it is told.
_SHARE = 0.8


@dataclass(frozen=True)
class Room:
    """What a build may take.

    Args:
        limit: bytes of memory, of all its processes together.
        folder: for what does not stay in memory.
        cores: how many tasks may run at once, memory allowing.
        told: whether a user said the limit; else it is what the machine has.
    """

    limit: int
    folder: Path
    cores: int
    told: bool = False

    @property
    def spare(self) -> int:
        """Bytes beside what every build takes."""
        return max(self.limit - BASE, LEAST - BASE)

    def at_once(self, size: int = _TASK) -> int:
        """How many tasks of so many bytes each run at once."""
        return max(1, min(self.cores, self.spare // max(1, size)))

    def pieces(self, rows: int, each: int, at_once: int = 1) -> int:
        """Into how many pieces rows are cut so that those that are worked on at once take a quarter of what is spare.

        Args:
            rows: how many.
            each: bytes that a row takes while it is worked on.
            at_once: pieces that are worked on at the same time.
        """
        return 1 + 4 * rows * each * at_once // self.spare

    def shelf(self, size: int) -> Shelf:
        """Where arrays of so many bytes together lie: in files if they take more than a quarter of what is spare.

        Args:
            size: bytes.
        """
        bound = self.spare // 4
        return Shelf() if size <= bound else Shelf(self.folder, bound)

    def require(self, what: str, rows: int, each: int) -> None:
        """Refuse what cannot fit, before it is begun.

        Args:
            what: the step, for the message.
            rows: how many records it looks at.
            each: bytes that it must hold of each at once.

        Raises:
            CurateError: it would take more than the limit; the message says how much.
        """
        need = BASE + rows * each
        if need <= self.limit:
            return
        whose = "--memory-limit allows" if self.told else "this machine has free"
        raise CurateError(
            f"{what} holds {each} bytes of each of {rows:,} records: it needs {shown(need)} of memory, {whose} "
            f"{shown(self.limit)}; allow more (--memory-limit {-(-need // 10**9)}GB) on a machine that has it, or "
            "build fewer records at once"
        )

    def within(self, folder: Path) -> Room:
        """The same room with another folder."""
        return replace(self, folder=folder)


class Shelf:
    """The large arrays of one decision: in memory, or in files that the system may take out of memory.

    A file has no name, so it is gone with the process, however that ends. What was looked at of a file counts as memory
    of the process until it is let go; it can then be looked at again.

    Args:
        folder: for the files; None: everything stays in memory.
        bound: bytes of files that are in memory, beside those that were before, until they are let go.
    """

    def __init__(self, folder: Path | None = None, bound: int = 0) -> None:
        self._folder = folder
        self._bound = bound
        self._held: list[tuple[int, int, object]] = []
        # Libraries are mapped files too, some 100 MB of them.
        self._before = resident_files() or 0

    @property
    def on_disk(self) -> bool:
        """Whether arrays lie in files."""
        return self._folder is not None

    def empty(self, shape: int | tuple[int, ...], kind: type[np.generic]) -> np.ndarray:
        """An array whose values are not set.

        Raises:
            CurateError: the disk is full, or the folder cannot be written.
        """
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        if self._folder is None or not size:
            return np.empty(shape, kind)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                # Taken now: a disk that is full while memory is written to ends the process without a word.
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    file.truncate(size)
                held = mmap.mmap(file.fileno(), size)
        except OSError as error:
            raise CurateError(
                f"cannot put {shown(size)} into {self._folder}: {error.strerror or error}; make room there, or allow "
                "more memory with --memory-limit"
            ) from error
        array = np.frombuffer(held, kind)
        self._held.append((array.ctypes.data, size, held))
        return array.reshape(shape)

    def hold(self, file: pa.MemoryMappedFile) -> None:
        """Let go of this mapped file too, whenever files are."""
        if self._folder is not None:
            whole = file.read_buffer()
            file.seek(0)
            self._held.append((whole.address, whole.size, whole))

    def rest(self) -> None:
        """Let go of the files if more of them is in memory than the bound: to be called between pieces of work."""
        if self._held:
            now = resident_files()
            if now is None or now - self._before > self._bound:
                self.let_go()

    def let_go(self) -> None:
        """Let go of all that was looked at: it is read from its file when it is looked at again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            advise = ctypes.CDLL(None).madvise
            for address, size, _ in self._held:
                advise(ctypes.c_void_p(address), ctypes.c_size_t(size), mmap.MADV_DONTNEED)


def room(limit: int | None, folder: Path) -> Room:
    """The room of a build.

    Args:
        limit: bytes, as a user says; None: four fifths of what the machine has free now.
        folder: for what does not stay in memory.
    """
    cores = os.cpu_count() or 1
    return Room(int(free() * _SHARE), folder, cores) if limit is None else Room(limit, folder, cores, told=True)


def shown(size: float) -> str:
    """Bytes for people: `4.2 GB`, `600.0 MB`, `17 B`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def resident_files() -> int | None:
    """Bytes of mapped files that this process has in memory; None where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[2]) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        return None


def peak() -> int:
    """Bytes that this process had in memory at most, so far; 0 where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))
    except (OSError, ValueError, IndexError, StopIteration):
        pass
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, which has no /proc


def free(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that can be had: what the system has free, and no more than the control group leaves.

    Args:
        proc: as Linux mounts it.
        groups: of control groups, version 2 or 1 (https://docs.kernel.org/admin-guide/cgroup-v2.html#memory).
    """
    found = [_available(proc)]
    for folder in _groups(proc, groups):
        for most, now in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
            limit, used = _number(folder / most), _number(folder / now)
            if limit is not None:
                # Pages of files are given back when somebody needs them.
                found.append(limit - max(0, (used or 0) - _cached(folder)))
    return max(LEAST, min(found))


def _available(proc: Path) -> int:
    try:
        for line in (proc / "meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return 4_000_000_000


def _groups(proc: Path, groups: Path) -> Sequence[Path]:
    """The folders of this process's control groups and of those above them."""
    found = [groups, groups / "memory"]
    try:
        lines = (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return found
    for line in lines:
        number, kinds, path = line.split(":", 2)
        if number == "0" or "memory" in kinds.split(","):
            home = groups if number == "0" else groups / "memory"
            inner = home / path.strip("/")
            found += [one for one in (inner, *inner.parents) if one.is_relative_to(home)]
    return list(dict.fromkeys(found))


def _number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
        return int(text) if text.isdigit() and int(text) < 1 << 60 else None
    except (OSError, ValueError):
        return None


def _cached(folder: Path) -> int:
    """Bytes of pages of files in a control group."""
    try:
        told = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines())
        return int(told.get("total_inactive_file") or told.get("inactive_file") or 0)
    except (OSError, ValueError):
        return 0
