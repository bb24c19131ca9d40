"""What a file's name tells of its rows, in data sets that say it nowhere else."""

from __future__ import annotations

import polars as pl

# Names of files that say which split they hold, not what is in them: test.jsonl, test-00000-of-00001.parquet.
_SPLIT = r"^(?:train|dev|val|valid|validation|test)(?:-\d+-of-\d+)?$"


def task() -> pl.Expr:
    """The name of a row's file without suffixes, or of its folder where the file is called after a split."""
    path = pl.col("file").str.replace_all("\\", "/", literal=True)
    stem = path.str.extract(r"([^/]+?)(?:\.[A-Za-z]+)*$")
    folder = path.str.extract(r"([^/]+)/[^/]*$")
    return pl.when(stem.str.contains(_SPLIT)).then(folder).otherwise(stem)
