"""The dataset card: README.md of a version, as the Hugging Face Hub and `datasets.load_dataset` read it.

All of it comes from the manifest and the recipe. Texts of sources, reasons and descriptions are strangers' words:
`markdown` keeps them in their cells.
"""

from __future__ import annotations

from curate.card.markdown import cell
from curate.card.metadata import LICENSE_FILE, languages, licence, licence_address, metadata, size_category
from curate.card.rights import DISCLAIMER, licences_of, license_file, rights
from curate.card.story import contamination, funnel, limitations, limits, reproduce, sources
from curate.manifest import Manifest
from curate.rows import Columns
from curate.yaml_text import dump

__all__ = [
    "DISCLAIMER",
    "LICENSE_FILE",
    "card",
    "cell",
    "contamination",
    "languages",
    "licence",
    "licence_address",
    "licences_of",
    "license_file",
    "limitations",
    "metadata",
    "size_category",
]

# Pictures that plug-ins draw of a version, with what they show.
_PICTURES = {"assets/flow.svg": "Where records came from and where they left", "assets/mix.svg": "The mix by source"}


def card(manifest: Manifest, columns: Columns, recipe_text: str) -> str:
    """The card's text: metadata, then what is in the dataset, where it came from and why records left.

    Args:
        manifest: of the version; pictures among its attachments are shown.
        columns: of `data/`.
        recipe_text: the recipe, whole.
    """
    sections = (
        _head(manifest),
        _contents(manifest),
        sources(manifest),
        _picture(manifest, "assets/mix.svg"),
        funnel(manifest),
        _picture(manifest, "assets/flow.svg"),
        rights(manifest),
        limits(manifest),
        reproduce(manifest, recipe_text),
    )
    body = "\n\n".join(section for section in sections if section)
    return f"---\n{dump(metadata(manifest, columns))}---\n\n{body}\n"


def _head(manifest: Manifest) -> str:
    counts = f"{manifest.rows_out:,} records, curated from {manifest.rows_in:,}"
    text = f"# {manifest.name}\n\nVersion `{manifest.version}`: {counts}."
    return f"{text}\n\n{manifest.description}" if manifest.description else text


def _contents(manifest: Manifest) -> str:
    rows = [f"| {name} | {split.rows:,} |" for name, split in sorted(manifest.splits.items())]
    columns = ", ".join(f"`{name}`" for name in manifest.columns)
    return "\n".join(["## Splits", "", "| split | records |", "|---|--:|", *rows, "", f"Columns: {columns}."])


def _picture(manifest: Manifest, name: str) -> str:
    return f"![{_PICTURES[name]}]({name})" if name in manifest.attachments else ""
