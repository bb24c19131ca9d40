"""How much of a text repeats itself, for many texts at once: lines and runs of words that stand in it twice.

The measures are those of Gopher (Rae et al. 2021, https://arxiv.org/abs/2112.11446, table A1), counted as FineWeb's
code does (https://github.com/huggingface/datatrove): a repeat is an occurrence after the first, so that a share of
0.3 means that three tenths of the text had been read before.

A word is a run of non-blank characters; a letter of a script without blanks (Chinese, Japanese, Thai…) is a word of
its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from curate.hashing import hash64

TOP = (2, 3, 4)  # lengths of n-grams of which the most frequent one counts

_DENSE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = rf"[{_DENSE}]|[^\s{_DENSE}]+"
_PRIME = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing modulo 2**64

Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


def words(texts: pl.Expr) -> pl.Expr:
    """How many words a text has, letters of scripts without blanks counted as words."""
    return texts.str.count_matches(_WORD)


def line_measures(texts: pl.Series) -> pl.DataFrame:
    """The share of lines that repeat an earlier line of their text, and the share of characters that lie in them.

    Lines are compared without blanks at their ends. Lines without a letter or digit, as `}` and `---`, say nothing
    about repetition and are left out.

    Returns:
        `lines` and `line_characters` (Float64), a row a text.
    """
    lines = pl.DataFrame({"line": texts.str.split("\n")}).with_row_index("record").explode("line")
    lines = lines.with_columns(pl.col("line").str.strip_chars()).filter(pl.col("line").str.contains(r"\w"))
    lines = lines.with_columns(
        length=pl.col("line").str.len_chars(),
        again=~pl.struct("record", hash64(pl.col("line"))).is_first_distinct(),
    )
    repeated = pl.col("length").filter(pl.col("again")).sum()
    shares = lines.group_by("record").agg(
        lines=pl.col("again").mean(), line_characters=repeated / pl.col("length").sum()
    )
    every = pl.DataFrame({"record": pl.int_range(texts.len(), dtype=pl.UInt32, eager=True)})
    return every.join(shares, on="record", how="left", maintain_order="left").drop("record").fill_null(0.0)


def gram_measures(texts: pl.Series, sizes: Collection[int]) -> dict[int, npt.NDArray[np.float64]]:
    """The share of each text's characters that lie in repeated n-grams of words.

    Args:
        texts: without nulls.
        sizes: lengths of n-grams. For those of TOP: the share that all occurrences of the most frequent one cover,
            where it occurs twice. For the longer ones: the share that repeats cover, overlaps counted once.

    Returns:
        By length, one share a text.
    """
    spoken = _Words.of(texts)
    found: dict[int, npt.NDArray[np.float64]] = {}
    places = np.arange(len(spoken.hashes), dtype=np.int64)
    # A word's hash starts its n-gram's; the record is in it, so that only repeats within a text are equal.
    grams = spoken.hashes ^ (spoken.record.astype(np.uint64) * _PRIME)
    for size in range(2, max(sizes, default=0) + 1):
        places, grams = spoken.longer(places, grams, size)
        series = pl.Series(grams)
        twice = series.is_duplicated().to_numpy()
        if size in sizes:
            if size in TOP:
                found[size] = spoken.most_frequent(places[twice], grams[twice], size)
            else:
                found[size] = spoken.covered(places[~series.is_first_distinct().to_numpy()], size)
        # What stands once only cannot be the beginning of something that stands twice: few places are left for longer
        # ones.
        places, grams = places[twice], grams[twice]
    return found


@dataclass(frozen=True)
class _Words:
    """All words of some texts, one after the other."""

    texts: int
    record: Integers  # which text the word is in
    hashes: Hashes
    ends: Integers  # characters up to and with each word, over all texts

    @classmethod
    def of(cls, texts: pl.Series) -> _Words:
        table = (
            pl.DataFrame({"word": texts.str.extract_all(_WORD)}).with_row_index("record").explode("word").drop_nulls()
        )
        table = table.select(
            "record", hash64(pl.col("word")).alias("hash"), pl.col("word").str.len_chars().alias("length")
        )
        record = table["record"].to_numpy().astype(np.int64)
        ends = np.concatenate([[0], np.cumsum(table["length"].to_numpy().astype(np.int64))])
        return cls(texts.len(), record, table["hash"].to_numpy(), ends)

    def longer(self, places: Integers, grams: Hashes, size: int) -> tuple[Integers, Hashes]:
        """Add the next word to n-grams of size - 1, where their text goes on."""
        last = places + size - 1
        inside = last < len(self.record)
        inside[inside] = self.record[last[inside]] == self.record[places[inside]]
        places, last = places[inside], last[inside]
        return places, (grams[inside] * _PRIME) ^ self.hashes[last]

    def most_frequent(self, places: Integers, grams: Hashes, size: int) -> npt.NDArray[np.float64]:
        """The share of each text that its most frequent n-gram covers; of equally frequent ones the longest."""
        table = pl.DataFrame(
            {"record": self.record[places], "gram": grams, "length": self.ends[places + size] - self.ends[places]}
        )
        counted = table.group_by("record", "gram").agg(pl.len().alias("count"), pl.col("length").first())
        most = counted.filter(pl.col("count") == pl.col("count").max().over("record"))
        longest = most.group_by("record").agg((pl.col("count") * pl.col("length")).max())
        shares = np.zeros(self.texts)
        shares[longest["record"].to_numpy()] = longest["count"].to_numpy()
        return np.minimum(shares / np.maximum(self._characters(), 1), 1.0)

    def covered(self, places: Integers, size: int) -> npt.NDArray[np.float64]:
        """The share of each text that n-grams at these places cover, each character counted once."""
        steps = np.zeros(len(self.record) + 1, dtype=np.int64)
        np.add.at(steps, places, 1)
        np.add.at(steps, places + size, -1)
        inside = np.cumsum(steps[:-1]) > 0
        lengths = np.diff(self.ends)[inside]
        sums = np.bincount(self.record[inside], weights=lengths, minlength=self.texts)
        return sums / np.maximum(self._characters(), 1)

    def _characters(self) -> npt.NDArray[np.float64]:
        return np.bincount(self.record, weights=np.diff(self.ends), minlength=self.texts).astype(np.float64)
