"""The dataset card: README.md of a version, as the Hugging Face Hub and `datasets.load_dataset` read it."""

from __future__ import annotations

from typing import Any

import polars as pl

from curate.manifest import Manifest
from curate.rows import Columns
from curate.wording import harmless
from curate.yaml_text import dump

# https://github.com/huggingface/hub-docs/blob/main/datasets.md: size_categories
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def card(manifest: Manifest, columns: Columns, recipe_text: str) -> str:
    """The card's text: metadata, then what is in the dataset, where it came from and why records left."""
    sections = (
        _head(manifest),
        _contents(manifest),
        _sources(manifest),
        _funnel(manifest),
        _reproduce(manifest, recipe_text),
    )
    return (
        f"---\n{dump(metadata(manifest, columns))}---\n\n"
        + "\n\n".join(section for section in sections if section)
        + "\n"
    )


def metadata(manifest: Manifest, columns: Columns) -> dict[str, Any]:
    """The YAML block: `configs` names the files of each split, `dataset_info` makes loading check the row counts."""
    size = sum(info.bytes for name, info in manifest.files.items() if name.startswith("data/"))
    splits = [
        {"name": name, "num_bytes": split.bytes, "num_examples": split.rows}
        for name, split in sorted(manifest.splits.items())
    ]
    configs = [{"split": name, "path": f"data/{name}-*"} for name in sorted(manifest.splits)]
    licence = {"license": manifest.license} if manifest.license else {"license": "other", "license_name": "see-card"}
    return {
        "pretty_name": manifest.name,
        **licence,
        "size_categories": [size_category(manifest.rows_out)],
        "task_categories": ["text-generation"],
        "tags": ["curate", "instruction-tuning"],
        "configs": [{"config_name": "default", "data_files": configs}],
        "dataset_info": {
            "features": [_feature(name, dtype) for name, dtype in columns.items()],
            "splits": splits,
            "download_size": size,
            "dataset_size": sum(split.bytes for split in manifest.splits.values()),
        },
    }


def size_category(rows: int) -> str:
    """The Hub's size category."""
    return next((name for limit, name in _SIZES if rows < limit), "10M<n<100M" if rows < 100_000_000 else "n>100M")


def _feature(name: str, dtype: pl.DataType) -> dict[str, Any]:
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        if isinstance(inner, pl.Struct):
            return {"name": name, "list": [_feature(field.name, field.dtype) for field in inner.fields]}  # type: ignore[arg-type]
        return {"name": name, "list": _kind(inner)}  # type: ignore[arg-type]
    return {"name": name, "dtype": _kind(dtype)}


def _kind(dtype: pl.DataType) -> str:
    return {"String": "string", "Float64": "float64", "Int64": "int64", "UInt32": "uint32"}[str(dtype)]


def _head(manifest: Manifest) -> str:
    counts = f"{manifest.rows_out:,} records, curated from {manifest.rows_in:,}"
    text = f"# {manifest.name}\n\nVersion `{manifest.version}`: {counts}."
    return f"{text}\n\n{manifest.description}" if manifest.description else text


def _contents(manifest: Manifest) -> str:
    rows = [f"| {name} | {split.rows:,} |" for name, split in sorted(manifest.splits.items())]
    return "\n".join(["## Splits", "", "| split | records |", "|---|--:|", *rows])


def _sources(manifest: Manifest) -> str:
    lines = [
        f"| {cell(name)} | [{cell(info.title)}]({info.url}) | {cell(info.license)} | {cell(info.origin)} "
        f"| {info.rows_in:,} | {info.rows_out:,} |"
        for name, info in manifest.sources.items()
    ]
    head = [
        "## Sources",
        "",
        "| source | data | licence | text by | records in | records out |",
        "|---|---|---|---|--:|--:|",
    ]
    terms: dict[tuple[str, str], int] = {}
    for term in manifest.terms:
        terms[term.license, term.origin] = terms.get((term.license, term.origin), 0) + term.rows
    table = [f"| {cell(licence)} | {cell(origin)} | {rows:,} |" for (licence, origin), rows in sorted(terms.items())]
    note = (
        "The licence of a record is in its column `license`, who wrote it in `origin`. "
        "This is bookkeeping, not legal advice."
    )
    return "\n".join(
        [*head, *lines, "", "| licence of the records | text by | records |", "|---|---|--:|", *table, "", note]
    )


def _funnel(manifest: Manifest) -> str:
    lines = []
    for stage in manifest.stages:
        why: dict[str, int] = {}
        for rules in stage.dropped.values():
            for reason, rows in rules.items():
                why[reason] = why.get(reason, 0) + rows
        gone = "; ".join(
            f"{cell(reason)} ({rows:,})"
            for reason, rows in sorted(why.items(), key=lambda item: (-item[1], item[0]))[:5]
        )
        lines.append(f"| `{stage.label}` | {sum(stage.rows_in.values()):,} | {sum(why.values()):,} | {gone} |")
    head = ["## Why records left", "", "| step | records in | dropped | why |", "|---|--:|--:|---|"]
    tail = (
        f"{manifest.quarantined:,} rows could not be read and were quarantined. "
        "Each dropped record is in `ledger/drops.parquet`, with the evidence."
    )
    if "ledger/notes.parquet" in manifest.files:
        tail += " What steps noted of records that stayed is in `ledger/notes.parquet`."
    return "\n".join([*head, *lines, "", tail])


def _reproduce(manifest: Manifest, recipe_text: str) -> str:
    fence = "```"
    while fence in recipe_text:
        fence += "`"
    packages = ", ".join(f"{name} {number}" for name, number in manifest.tool.items())
    text = f"Built with {packages}. `recipe.lock.yaml` names every input by digest; `curate verify` checks this folder."
    return f"## How to build it again\n\n{text}\n\n{fence}yaml\n{recipe_text.rstrip()}\n{fence}"


def cell(text: str) -> str:
    """Text that cannot leave its table cell, become markup, or drive the terminal that the card is read on."""
    escaped = harmless(" ".join(text.split()), kept="").replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    for sign in "|`[]*~":
        escaped = escaped.replace(sign, f"\\{sign}")
    return escaped
