"""The page as a file: of its own, or in a version that is being written."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from curate.errors import CurateError
from curate_reports.page.document import comparison, flow_svg, mix_svg, page, ready, rendered
from curate_reports.page.view import Options, view

if TYPE_CHECKING:
    from curate.diff import Diff

NAME = "report.html"
# Two pictures of the page by themselves, for a dataset card to show.
FLOW, MIX = "assets/flow.svg", "assets/mix.svg"


def attach(folder: Path) -> None:
    """Put the report and two of its pictures into a version that is being written.

    The door `curate.after_write` calls this.

    Args:
        folder: of the staged version.
    """
    with ready():
        shown = view(folder)
    (folder / FLOW).parent.mkdir(exist_ok=True)
    for name, text in ((NAME, rendered(shown)), (FLOW, flow_svg(shown)), (MIX, mix_svg(shown))):
        (folder / name).write_bytes(text.encode())


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
    _put(path, page(folder, options))


def write_diff(found: Diff, old: Path, new: Path, path: Path) -> None:
    """Write what differs between two versions as a page of its own; `curate diff --html` calls this.

    It comes in through the door `curate.pages`.

    Args:
        found: what differs between the two.
        old: folder of the earlier version.
        new: folder of the later one.
        path: of the file.

    Raises:
        CurateError: the file cannot be written.
        VersionError: a version is none, or damaged.
    """
    _put(path, comparison(found, old, new))


def _put(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        draft.write_bytes(text.encode())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise CurateError(f"cannot write {path}: {error.strerror or error}; name another file with --html") from error
