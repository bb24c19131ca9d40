"""Hostile files: each with the good rows that are in it, and what must be said of the rest."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

MIB = 1 << 20
GOOD = b'{"instruction": "good", "output": "fine"}'


@dataclass(frozen=True)
class Hostile:
    """A file.

    Args:
        name: of the file; bytes, as names need not be text.
        data: its bytes.
        good: how many rows of it are taken.
        faults: row (None: the whole file) and a part of the reason, of everything else.
    """

    name: bytes
    data: bytes
    good: int = 0
    faults: tuple[tuple[int | None, str], ...] = ()


def broken(name: str, data: bytes, reason: str) -> Hostile:
    """A file of which no row can be taken."""
    return Hostile(name.encode(), data, 0, ((None, reason),))


def lines(name: str, *rows: tuple[bytes, str | None]) -> Hostile:
    """JSON lines, each with what is wrong with it."""
    faults = tuple((at, reason) for at, (_, reason) in enumerate(rows) if reason)
    return Hostile(name.encode(), b"\n".join(row for row, _ in rows) + b"\n", len(rows) - len(faults), faults)


def row(instruction: bytes, output: bytes = b'"x"', more: bytes = b"") -> bytes:
    """A row of Alpaca's shape from the JSON text of its values."""
    return b'{"instruction": %s, "output": %s%s}' % (instruction, output, more)


def texts() -> Iterator[Hostile]:
    """What stands in rows."""
    deep = b"[" * 10_000 + b"]" * 10_000
    yield lines(
        "nul.jsonl",
        (row(rb'"a\u0000b"'), None),
        (row(b'"raw \x00 nul"'), "raw control character"),
        (b"\x00\x00", "not valid JSON"),
    )
    yield lines(
        "surrogate.jsonl",
        (GOOD, None),
        (row(rb'"half \ud800"'), "half of a surrogate pair"),
        (row(rb'"\udc00\ud800"'), "half of a surrogate pair"),
        (rb'{"\ud800": 1, "instruction": "i", "output": "o"}', "half of a surrogate pair"),
    )
    yield Hostile(b"surrogate.json", b"[%s, %s]" % (GOOD, row(rb'"\ud800"')), 1, ((1, "half of a surrogate pair"),))
    yield lines(
        "utf8.jsonl",
        (GOOD, None),
        (row(b'"\xff\xfe"'), "not valid UTF-8"),
        (row(b'"overlong \xc0\xaf"'), "not valid UTF-8"),
        (row(b'"surrogate \xed\xa0\x80"'), "not valid UTF-8"),
    )
    yield broken("utf8.json", b'[\n{"instruction": "\xff"}]', "line 2: not valid UTF-8 (byte 19 of the file)")
    yield lines("deep.jsonl", (GOOD, None), (row(b'"i"', b'"o"', b', "x": ' + deep), "nested too deeply"))
    yield broken("deep.json", deep, "nested too deeply")
    yield broken("deep_surrogate.json", rb'["\ud800", ' + b"[" * 200_000 + b"]" * 200_000 + b"]", "nested too deeply")
    yield lines(
        "numbers.jsonl",
        (GOOD, None),
        (row(b"1e400"), "a number is too large for 64 bits"),
        (row(b"9" * 4000), "a number is too large for 64 bits"),
        (row(b"18446744073709551615"), "`instruction` is a number"),
        (row(b"-1e-9999"), "`instruction` is a number (-0.0), expected text"),
        (row(b"NaN"), "NaN is not a JSON number"),
    )
    yield Hostile(
        b"numbers_surrogate.json",
        b"[%s, %s]" % (row(rb'"\ud800"', b"9" * 5000), GOOD),
        1,
        ((0, "half of a surrogate pair"),),
    )
    yield lines(
        "twice.jsonl",
        (GOOD, None),
        (rb'{"instruction": "first", "instruction": "second", "output": "x"}', "a key stands twice in one object: 'in"),
        (rb'{"instruction" : "i", "output": "o", "\u006futput" : "p"}', "a key stands twice in one object: 'output'"),
        (row(b'"i"', b'"o"', b', "meta": {"a": {"b": 1, "b": 2}}'), "a key stands twice in one object: 'b'"),
        (row(rb'"says \": yes"', rb'": starts and ends \\"'), None),
    )
    yield Hostile(
        b"twice.json", b"[%s, %s]" % (GOOD, row(b'"i"', b'"o", "output": "p"')), 1, ((1, "a key stands twice"),)
    )
    yield broken("twice_rows.json", b'{"rows": [%s], "rows": [%s]}' % (GOOD, GOOD), "a key stands twice")
    yield lines("long.jsonl", (GOOD, None), (row(b'"' + b"a" * (17 * MIB) + b'"'), "longer than 16 MiB"), (GOOD, None))
    yield broken("many.json", b"[" + b"{}," * (24 * MIB) + b"{}]", "would take 6 GiB of memory")


def tables() -> Iterator[Hostile]:
    """CSV."""
    yield Hostile(
        b"ragged.csv",
        b'instruction,output\ngood,fine\na,b,c\na\n,,,\n"good\nagain",fine\n',
        2,
        ((1, "line 3: 3 cells, expected 2"), (2, "line 4: 1 cells"), (3, "line 5: 4 cells")),
    )
    yield broken(
        "open.csv", b'instruction,output\ngood,fine\n"open,fine\nmore,rows\n', "line 3: a quote is opened here"
    )
    yield broken("open_long.csv", b'instruction,output\n"' + b"a,\n" * (6 * MIB), "line 2: a row longer than 16 MiB")
    yield broken("one_line.csv", b"a" * (40 * MIB), "line 1: a row longer than 16 MiB")
    yield broken("wide.csv", b",".join(b"c%d" % at for at in range(20_000)), "20,000 columns, more than 10,000")
    yield broken("binary.csv", b"\x7fELF\x02\x01\xff\xfe\x00,output\n", "the header is not valid UTF-8")
    yield Hostile(b"nul.csv", b"instruction,output\ngood,fi\x00ne\n", 1)
    yield Hostile(b"ends.csv", b"\xef\xbb\xbfinstruction,output\r\ngood,fine\nmore,fine\rlast,fine", 3)
    yield Hostile(
        b"ends.jsonl",
        b"\xef\xbb\xbf" + GOOD + b"\r\n" + GOOD + b"\n\n\r\n" + GOOD + b"\r" + GOOD,
        2,
        ((4, "more text"),),
    )


def disguised() -> Iterator[Hostile]:
    """Files that are not what they are called."""
    for name in ("empty.json", "empty.csv", "empty.parquet", "empty.arrow", "empty.json.gz"):
        yield broken(name, b"", "the file is empty")
    yield broken("bom.json", b"\xef\xbb\xbf", "the file is empty")
    yield Hostile(b"empty.jsonl", b"")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.json", GOOD * 20)
    yield broken("zip.json", zipped.getvalue(), "not valid")
    yield broken("zip.parquet", zipped.getvalue(), "not readable as Parquet")
    yield broken("elf.json", b"\x7fELF\x02\x01\x01" + bytes(64), "not valid JSON")
    yield broken("pickle.json", pickle.dumps({"a": 1}), "not valid UTF-8")
    yield broken("utf16.json", "[1]".encode("utf-16"), "the file is UTF-16")
    yield broken("nothing", b"\x00", "cannot tell the format")
    yield Hostile(b"new\nline\x1b[31m.jsonl", GOOD + b"\n{bad\n", 1, ((1, "a key must be text"),))
    yield Hostile("bi\u202edi.jsonl".encode(), GOOD + b"\n{bad\n", 1, ((1, "a key must be text"),))
    yield Hostile(b"no utf-8 \xff\xfe.jsonl", GOOD + b"\n{bad\n", 1, ((1, "a key must be text"),))


def packed() -> Iterator[Hostile]:
    """Compressed files: damaged ones, and bombs of one or two megabytes that hold 10 to 25 gigabytes."""
    yield broken("cut.jsonl.gz", gzip.compress(GOOD * 1000)[:-20], "data is damaged")
    yield broken("cut.jsonl.zst", zstandard.compress(GOOD * 1000)[:-5], "data is damaged")
    yield broken("junk.jsonl.gz", gzip.compress(GOOD) + b"and more", "data is damaged")
    yield Hostile(b"two.jsonl.gz", gzip.compress(GOOD + b"\n") + gzip.compress(GOOD + b"\n"), 2)
    long = row(b'"' + b"a" * 65_000 + b'"') + b"\n"
    blank, piece = gzip.compress(b" " * (64 * MIB), 6), gzip.compress(long * 1000, 6)
    yield broken("bomb.json.gz", blank * 160, "too much to read as one piece")
    yield broken("bomb.txt.jsonl.gz", piece * 8, "looks like a decompression bomb")
    blank = zstandard.compress(b" " * (256 * MIB), 1)
    yield broken("bomb.json.zst", blank * 100, "looks like a decompression bomb")
    yield broken("bomb.jsonl.zst", blank * 100, "looks like a decompression bomb")
    yield broken("bomb.csv.zst", blank * 100, "longer than 16 MiB")
    yield broken("bomb.parquet.zst", blank * 100, "looks like a decompression bomb")


def columnar() -> Iterator[Hostile]:
    """Parquet and Arrow: other types than the source declares, damage, and lies about offsets."""
    answers = pa.array(["a", "b"])
    for name, column, reason in (
        ("number", pa.array([1, 2]), "column `instruction` is Int64, expected text"),
        ("bytes", pa.array([b"\xff", b"x"]), "column `instruction` is Binary, expected text"),
        ("list", pa.array([["a"], ["b"]]), "column `instruction` is List(String), expected text"),
        ("struct", pa.array([{"a": 1}, {"a": 2}]), "column `instruction` is Struct"),
        ("decimal", pa.array([1, 2]).cast(pa.decimal128(38, 5)), "column `instruction` is Decimal"),
        ("not_utf8", lying(b"\xff\xfeab", 0, 2, 4), "not readable as Parquet: In column 0: Invalid: Invalid UTF8"),
    ):
        yield broken(f"{name}.parquet", parquet({"instruction": column, "output": answers}), reason)
    twice = pa.Table.from_arrays([answers, answers, answers], names=["instruction", "instruction", "output"])
    yield broken("twice.parquet", parquet(twice), "more than one column is called 'instruction'")
    yield broken("magic.parquet", b"PAR1" + b"\xff" * 1000 + b"PAR1", "not readable as Parquet")
    yield broken("footer.parquet", b"PAR1" + struct.pack("<I", 0x7FFFFFFF) + b"PAR1", "not readable as Parquet")
    yield broken("offsets.arrow", arrow(lying(b"abcd", 0, 2_000_000_000, 4)), "not readable as Arrow: In column 0")
    yield broken("not_utf8.arrow", arrow(lying(b"\xff\xfeab", 0, 2, 4)), "Invalid UTF8")
    yield broken("magic.arrow", b"ARROW1\0\0" + b"\xff" * 1000 + b"ARROW1", "not readable as Arrow")
    yield broken("stream.arrow", b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(100), "not readable as Arrow")


def lying(data: bytes, *offsets: int) -> pa.Array:
    """An array of texts as a file may hold it: its offsets and its UTF-8 are whatever somebody wrote."""
    places = pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets))
    return pa.StringArray.from_buffers(len(offsets) - 1, places, pa.py_buffer(data))


def parquet(table: pa.Table | dict[str, pa.Array]) -> bytes:
    """A table as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), out)
    return out.getvalue()


def arrow(column: pa.Array) -> bytes:
    """An Arrow file with this column of instructions."""
    batch = pa.RecordBatch.from_arrays([column, pa.array(["a", "b"])], names=["instruction", "output"])
    out = io.BytesIO()
    with pa.ipc.new_file(out, batch.schema) as writer:
        writer.write_batch(batch)
    return out.getvalue()


def all_of_it() -> list[Hostile]:
    """Every hostile file."""
    return [*texts(), *tables(), *disguised(), *packed(), *columnar()]
