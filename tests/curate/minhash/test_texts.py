"""Texts where they lie in Arrow buffers."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from curate.minhash import Texts, concat

WORDS = ["", "short", None, "twelve bytes", "more than twelve bytes", "größer als zwölf Zeichen", "x"]
EXPECTED = [word or "" for word in WORDS]


def read(texts: Texts) -> list[str]:
    return [
        ctypes.string_at(int(address), int(length)).decode()
        for address, length in zip(texts.addresses, texts.lengths, strict=True)
    ]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_texts_lie_where_arrow_has_them(kind: pa.DataType) -> None:
    array = pa.array(WORDS, kind)
    assert read(Texts.from_arrow([array])) == EXPECTED


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_slices_and_chunks(kind: pa.DataType) -> None:
    array = pa.array(WORDS, kind)
    chunked = pa.chunked_array([array[2:5], array[5:5], array[5:]])
    assert read(Texts.from_arrow([array[:2], chunked])) == EXPECTED


def test_polars_without_a_copy() -> None:
    series = pl.Series(WORDS * 3)
    array = series.to_arrow(compat_level=pl.CompatLevel.newest())
    assert read(Texts.from_arrow([array])) == EXPECTED * 3


def test_memory_mapped_files(tmp_path: Path) -> None:
    path = tmp_path / "words.arrow"
    pl.DataFrame({"text": WORDS}).write_ipc(path, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    with pa.memory_map(str(path)) as source:
        texts = Texts.from_arrow([pa.ipc.open_file(source).read_all()["text"]])
        assert read(concat([texts, texts])) == EXPECTED * 2


def test_no_arrays() -> None:
    assert len(Texts.from_arrow([])) == 0
    assert len(concat([])) == 0


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="int64"):
        Texts.from_arrow([pa.array([1])])


def test_take() -> None:
    texts = Texts.from_arrow([pa.array(["a", "b", "c"])])
    assert read(texts.take(texts.lengths.argsort()[::-1][:2])) in (["c", "b"], ["b", "a"], ["a", "b"])


def test_what_a_kernel_would_misread_is_packed_or_refused() -> None:
    array = pa.array(["one", "two", "three"])
    whole = Texts.from_arrow([array])
    sparse = Texts(whole.addresses[::2], whole.lengths.astype(np.int32)[::2], (array,))
    assert read(sparse) == ["one", "three"]
    assert sparse.lengths.dtype == np.int64
    with pytest.raises(TypeError, match="float64"):
        Texts(whole.addresses.astype(float), whole.lengths)
    with pytest.raises(ValueError, match="3 addresses and 2 lengths"):
        Texts(whole.addresses, whole.lengths[:2])
