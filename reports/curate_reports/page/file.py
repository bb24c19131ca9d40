"""The page as a file: of its own, or in a version that is being written."""

from __future__ import annotations

import uuid
from pathlib import Path

from curate.errors import CurateError
from curate_reports.page.document import page
from curate_reports.page.view import Options

NAME = "report.html"


def attach(folder: Path) -> None:
    """Put the report into a version that is being written; the door `curate.after_write` calls this.

    Args:
        folder: of the staged version.
    """
    (folder / NAME).write_bytes(page(folder).encode())


def write(folder: Path, path: Path, options: Options) -> None:
    """Write the report of a version; a file that is there is replaced at once or not at all.

    Args:
        folder: of a finished version.
        path: of the file.
        options: what to show.

    Raises:
        CurateError: the file cannot be written, or the tokenizer not be had.
        VersionError: the version is none, or damaged.
    """
    text = page(folder, options)
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        draft.write_bytes(text.encode())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise CurateError(f"cannot write {path}: {error.strerror or error}; name another file with --html") from error
