"""The answers of models, kept: what was asked once is not asked again.

An SQLite database (https://www.sqlite.org/wal.html) in the cache folder. Several processes may use it at once; of two
that got an answer to the same question the first one's counts, for both. A killed process loses at most the answers
that it had not yet been given.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b, file_digest
from pathlib import Path

import polars as pl
from filelock import FileLock

from curate.errors import CurateError
from curate.score.backend import Answer

# What a version keeps of the answers that it was built on.
ANSWERS: dict[str, pl.DataType] = {
    "key": pl.Binary(),  # of back-end and question
    "text": pl.String(),  # whole, as the model gave it
    "loss": pl.Float64(),
    "read": pl.UInt32(),  # tokens
    "written": pl.UInt32(),
}
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, text TEXT, loss REAL, read INTEGER NOT NULL, written INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, sha256 TEXT NOT NULL
) WITHOUT ROWID;
"""
_AT_ONCE = 500  # keys of one look: SQLite allows some thousand variables a statement
_PATIENCE = 120.0  # seconds that a process waits for another's transaction, which takes milliseconds


def place(folder: Path) -> Path:
    """Where the answers lie in a cache folder."""
    return folder / "score" / "answers.sqlite3"


def kept(folder: Path) -> tuple[int, int]:
    """How many answers a cache folder holds, and the bytes that they take."""
    if not place(folder).is_file():
        return 0, 0
    store = Answers(folder)
    try:
        return store.count(), sum(path.stat().st_size for path in _files(folder))
    finally:
        store.close()


def forget(folder: Path) -> None:
    """Remove all answers; not while a process uses them."""
    for path in _files(folder):
        path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    """The database and what SQLite keeps beside it."""
    return sorted(place(folder).parent.glob(place(folder).name + "*"))


class Answers:
    """A database of answers, for one thread.

    Args:
        folder: of the cache.

    Raises:
        CurateError: it cannot be opened, is damaged, or is of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.path = place(folder)
        self._given: dict[bytes, Answer] = {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CurateError(
                f"cannot write to {self.path.parent}: {error.strerror or error}; "
                "set CURATE_CACHE_DIR to a folder with space"
            ) from error
        # Two processes that make the same database at the same moment would find it locked, however patient they are.
        with self._told(), FileLock(self.path.with_suffix(".lock")):
            self._db = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            # After a power cut the last answers may be gone, never the database; a killed process loses none.
            self._db.execute("PRAGMA synchronous=NORMAL")
            (found,) = self._db.execute("PRAGMA user_version").fetchone()
            if found not in (0, _VERSION):
                self._db.close()
                raise CurateError(f"{self.path} is of version {found}, this curate knows {_VERSION}: move it away")
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def count(self) -> int:
        """How many answers there are."""
        with self._told():
            (found,) = self._db.execute("SELECT count(*) FROM answers").fetchone()
        return int(found)

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Answer]:
        """The answers that are there, by key."""
        found: dict[bytes, Answer] = {}
        with self._told():
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = self._db.execute(f"SELECT * FROM answers WHERE key IN ({marks})", some)  # noqa: S608 - marks alone
                found.update((key, Answer(*values)) for key, *values in rows)
        return found

    def give(self, keys: Sequence[bytes]) -> list[Answer]:
        """The answers of these keys, all of which are there; `given` tells of them from now on."""
        found = self.find(list(dict.fromkeys(keys)))
        self._given.update(found)
        return [found[key] for key in keys]

    def given(self) -> pl.DataFrame:
        """All answers that `give` gave, in the columns of ANSWERS, by key."""
        rows = [(key, one.text, one.loss, one.read, one.written) for key, one in sorted(self._given.items())]
        return pl.DataFrame(rows, schema=ANSWERS, orient="row")

    def restore(self, path: Path) -> None:
        """Keep the answers of a finished version; what is known already stays.

        Args:
            path: a Parquet file with the columns of ANSWERS.

        Raises:
            CurateError: it is no such file.
        """
        try:
            frame = pl.read_parquet(path, columns=list(ANSWERS)).cast(pl.Schema(ANSWERS))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise CurateError(f"{path} does not hold a model's answers: {error}") from error
        self.put((key, Answer(*values)) for key, *values in frame.drop_nulls("key").iter_rows())

    def put(self, answers: Iterable[tuple[bytes, Answer]]) -> None:
        """Keep some answers, all or none; a key that is there keeps its answer."""
        rows = [(key, one.text, one.loss, one.read, one.written) for key, one in answers]
        with self._told(), self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)", rows)

    def sha256(self, path: Path) -> str:
        """The digest of a file, read anew only where its size or time has changed: weights are many gigabytes."""
        path = path.resolve()
        state = path.stat()
        with self._told():
            row = self._db.execute(
                "SELECT sha256 FROM files WHERE path = ? AND size = ? AND changed = ?",
                (str(path), state.st_size, state.st_mtime_ns),
            ).fetchone()
        if row:
            return str(row[0])
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        with self._told(), self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                (str(path), state.st_size, state.st_mtime_ns, digest),
            )
        return digest

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise CurateError(
                f"the answers in {self.path} cannot be used: {error}; where it is damaged, move it away and score again"
            ) from error


def key(identity: str, prompt: str, completion: str | None) -> bytes:
    """The key of an answer: 16 bytes of blake2b over back-end, prompt and completion.

    Args:
        identity: digest of what identifies the back-end.
        prompt: what is asked.
        completion: the text whose likelihood is asked for.
    """
    parts = (identity, prompt) if completion is None else (identity, prompt, completion)
    hasher = blake2b(digest_size=16)
    for part in parts:
        octets = part.encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(octets) + octets)
    return hasher.digest()
