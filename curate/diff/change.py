"""What was changed between two versions: steps, settings, sources, inputs, tools. Read from what the versions say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from curate.diff.align import Pair, settings_between
from curate.diff.fact import Change, Setting
from curate.manifest import InputInfo, Manifest
from curate.wording import change, some
from curate.yaml_text import load

# Steps that only say which records stay, or on which side: no row's text depends on them.
_SELECTING = ("filter", "dedup", "decontaminate", "sample", "split")
# Steps that hash the seed.
_RANDOM = ("sample", "split")
_BEFORE = -1  # where sources, inputs and tools take effect: before the first step


@dataclass(frozen=True)
class Made:
    """A change with where it takes effect.

    Args:
        change: for people.
        at: the place of its step in the alignment; -1 before all steps.
        scope: the only source that it can touch; None for all.
        content: whether it can alter what a row says, not only which rows there are.
    """

    change: Change
    at: int
    scope: str | None
    content: bool


@dataclass(frozen=True)
class Told:
    """What a version tells beside its manifest.

    Args:
        templates: name to digest.
        limit: rows of each source that a trial read; None for a whole build.
    """

    templates: Mapping[str, str]
    limit: int | None


def told(folder: Path) -> Told:
    """Read lock and run facts of a version; what is missing or unreadable tells nothing."""
    lock: Any = None
    run: Any = None
    try:
        lock = load(folder / "recipe.lock.yaml")
    except (OSError, ValueError):
        lock = None
    try:
        run = orjson.loads((folder / "run.json").read_bytes())
    except (OSError, ValueError):
        run = None
    templates = lock.get("templates") if isinstance(lock, dict) else None
    limit = lock.get("limit") if isinstance(lock, dict) else None
    if limit is None and isinstance(run, dict):
        limit = run.get("limit")
    return Told(templates if isinstance(templates, dict) else {}, limit if isinstance(limit, int) else None)


def changes(old: Manifest, new: Manifest, pairs: Sequence[Pair], said: tuple[Told, Told]) -> list[Made]:
    """Everything that differs, in the order in which it takes effect; numbered from 0."""
    found = [
        *_packages(old, new),
        *_limits(*said),
        *_sources(old, new),
        *_inputs(old, new, pairs),
        *_seed(old, new),
        *_steps(pairs, said),
    ]
    return [Made(_numbered(one.change, number), one.at, one.scope, one.content) for number, one in enumerate(found)]


def _numbered(change: Change, number: int) -> Change:
    return Change(number, change.kind, change.place, change.text, change.settings)


def _made(
    kind: str,
    place: str,
    text: str,
    settings: Iterable[Setting] = (),
    *,
    at: int = _BEFORE,
    scope: str | None = None,
    content: bool = False,
) -> Made:
    return Made(Change(0, kind, place, text, tuple(settings)), at, scope, content)


def _packages(old: Manifest, new: Manifest) -> Iterator[Made]:
    for setting in settings_between(old.tool, new.tool):
        yield _made("package", setting.key, f"package {_arrow(setting)}", [setting], content=True)


def _limits(old: Told, new: Told) -> Iterator[Made]:
    if old.limit != new.limit:
        setting = Setting("--limit", old.limit, new.limit)
        yield _made("limit", "--limit", _arrow(setting), [setting])


def _sources(old: Manifest, new: Manifest) -> Iterator[Made]:
    for name in dict.fromkeys([*old.sources, *new.sources]):
        before, after = old.sources.get(name), new.sources.get(name)
        if before is None or after is None:
            kind = "source added" if before is None else "source removed"
            yield _made(kind, name, f"source {name} {kind.split()[1]}", scope=name)
            continue
        one, other = (
            {"adapter": info.adapter, "license": info.license, "origin": info.origin, **info.settings}
            for info in (before, after)
        )
        if settings := settings_between(one, other):
            text = f"source {name}: {_arrows(settings)}"
            yield _made("source", name, text, settings, scope=name, content=True)
    both = [name for name in old.sources if name in new.sources]
    if both != (order := [name for name in new.sources if name in old.sources]):
        setting = Setting("order", both, order)
        yield _made("order", "sources", f"order of the sources: {', '.join(order)}", [setting])


def _inputs(old: Manifest, new: Manifest, pairs: Sequence[Pair]) -> Iterator[Made]:
    """One change a source, and one a step that reads evaluation sets."""
    shared = old.sources.keys() & new.sources.keys()
    for name in (name for name in new.sources if name in shared):
        before, after = (_files(one.inputs, name) for one in (old, new))
        if settings := settings_between(before, after):
            yield _made("input", name, f"source {name}: {_told(settings)}", settings, scope=name, content=True)
    for at, pair in enumerate(pairs):
        if pair.old is None or pair.new is None:
            continue
        before, after = _files(old.inputs, f"{pair.old.label}."), _files(new.inputs, f"{pair.new.label}.")
        if settings := settings_between(before, after):
            text = f"{pair.label}: {_told(settings)}"
            yield _made("reference", pair.label, text, settings, at=at, scope=pair.scope)


def _files(inputs: Sequence[InputInfo], source: str) -> dict[str, str]:
    """Files by name with their digest, Hub data sets with their commit; of a step where `source` ends in a point."""
    found: dict[str, str] = {}
    for one in inputs:
        head = ""
        if source.endswith("."):
            if not one.source.startswith(source):
                continue
            head = one.source.removeprefix(source) + ": "
        elif one.source != source:
            continue
        name, _, commit = one.name.partition("@") if one.name.startswith("hf://") else (one.name, "", "")
        found[head + name] = one.sha256 or commit
    return found


def _told(settings: Sequence[Setting]) -> str:
    """Files in words: how many were added, removed and changed, and the first of each."""
    kinds = {
        "added": [one.key for one in settings if one.old is None],
        "removed": [one.key for one in settings if one.new is None],
        "changed": [one.key for one in settings if None not in (one.old, one.new)],
    }
    return ", ".join(f"{_count(names)} {kind} ({some(names)})" for kind, names in kinds.items() if names)


def _count(names: Sequence[str]) -> str:
    return f"{len(names):,} inputs" if len(names) > 1 else "input"


def _seed(old: Manifest, new: Manifest) -> Iterator[Made]:
    if old.seed != new.seed:
        setting = Setting("seed", old.seed, new.seed)
        yield _made("seed", "seed", _arrow(setting), [setting])


def _steps(pairs: Sequence[Pair], said: tuple[Told, Told]) -> Iterator[Made]:
    for at, pair in enumerate(pairs):
        content = pair.name.partition(".")[0] not in _SELECTING
        if pair.old is None or pair.new is None:
            kind = "step added" if pair.old is None else "step removed"
            yield _made(kind, pair.label, f"{pair.label} {kind[5:]}", at=at, scope=pair.scope, content=content)
            continue
        if pair.moved:
            yield _made("step moved", pair.label, f"{pair.label} moved", at=at, scope=pair.scope, content=content)
        if pair.settings:
            text = f"{pair.label}: {_arrows(pair.settings)}"
            yield _made("setting", pair.label, text, pair.settings, at=at, scope=pair.scope, content=content)
        elif pair.name == "format":
            templates = settings_between(said[0].templates, said[1].templates)
            both = [one for one in templates if None not in (one.old, one.new)]
            if both:
                text = f"format: the template {both[0].key} is another in this curate"
                yield _made("template", pair.label, text, both, at=at, content=True)


def is_random(name: str) -> bool:
    """Whether a stage of this name draws by hashed ranks, which depend on the seed and on the step's label."""
    return name in _RANDOM


def _arrows(settings: Sequence[Setting]) -> str:
    return ", ".join(map(_arrow, settings))


def _arrow(setting: Setting) -> str:
    return change(setting.key, setting.old, setting.new)
