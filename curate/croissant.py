"""croissant.json of a version: what it holds and how it came about, for machines (https://docs.mlcommons.org/croissant/).

Format 1.1 (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html) with the vocabulary for responsible AI
(https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html). Nothing in it depends on time or place, so it has
no date of publication, and its files are named relative to itself.
"""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl

from curate.card import contamination, languages, licence_address, limitations
from curate.manifest import Manifest
from curate.rows import Columns

NAME = "croissant.json"

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"String": "sc:Text", "Float64": "sc:Float", "Int64": "sc:Integer", "UInt32": "sc:Integer"}


def croissant(manifest: Manifest, columns: Columns) -> bytes:
    """The file's bytes.

    Args:
        manifest: with the files of `data/` and their digests.
        columns: of `data/`.
    """
    data = [name for info in manifest.splits.values() for name in info.files]
    content: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": manifest.name,
        "description": manifest.description or f"{manifest.rows_out:,} records, curated from {manifest.rows_in:,}.",
        "version": f"1.0.0+{manifest.version}",
        "license": licence_address(manifest),
        "keywords": ["curate", "instruction-tuning"],
        **({"inLanguage": found} if (found := languages(manifest)) else {}),
        "distribution": [_file(manifest, name) for name in data],
        "recordSet": [
            _records(name, split, columns, several=len(info.files) > 1)
            for split, info in sorted(manifest.splits.items())
            for name in info.files
        ],
        **_responsible(manifest),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _file(manifest: Manifest, name: str) -> dict[str, Any]:
    info = manifest.files[name]
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{info.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": info.sha256,
    }


def _records(file: str, split: str, columns: Columns, *, several: bool) -> dict[str, Any]:
    """The records of one file: a split that has one file is called by its name."""
    name = file.removeprefix("data/").removesuffix(".parquet") if several else split
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"records of the split {split}",
        "field": [_field(name, file, column, dtype) for column, dtype in columns.items()],
    }


def _field(records: str, file: str, column: str, dtype: pl.DataType) -> dict[str, Any]:
    """A column; of a list of messages each key is a field within it, found in each element."""
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    said = {"@type": "cr:Field", "@id": f"{records}/{column}", "name": column}
    array = {"isArray": True, "arrayShape": "-1"} if isinstance(dtype, pl.List) else {}
    source = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if not isinstance(inner, pl.Struct):
        return {**said, "dataType": _TYPES.get(str(inner), "sc:Text"), **array, "source": source}
    below = [
        {
            "@type": "cr:Field",
            "@id": f"{records}/{column}/{one.name}",
            "name": one.name,
            "dataType": _TYPES.get(str(one.dtype), "sc:Text"),
            "source": {**source, "transform": {"jsonPath": f"$.{one.name}"}},
        }
        for one in inner.fields
    ]
    return {**said, **array, "subField": below}


def _responsible(manifest: Manifest) -> dict[str, Any]:
    """The fields for responsible AI: only what the build knows."""
    sources = "; ".join(
        f"{name}: {info.title} ({info.url}), licence {info.license}, text by {info.origin}"
        for name, info in manifest.sources.items()
    )
    steps = [
        f"{stage.label}: {sum(stage.rows_in.values()):,} records in, "
        f"{sum(sum(why.values()) for why in stage.dropped.values()):,} dropped"
        for stage in manifest.stages
    ]
    masked = [stage.label for stage in manifest.stages if stage.name == "transform.mask_pii"]
    personal = (
        f"Addresses, numbers and keys that rules recognise were masked ({', '.join(masked)}); names of people were not"
        if masked
        else "Nothing was done to find or mask personal data"
    )
    return {
        "rai:dataCollection": f"Curated from existing data sets: {sources}",
        "rai:dataCollectionType": ["Secondary Data analysis"],
        "rai:dataCollectionMissingData": (
            f"{manifest.dropped:,} records were dropped and {manifest.quarantined:,} rows could not be read; "
            "ledger/drops.parquet names each with the reason"
        ),
        "rai:dataPreprocessingProtocol": steps,
        "rai:dataUseCases": ["Supervised fine-tuning of language models"],
        "rai:dataLimitations": [*limitations(manifest), contamination(manifest)],
        "rai:dataBiases": ["Biases of the sources are kept; none was measured"],
        "rai:personalSensitiveInformation": [personal],
        "rai:dataReleaseMaintenancePlan": "A version is never changed; another recipe or input makes another version",
    }
