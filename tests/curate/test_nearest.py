"""`nearest`: the records that resemble a text, kept or gone, by exact similarity."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from curate import manifest as manifests
from curate.explain import explain_nearest
from curate.nearest import nearest
from support.build import make

STORY = "Tell the story of a baker who sells thirty loaves before noon and then closes the shop."
OTHER = "Tell the story of a baker who sells forty cakes before noon and then closes the shop."
RECIPE = """\
version: 1
name: near
sources: {mine: {adapter: alpaca, path: mine.json, on_error: quarantine}}
steps:
  - filter: {words: {of: [output], max: 20}}
  - sample: {repeat: 2}
format: {columns: COLUMNS}
"""


def build(folder: Path, columns: str) -> Path:
    rows: list[dict[str, object]] = [
        {"instruction": STORY, "output": "Once upon a time."},
        {"instruction": "Name a bird that cannot fly.", "output": "The ostrich, which lives in Africa, cannot fly."},
        {"instruction": "Which sea creature has three hearts and blue blood?", "output": "long " * 30},
        {"instruction": "What did the old fisherman catch in winter?"},
    ]
    folder.mkdir()
    (folder / "mine.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "recipe.yaml").write_text(RECIPE.replace("COLUMNS", columns), encoding="utf-8")
    return make(folder / "recipe.yaml").path


@pytest.fixture(scope="module", params=["prompt_completion, template: plain", "messages"])
def version(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two records with a copy each, one that was dropped, one that was quarantined."""
    return build(tmp_path_factory.mktemp("nearest") / "x", request.param)


def test_the_nearest_is_found_once_with_its_exact_similarity(version: Path) -> None:
    """Of 15 runs of three words four differ: 11 in common of 19. Copies of a record count as one."""
    found = nearest(version, manifests.read(version), OTHER)
    assert (found[0].text.strip(), found[0].excerpt) == (STORY, False)
    words = [text.lower().split() for text in (STORY, OTHER)]
    runs = [{tuple(one[at : at + 3]) for at in range(len(one) - 2)} for one in words]
    assert found[0].similarity == pytest.approx(len(runs[0] & runs[1]) / len(runs[0] | runs[1]))
    assert len(found) == 1


def test_outputs_and_what_is_gone_are_compared_too(version: Path) -> None:
    """The answer of a kept record, the excerpt of a dropped one, the JSON of a row that never became one."""
    said = {
        "the ostrich which lives in africa cannot fly": "kept",
        "Which sea creature has three hearts, and why?": "dropped",
        "what did the old fisherman catch in spring": "quarantined",
    }
    for text, fate in said.items():
        story = explain_nearest(version, text, 1)[0]
        assert story.fate == fate
        assert 0 < (story.similarity or 0) < 1


def test_short_texts_are_compared_by_words(version: Path) -> None:
    """Five words and fewer have too few runs: single ones are compared. What has none in common is left out."""
    assert nearest(version, manifests.read(version), "a bird")[0].text.strip() == "Name a bird that cannot fly."
    assert nearest(version, manifests.read(version), "quantum") == []
    assert nearest(version, manifests.read(version), " ") == []


def test_as_many_as_asked_for_without_excerpts(version: Path) -> None:
    """The number is a bound; a published version may lack the excerpts."""
    every = nearest(version, manifests.read(version), "the old bird story", 9)
    assert [near.similarity for near in every] == sorted((near.similarity for near in every), reverse=True)
    assert len(nearest(version, manifests.read(version), "the old bird story", 1)) == 1
    ids = [near.id for near in every if near.id]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {one.partition("-")[0] for one in pl.read_parquet(version / "data/*.parquet")["id"]} | set(
        pl.read_parquet(version / "ledger/drops.parquet")["id"].drop_nulls()
    )
