"""Encode: pieces to ids, exactly one end and at most one beginning, and which tokens are trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curate.tokenset.piece import Pieces
from curate.tokenset.segment import Coder, Ids, Places, coder, spread
from curate.tokenset.tokenizer import ModelTokenizer

Mask = npt.NDArray[np.bool_]

# Put before a text so that the blank which some tokenizers begin every text with goes there, and taken off again.
_GUARDS = ("\n", "=", ":", "|")
_PROBES = ("The", "a b", " x", "1", "\n", "é", "日本", "-")


@dataclass(frozen=True)
class Encoded:
    """Some rows as tokens, one behind the other.

    Args:
        ids: of all rows.
        trained: whether a token is trained, like `ids`. The first of a row never is: nothing comes before it, and in a
            packed row the example before it would have to say it.
        row: the rows, increasing.
        lengths: tokens of each, like `row`.
    """

    ids: Ids
    trained: Mask
    row: Places
    lengths: Places


class Encoder:
    """Turns pieces into ids.

    Args:
        tokenizer: of the model.
        eos: the id at the end of every row.
        bos: the id at the beginning of every row, None for none.
    """

    def __init__(self, tokenizer: ModelTokenizer, eos: int, bos: int | None) -> None:
        self._tokenizer = tokenizer
        self._eos = eos
        self._bos = bos
        named = tokenizer.named.get("bos_token")
        self._twice = bos if bos is not None or named is None else tokenizer.content.token_to_id(named)
        self._guard = _guard(tokenizer)
        self._coders: dict[bool, Coder] = {}

    @property
    def guarded(self) -> bool:
        """Whether the tokenizer begins every text with a blank, which is taken off where a text goes on."""
        return self._guard is not None

    def encode(self, pieces: Pieces) -> Encoded:
        """The tokens of the rows that have pieces."""
        ids, lengths = self._flat(pieces)
        row, first = np.unique(pieces.row, return_index=True)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        own = np.diff(starts[np.append(first, len(pieces.row))]) if len(row) else np.empty(0, dtype=np.int64)
        return self._ended(ids, np.repeat(pieces.trained, lengths), row, own.astype(np.int64))

    def _flat(self, pieces: Pieces) -> tuple[Ids, Places]:
        """Ids of all pieces in order, and how many each has."""
        parts = list(self._coded(pieces))
        lengths = np.zeros(len(pieces.texts), dtype=np.int64)
        for places, _, each in parts:
            lengths[places] = each
        starts = np.cumsum(lengths) - lengths
        ids = np.empty(int(lengths.sum()), dtype=np.int32)
        for places, flat, each in parts:
            ids[spread(starts[places], each)] = flat
        return ids, lengths

    def _coded(self, pieces: Pieces) -> Iterator[tuple[Places, Ids, Places]]:
        """Which pieces, their ids, and how many each has; those that are coded alike together."""
        first = np.concatenate([[True], np.diff(pieces.row) > 0])[: len(pieces.row)]
        behind = ~first & self.guarded
        for literal in (False, True):
            for goes_on in (False, True):
                places = np.flatnonzero((pieces.literal == literal) & (behind == goes_on))
                texts = [pieces.texts[place] for place in places.tolist()]
                if texts and goes_on:
                    yield from self._continued(self._coder(literal=literal), places, texts)
                elif texts:
                    yield places, *self._coder(literal=literal)(texts)

    def _coder(self, *, literal: bool) -> Coder:
        """Texts to ids; made when it is first needed."""
        if literal not in self._coders:
            self._coders[literal] = coder(self._tokenizer.plain if literal else self._tokenizer.content)
        return self._coders[literal]

    def _continued(self, code: Coder, places: Places, texts: Sequence[str]) -> Iterator[tuple[Places, Ids, Places]]:
        """The same of texts that go on after another: behind the guard, which is taken off."""
        guard, head = self._guard or ("", [])
        flat, lengths = code([guard + text for text in texts])
        starts = np.cumsum(lengths) - lengths
        whole = lengths >= len(head)
        for place, number in enumerate(head):
            whole[whole] = flat[starts[whole] + place] == number
        kept = np.repeat(whole, lengths)
        kept[spread(starts[whole], np.full(int(whole.sum()), len(head)))] = False
        yield places[whole], flat[kept], lengths[whole] - len(head)
        if not whole.all():  # the guard became one token with the text
            alone = [text for text, fits in zip(texts, whole.tolist(), strict=True) if not fits]
            yield places[~whole], *code(alone)

    def _ended(self, ids: Ids, trained: Mask, row: Places, lengths: Places) -> Encoded:
        """Each row with one end, and one beginning if the tokenizer writes one."""
        starts = np.cumsum(lengths) - lengths
        leading = _leading(ids, starts, lengths, self._twice)
        taken = leading if self._bos is not None else np.maximum(leading - 1, 0)
        last = ids[np.maximum(starts + lengths - 1, 0)] if len(ids) else np.zeros(len(lengths), dtype=np.int32)
        ended = (last == self._eos) & (lengths > taken)
        before = int(self._bos is not None)
        sizes = before + lengths - taken + ~ended
        begins = np.cumsum(sizes) - sizes
        out, mask = np.empty(int(sizes.sum()), dtype=np.int32), np.zeros(int(sizes.sum()), dtype=np.bool_)
        source = spread(starts + taken, lengths - taken)
        target = spread(begins + before, lengths - taken)
        out[target], mask[target] = ids[source], trained[source]
        if self._bos is not None:
            out[begins] = self._bos
        ends = begins + sizes - 1
        out[ends], mask[ends] = self._eos, True
        mask[begins] = False
        return Encoded(out, mask, row, sizes.astype(np.int64))


def _leading(ids: Ids, starts: Places, lengths: Places, bos: int | None) -> Places:
    """How often the beginning stands at the beginning of each row."""
    count = np.zeros(len(starts), dtype=np.int64)
    if bos is None or not len(ids):
        return count
    going = lengths > 0
    while going.any():
        at = np.flatnonzero(going)
        going[at] = ids[starts[at] + count[at]] == bos
        count[going] += 1
        going &= count < lengths
    return count


def _guard(tokenizer: ModelTokenizer) -> tuple[str, list[int]] | None:
    """A text that keeps the blank to itself which the tokenizer begins every text with, and its ids.

    SentencePiece vocabularies mark the start of a text as that of a word: a part that goes on after another would begin
    with a blank that is not in it. None for tokenizers that do not, and where no guard holds.
    """
    encode = tokenizer.content.encode

    def ids(text: str) -> list[int]:
        return list(encode(text, add_special_tokens=False).ids)

    for guard in _GUARDS:
        head = ids(guard)
        whole = [ids(guard + probe) for probe in _PROBES]
        if all(one[: len(head)] == head for one in whole):
            same = all(one[len(head) :] == ids(probe) for one, probe in zip(whole, _PROBES, strict=True))
            return None if same else (guard, head)
    return None
