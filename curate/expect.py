"""`expect:` of a recipe: what the finished build must hold, else it fails and nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from curate.engine import Engine
from curate.language import UNDETERMINED, identify, method_digest
from curate.license import allows, canonical
from curate.passes import Tally
from curate.recipe import Expect, Recipe
from curate.rows import Columns, Seal, duplicates, rows_of
from curate.text import columns_of, joined
from curate.tokens import counter, tokenizer_digest
from curate.unit import Unit, load, notes

# What of a record is looked at to tell its language, and how much of it: as `filter: language` does.
_FIELDS = ("instruction", "input", "output")


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


def resolved(expect: Expect) -> dict[str, Any]:
    """What names in the expectations stand for now: the tokenizer of `tokens`, the identifier of `languages`."""
    found: dict[str, Any] = {}
    if expect.tokens:
        found["tokenizer"] = {"name": expect.tokens.tokenizer, "digest": tokenizer_digest(expect.tokens.tokenizer)}
    if expect.languages is not None:
        found["model"] = {"name": "fasttext", "digest": method_digest("fasttext")}
    return found


@dataclass(frozen=True)
class Survey:
    """What is known of the finished records only by reading them.

    Args:
        languages: records by language; empty where nobody asked.
        tokens: of all rows, copies included; 0 where nobody asked.
        duplicates: records that repeat another one (`curate.rows.duplicates`); None where nobody asked.
        overlapping: records that overlap an evaluation set, as `decontaminate: {mode: report}` noted.
    """

    languages: Mapping[str, int] = field(default_factory=dict)
    tokens: int = 0
    duplicates: int | None = None
    overlapping: int = 0


@dataclass(frozen=True)
class _Asked:
    """What to read for. Both identifier and tokenizers run under the interpreter's lock."""

    languages: bool
    tokenizer: str | None
    columns: Columns
    heavy: bool = True


def survey(expect: Expect, units: Sequence[Unit], columns: Columns, engine: Engine) -> Survey:
    """Read the finished records for what the expectations ask; nothing is read where they do not ask.

    Args:
        expect: the expectations.
        units: have been through every stage.
        columns: of `data/`.
        engine: where to read.
    """
    repeats = duplicates(units, engine) if expect.duplicates is not None else None
    overlapping = sum(_overlapping(unit) for unit in units if unit.notes)
    asked = _Asked(expect.languages is not None, expect.tokens.tokenizer if expect.tokens else None, dict(columns))
    if not asked.languages and asked.tokenizer is None:
        return Survey(duplicates=repeats, overlapping=overlapping)
    found = engine.map("expect", units, _surveyed, asked)
    languages = Counter[str]()
    for one in found:
        languages.update(one.languages)
    return Survey(languages, sum(one.tokens for one in found), repeats, overlapping)


def _overlapping(unit: Unit) -> int:
    """How many records of a unit that are left overlap an evaluation set."""
    said = notes(unit)
    return said.filter(pl.col("stage").str.ends_with(".decontaminate"))["at"].n_unique()


def _surveyed(unit: Unit, asked: _Asked) -> Survey:
    languages, tokens = Counter[str](), 0
    if asked.languages:
        texts = load(unit, sorted(columns_of(_FIELDS))).select(joined(_FIELDS).alias("text"))["text"]
        languages.update(dict(identify(texts).value_counts().iter_rows()))
    if asked.tokenizer is not None:
        count = counter(asked.tokenizer).count
        for text in _texts(rows_of(unit, asked.columns)):
            tokens += int(count(text).cast(pl.Int64).sum())
    return Survey(languages, tokens)


def _texts(rows: pl.DataFrame) -> Iterator[pl.Series]:
    """The text that a trainer reads: of flat formats as it stands, of messages the contents."""
    for name in ("prompt", "completion", "text"):
        if name in rows.columns:
            yield rows[name]
    if "messages" in rows.columns:
        yield rows["messages"].explode().struct.field("content").drop_nulls()


def check(
    recipe: Recipe, rows_in: dict[str, int], tallies: Sequence[Tally], seal: Seal, found: Survey = Survey()
) -> list[Check]:
    """Hold a build against its recipe's expectations.

    Args:
        recipe: says what to expect.
        rows_in: rows that came in, by source.
        tallies: what each step did.
        seal: what the dataset holds.
        found: what `survey` found.
    """
    expect = recipe.expect
    return [
        *_rows(expect, seal),
        *_shares(expect, seal),
        *_dropped(expect, rows_in, tallies),
        *_terms(expect, seal),
        *_surveys(expect, found),
        *_contamination(expect, tallies, found.overlapping),
        *_alike(expect, tallies, found),
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
        if isinstance(limit, dict):
            yield from _dropped_within(key, limit, tallies)
            continue
        if key in rows_in:
            pairs = [(rows_in[key], sum(tally.dropped_of(key) for tally in tallies))]
        else:
            pairs = [(sum(tally.rows_in.values()), tally.total_dropped) for tally in _meant(key, tallies)]
        for arrived, gone in pairs:
            yield _share_of(f"max_dropped.{key}", limit, arrived, gone)


def _dropped_within(key: str, limits: Mapping[str, float], tallies: Sequence[Tally]) -> Iterator[Check]:
    """Of each such step, the share of one source's rows."""
    for source, limit in limits.items():
        for tally in _meant(key, tallies):
            arrived = tally.rows_in.get(source, 0)
            yield _share_of(f"max_dropped.{key}.{source}", limit, arrived, tally.dropped_of(source))


def _meant(key: str, tallies: Sequence[Tally]) -> list[Tally]:
    return [tally for tally in tallies if key in (tally.label, tally.name, tally.name.partition(".")[0])]


def _share_of(what: str, limit: float, arrived: int, gone: int) -> Check:
    share = gone / arrived if arrived else 0.0
    return Check(what, f"{limit:.1%}", f"{share:.1%} ({gone:,} of {arrived:,})", share <= limit)


def _terms(expect: Expect, seal: Seal) -> Iterator[Check]:
    licences, origins = Counter[str](), Counter[str]()
    for (_, _, licence, origin), rows in seal.out.items():
        licences[licence] += rows
        origins[origin] += rows
    if expect.licenses and expect.licenses.allow is not None:
        allowed = {canonical(name) for name in expect.licenses.allow}
        wrong = {name for name in licences if canonical(name) not in allowed}
        yield _none_of("licenses.allow", wrong, licences, expect.licenses.allow)
    if expect.licenses and expect.licenses.deny:
        denied = {canonical(name) for name in expect.licenses.deny}
        wrong = {name for name in licences if canonical(name) in denied}
        yield _none_of("licenses.deny", wrong, licences, expect.licenses.deny)
    if expect.licenses and expect.licenses.commercial:
        yield _commercial(licences)
    if expect.origin and expect.origin.deny:
        yield _none_of("origin.deny", set(origins) & set(expect.origin.deny), origins, expect.origin.deny)


def _commercial(licences: Counter[str]) -> Check:
    """Every licence must be known to allow commercial use: what is not known does not."""
    words = {False: "forbids it", None: "not known"}
    wrong = {name: words[said] for name in sorted(licences) if (said := allows(name, "commercial")) is not True}
    found = ", ".join(f"{licences[name]:,} records are {name} ({why})" for name, why in wrong.items()) or "none"
    return Check("licenses.commercial", "only licences that allow commercial use", found, not wrong)


def _surveys(expect: Expect, found: Survey) -> Iterator[Check]:
    """Languages, `und` always allowed, as it says that there is too little text to tell; and tokens."""
    if expect.languages is not None:
        wanted = {*expect.languages, UNDETERMINED}
        wrong = {code: rows for code, rows in sorted(found.languages.items()) if code not in wanted}
        listed = ", ".join(
            f"{code} {rows:,}" for code, rows in sorted(wrong.items(), key=lambda one: (-one[1], one[0]))
        )
        value = f"{sum(wrong.values()):,} of {sum(found.languages.values()):,} records are in others: {listed}"
        yield Check("languages", ", ".join(expect.languages), value if wrong else "none in others", not wrong)
    if expect.tokens:
        name, tokens = expect.tokens.tokenizer, found.tokens
        if expect.tokens.min is not None:
            yield Check("tokens.min", f"{expect.tokens.min:,}", f"{tokens:,} ({name})", tokens >= expect.tokens.min)
        if expect.tokens.max is not None:
            yield Check("tokens.max", f"{expect.tokens.max:,}", f"{tokens:,} ({name})", tokens <= expect.tokens.max)


def _none_of(what: str, wrong: set[str], rows: Counter[str], said: Sequence[str]) -> Check:
    found = ", ".join(f"{rows[name]:,} records are {name}" for name in sorted(wrong)) or "none"
    return Check(what, ", ".join(said), found, not wrong)


def _contamination(expect: Expect, tallies: Sequence[Tally], overlapping: int) -> Iterator[Check]:
    """Records that overlap an evaluation set and are still there: those that `mode: report` noted."""
    if expect.contamination is None:
        return
    looked = any(tally.name == "decontaminate" for tally in tallies)
    found = f"{overlapping:,}" if looked else "nothing was looked for: the recipe has no decontaminate step"
    yield Check("contamination", f"{expect.contamination:,}", found, looked and overlapping <= expect.contamination)


def _alike(expect: Expect, tallies: Sequence[Tally], survey: Survey) -> Iterator[Check]:
    """Clusters that a dedup step found, and duplicates that are left."""
    if expect.duplicates is not None and survey.duplicates is not None:
        left = survey.duplicates
        yield Check("duplicates", f"{expect.duplicates:,}", f"{left:,}", left <= expect.duplicates)
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
