"""Invented texts, and slow independent code that says what the kernels must find."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from curate.minhash import Shingling, Texts

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


def view(texts: Iterable[str]) -> Texts:
    return Texts.from_arrow([pa.array(list(texts), pa.large_string())])


@dataclass
class Inventor:
    """Invents texts: same seed, same texts."""

    random: Random

    def __post_init__(self) -> None:
        syllables = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
        self._words = ["".join(self.random.choices(syllables, k=1 + number % 4)) for number in range(3000)]

    def word(self) -> str:
        """One of 3,000 words."""
        return self.random.choice(self._words)

    def text(self, words: int) -> str:
        """So many words."""
        return " ".join(self.random.choices(self._words, k=words))

    def changed(self, text: str, edits: int) -> str:
        """The text with words replaced, left out or put in."""
        words = text.split(" ")
        for _ in range(edits):
            place, what = self.random.randrange(len(words)), self.random.random()
            if what < 0.5:
                words[place] = self.word()
            elif what < 0.75 and len(words) > 1:
                del words[place]
            else:
                words.insert(place, self.word())
        return " ".join(words)

    def corpus(self, count: int) -> list[str]:
        """Texts of which half are near-duplicates of others, mostly around the usual thresholds."""
        texts = [self.text(self.random.choice((3, 8, 20, 40, 60, 90, 150))) for _ in range(count // 2)]
        while len(texts) < count:
            # Chains come about because a changed text may be changed again.
            text = self.random.choice(texts)
            texts.append(self.changed(text, self.random.choice((0, 1, 1, 2, 2, 3, 4, 6))))
        self.random.shuffle(texts)
        return texts

    def family(self, count: int) -> list[str]:
        """Texts that share a long beginning and are far from each other otherwise."""
        shared = self.text(150)
        return [f"{shared} {self.text(self.random.randint(30, 70))}" for _ in range(count)]


@pytest.fixture
def invent() -> Inventor:
    return Inventor(Random(11))  # noqa: S311 - invented texts


@pytest.fixture
def inventor() -> Callable[[int], Inventor]:
    return lambda seed: Inventor(Random(seed))  # noqa: S311 - invented texts


@pytest.fixture
def texts_of() -> Callable[[Iterable[str]], Texts]:
    return view


def word_sets(texts: Iterable[str], ngram: int) -> list[frozenset[tuple[str, ...]]]:
    """Sets of word n-grams by str.split, without any of the package's code."""
    found = []
    for text in texts:
        words = text.split()
        width = min(ngram, len(words)) or 1
        found.append(frozenset(tuple(words[at : at + width]) for at in range(len(words) - width + 1)))
    return found


@dataclass
class Truth:
    """All pairs of texts above a similarity, found by comparing each text with every one that shares a shingle."""

    sets: list[frozenset[tuple[str, ...]]]
    pairs: dict[tuple[int, int], float]

    @classmethod
    def of(cls, texts: list[str], least: float, ngram: int = 5) -> Truth:
        """Compare all texts that share a shingle."""
        sets = word_sets(texts, ngram)
        owners: dict[tuple[str, ...], list[int]] = {}
        pairs: dict[tuple[int, int], float] = {}
        for row, own in enumerate(sets):
            shared: dict[int, int] = {}
            for shingle in own:
                for other in owners.setdefault(shingle, []):
                    shared[other] = shared.get(other, 0) + 1
                owners[shingle].append(row)
            for other, common in shared.items():
                similarity = common / (len(own) + len(sets[other]) - common)
                if similarity >= least:
                    pairs[other, row] = similarity
        return cls(sets, pairs)

    def similarity(self, one: int, other: int) -> float:
        """Of two texts."""
        both = len(self.sets[one] & self.sets[other])
        return both / (len(self.sets[one]) + len(self.sets[other]) - both)

    def components(self, threshold: float, kept: np.ndarray | None = None) -> np.ndarray:
        """The least member of each text's component, over pairs of kept texts."""
        parents = list(range(len(self.sets)))

        def root(row: int) -> int:
            while parents[row] != row:
                row = parents[row]
            return row

        for (one, other), similarity in self.pairs.items():
            if similarity >= threshold and (kept is None or (kept[one] and kept[other])):
                first, second = sorted((root(one), root(other)))
                parents[second] = first
        return np.array([root(row) for row in range(len(parents))])


@pytest.fixture
def truth_of() -> Callable[..., Truth]:
    return Truth.of


@pytest.fixture
def plain() -> Shingling:
    """As str.split cuts: nothing but blanks counts."""
    return Shingling(lower=False)
