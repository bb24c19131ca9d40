"""Place: which target a user means."""

from __future__ import annotations

import re
from pathlib import Path

from curate.errors import CurateError
from curate.publish.folder import Folder
from curate.publish.hub import Hub
from curate.publish.store import Store
from curate.publish.target import Target

_HUB = re.compile(r"hf://(?:datasets/)?([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*?)/?")
# Stores whose clients can make an object on the condition that there is none; the tests speak to S3.
_STORE = re.compile(r"(?:s3a?|gs|gcs|az|abfss?)://[^/]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")


def target(name: str, *, private: bool = True, branch: str | None = None, download: bool = True) -> Target:
    """The target of a name.

    Args:
        name: `hf://owner/name`, `s3://bucket/prefix` (or gs, az), or a folder.
        private: as `Hub` takes it.
        branch: likewise.
        download: likewise.

    Raises:
        CurateError: the name is none.
    """
    if found := _HUB.fullmatch(name):
        return Hub(found[1], private=private, branch=branch, download=download)
    if _SCHEME.match(name) and not _STORE.match(name):
        raise CurateError(f"unknown target {name!r}: hf://owner/name, s3://bucket/prefix, or a folder")
    if branch is not None:
        raise CurateError(f"--branch goes with a target on the Hub (hf://owner/name), not with {name!r}")
    if _STORE.match(name):
        return Store(name)
    return Folder(Path(name))


def split(reference: str) -> tuple[str, str | None]:
    """A target and the version that is meant of it.

    >>> split("hf://me/mix@ec198a55"), split("hf://me/mix")
    (('hf://me/mix', 'ec198a55'), ('hf://me/mix', None))
    """
    name, at, version = reference.rpartition("@")
    if not at or not name or (_SCHEME.match(reference) is None and Path(reference).is_dir()):
        return reference, None
    return name, version or None
