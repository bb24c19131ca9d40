"""What the last build of a recipe was made of: kept in the cache, so that `plan` can say why a step will run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from curate.cache import Cache
from curate.hashing import digest
from curate.inputs import adapter_of
from curate.lock import Lock
from curate.recipe import Recipe
from curate.stage import Stage
from curate.wording import change, some


def facts(recipe: Recipe, stages: Mapping[str | None, Sequence[Stage]], lock: Lock) -> dict[str, Any]:
    """What every cached result of a build depends on, as plain data.

    Args:
        recipe: what is built.
        stages: its steps, by source.
        lock: what it resolved to.
    """
    sources = {}
    for name, spec in recipe.sources.items():
        adapter = adapter_of(spec)
        options = adapter.options.model_dump(mode="json")
        said = spec.model_dump(mode="json", include={"license", "origin", "split", "config"})
        sources[name] = {"adapter": spec.adapter, "code version": adapter.version, **said, **options}
    steps = {}
    for group in stages.values():
        for stage in group:
            key = stage.key()
            key["code version"] = key.pop("version", 0)
            # A random stage depends on seed and label, whether its key says so or not.
            steps[stage.place.label] = {**key, "seed": stage.place.seed} if stage.random else key
    # As it will be read back: no tuples.
    plain: dict[str, Any] = orjson.loads(orjson.dumps({"sources": sources, "inputs": _inputs(lock), "steps": steps}))
    return plain


def remember(cache: Cache, recipe: Recipe, said: Mapping[str, Any]) -> None:
    """Keep the facts of a build; a cache that cannot be written to keeps none."""
    path = _path(cache, recipe)
    staged = path.with_name(f".{path.name}-{digest(said, 8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(orjson.dumps(said))
        staged.replace(path)
    except OSError:
        staged.unlink(missing_ok=True)


def recall(cache: Cache, recipe: Recipe) -> dict[str, Any] | None:
    """The facts of the last build of the recipe at this place; None where there was none."""
    try:
        stored = orjson.loads(_path(cache, recipe).read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(stored, dict) and all(
        isinstance(stored.get(part), dict) for part in ("sources", "inputs", "steps")
    )
    return stored if whole else None


def why_ingest(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> str:
    """Why inputs will be read again."""
    if then is None:
        return "this recipe was not built with this cache before"
    found = []
    for source in now["sources"]:
        if source not in then["sources"]:
            found.append(f"source {source} is new")
            continue
        found += [f"source {source}: {said}" for said in _between(then["sources"][source], now["sources"][source])]
        files = _files(then["inputs"].get(source, {}), now["inputs"].get(source, {}))
        found += [f"source {source}: {files}"] if files else []
    return "; ".join(found) or "nothing it depends on changed: its results were pruned, or another --limit was built"


def why_step(label: str, then: Mapping[str, Any] | None, now: Mapping[str, Any], cause: str | None) -> str:
    """Why a step will run.

    Args:
        label: of the step.
        then: facts of the last build.
        now: facts of this one.
        cause: the step or input before it that is not as it was, if there is one.
    """
    if then is None:
        return "this recipe was not built with this cache before"
    if label not in then["steps"]:
        return "a new step, or one that stands at another place now"
    found = list(_between(then["steps"][label], now["steps"][label]))
    files = {name for name in {*then["inputs"], *now["inputs"]} if name.startswith(f"{label}.")}
    for name in sorted(files):
        said = _files(then["inputs"].get(name, {}), now["inputs"].get(name, {}))
        found += [f"{name.removeprefix(label + '.')}: {said}"] if said else []
    if found:
        return ", ".join(found)
    return f"its input is another: {cause}" if cause else "nothing it depends on changed: its results were pruned"


def _path(cache: Cache, recipe: Recipe) -> Path:
    return cache.root / "plans" / f"{digest(str(recipe.path.absolute()))}.json"


def _inputs(lock: Lock) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, said in lock["sources"].items():
        found[name] = {file: one["sha256"] for file, one in said.get("files", {}).items()}
        if "hub" in said:
            found[name][said["hub"]["asked"]] = said["hub"]["commit"]
    return found


def _files(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    kinds = {
        "new": [name for name in now if name not in then],
        "gone": [name for name in then if name not in now],
        "changed": [name for name in now if name in then and now[name] != then[name]],
    }
    return ", ".join(f"{some(names)} {kind}" for kind, names in kinds.items() if names)


def _between(then: Mapping[str, Any], now: Mapping[str, Any], head: str = "") -> Iterator[str]:
    """`max 30 → 50` for each value that differs; the names of mappings that only group are left out."""
    for key in dict.fromkeys([*then, *now]):
        one, other = then.get(key), now.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _between(one, other, head if key in ("settings", "place") else f"{head}{key}.")
        else:
            yield change(f"{head}{key}", one, other)
