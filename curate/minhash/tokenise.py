"""From the bytes of a text to the 64-bit hashes of its tokens and shingles, in scratch memory that stays in the cache.

A text is copied in normal form into scratch: 64 bytes at a time where it is ASCII, by code point where it is not. Then
one 64-bit mask a block says where words end, its edges are written down, and each word is hashed from at least two
8-byte loads. The plain Python of `curate.minhash.shingling` says the same slowly.
"""

from __future__ import annotations

import numpy as np

from curate.jit import helper
from curate.minhash.machine import (
    fold64,
    high64,
    integer8,
    integer32,
    integer64,
    load8,
    load64,
    lowest64,
    ones64,
    pointer,
    signed,
    store8,
    store32,
    store64,
)
from curate.minhash.shingling import BLANK, LENGTH, MIX, SEED, SINGLE, STEP, TABLE, Shingling, tables

_LENGTH, _MIX, _STEP, _SEED = np.uint64(LENGTH), np.uint64(MIX), np.uint64(STEP), np.uint64(SEED)
_ZERO, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
_TOP, _HALF, _BITS = np.uint64(63), np.uint64(32), np.uint64(64)
_SPACE = np.uint8(32)
_LAST_READ = 4096 - 64  # 64 bytes that start at most here in a page of memory end in it
_TEXT, _EDGES, _HASHES, _SHINGLES, _SPARE, _KINDS, _BECOMES, _CASE, _DIGITS, _SIGNS, _NGRAM = range(11)


class Scratch:
    """Memory of one thread for texts of up to `longest` bytes, and what the kernels know of the normal form.

    Args:
        shingling: how texts are cut.
        longest: bytes of the longest text.

    Attributes:
        address: of eleven 64-bit words; the kernels take it as an integer.
    """

    def __init__(self, shingling: Shingling, longest: int) -> None:
        if longest >= 1 << 30:
            raise ValueError(f"a text is {longest:,} bytes long: less than 1 GiB is allowed")
        room = 2 * longest + 192  # a character of 3 bytes may become 5, with the blanks around it
        kinds, becomes = tables(shingling)
        arrays = (
            np.empty(room, np.uint8),
            np.empty(room + 64, np.uint32),  # at most one edge a byte
            np.empty(room // 2 + 64, np.uint64),
            np.empty(room // 2 + 64, np.uint64),
            np.empty(64, np.uint8),
            kinds,
            becomes,
        )
        flags = shingling.flags
        switches = [0x20 * (flags & 1), 0xFF * (flags >> 1 & 1), 0xFF * (flags >> 2 & 1), shingling.ngram]
        setting = np.array([*(pointer(array) for array in arrays), *switches], dtype=np.int64)
        self._held = (arrays, setting)
        self.address = pointer(setting)


@helper
def _word(setting: int, which: int) -> int:
    return integer64(setting, which)


@helper
def hashes_at(setting: int) -> int:
    """Where `tokenise` puts the hashes of tokens."""
    return _word(setting, _HASHES)


@helper
def shingles_at(setting: int) -> int:
    """Where `shingle` puts the hashes of shingles."""
    return _word(setting, _SHINGLES)


@helper
def readable(source: int, left: int, spare: int) -> int:
    """An address with the `left` bytes at `source` from which 64 can be read: memory may end with their page."""
    if (source & 4095) <= _LAST_READ:
        return source
    for at in range(left):
        store8(spare, at, load8(source, at))
    return spare


@helper
def _is_ascii(source: int, length: int, spare: int) -> bool:
    found = _ZERO
    at = 0
    while at + 64 <= length:
        found |= high64(source + at)
        at += 64
    if at < length:
        left = length - at
        found |= high64(readable(source + at, left, spare)) << np.uint64(64 - left)
    return bool(found == _ZERO)


@helper
def _encode(text: int, end: int, code: int) -> int:
    """Write a code point as UTF-8 and say where it ends."""
    if code < 0x80:
        store8(text, end, np.uint8(code))
        return end + 1
    if code < 0x800:
        store8(text, end, np.uint8(0xC0 | code >> 6))
        store8(text, end + 1, np.uint8(0x80 | code & 0x3F))
        return end + 2
    if code < 0x10000:
        store8(text, end, np.uint8(0xE0 | code >> 12))
        store8(text, end + 1, np.uint8(0x80 | code >> 6 & 0x3F))
        store8(text, end + 2, np.uint8(0x80 | code & 0x3F))
        return end + 3
    store8(text, end, np.uint8(0xF0 | code >> 18))
    store8(text, end + 1, np.uint8(0x80 | code >> 12 & 0x3F))
    store8(text, end + 2, np.uint8(0x80 | code >> 6 & 0x3F))
    store8(text, end + 3, np.uint8(0x80 | code & 0x3F))
    return end + 4


@helper
def _transcode(source: int, length: int, text: int, kinds: int, becomes: int) -> int:
    """Copy UTF-8 with all beyond ASCII in normal form, blanks around SINGLE characters; the number of bytes written.

    A broken sequence is copied as it is, byte by byte.
    """
    at = end = 0
    while at < length:
        byte = integer8(source, at)
        extra = 0 if byte < 0xC0 else 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3 if byte < 0xF8 else 0
        if extra == 0 or at + extra >= length:
            store8(text, end, np.uint8(byte))
            at += 1
            end += 1
            continue
        code = byte & (0x3F >> extra)
        for more in range(1, extra + 1):
            code = code << 6 | integer8(source, at + more) & 0x3F
        at += extra + 1
        which = signed(SINGLE) if code < 0x40000 else signed(0)
        if code < TABLE:
            which = integer8(kinds, code)
            code = integer32(becomes, code)
        if which == BLANK:
            store8(text, end, _SPACE)
            end += 1
        elif which == SINGLE:
            store8(text, end, _SPACE)
            end = _encode(text, end + 1, code)
            store8(text, end, _SPACE)
            end += 1
        else:
            end = _encode(text, end, code)
    return end


@helper
def _flatten(bits: np.uint64, at: int, edges: int, count: int) -> int:
    """Write down the places of the set bits, eight at a time without a branch; the new number of edges."""
    ends: int = count + ones64(bits)
    while count < ends:
        for step in range(8):
            store32(edges, count + step, np.uint32(at + lowest64(bits)))
            bits &= bits - _ONE
        count += 8
    return ends


@helper
def _mark(source: int, length: int, setting: int) -> int:
    """Copy bytes into scratch with ASCII in normal form and write down each token's start and end; their number."""
    text, edges, spare = _word(setting, _TEXT), _word(setting, _EDGES), _word(setting, _SPARE)
    case, digits = np.uint8(load64(setting, _CASE)), np.uint8(load64(setting, _DIGITS))
    signs = np.uint8(load64(setting, _SIGNS))
    count = at = 0
    before = _ZERO
    while at + 64 <= length:
        word = ~fold64(source + at, text + at, case, digits, signs)
        count = _flatten(word ^ (word << _ONE | before), at, edges, count)
        before = word >> _TOP
        at += 64
    left = length - at
    word = _ZERO
    if left > 0:
        word = ~fold64(readable(source + at, left, spare), text + at, case, digits, signs)
        word &= _ALL >> np.uint64(64 - left)
    count = _flatten(word ^ (word << _ONE | before), at, edges, count)
    return count >> 1


@helper
def _hash_tokens(text: int, edges: int, count: int, hashes: int) -> None:
    """Hash each token: `shingling.token_hash`."""
    for token in range(count):
        start = integer32(edges, 2 * token)
        length = integer32(edges, 2 * token + 1) - start
        place = text + start
        low, high = load64(place, 0), load64(place, 1)
        if length <= 8:
            low &= _ALL >> np.uint64(64 - 8 * length)
            high = _ZERO
        elif length < 16:
            high &= _ALL >> np.uint64(128 - 8 * length)
        state = (np.uint64(length) * _LENGTH ^ low) * _MIX
        state ^= state >> _HALF
        state = (state ^ high) * _MIX
        state ^= state >> _HALF
        at = 16
        while at < length:
            more = load64(place + at, 0)
            if length - at < 8:
                more &= _ALL >> np.uint64(64 - 8 * (length - at))
            state = (state ^ more) * _MIX
            state ^= state >> _HALF
            at += 8
        store64(hashes, token, state)


@helper
def mark(source: int, length: int, setting: int) -> int:
    """Bring a text into normal form in scratch and find its tokens; their number."""
    if length == 0:
        return 0
    if not _is_ascii(source, length, _word(setting, _SPARE)):
        text = _word(setting, _TEXT)
        length = _transcode(source, length, text, _word(setting, _KINDS), _word(setting, _BECOMES))
        source = text
    return _mark(source, length, setting)


@helper
def tokenise(source: int, length: int, setting: int) -> int:
    """Hash the tokens of a text; their number."""
    count = mark(source, length, setting)
    _hash_tokens(_word(setting, _TEXT), _word(setting, _EDGES), count, _word(setting, _HASHES))
    return count


@helper
def shingle(count: int, setting: int) -> int:
    """Hash the shingles of the text whose tokens were hashed last (`shingling.shingle_hash64`); their number."""
    if count == 0:
        return 0
    tokens, out = _word(setting, _HASHES), _word(setting, _SHINGLES)
    width = min(_word(setting, _NGRAM), count)
    number = count - width + 1
    if width == 5:
        first = _SEED * _STEP * _STEP * _STEP * _STEP * _STEP
        for at in range(number):
            state = (first + load64(tokens, at) * (_STEP * _STEP * _STEP * _STEP)) + load64(tokens, at + 1) * (
                _STEP * _STEP * _STEP
            )
            state += load64(tokens, at + 2) * (_STEP * _STEP) + load64(tokens, at + 3) * _STEP
            store64(out, at, state + load64(tokens, at + 4))
        return number
    for at in range(number):
        state = _SEED
        for more in range(width):
            state = state * _STEP + load64(tokens, at + more)
        store64(out, at, state)
    return number


@helper
def _same_marked(one: int, other: int, count: int) -> bool:
    """Whether the first `count` tokens in two scratches are equal, byte by byte."""
    edges, more_edges = _word(one, _EDGES), _word(other, _EDGES)
    for token in range(count):
        start, start_other = integer32(edges, 2 * token), integer32(more_edges, 2 * token)
        length = integer32(edges, 2 * token + 1) - start
        if length != integer32(more_edges, 2 * token + 1) - start_other:
            return False
        if not same_bytes(_word(one, _TEXT) + start, _word(other, _TEXT) + start_other, length):
            return False
    return True


@helper
def same_bytes(one: int, other: int, length: int) -> bool:
    """Whether two runs of bytes are equal."""
    at = 0
    while at + 8 <= length:
        if load64(one + at, 0) != load64(other + at, 0):
            return False
        at += 8
    while at < length:
        if load8(one, at) != load8(other, at):
            return False
        at += 1
    return True


@helper
def same_tokens(one: int, length: int, other: int, length_other: int, setting: int, more: int) -> bool:
    """Whether two texts have the same tokens; most that do are equal byte by byte."""
    if length == length_other and same_bytes(one, other, length):
        return True
    count = mark(one, length, setting)
    return count == mark(other, length_other, more) and _same_marked(setting, more, count)
