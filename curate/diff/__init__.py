"""Diff: what differs between two versions, record by record, and which change is why.

Reads finished versions only: their rows, ledgers, manifests and locks. `align` says which step is which, `change` what
was changed, `cause` which change decided about a record, `compare` finds the records, `shift` the mix; `fact` is what
all of it is put into.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from curate.diff import shift
from curate.diff.align import Pair, align
from curate.diff.cause import NOTHING, Cause, Explainer
from curate.diff.change import changes, told
from curate.diff.compare import Found, Tables, compare, numbered
from curate.diff.fact import Change, Diff, Group, Length, Setting, Shift, Side
from curate.diff.read import fates, kept, manifest_of, places_of
from curate.manifest import Manifest

__all__ = ["Change", "Diff", "Group", "Length", "Setting", "Shift", "Side", "diff"]

_EXAMPLES = 3


def diff(old: Path, new: Path) -> Diff:
    """Compare two versions.

    Args:
        old: the folder of the version before.
        new: the folder of the version after; of the same dataset or of another.

    Returns:
        All that differs. A record is the same in both if its id is: the id is a hash of the source's name and of the
        text that came in, so steps do not change it. A record whose input was edited has another id; if its prompt
        stayed, it counts as one changed record, not as one removed and one added.

    Raises:
        VersionError: a folder is not a version, or files of it are missing.
    """
    before, after = manifest_of(old), manifest_of(new)
    pairs = align(before, after)
    made = changes(before, after, pairs, (told(old), told(new)))
    columns = [[name for name in one.columns if name not in ("id", "source")] for one in (before, after)]
    there = kept(old, before, columns[0]), kept(new, after, columns[1])
    tables = Tables(
        *there,
        fates(old, there[0], places_of(pairs, new=False)),
        fates(new, there[1], places_of(pairs, new=True)),
    )
    found = compare(
        tables, Explainer(pairs, made), lambda gone, fresh: _edited((old, before, gone), (new, after, fresh))
    )
    listed = [one.change for one in made]
    groups, order = _groups(found, listed, pairs)
    samples = shift.sample(old, before), shift.sample(new, after)
    totals = dict(found.records.group_by("kind").len().iter_rows())
    return Diff(
        old=Side(before.name, before.version, before.rows_out),
        new=Side(after.name, after.version, after.rows_out),
        same=before.version == after.version,
        added=totals.get("added", 0),
        removed=totals.get("removed", 0),
        changed=totals.get("changed", 0),
        unchanged=found.unchanged,
        changes=_counted(listed, groups),
        groups=groups,
        shifts=[*shift.mix(before, after), *shift.tasks(*there), *shift.languages(*samples)],
        lengths=shift.lengths(*samples),
        sampled=(samples[0].height, samples[1].height),
        records=numbered(found, order).sort("group", "id"),
    )


def _edited(old: tuple[Path, Manifest, pl.DataFrame], new: tuple[Path, Manifest, pl.DataFrame]) -> pl.DataFrame:
    """Records that left one version's input and came into the other's with the same source and prompt, one to one."""
    keyed = []
    for folder, manifest, rows in (old, new):
        column = next((name for name in ("prompt", "messages") if name in manifest.columns), None)
        if column is None:
            return pl.DataFrame(schema={"old_id": pl.String(), "id": pl.String()})
        files = [folder / name for info in manifest.splits.values() for name in info.files]
        whole = pl.col(column)
        asked = whole if column == "prompt" else whole.list.head(whole.list.len() - 1)
        prompts = pl.scan_parquet(files).select("id", asked.hash(seed=0).alias("prompt")).collect()
        one = rows.select("id", "source").join(prompts, on="id").sort("id")
        keyed.append(one.with_columns(pl.int_range(pl.len()).over("source", "prompt").alias("place")))
    gone, fresh = keyed
    both = gone.join(fresh, on=["source", "prompt", "place"], suffix="_new")
    return both.select(pl.col("id").alias("old_id"), pl.col("id_new").alias("id"))


def _groups(
    found: Found, listed: Sequence[Change], pairs: Sequence[Pair]
) -> tuple[list[Group], dict[tuple[str, int], int]]:
    """The groups, and the group of each kind and case."""
    keys = [(cause, what) for cause, what in found.causes]
    counts = found.records.group_by("kind", "case", "source").agg(pl.len(), pl.col("id").sort().head(_EXAMPLES))
    gathered: dict[tuple[str, Cause, tuple[str, ...]], tuple[Counter[str], list[str], set[int]]] = {}
    for kind, case, source, rows, ids in counts.iter_rows():
        counted, examples, cases = gathered.setdefault((kind, *keys[case]), (Counter(), [], set()))
        counted[source] += rows
        examples += ids
        cases.add(case)
    ranked = sorted(gathered.items(), key=lambda one: (-one[1][0].total(), one[0][0], one[0][1].changes, one[0][2]))
    groups: list[Group] = []
    order: dict[tuple[str, int], int] = {}
    for (kind, cause, what), (counted, examples, cases) in ranked:
        via = None if cause.via is None else pairs[cause.via].label
        for case in cases:
            order[kind, case] = len(groups)
        text = _text(cause, listed, via)
        sources = dict(sorted(counted.items()))
        ids = tuple(sorted(examples)[:_EXAMPLES])
        groups.append(Group(kind, cause.changes, via, text, what, counted.total(), sources, ids))
    return groups, order


def _text(cause: Cause, listed: Sequence[Change], via: str | None) -> str:
    if not cause.changes:
        return NOTHING
    said = " + ".join(listed[number].text for number in cause.changes)
    return said if via is None else f"consequence at {via} of {said}"


def _counted(listed: Sequence[Change], groups: Sequence[Group]) -> list[Change]:
    """The changes with the records that each is a cause of."""
    direct, after = Counter[int](), Counter[int]()
    for group in groups:
        (direct if group.via is None else after).update(dict.fromkeys(group.causes, group.records))
    return [replace(one, direct=direct[one.number], consequence=after[one.number]) for one in listed]
