"""Segments: texts tokenised word by word, each different word once.

A byte-level tokenizer first cuts a text by a pattern, and nothing reaches across a cut. No such pattern in use joins a
visible character to a space that follows it, or a letter or digit to a line feed that follows it, so a text may be cut
there beforehand, and instruction data, in which the same words come again and again, is tokenised several times faster
with the very same ids. Where that cannot be known of a tokenizer, or does not hold for PROBES, texts are tokenised
whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import pyarrow as pa

Ids = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

# Texts to the ids of all of them in order, and how many each has.
Coder = Callable[[Sequence[str]], tuple[Ids, Places]]

# A word that is longer is not likely to come again.
_LONGEST = 32
# What may stand in a chain of words: a space, then visible characters of a byte each.
_CHAINED = re.compile(r" [!-~]+")
_CHAIN = 100
# Words that are kept: some 100 MB.
_MOST = 500_000

_LOCAL_NORMALISERS = {"NFC", "NFD", "NFKC", "NFKD", "Lowercase"}

PROBES = (
    "It's a test, isn't it? We'll see: they've won.",
    "  two  spaces   three \n\n\n blank lines\n\ttab\r\nend \n",
    "def f(x):\n    return x ** 2  # a comment\n\n\nclass A: pass",
    "1 000 000 and 3.14, 2024-01-02\n12:30 pm",
    "naïve café 日本 語 text Ωmega e\u0301 nbsp\u00a0here \u3000wide a \u0301b",
    "### Instruction:\nAdd.\n\n### Input:\n1 and 2\n\n### Response:\n",
    "a\n1\n.\n-\n\"quoted\" 'single' (in brackets) [x] {y} <z> | pipe",
    "UPPER CamelCase snake_case kebab-case e-mail@host.org https://a.b/c?d=e f",
)

_SPACE, _FEED, _VISIBLE, _WORD = 1, 2, 4, 8
_CLASS = np.zeros(256, dtype=np.uint8)
_CLASS[ord(" ")] = _SPACE
_CLASS[ord("\n")] = _FEED
_CLASS[33:127] = _VISIBLE
for _letters in ("09", "AZ", "az"):
    _CLASS[ord(_letters[0]) : ord(_letters[1]) + 1] |= _WORD


def coder(tokenizer: Any) -> Coder:  # noqa: ANN401 - tokenizers' own
    """The fastest exact way to the ids of texts, without what a post-processor adds."""

    def lists(texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def whole(texts: Sequence[str]) -> tuple[Ids, Places]:
        return _joined(lists(texts))

    if not _cuts_locally(tokenizer):
        return whole
    words = _Words(lists, _byte_lengths(tokenizer)).encode
    same = words(PROBES)[0].tolist() == whole(PROBES)[0].tolist()
    return words if same else whole


class _Words:
    """Texts by their words.

    Args:
        whole: tokenises texts as they are.
        sizes: bytes of the text of each token, by id.
    """

    def __init__(self, whole: Callable[[Sequence[str]], list[list[int]]], sizes: Places) -> None:
        self._whole = whole
        self._sizes = sizes
        self._known: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str]) -> tuple[Ids, Places]:
        """Ids of all texts in order, and how many each has."""
        # Through polars, because pyarrow imports pandas to look at a Python or numpy sequence: two seconds.
        stored = pl.Series(texts, dtype=pl.String).rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        offsets = np.frombuffer(stored.buffers()[1], dtype=np.int64, count=len(texts) + 1)
        if not offsets[-1]:
            return np.empty(0, dtype=np.int32), np.zeros(len(texts), dtype=np.int64)
        data = stored.buffers()[2]
        starts = _starts(np.frombuffer(data, dtype=np.uint8, count=int(offsets[-1])), offsets)
        ends = pa.py_buffer(np.append(starts, offsets[-1]))
        words = pa.LargeStringArray.from_buffers(len(starts), ends, data).dictionary_encode()
        places = np.frombuffer(words.indices.buffers()[1], dtype=np.int32, count=len(starts))
        flat, sizes = _joined(self._ids(words.dictionary.to_pylist()))
        lengths = sizes[places]
        ids = flat[spread((np.cumsum(sizes) - sizes)[places], lengths)]
        done = np.concatenate([[0], np.cumsum(lengths)])
        return ids, np.diff(done[np.searchsorted(starts, offsets)])

    def _ids(self, words: Sequence[str]) -> list[list[int]]:
        """The ids of each of some different words."""
        known = self._known
        missing = [word for word in words if word not in known]
        fresh = dict(zip(missing, self._tokenised(missing), strict=True))
        found = [fresh[word] if word in fresh else known[word] for word in words]
        if len(known) < _MOST:
            known.update((word, ids) for word, ids in fresh.items() if len(word) <= _LONGEST)
        return found

    def _tokenised(self, words: Sequence[str]) -> list[list[int]]:
        """The ids of each word. A call takes ten times as long as a word, so words that may follow each other do."""
        chained = [place for place, word in enumerate(words) if _CHAINED.fullmatch(word)]
        chains = [chained[start : start + _CHAIN] for start in range(0, len(chained), _CHAIN)]
        rest = sorted(set(range(len(words))).difference(chained))
        found = self._whole(["".join(words[place] for place in chain) for chain in chains])
        ids: dict[int, list[int]] = {}
        for places, tokens in zip(chains, found, strict=True):
            cuts = self._cuts([words[place] for place in places], tokens)
            if cuts is None:
                rest += places
            else:
                ids.update(zip(places, (tokens[start:end] for start, end in pairwise(cuts)), strict=True))
        ids.update(zip(rest, self._whole([words[place] for place in rest]), strict=True))
        return [ids[place] for place in range(len(words))]

    def _cuts(self, words: Sequence[str], tokens: Sequence[int]) -> list[int] | None:
        """Where the tokens of each word of a chain begin and the last ones end; None where a token reaches across."""
        ends = np.concatenate([[0], np.cumsum(self._sizes[np.asarray(tokens, dtype=np.int64)])])
        wanted = np.cumsum([0, *(len(word) for word in words)])
        cuts = np.minimum(np.searchsorted(ends, wanted), len(tokens))
        return cuts.tolist() if np.array_equal(ends[cuts], wanted) else None


def spread(starts: Places, lengths: Places) -> Places:
    """The places starts[0], starts[0] + 1, … of each run, one run behind the other."""
    begins = np.cumsum(lengths) - lengths
    places: Places = np.arange(int(lengths.sum()), dtype=np.int64)
    places += np.repeat(starts - begins, lengths)
    return places


def _joined(rows: Sequence[Sequence[int]]) -> tuple[Ids, Places]:
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    return np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(lengths.sum())), lengths


def _byte_lengths(tokenizer: Any) -> Places:  # noqa: ANN401 - tokenizers' own
    """Bytes of the text of each token, by id: a byte-level vocabulary writes each byte as one character."""
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    sizes = np.zeros(max(vocabulary.values(), default=0) + 1, dtype=np.int64)
    for text, number in vocabulary.items():
        sizes[number] = len(text)
    for number, token in tokenizer.get_added_tokens_decoder().items():
        sizes[number] = len(token.content.encode())
    return sizes


def _starts(data: npt.NDArray[np.uint8], offsets: Places) -> Places:
    """Where words begin: at the start of each text, and at each place where it may be cut."""
    kind = _CLASS[data]
    before, here = kind[:-1], kind[1:]
    begins = np.zeros(len(data), dtype=np.bool_)
    begins[1:] = ((here == _SPACE) & (before & _VISIBLE > 0)) | ((here == _FEED) & (before & _WORD > 0))
    begins[offsets[:-1][np.diff(offsets) > 0]] = True
    return np.flatnonzero(begins)


def _cuts_locally(tokenizer: Any) -> bool:  # noqa: ANN401 - tokenizers' own
    """Whether a tokenizer cuts by patterns that look back at nothing, and its added tokens hold no place for a cut."""
    stored = orjson.loads(tokenizer.to_str())
    steps = list(_steps(stored["pre_tokenizer"], "pretokenizers"))
    byte_level = [step for step in steps if step["type"] == "ByteLevel"]
    cutting = any(step["type"] == "Split" or step.get("use_regex") for step in steps)
    return bool(
        stored["model"]["type"] == "BPE"
        and not stored["model"].get("dropout")
        and all(step["type"] in _LOCAL_NORMALISERS for step in _steps(stored["normalizer"], "normalizers"))
        and len(byte_level) == 1
        and cutting
        and all(map(_is_local, steps))
        and not any(map(_reaches_out, stored["added_tokens"]))
    )


def _steps(part: Any, name: str) -> Iterator[Any]:  # noqa: ANN401 - JSON
    if part is None:
        return
    if part["type"] != "Sequence":
        yield part
        return
    for step in part[name]:
        yield from _steps(step, name)


def _is_local(step: Any) -> bool:  # noqa: ANN401 - JSON
    if step["type"] == "ByteLevel":
        return not bool(step["add_prefix_space"])
    if step["type"] == "Split":
        pattern = str(step["pattern"].get("Regex", "(?<"))
        alone = step["behavior"] == "Isolated" and not step["invert"]
        return bool(alone) and "(?<" not in pattern and "\\b" not in pattern
    return bool(step["type"] == "Digits")


def _reaches_out(token: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether an added token takes blanks beside it, looks at what is beside it, or has blanks within."""
    looks = token["lstrip"] or token["rstrip"] or token["single_word"]
    return bool(looks) or any(sign in token["content"] for sign in " \n")
