"""Gate: which versions may leave home, and what of them a user should know first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from curate.errors import CurateError
from curate.lock import read_lock
from curate.manifest import Manifest
from curate.publish.payload import Payload
from curate.publish.target import CARD, Present
from curate.verify import verify

_TEXT = (".md", ".json", ".yaml", ".html", ".svg")
_SHORTEST = 4  # characters of a path of this machine: `/` and `/mnt` stand in many texts


def admit(folder: Path, manifest: Manifest) -> list[str]:
    """Let only whole versions through.

    Args:
        folder: of the version.
        manifest: of it.

    Returns:
        What a user should know of it.

    Raises:
        CurateError: it is damaged, or its build broke an expectation.
    """
    faults = [fault for finding in verify(folder) for fault in finding.faults]
    if faults:
        more = f", and {len(faults) - 3} faults more" if len(faults) > 3 else ""
        raise CurateError(f"{folder} is damaged and not published: {'; '.join(faults[:3])}{more} (see `curate verify`)")
    broken = [f"{one.what} is {one.value}, not {one.limit}" for one in manifest.expectations if not one.ok]
    if broken:
        raise CurateError(f"{folder} breaks expectations of its recipe and is not published: {'; '.join(broken)}")
    limit = read_lock(folder / "recipe.lock.yaml").get("limit")
    return [f"it was built of {limit} rows of each source at most: a trial (--limit)"] if limit else []


def conflicts(payload: Payload, present: Present) -> list[str]:
    """Names of files there that are not of an earlier version, and in the way of this one.

    Those that it would write over, and those in `data/`, which a reader would take for part of it.
    """
    if not present.shared:
        return []
    owned = {*present.remove, CARD}
    ours = {file.name: file for file in payload.files}
    return sorted(
        name
        for name, held in present.files.items()
        if name not in owned
        and (not held.same(ours[name]) if name in ours else name.startswith("data/") and not name.endswith("/.gitkeep"))
    )


def exposed(folder: Path, payload: Payload) -> Iterator[str]:
    """Notes on texts that name places of the machine that the version was built on, which only `run.json` should."""
    path = folder / "run.json"
    if not path.is_file():
        return
    run: Any = orjson.loads(path.read_bytes())
    said = [run.get("base"), run.get("out"), run.get("recipe"), *(run.get("variables") or {}).values(), Path.home()]
    places = sorted({str(one) for one in said if one is not None and len(str(one)) > _SHORTEST})
    for file in payload.files:
        if file.path.suffix in _TEXT:
            text = file.path.read_text(encoding="utf-8", errors="replace")
            if found := [place for place in places if f"{place}/" in text or f'{place}"' in text]:
                yield f"{file.name} names {found[0]}, a folder of this machine; a variable in the recipe would hide it"
