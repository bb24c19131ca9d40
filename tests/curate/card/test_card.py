"""The card: read by the Hub and by `datasets`, and not to be broken by any text."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from curate.card import card, cell, contamination, licence, metadata, size_category
from curate.example import MESSAGE
from curate.manifest import FileInfo, Manifest, SourceInfo, SplitInfo, StageInfo, TermsInfo
from curate.rows import ABOUT, Columns
from curate.stages.format import TURN

HOSTILE = [
    "---",
    "\n---\nlicense: mit\n---\n",
    "a | b",
    "a \\| b",
    "`code` ``` ~~~",
    "[link](http://x) <script>alert(1)</script> &amp;",
    "**bold** # head",
    "line\nbreak\r\nand\u2028more",
    "</td></table>",
    "\x00\x07\x1b[31m",
]
COLUMNS: Columns = {"prompt": pl.String(), "completion": pl.String(), **ABOUT, "score_x": pl.Float64()}


def manifest(text: str = "x", **changes: Any) -> Manifest:
    """A manifest that has a text everywhere where a recipe or the data can put one."""
    content: dict[str, Any] = {
        "name": "small",
        "version": "0" * 16,
        "description": "",
        "license": text,
        "fingerprint": "0" * 32,
        "columns": {name: str(dtype) for name, dtype in COLUMNS.items()},
        "rows_in": 12,
        "rows_out": 10,
        "dropped": 1,
        "quarantined": 1,
        "repeated": 0,
        "splits": {
            "test": SplitInfo(rows=3, bytes=30, files=["data/test-00000-of-00001.parquet"]),
            "train": SplitInfo(rows=7, bytes=70, files=["data/train-00000-of-00001.parquet"]),
        },
        "sources": {
            "a": SourceInfo(
                adapter="files",
                title=text,
                url="https://example.org",
                license=text,
                origin="human",
                rows_in=12,
                quarantined=1,
                dropped=1,
                repeated=0,
                rows_out=10,
            )
        },
        "stages": [
            StageInfo(
                label="0.filter.words",
                name="filter.words",
                settings={},
                rows_in={"a": 11},
                dropped={"a": {text: 1}},
                counts={},
            )
        ],
        "terms": [TermsInfo(source="a", split="train", license=text, origin="human", rows=10)],
        "inputs": [],
        "warnings": [],
        "expectations": [],
        "recipe": "0" * 32,
        "seed": 1,
        "files": {"data/train-00000-of-00001.parquet": FileInfo(sha256="0" * 64, bytes=1000)},
        "tool": {"curate": "1"},
        **changes,
    }
    return Manifest.model_validate(content)


def parts(text: str) -> tuple[dict[str, Any], str]:
    """The YAML block and the body, as the Hub cuts them."""
    assert text.startswith("---\n")
    head, line, body = text[4:].partition("\n---\n")
    assert line
    block = yaml.safe_load(head)
    assert block == YAML(typ="safe", pure=True).load(head)
    return block, body


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts(text: str) -> None:
    """Names, licences and reasons of any form leave the block readable, the tables whole and the code fenced."""
    recipe = f"name: small\nnotes: |\n  {text}\n```\n"
    block, body = parts(card(manifest(text), COLUMNS, recipe))
    assert block["license"] == "other"
    assert re.fullmatch(r"[a-z0-9.-]+", block["license_name"])
    assert block["license_link"] == "LICENSE.md"
    assert [split["num_examples"] for split in block["dataset_info"]["splits"]] == [3, 7]
    before, fence, after = body.partition("````yaml\n" if "````" not in text else "`````yaml\n")
    assert fence
    assert recipe.rstrip() in after
    for line in before.split("\n"):
        if line.startswith("|"):
            columns = line.replace("\\\\", "").replace("\\|", "").count("|") - 1
            assert columns in (2, 3, 4, 6), line
        assert not line.startswith("---")
    assert "<script" not in before
    assert "</t" not in before


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_a_cell_stays_a_cell(text: str) -> None:
    """Any text is one line in which no bar, backtick or bracket stands without a backslash before it."""
    found = cell(text)
    assert len(found.splitlines()) <= 1
    assert "<" not in found
    plain = found.replace("\\\\", "")
    for sign in "|`[]":
        assert plain.count(sign) == plain.count(f"\\{sign}")


@pytest.mark.parametrize(
    ("rows", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (10**6 - 1, "100K<n<1M"),
        (10**7, "10M<n<100M"),
        (10**8, "100M<n<1B"),
        (10**12 - 1, "100B<n<1T"),
        (10**12, "n>1T"),
    ],
)
def test_size_categories(rows: int, category: str) -> None:
    """The Hub's categories, at their edges."""
    assert size_category(rows) == category


def test_metadata() -> None:
    """Splits name their files by pattern, every column has its feature, and no licence is no licence."""
    found = metadata(manifest(), COLUMNS)
    assert found["configs"] == [
        {
            "config_name": "default",
            "data_files": [{"split": "test", "path": "data/test-*"}, {"split": "train", "path": "data/train-*"}],
        }
    ]
    features = {feature["name"]: feature for feature in found["dataset_info"]["features"]}
    assert list(features) == list(COLUMNS)
    assert features["references"] == {"name": "references", "list": "string"}
    assert features["score_x"] == {"name": "score_x", "dtype": "float64"}
    turns = metadata(manifest(), {"messages": pl.List(TURN), "more": pl.List(MESSAGE)})["dataset_info"]["features"]
    assert turns[0]["list"] == [{"name": "role", "dtype": "string"}, {"name": "content", "dtype": "string"}]
    assert len(turns[1]["list"]) == 5
    assert metadata(manifest(license=None), COLUMNS)["license"] == "other"


def test_descriptions_stand_in_the_body() -> None:
    """A description that looks like a block stays below the block."""
    text = "---\nlicense: mit\n---"
    block, body = parts(card(manifest(description=text), COLUMNS, "x: 1"))
    assert block["license"] == "other"
    assert text in body


@pytest.mark.parametrize(
    ("said", "block"),
    [
        ("MIT", {"license": "mit"}),
        ("CC BY 4.0 (data)", {"license": "cc-by-4.0"}),
        ("odbl-1.0", {"license": "odbl"}),
        ("mit AND cc-by-sa-4.0", {"license": ["cc-by-sa-4.0", "mit"]}),
        ("mit OR isc", {"license": "other", "license_name": "mit-or-isc", "license_link": "LICENSE.md"}),
        ("Our Terms, v1", {"license": "other", "license_name": "our-terms-v1", "license_link": "LICENSE.md"}),
        (None, {"license": "other", "license_name": "of-each-record", "license_link": "LICENSE.md"}),
    ],
)
def test_the_licence_is_one_that_the_hub_takes(said: str | None, block: dict[str, Any]) -> None:
    assert licence(manifest(license=said)) == block


def test_the_licences_of_the_records_decide() -> None:
    """The table names who decides; a declared licence that promises more is told beside it; models have makers."""
    terms = [
        TermsInfo(source="a", split="train", license="CC BY-NC 4.0 (data)", origin="model", rows=7),
        TermsInfo(source="b", split="train", license="mit", origin="human", rows=3),
    ]
    base = manifest().sources["a"]
    sources = {"a": base.model_copy(update={"models": ["text-davinci-003"], "origin": "model"}), "b": base}
    _, body = parts(card(manifest(license="MIT", terms=terms, sources=sources), COLUMNS, "x: 1"))
    assert "| commercial use | not allowed | a (CC BY-NC 4.0 (data), 7) |" in body
    assert "mit allows commercial use, and the licence of these records forbids it: 7 records of 'a'" in body
    assert "| a | model | text-davinci-003 ([OpenAI](https://openai.com/policies/terms-of-use): output may not" in body
    assert "not legal advice" in body
    assert "synthetic" in metadata(manifest(terms=terms), COLUMNS)["tags"]


def test_what_was_not_checked_is_said() -> None:
    """Nothing is claimed of evaluation sets, duplicates or languages where no step looked."""
    _, body = parts(card(manifest(), COLUMNS, "x: 1"))
    assert "Nothing was done to find questions of evaluation sets" in body
    assert "Nothing was done to find duplicates" in body
    assert "language" not in metadata(manifest(), COLUMNS)


def test_what_was_checked_is_said() -> None:
    """Which sets, how many overlaps; and languages only where a step looked at the records of every source."""
    stages = [
        StageInfo(
            label="0.filter.language",
            name="filter.language",
            settings={"keep": ["en", "und"]},
            rows_in={"a": 12},
            dropped={},
            counts={},
        ),
        StageInfo(
            label="1.decontaminate",
            name="decontaminate",
            settings={"against": [{"adapter": "mmlu"}, {"name": "sums", "adapter": "files"}], "ngram": 13},
            rows_in={"a": 12},
            dropped={"a": {"ngram: overlaps mmlu": 2}},
            counts={},
        ),
    ]
    told = manifest(stages=stages)
    assert "1.decontaminate held 12 records against mmlu, sums: 2 records" in contamination(told)
    assert metadata(told, COLUMNS)["language"] == ["en"]
    elsewhere = stages[0].model_copy(update={"rows_in": {"b": 12}})
    assert "language" not in metadata(manifest(stages=[elsewhere]), COLUMNS)


def test_pictures_are_shown_where_there_are_some() -> None:
    info = FileInfo(sha256="0" * 64, bytes=1)
    _, body = parts(card(manifest(attachments={"assets/flow.svg": info}), COLUMNS, "x: 1"))
    assert "](assets/flow.svg)" in body
    assert "mix.svg" not in body


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://x) ![](http://y", "http://a b"])
def test_addresses_that_are_none_are_no_links(address: str) -> None:
    base = manifest().sources["a"].model_copy(update={"url": address, "title": "data"})
    _, body = parts(card(manifest(sources={"a": base}), COLUMNS, "x: 1"))
    assert address not in body
    assert "| a | data |" in body


def test_the_hubs_client_reads_the_block() -> None:
    """The stock client's card takes the text, and says the same when it writes it."""
    from huggingface_hub import DatasetCard

    found = DatasetCard(card(manifest(license="mit"), COLUMNS, "x: 1"))
    again = DatasetCard(str(found))
    assert again.data.to_dict() == found.data.to_dict()
    assert found.data.license == "mit"
    assert "mit" in str(found)
