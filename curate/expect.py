"""`expect:` of a recipe: what the finished build must hold, else it fails and nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curate.passes import Tally
from curate.recipe import Expect, Recipe
from curate.rows import Seal

# What may be said but cannot be measured yet.
_LATER = ("languages", "tokens")


@dataclass(frozen=True)
class Check:
    """One expectation, held against the build.

    Args:
        what: the key in the recipe: `rows.min`, `share.maths.max`.
        limit: what the recipe allows.
        value: what the build has.
        ok: whether it holds.
    """

    what: str
    limit: str
    value: str
    ok: bool


def lacks(expect: Expect) -> list[str]:
    """Expectations that this version of curate cannot check."""
    said = [f"expect: {name}" for name in _LATER if getattr(expect, name) is not None]
    return said + (
        ["expect: licenses.commercial"] if expect.licenses and expect.licenses.commercial is not None else []
    )


def check(
    recipe: Recipe, rows_in: dict[str, int], tallies: Sequence[Tally], seal: Seal, duplicates: int | None = None
) -> list[Check]:
    """Hold a build against its recipe's expectations.

    Args:
        recipe: says what to expect.
        rows_in: rows that came in, by source.
        tallies: what each step did.
        seal: what the dataset holds.
        duplicates: how many records of it repeat another one (`curate.rows.duplicates`), where the recipe asks.
    """
    expect = recipe.expect
    return [
        *_rows(expect, seal),
        *_shares(expect, seal),
        *_dropped(expect, rows_in, tallies),
        *_terms(expect, seal),
        *_contamination(expect, tallies),
        *_alike(expect, tallies, duplicates),
    ]


def _rows(expect: Expect, seal: Seal) -> Iterator[Check]:
    rows = sum(seal.rows.values())
    if expect.rows and expect.rows.min is not None:
        yield Check("rows.min", f"{expect.rows.min:,}", f"{rows:,}", rows >= expect.rows.min)
    if expect.rows and expect.rows.max is not None:
        yield Check("rows.max", f"{expect.rows.max:,}", f"{rows:,}", rows <= expect.rows.max)


def _shares(expect: Expect, seal: Seal) -> Iterator[Check]:
    per_source = Counter[str]()
    for (source, *_), rows in seal.out.items():
        per_source[source] += rows
    total = sum(per_source.values())
    for source, bounds in expect.share.items():
        share = per_source[source] / total if total else 0.0
        if bounds.min is not None:
            yield Check(f"share.{source}.min", f"{bounds.min:.1%}", f"{share:.1%}", share >= bounds.min)
        if bounds.max is not None:
            yield Check(f"share.{source}.max", f"{bounds.max:.1%}", f"{share:.1%}", share <= bounds.max)


def _dropped(expect: Expect, rows_in: dict[str, int], tallies: Sequence[Tally]) -> Iterator[Check]:
    """A key is a source (all its drops), or a step by label or name (each such step, over all sources)."""
    for key, limit in expect.max_dropped.items():
        if key in rows_in:
            pairs = [(rows_in[key], sum(tally.dropped_of(key) for tally in tallies))]
        else:
            named = [tally for tally in tallies if key in (tally.label, tally.name, tally.name.partition(".")[0])]
            pairs = [(sum(tally.rows_in.values()), tally.total_dropped) for tally in named]
        for arrived, gone in pairs:
            share = gone / arrived if arrived else 0.0
            yield Check(f"max_dropped.{key}", f"{limit:.1%}", f"{share:.1%} ({gone:,} of {arrived:,})", share <= limit)


def _terms(expect: Expect, seal: Seal) -> Iterator[Check]:
    licences, origins = Counter[str](), Counter[str]()
    for (_, _, licence, origin), rows in seal.out.items():
        licences[licence] += rows
        origins[origin] += rows
    if expect.licenses and expect.licenses.allow is not None:
        yield _none_of("licenses.allow", set(licences) - set(expect.licenses.allow), licences, expect.licenses.allow)
    if expect.licenses and expect.licenses.deny:
        yield _none_of("licenses.deny", set(licences) & set(expect.licenses.deny), licences, expect.licenses.deny)
    if expect.origin and expect.origin.deny:
        yield _none_of("origin.deny", set(origins) & set(expect.origin.deny), origins, expect.origin.deny)


def _none_of(what: str, wrong: set[str], rows: Counter[str], said: Sequence[str]) -> Check:
    found = ", ".join(f"{rows[name]:,} records are {name}" for name in sorted(wrong)) or "none"
    return Check(what, ", ".join(said), found, not wrong)


def _contamination(expect: Expect, tallies: Sequence[Tally]) -> Iterator[Check]:
    """Records that overlap an evaluation set and are still there: those that `mode: report` counted."""
    if expect.contamination is None:
        return
    steps = [tally for tally in tallies if tally.name == "decontaminate"]
    left = sum(tally.counts.get("hits", 0) - tally.total_dropped for tally in steps)
    found = f"{left:,}" if steps else "nothing was looked for: the recipe has no decontaminate step"
    yield Check("contamination", f"{expect.contamination:,}", found, bool(steps) and left <= expect.contamination)


def _alike(expect: Expect, tallies: Sequence[Tally], duplicates: int | None) -> Iterator[Check]:
    """Clusters that a dedup step found, and duplicates that are left."""
    if expect.duplicates is not None and duplicates is not None:
        yield Check("duplicates", f"{expect.duplicates:,}", f"{duplicates:,}", duplicates <= expect.duplicates)
    if expect.max_cluster is None:
        return
    limit, steps = f"{expect.max_cluster:.1%}", [tally for tally in tallies if "largest_cluster" in tally.counts]
    if not steps:
        yield Check("max_cluster", limit, "nothing was looked for: the recipe has no dedup step", ok=False)
    for tally in steps:
        largest, records = tally.counts["largest_cluster"], tally.counts["records"]
        share = largest / records if records else 0.0
        found = f"{share:.1%} ({largest:,} of {records:,} at {tally.label})"
        yield Check("max_cluster", limit, found, share <= expect.max_cluster)
