"""Merge: the card of a version into the card that stands at a place, so that what people wrote there survives.

What curate writes stands between two marks that carry its digest, so that nothing in it can end it and a change by hand
is noticed. Everything outside the marks is people's. In the metadata the keys that curate writes are its own; other
keys, other `configs` and other tags are kept as they stand there.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from curate.errors import CurateError
from curate.yaml_text import dump

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_BEGIN = re.compile(r"^<!-- curate ([0-9a-f]{16}): .*-->\r?\n", re.MULTILINE)
_JOINED = ("tags", "task_categories")  # ours, then those that people added
_DEFAULT = "default"  # the configuration that curate writes


def merge(own: str, there: str | None, *, replace: bool = False) -> str:
    """The card to publish.

    Args:
        own: the card of the version: metadata and text, all of it curate's.
        there: the card at the place; None where there is none.
        replace: write anew also what people changed between the marks.

    Returns:
        The card; merging into it again gives the same.

    Raises:
        CurateError: the card there cannot be read, or was changed between the marks.
    """
    metadata, body = _parts(own)
    if there is None:
        return f"---\n{metadata}---\n\n{_marked(body)}"
    theirs, text = _parts(there)
    before, after = _around(text, replace=replace)
    if not before.strip():
        before = "\n"
    elif not before.endswith("\n\n"):
        before = before.rstrip("\n") + "\n\n"
    return f"---\n{_metadata(metadata, theirs)}---\n{before}{_marked(body)}{after}"


def _parts(card: str) -> tuple[str, str]:
    """Metadata, without its fences, and text."""
    found = _FRONT.match(card)
    return (found["yaml"], card[found.end() :]) if found else ("", card)


def _marked(body: str) -> str:
    """The text between marks."""
    body = body.strip("\n") + "\n"
    name = _digest(body)
    begin = f"<!-- curate {name}: each publish writes this part anew; your own text is safe outside of it -->"
    return f"{begin}\n{body}<!-- end curate {name} -->\n"


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:16]


def _around(text: str, *, replace: bool) -> tuple[str, str]:
    """What stands before and after the marks; all of it is before where there are none."""
    begin = _BEGIN.search(text)
    if begin is None:
        return text, ""
    end = re.compile(rf"^<!-- end curate {begin[1]} -->(?:\r?\n|\Z)", re.MULTILINE).search(text, begin.end())
    if end is None:
        raise CurateError(
            "README.md there has lost the end mark of the part that curate writes (<!-- end curate …); "
            "put it back there, or remove that part with both its marks"
        )
    body = text[begin.end() : end.start()].replace("\r\n", "\n")
    if _digest(body) != begin[1] and not replace:
        raise CurateError(
            "README.md there was changed between curate's marks, and a publish would write over it; "
            "move that text out of the marks, or say --replace"
        )
    return text[: begin.start()], text[end.end() :]


def _metadata(own: str, theirs: str) -> str:
    """The metadata of both; people's keys as they wrote them, comments and all, where that reads as it should."""
    ours, others = _load(own), _load(theirs)
    wanted = _joined(ours, others)
    people = [key for key in wanted if key not in ours]
    blocks = _blocks(theirs)
    said = dump({key: wanted[key] for key in ours}) + "".join(blocks.get(key, "") for key in people)
    return said if _reads_as(said, wanted) else dump(wanted)


def _reads_as(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _load(text) == wanted
    except CurateError:  # such as an alias whose anchor stood in one of our keys
        return False


def _joined(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Our keys with what people added to them, then their keys."""
    joined = {**ours, **{key: value for key, value in theirs.items() if key not in ours}}
    if isinstance(theirs.get("pretty_name"), str):
        joined["pretty_name"] = theirs["pretty_name"]
    for key in _JOINED:
        said = theirs.get(key)
        if key in ours and isinstance(said, list):
            joined[key] = [*ours[key], *(one for one in said if one not in ours[key])]
    others = _others(theirs.get("configs"))
    if others and "configs" in ours:
        joined["configs"] = [*ours["configs"], *others]
        infos = _others(theirs.get("dataset_info"))
        if infos and isinstance(ours.get("dataset_info"), dict):
            joined["dataset_info"] = [{"config_name": _DEFAULT, **ours["dataset_info"]}, *infos]
    return joined


def _others(said: object) -> list[Any]:
    """The entries of a list by configuration that are not ours."""
    if not isinstance(said, list):
        return []
    return [one for one in said if isinstance(one, dict) and one.get("config_name", _DEFAULT) != _DEFAULT]


def _load(text: str) -> dict[str, Any]:
    """YAML as plain data.

    Raises:
        CurateError: it is none, or no mapping.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - 0.1 s that most commands need not pay
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        data = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 2}" if mark else ""
        what = " ".join(str(getattr(error, "problem", None) or error).split())
        raise CurateError(f"the metadata of README.md there is no YAML:{where} {what}; mend it there first") from error
    if not isinstance(data, dict | None):
        raise CurateError("the metadata of README.md there is no mapping of keys; mend it there first")
    return data or {}


def _blocks(text: str) -> dict[str, str]:
    """The lines of each key at the top level, with the comments above it."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - as above

    data: Any = YAML(typ="rt", pure=True).load(text) or {}
    lines = text.replace("\r\n", "\n").split("\n")
    starts: list[int] = []
    for key in data:
        line, _ = data.lc.key(key)
        while line and lines[line - 1].startswith("#"):
            line -= 1
        starts.append(line)
    ends = [*starts[1:], len(lines)][: len(starts)]
    return {
        key: "\n".join(lines[start:end]).rstrip("\n") + "\n" for key, start, end in zip(data, starts, ends, strict=True)
    }
