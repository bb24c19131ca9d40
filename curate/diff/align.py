"""Align: which step of the new version is which of the old one. Labels do not say it: an insertion shifts them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.diff.fact import Setting
from curate.manifest import Manifest, StageInfo

_OWN = re.compile(r"([^.]+)\.\d+\.")


@dataclass(frozen=True)
class Pair:
    """A step of both versions, or of one.

    Args:
        scope: the source whose own step it is; None for those of the mixture.
        old: the step in the old version, None where it was added.
        new: the step in the new version, None where it was removed.
        moved: it stands in both, but not in the same order among the others.
        settings: what is not as it was.
    """

    scope: str | None
    old: StageInfo | None
    new: StageInfo | None
    moved: bool = False
    settings: tuple[Setting, ...] = ()

    @property
    def name(self) -> str:
        """The stage's name."""
        step = self.new or self.old
        return step.name if step else ""

    @property
    def label(self) -> str:
        """As people find it: the label, and both where it shifted."""
        if self.old and self.new and self.old.label != self.new.label:
            return f"{self.new.label} (was {self.old.label})"
        step = self.new or self.old
        return step.label if step else ""

    @property
    def shifted(self) -> bool:
        """In both versions, under another label."""
        return bool(self.old and self.new and self.old.label != self.new.label)


def scope_of(label: str) -> str | None:
    """The source whose own step this is: `maths` for `maths.0.sample`, None for `0.sample`."""
    found = _OWN.match(label)
    return found[1] if found else None


def align(old: Manifest, new: Manifest) -> list[Pair]:
    """The steps of two versions side by side, in the order in which a record meets them.

    Within each source, and within the mixture, the alignment keeps the order of steps and makes as many of them as it
    can stand beside one of the same stage with the same settings (Needleman and Wunsch,
    https://doi.org/10.1016/0022-2836(70)90057-4). A step of the same stage that is left over on both sides was moved.
    """
    scopes = [*dict.fromkeys([*old.sources, *new.sources]), None]
    return [pair for scope in scopes for pair in _moved(_aligned(scope, _steps(old, scope), _steps(new, scope)))]


def _steps(manifest: Manifest, scope: str | None) -> list[StageInfo]:
    return [stage for stage in manifest.stages if scope_of(stage.label) == scope]


def _likeness(one: StageInfo, other: StageInfo) -> float:
    """0 for different stages; else more than 1, and 3 for equal settings."""
    if one.name != other.name:
        return 0.0
    if one.settings == other.settings:
        return 3.0
    keys = one.settings.keys() | other.settings.keys()
    equal = [key for key in keys if one.settings.get(key) == other.settings.get(key)]
    return 1.0 + len(equal) / (len(keys) + 1)


def _aligned(scope: str | None, old: Sequence[StageInfo], new: Sequence[StageInfo]) -> list[Pair]:
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            like = _likeness(old[i], new[j])
            both = best[i + 1][j + 1] + like if like else 0.0
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < len(old) or j < len(new):
        like = _likeness(old[i], new[j]) if i < len(old) and j < len(new) else 0.0
        if like and best[i][j] == best[i + 1][j + 1] + like:
            pairs.append(Pair(scope, old[i], new[j], settings=settings_between(old[i].settings, new[j].settings)))
            i, j = i + 1, j + 1
        elif j < len(new) and (i == len(old) or best[i][j] == best[i][j + 1]):
            pairs.append(Pair(scope, None, new[j]))
            j += 1
        else:
            pairs.append(Pair(scope, old[i], None))
            i += 1
    return pairs


def _moved(pairs: list[Pair]) -> list[Pair]:
    """Join what is left over on both sides; the pair stands where the first of the two stood."""
    result: list[Pair | None] = list(pairs)
    for at, gone in enumerate(pairs):
        if gone.new is not None or gone.old is None or result[at] is None:
            continue
        found = [
            (_likeness(gone.old, come.new), place)
            for place, come in enumerate(pairs)
            if come.old is None and come.new is not None and result[place] is not None
        ]
        like, place = max(found, default=(0.0, 0), key=lambda one: (one[0], -one[1]))
        come = pairs[place].new
        if like and come is not None:
            joined = Pair(
                gone.scope, gone.old, come, moved=True, settings=settings_between(gone.old.settings, come.settings)
            )
            result[max(at, place)] = None
            result[min(at, place)] = joined
    return [pair for pair in result if pair is not None]


def settings_between(old: Mapping[str, Any], new: Mapping[str, Any], head: str = "") -> tuple[Setting, ...]:
    """What differs between two mappings, key by key, and within mappings `key.key`."""
    found: list[Setting] = []
    for key in dict.fromkeys([*old, *new]):
        one, other = old.get(key), new.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += settings_between(one, other, f"{head}{key}.")
        else:
            found.append(Setting(f"{head}{key}", one, other))
    return tuple(found)
