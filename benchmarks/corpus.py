"""A corpus of real texts with planted near-duplicates, and the exact truth of what is near to what."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numba import njit

from curate.minhash import nfc
from curate.minhash.shingling import ALONE

SIMILARITIES = (0.95, 0.9, 0.8, 0.7, 0.5)
CLUSTER = 5_000
NGRAM = 5
# What part of a corpus is what; the rest are single real texts, and conversations of several where these run out.
EDITS, COPIES, CASES, FAMILIES = 0.13, 0.05, 0.02, 0.07


def real(data: Path) -> list[str]:
    """Instruction, input and answer of every record of the sets, in English."""
    rows: list[dict[str, Any]] = []
    for pattern in ("alpaca_en_full_chunks/*.json", "lima/*.json", "dolly_3k_alpagasus/*.json", "gpteacher/*/*.json"):
        for path in sorted(data.glob(pattern)):
            rows += json.loads(path.read_text(encoding="utf-8"))
    for name in ("gsm8k/train.jsonl", "gsm8k/test.jsonl", "math_hendrycks_test/math/test.jsonl"):
        rows += [json.loads(line) for line in (data / name).read_text(encoding="utf-8").splitlines()]
    fields = ("instruction", "question", "problem", "input", "output", "response", "answer", "solution")
    return ["\n".join(str(row[name]) for name in fields if row.get(name)) for row in rows]


class Maker:
    """Plants duplicates of real texts.

    Args:
        texts: real ones.
        seed: the same seed gives the same corpus.
    """

    def __init__(self, texts: list[str], seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.texts = [texts[at] for at in self.random.permutation(len(texts))]
        self.words = np.array(sorted(plain_words(self.texts[:5000])))
        self.long = [text for text in self.texts if 40 <= len(text.split()) <= 600]

    def corpus(self, documents: int, singles: float = 1.0) -> list[str]:
        """So many texts in random order.

        Args:
            documents: how many.
            singles: the most of the texts that are not planted which may be single ones, 0-1; the others are
                conversations of several. Corpora of unlike sizes have texts of like lengths if this is small enough.
        """
        cluster = min(CLUSTER, documents // 20)
        edits, copies, cases, families = (int(documents * part) for part in (EDITS, COPIES, CASES, FAMILIES))
        base = documents - cluster - edits - copies - cases - families
        alone = self.texts[: int(base * singles)]
        talks = [self._talk() for _ in range(base - len(alone))]
        originals = [text for text in alone + talks if 40 <= len(text.split()) <= 600]
        texts = alone + talks
        pick = self.random.integers(0, len(originals), edits)
        texts += [self.edited(originals[at], SIMILARITIES[place % 5]) for place, at in enumerate(pick)]
        texts += [originals[at] for at in self.random.integers(0, len(originals), copies)]
        texts += [originals[at].upper() for at in self.random.integers(0, len(originals), cases)]
        for size in np.diff(np.linspace(0, families, 6).astype(int)):
            texts += self.family(size)
        middle = next(text for text in self.long if 200 <= len(text.split()) <= 220)
        texts += [self.edited(middle, 0.95) for _ in range(cluster)]
        return [texts[at] for at in self.random.permutation(len(texts))]

    def family(self, size: int) -> list[str]:
        """Texts of the same 150 words, each with 30 to 70 words of its own behind them: none is near another."""
        shared = " ".join(self.random.choice(self.words, 150))
        own = self.random.integers(30, 71, size)
        return [f"{shared} {' '.join(self.random.choice(self.words, width))}" for width in own]

    def edited(self, text: str, similarity: float) -> str:
        """The text with words replaced, put in or left out until it is about so similar."""
        pieces = re.split(r"(\s+)", text.strip())  # words, and between them the blanks as they are
        words = [[piece] for piece in pieces[::2]]
        shingles = max(len(words) - NGRAM + 1, 1)
        number = max(round(shingles * (1 - similarity) / (1 + similarity) / NGRAM), 1)
        for place in self.random.choice(len(words), min(number, len(words)), replace=False):
            own, new = words[place], str(self.random.choice(self.words))
            words[place] = ([new], [new, *own], [])[self.random.integers(3)]
        return "".join(" ".join(own) + blank for own, blank in zip(words, [*pieces[1::2], ""], strict=True))

    def _talk(self) -> str:
        turns = self.random.integers(0, len(self.texts), self.random.integers(2, 7))
        return "\n".join(self.texts[at] for at in turns)


def plain_words(texts: list[str]) -> set[str]:
    """The words of Latin letters only, so that what is planted leaves the share of texts beyond ASCII as it is."""
    return {word for text in texts for word in text.lower().split() if word.isascii() and word.isalpha()}


def write(texts: list[str], path: Path) -> Path:
    """A Parquet file of `id` and `text`."""
    pl.DataFrame({"id": np.arange(len(texts)), "text": texts}).write_parquet(path, compression="zstd")
    return path


def shingles(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The set of shingles of each text as numbers, the rarest first: `values[starts[i] : starts[i + 1]]`."""
    alone = "".join(f"{chr(first)}-{chr(last)}" for first, last in ALONE)
    single = re.compile(f"([{alone}])")
    numbers: dict[str, int] = {}
    streams, widths = [], np.empty(len(texts), np.int64)
    for row, text in enumerate(nfc(pl.Series("text", texts)).to_list()):
        if text.isascii():
            words = text.lower().split()
        else:
            small = (one.lower() if len(one.lower()) == 1 else one for one in text)
            words = single.sub(r" \1 ", "".join(small)).split()
        widths[row] = len(words)
        streams.append(np.array([numbers.setdefault(word, len(numbers)) for word in words], np.int64))
    stream = np.concatenate(streams)
    marks = np.random.default_rng(7).integers(0, 2**64, (NGRAM, len(numbers) + 1), dtype=np.uint64)
    ends = np.cumsum(widths)
    left = np.repeat(ends, widths) - np.arange(len(stream))  # words from here to the end of the text
    hashes = np.zeros(len(stream), np.uint64)
    for step in range(NGRAM):
        inside = left > step
        hashes[inside] += marks[step, stream[np.flatnonzero(inside) + step]]
    owner = np.repeat(np.arange(len(texts)), widths)
    first = np.arange(len(stream)) == (ends - widths)[owner]
    whole = (left >= NGRAM) | first
    _, codes, counts = np.unique(hashes[whole], return_inverse=True, return_counts=True)
    rarity = np.empty(len(counts), np.int64)
    rarity[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    pairs = np.unique(owner[whole] * len(counts) + rarity[codes])
    starts = np.searchsorted(pairs, np.arange(len(texts) + 1) * len(counts))
    return pairs % len(counts), starts


@njit(cache=False)
def _common(values: np.ndarray, one: int, one_end: int, two: int, two_end: int) -> int:
    number = 0
    while one < one_end and two < two_end:
        if values[one] == values[two]:
            number += 1
            one += 1
            two += 1
        elif values[one] < values[two]:
            one += 1
        else:
            two += 1
    return number


@njit(cache=False)
def _join(values: np.ndarray, starts: np.ndarray, order: np.ndarray, threshold: float, edges: np.ndarray) -> int:
    """All pairs at the threshold: only texts that share one of their rarest shingles can be. Returns how many."""
    heads = np.full(values.max() + 1, -1, np.int64)
    below, holder = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    seen = np.full(len(order), -1, np.int64)
    posted, found = 0, 0
    for text in order:
        size = starts[text + 1] - starts[text]
        prefix = size - int(np.ceil(threshold * size - 1e-9)) + 1 if size else 0
        for at in range(starts[text], starts[text] + prefix):
            entry = heads[values[at]]
            while entry >= 0:
                other = holder[entry]
                entry = below[entry]
                width = starts[other + 1] - starts[other]
                if seen[other] == text or width < threshold * size - 1e-9:
                    continue
                seen[other] = text
                both = _common(values, starts[text], starts[text + 1], starts[other], starts[other + 1])
                if both >= threshold * (size + width - both) - 1e-9:
                    if found < len(edges):
                        edges[found, 0], edges[found, 1] = text, other
                    found += 1
        for at in range(starts[text], starts[text] + prefix):
            holder[posted], below[posted] = text, heads[values[at]]
            heads[values[at]] = posted
            posted += 1
    return found


def near(texts: list[str], threshold: float) -> np.ndarray:
    """All pairs of texts whose exact Jaccard similarity is at least the threshold, int32 (pairs, 2)."""
    values, starts = shingles(texts)
    order = np.argsort(np.diff(starts), kind="stable")
    edges = np.empty((20_000_000, 2), np.int32)
    found = _join(values, starts, order, threshold, edges)
    if found > len(edges):
        edges = np.empty((found, 2), np.int32)
        _join(values, starts, order, threshold, edges)
    return edges[:found]


@njit(cache=False)
def components(edges: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """For each text the first of those that hang together with it over pairs of texts that are inside."""
    parents = np.arange(len(inside))
    for place in range(len(edges)):
        one, two = edges[place]
        if inside[one] and inside[two]:
            while parents[one] != one:
                parents[one] = parents[parents[one]]
                one = parents[one]
            while parents[two] != two:
                parents[two] = parents[parents[two]]
                two = parents[two]
            parents[max(one, two)] = min(one, two)
    for place in range(len(parents)):
        parents[place] = parents[parents[place]]
    return parents


def quality(edges: np.ndarray, documents: int, kept: np.ndarray) -> dict[str, float]:
    """How good a choice of texts is.

    Returns:
        recall: 1 less the texts left beyond one of each group of kept texts that hang together, as a share of all that
            had to go; precision: the share of removed texts that have a near one; removed: how many; vanished: groups
            of which nothing is left.
    """
    every, stay = np.ones(documents, bool), np.zeros(documents, bool)
    stay[kept] = True
    whole = components(edges, every)
    surplus = documents - len(np.unique(whole))
    left = len(kept) - len(np.unique(components(edges, stay)[stay]))
    partnered = np.zeros(documents, bool)
    partnered[edges.ravel()] = True
    gone = ~stay
    return {
        "recall": round(1 - left / surplus, 5),
        "precision": round(float(partnered[gone].mean()), 5) if gone.any() else 1.0,
        "removed": int(gone.sum()),
        "vanished": len(np.unique(whole)) - len(np.unique(whole[stay])),
    }
