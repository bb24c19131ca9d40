"""Arrow data of strangers as polars frames: checked before anything trusts it."""

from __future__ import annotations

import polars as pl
import pyarrow as pa


def frame_of(part: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    """Arrow data as a polars frame that shares its memory; a frame without columns has no height to keep.

    Arrow believes the offsets and lengths that a file gives it, and polars that text is UTF-8: a file that lies about
    either makes a process read memory that is not its own (https://arrow.apache.org/docs/format/Security.html). So all
    of it is looked at first, at some gigabytes a second.

    Args:
        part: what Arrow read.

    Raises:
        pa.ArrowInvalid: it is not what it says.
    """
    part.validate(full=True)
    return pl.DataFrame(pl.from_arrow(part))
