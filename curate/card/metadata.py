"""The YAML block of the card, as the Hub reads it.

Keys and their values: https://github.com/huggingface/hub-docs/blob/main/datasetcard.md?plain=1
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from curate.license import LICENSES, alternatives, hub_id
from curate.manifest import Manifest
from curate.rows import Columns

LICENSE_FILE = "LICENSE.md"

_SIZES = ((3, "K"), (6, "M"), (9, "B"), (12, "T"))
_UNDETERMINED = "und"
_HUB_INPUT = re.compile(r"hf://(?:datasets/)?([\w.-]+/[\w.-]+)@")


def metadata(manifest: Manifest, columns: Columns) -> dict[str, Any]:
    """The block: `configs` names the files of each split, `dataset_info` makes loading check the row counts."""
    size = sum(info.bytes for name, info in manifest.files.items() if name.startswith("data/"))
    splits = [
        {"name": name, "num_bytes": split.bytes, "num_examples": split.rows}
        for name, split in sorted(manifest.splits.items())
    ]
    configs = [{"split": name, "path": f"data/{name}-*"} for name in sorted(manifest.splits)]
    spoken, bases = languages(manifest), source_datasets(manifest)
    return {
        "pretty_name": manifest.name,
        **({"language": spoken} if spoken else {}),
        **licence(manifest),
        "size_categories": [size_category(manifest.rows_out)],
        "task_categories": ["text-generation"],
        **({"source_datasets": bases} if bases else {}),
        "tags": ["curate", "instruction-tuning", *_origin_tags(manifest)],
        "configs": [{"config_name": "default", "data_files": configs}],
        "dataset_info": {
            "features": [_feature(name, dtype) for name, dtype in columns.items()],
            "splits": splits,
            "download_size": size,
            "dataset_size": sum(split.bytes for split in manifest.splits.values()),
        },
    }


def licence(manifest: Manifest) -> dict[str, Any]:
    """The licence as the Hub knows it; `other` with a name and the file that says more where it does not.

    A declared expression with AND becomes a list. None declared: each record keeps its own.
    """
    choices = alternatives(manifest.license) if manifest.license else ()
    if len(choices) == 1:
        ids = [hub_id(name) for name in sorted(choices[0])]
        known = [one for one in ids if one is not None]
        if len(known) == len(ids):
            return {"license": known[0] if len(known) == 1 else known}
    # The Hub takes a name of lower-case letters, digits, points and hyphens.
    slug = re.sub(r"[^a-z0-9.]+", "-", (manifest.license or "of-each-record").lower()).strip("-.")
    return {"license": "other", "license_name": slug[:60] or "see-license", "license_link": LICENSE_FILE}


def licence_address(manifest: Manifest) -> str | list[str]:
    """Where the text of the declared licence stands; the file beside the card where the Hub does not know it."""
    said = licence(manifest)
    if said["license"] == "other" or manifest.license is None:
        return LICENSE_FILE
    found = [LICENSES[name].source for name in sorted(alternatives(manifest.license)[0])]
    return found[0] if len(found) == 1 else found


def languages(manifest: Manifest) -> list[str]:
    """The languages that the build made sure of, by a filter or an expectation; none where nobody looked."""
    kept = [
        stage.settings["keep"]
        for stage in manifest.stages
        if stage.name == "filter.language" and stage.settings.get("keep") and _of_all(manifest, stage.rows_in)
    ]
    kept += [one.limit.split(", ") for one in manifest.expectations if one.what == "languages"]
    if not kept:
        return []
    common = set.intersection(*map(set, kept)) - {_UNDETERMINED}
    return sorted(common)


def _of_all(manifest: Manifest, rows_in: dict[str, int]) -> bool:
    """Whether a step saw each source of which records are left: a source's own steps do not speak for the others."""
    return all(name in rows_in for name, info in manifest.sources.items() if info.rows_out)


def source_datasets(manifest: Manifest) -> list[str]:
    """Data sets on the Hub that the records were read from."""
    found = [_HUB_INPUT.match(one.name) for one in manifest.inputs if one.source in manifest.sources]
    return sorted({one[1] for one in found if one})


def size_category(rows: int) -> str:
    """The Hub's size category: `n<1K`, `1K<n<10K` … `n>1T`."""
    if rows < 1000:
        return "n<1K"
    if rows >= 10**12:
        return "n>1T"
    low = len(str(rows)) - 1
    return f"{_short(low)}<n<{_short(low + 1)}"


def _short(power: int) -> str:
    """10 to a power as `10K`."""
    exponent, letter = next(one for one in reversed(_SIZES) if power >= one[0])
    return f"{10 ** (power - exponent)}{letter}"


def _origin_tags(manifest: Manifest) -> list[str]:
    """`synthetic` where models wrote any of the text."""
    return ["synthetic"] if any(term.origin in ("model", "mixed") for term in manifest.terms) else []


def _feature(name: str, dtype: pl.DataType) -> dict[str, Any]:
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        if isinstance(inner, pl.Struct):
            return {"name": name, "list": [_feature(field.name, field.dtype) for field in inner.fields]}  # type: ignore[arg-type]
        return {"name": name, "list": _kind(inner)}  # type: ignore[arg-type]
    return {"name": name, "dtype": _kind(dtype)}


def _kind(dtype: pl.DataType) -> str:
    return {"String": "string", "Float64": "float64", "Int64": "int64", "UInt32": "uint32"}[str(dtype)]
