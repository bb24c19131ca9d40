"""The index: what the items of evaluation sets are found by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from curate.overlap.catalogue import Catalogue, catalogue, documents, fresh, narrow
from curate.overlap.characters import buffers
from curate.overlap.distinct import distinct, grams, heads
from curate.overlap.find import wholes
from curate.overlap.kernel import Flags, Places
from curate.overlap.rules import Rules
from curate.overlap.token import Tokens, tokenised

# Of the texts that share an n-gram, so many are told by name: it bounds the work where nothing is left out.
_NAMED = 64
# Letters that a token of a short item must have on average: in scripts where each character is a token, an item must be
# twice as long to count.
_LETTERS = 2

_CATALOGUES = ("grams", "heads", "insides", "equals")


@dataclass(frozen=True)
class Index:
    """The items of some evaluation sets.

    Args:
        rules: what they are indexed by.
        rows: one row a text of an item: `set`, `item`, `text` (NFKC), `grams` (how many of its n-grams are looked for).
        tokens: `start`, `stop`: bytes of each token of the texts, one after the other.
        grams: the n-grams; members are rows.
        heads: the first tokens of whole items that are looked for inside a text; members are lengths.
        insides: those items; members are rows.
        equals: the items that a whole text may equal; members are rows.
    """

    rules: Rules
    rows: pl.DataFrame
    tokens: Tokens
    grams: Catalogue
    heads: Catalogue
    insides: Catalogue
    equals: Catalogue

    def to_frames(self) -> dict[str, pl.DataFrame]:
        """The index as frames, to be written to files and read by `from_frames`."""
        rules = pl.DataFrame([asdict(self.rules)], schema_overrides={"max_documents": pl.Int64})
        counts = narrow(np.diff(self.tokens.first)).alias("tokens")
        spans = {name: narrow(getattr(self.tokens, name)) for name in ("start", "stop")}
        frames = {"rules": rules, "rows": self.rows.with_columns(counts), "tokens": pl.DataFrame(spans)}
        for name in _CATALOGUES:
            frames |= {f"{name}_{kind}": frame for kind, frame in getattr(self, name).frames().items()}
        return frames

    @staticmethod
    def from_frames(frames: Mapping[str, pl.DataFrame]) -> Index:
        """The index that `to_frames` gave."""
        rules = Rules(**frames["rules"].row(0, named=True))
        rows = frames["rows"]
        start, stop = (frames["tokens"][name].to_numpy().astype(np.int64) for name in ("start", "stop"))
        first = np.r_[0, np.cumsum(rows["tokens"].to_numpy().astype(np.int64))].astype(np.int64)
        data, _ = buffers(rows["text"])
        held = Tokens(data, start, stop, np.zeros(0, dtype=np.uint64), first)
        parts = {name: Catalogue.of(frames[f"{name}_runs"], frames[f"{name}_members"]) for name in _CATALOGUES}
        return Index(rules, rows.drop("tokens"), held, **parts)


def index(items: pl.DataFrame, rules: Rules | None = None) -> Index:
    """Index the items of evaluation sets.

    Args:
        items: `set` (the set's name), `item` (its id), `text`; an item may have several rows (the question alone, the
            question with its options…). The order of the rows does not matter.
        rules: what to look for.
    """
    rules = rules or Rules()
    rows = items.select("set", "item", pl.col("text").fill_null("")).unique().sort("set", "item", "text")
    text, held = tokenised(rows["text"])
    numbers = _Numbers(*(_dense(rows, names) for names in (["set"], ["set", "item"])))
    found, counts = _grams(held, numbers, rules)
    rows = rows.with_columns(text.alias("text"), narrow(counts).alias("grams"))
    lone = _lone(held, counts, rules)
    insides, boilerplate = _insides(held, lone, numbers, rules)
    texts = np.flatnonzero((np.diff(held.first) >= rules.equal) & ~boilerplate) if rules.short else _NONE
    confirming = held._replace(hash=_NONE.astype(np.uint64))
    return Index(rules, rows, confirming, found, _heads(held, insides, rules), insides, _whole(held, texts))


@dataclass(frozen=True)
class _Numbers:
    """Of each row, the number of its set and of its item; rows are sorted by both."""

    set: Places
    item: Places


_NONE = np.zeros(0, dtype=np.int64)


def _dense(rows: pl.DataFrame, names: list[str]) -> Places:
    return rows.select(pl.struct(names).rle_id()).to_series().to_numpy().astype(np.int64)


def _grams(held: Tokens, numbers: _Numbers, rules: Rules) -> tuple[Catalogue, Places]:
    """The n-grams that are no boilerplate, and how many each row has."""
    runs = grams(held, rules.ngram)
    found = distinct(runs, held)
    number, row = found.number, runs.text[found.run]
    once = fresh(number, row)
    number, row = number[once], row[once]
    if rules.max_documents is not None:
        few = documents(number, numbers.set[row], numbers.item[row]) <= rules.max_documents
        number, row = number[few], row[few]
    counts = np.bincount(row, minlength=len(numbers.set))
    return catalogue(found, *_named(number, row)), counts


def _named(number: Places, row: Places) -> tuple[Places, Places]:
    """The first rows of each run."""
    starts = np.flatnonzero(fresh(number))
    place = np.arange(len(number)) - np.repeat(starts, np.diff(np.r_[starts, len(number)]))
    return number[place < _NAMED], row[place < _NAMED]


def _lone(held: Tokens, counts: Places, rules: Rules) -> Places:
    """The rows that no n-gram can find and that are long enough to be found as a whole inside a text."""
    if not rules.short:
        return _NONE
    points = np.r_[0, np.cumsum((held.data & 0xC0) != 0x80)]
    letters = np.r_[0, np.cumsum(points[held.stop] - points[held.start])][held.first]
    long = (np.diff(held.first) >= rules.floor) & (np.diff(letters) >= _LETTERS * rules.floor)
    return np.flatnonzero(long & (counts == 0))


def _whole(held: Tokens, texts: Places) -> Catalogue:
    """Whole texts."""
    found = distinct(heads(held, texts, 0), held)
    return catalogue(found, *_named(found.number, texts[found.run]))


def _heads(held: Tokens, insides: Catalogue, rules: Rules) -> Catalogue:
    """The heads of whole items, and which lengths the items have that begin so."""
    text = np.searchsorted(held.first, insides.token, side="right") - 1
    found = distinct(heads(held, text, rules.head), held)
    length = insides.length[found.run]
    ranked = np.lexsort((length, found.number))
    number, length = found.number[ranked], length[ranked]
    once = fresh(number, length)
    return catalogue(found, number[once], length[once])


def _insides(held: Tokens, lone: Places, numbers: _Numbers, rules: Rules) -> tuple[Catalogue, Flags]:
    """Whole items to be found inside a text, and the rows that are boilerplate: too many items of a set hold them."""
    boilerplate = np.zeros(len(numbers.set), dtype=np.bool_)
    if rules.max_documents is not None and len(lone):
        found = distinct(heads(held, lone, 0), held)
        whole = catalogue(found, found.number, lone[found.run])
        hits = wholes(held, held, _heads(held, whole, rules), whole, rules.head, 0).select("run", "text").unique()
        run, row = hits.sort("run", "text").to_numpy().T
        held_by = pl.DataFrame(
            {"run": run, "set": numbers.set[row], "count": documents(run, numbers.set[row], numbers.item[row])}
        )
        frequent = held_by.filter(pl.col("count") > rules.max_documents)
        members = pl.DataFrame({"run": found.number, "row": lone[found.run]})
        members = members.with_columns(set=pl.Series(numbers.set[members["row"]]))
        boilerplate[members.join(frequent, on=["run", "set"], how="semi")["row"].to_numpy()] = True
    return _whole(held, lone[~boilerplate[lone]]), boilerplate
