"""The length of the longest common subsequence of two rows of numbers, 64 numbers at a time.

The recurrence is Hyyrö's (H. Hyyrö, Bit-parallel LCS-length computation revisited, AWOCA 2004,
https://www.researchgate.net/publication/262105834): a bit a number of the one row, zero where the length grows, one
addition a number of the other row. Rows of more than 64 numbers are taken in blocks of 64; what the addition carries
out of a block is kept for the next one. So the memory is that of the rows, and the time their product over 64.
"""

from __future__ import annotations

import numpy as np

from curate.jit import kernel
from curate.metric.rouge.token import Numbers, Places

_ZERO, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
_BITS = 64


@kernel
def lengths(numbers: Numbers, begins: Places, ones: Places, others: Places, most: int) -> Places:
    """The length of the longest common subsequence of each pair of texts.

    Args:
        numbers: the tokens of all texts, one after the other, each in [0, most).
        begins: where each text begins in them, and the end.
        ones: which text is the one of each pair.
        others: which text is the other.
        most: how many different numbers there may be.

    Returns:
        A length a pair.
    """
    found = np.zeros(len(ones), np.int64)
    masks = np.zeros(most, np.uint64)  # of each number, its places in the block; all zero between blocks
    if not len(ones):
        return found
    carried = np.zeros(np.diff(begins).max(), np.uint8)
    for pair in range(len(ones)):
        first, last = begins[ones[pair]], begins[ones[pair] + 1]
        start, end = begins[others[pair]], begins[others[pair] + 1]
        if end - start < last - first:  # the shorter one is cut into blocks
            first, last, start, end = start, end, first, last
        for block in range(first, last, _BITS):
            size = min(_BITS, last - block)
            for bit in range(size):
                masks[numbers[block + bit]] |= _ONE << np.uint64(bit)
            row = _ALL
            if block == first and last - first <= _BITS:  # one block: nothing to carry
                for place in range(start, end):
                    hit = row & masks[numbers[place]]
                    row = (row + hit) | (row ^ hit)
            else:
                for place in range(start, end):
                    hit = row & masks[numbers[place]]
                    half = row + hit
                    whole = half + np.uint64(carried[place - start] if block > first else 0)
                    carried[place - start] = np.uint8(half < row) | np.uint8(whole < half)
                    row = whole | (row ^ hit)
            for bit in range(size):
                found[pair] += np.int64(~row >> np.uint64(bit) & _ONE)
                masks[numbers[block + bit]] = _ZERO
    return found
