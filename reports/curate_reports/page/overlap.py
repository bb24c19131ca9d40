"""Which source overlapped which evaluation set: all of it stands in the manifest."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from curate.manifest import Manifest, StageInfo

# As the stage `decontaminate` words it.
_REASON = re.compile(r"overlaps (.*) in the (?:prompt|completion)")


@dataclass(frozen=True)
class Overlap:
    """Records that hold text of evaluation sets.

    Args:
        sets: their names.
        rows: for each source that had any, the records by set.
        dropped: of all sets.
        reported: records that overlap and stayed, because the recipe only asks to count them.
    """

    sets: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    dropped: int
    reported: int


def overlap(manifest: Manifest) -> Overlap | None:
    """The overlaps of a version; None where its recipe does not look for any."""
    stages = [stage for stage in manifest.stages if stage.name == "decontaminate"]
    if not stages:
        return None
    counts: dict[str, Counter[str]] = {name: Counter() for name in manifest.sources}
    for stage in stages:
        for source, rules in stage.dropped.items():
            for key, gone in rules.items():
                if found := _REASON.fullmatch(key.partition(": ")[2]):
                    counts[source][found[1]] += gone
    sets = _sets(stages, {name for one in counts.values() for name in one})
    rows = tuple((name, tuple(one[label] for label in sets)) for name, one in counts.items() if one)
    reported = sum(stage.counts.get("hits", 0) for stage in stages if stage.settings.get("mode") == "report")
    return Overlap(sets, rows, sum(sum(one.values()) for one in counts.values()), reported)


def _sets(stages: list[StageInfo], found: set[str]) -> tuple[str, ...]:
    """The sets in the recipe's order, those without overlap too."""
    asked = [
        str(one.get("name") or one.get("adapter")) for stage in stages for one in stage.settings.get("against", ())
    ]
    return tuple(dict.fromkeys([*asked, *sorted(found)]))
