"""`explain`: the story of every record, kept or gone, by id and by text."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from curate.explain import Story, explain, explain_text
from support.build import make, write_data


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version in which each step dropped something."""
    return make(write_data(tmp_path_factory.mktemp("explain") / "x"), "steps.2.sample.repeat=2").path


@pytest.fixture(scope="module")
def ledger(version: Path) -> pl.DataFrame:
    """Its ledger."""
    return pl.read_parquet(version / "ledger/drops.parquet")


def test_kept(version: Path) -> None:
    """A kept record has its split, file and columns, and the steps it came through; its copies are found with it."""
    data = pl.read_parquet(version / "data/train-00000-of-00001.parquet")
    row = data.filter(pl.col("source") == "qa").to_dicts()[0]
    stories = explain(version, row["id"])
    assert [story.id for story in stories] == [row["id"], f"{row['id']}-2"]
    first = stories[0]
    assert (first.fate, first.record) == ("kept", row)
    assert first.where == {
        "split": "train",
        "file": "data/train-00000-of-00001.parquet",
        "source": "qa",
        "task": row["task"],
    }
    steps = ["qa.0.sample", "0.filter.words", "1.dedup", "2.sample", "split", "format"]
    assert first.steps == [*(f"came through {step}" for step in steps), "in split 'train'"]


@pytest.mark.parametrize(
    ("stage", "source", "said"),
    [
        ("qa.0.sample", "qa", "beyond the cut-off (measured "),
        ("0.filter.words", "more", "too long (measured 41, allowed max 30)"),
        ("1.dedup", "more", " stays instead (similarity 1.000)"),
        ("2.sample", None, "; its rank 0."),
        ("format", "more", "unrepresentable (measured history, allowed plain)"),
    ],
)
def test_dropped(version: Path, ledger: pl.DataFrame, stage: str, source: str | None, said: str) -> None:
    """A dropped record names the step, the reason and the evidence, after the steps it came through, with its text."""
    rows = ledger.filter((pl.col("stage") == stage) & (pl.col("source") == (source or pl.col("source"))))
    assert rows.height
    for row in rows.to_dicts():
        (story,) = explain(version, row["id"])
        assert (story.fate, story.id) == ("dropped", row["id"])
        *before, last = story.steps
        assert last.startswith(f"dropped at {stage} by {row['rule']}: ")
        assert said in last
        assert stage not in " ".join(before)
        assert all(one.startswith("came through ") for one in before)
        assert story.where["file"] == row["file"]
        assert story.excerpt
        assert story.record is None


def test_ranks_are_told(version: Path, ledger: pl.DataFrame) -> None:
    """What a sample dropped has a rank beyond the cut-off, as numbers between 0 and 1."""
    sampled = ledger.filter(pl.col("rule").is_in(["max_per_task", "take"]))
    assert sampled.height > 20
    assert sampled["rank"].null_count() == sampled["cutoff"].null_count() == 0
    assert (sampled["rank"] > sampled["cutoff"]).all()
    assert sampled["rank"].is_between(0, 1).all()
    story = explain(version, sampled["id"][0])[0]
    assert f"its rank {sampled['rank'][0]:.6f} is beyond the cut-off {sampled['cutoff'][0]:.6f}" in story.steps[-1]


def fates(stories: list[Story]) -> list[str]:
    return sorted(story.fate for story in stories)


def test_by_text(version: Path, ledger: pl.DataFrame) -> None:
    """A part of a kept text finds it; a dropped one is found by its whole prompt, in any case and spacing."""
    kept = pl.read_parquet(version / "data/test-00000-of-00001.parquet").to_dicts()[0]
    found = explain_text(version, kept["prompt"].upper())
    assert kept["id"] in [story.id for story in found]
    assert explain_text(version, kept["completion"])
    twin = ledger.filter(pl.col("stage") == "1.dedup").to_dicts()[0]
    number = explain(version, twin["id"])[0].excerpt or ""
    text = number.split("\n")[0]
    stories = explain_text(version, text)
    assert twin["id"] in [story.id for story in stories]
    assert explain_text(version, "no such text") == []
    assert explain_text(version, " ") == []


def test_by_a_text_of_several_fields(version: Path) -> None:
    """Earlier turns and instruction, as a person copies them, find a dropped record that has both."""
    found = explain_text(version, "hi\nhello\n\nAnd 0?") + explain_text(version, "HI hello and 1?")
    assert fates(found) == ["dropped", "dropped"]
    assert "format" in {story.where["stage"] for story in found}


def test_quarantined(version: Path, ledger: pl.DataFrame) -> None:
    """A row that never became a record is found by a part of it, with file, row and reason."""
    (row,) = ledger.filter(pl.col("id").is_null()).to_dicts()
    (story,) = explain_text(version, '"q": "broken')
    assert (story.id, story.fate) == (None, "quarantined")
    assert story.where["file"] == row["file"] == "qa/two.jsonl"
    assert story.where["row"] == row["row"] == 3
    assert story.steps == [f"quarantined at qa.ingest by quarantine: {row['reason']}"]
    assert "broken" in (story.excerpt or "")


def test_no_such_record(version: Path) -> None:
    """An id of no record has no story."""
    assert explain(version, "zzzz") == []


def test_excerpts_are_a_help_not_a_need(version: Path, ledger: pl.DataFrame, tmp_path: Path) -> None:
    """Without the excerpts, as published versions are, every story but its text is told."""
    import shutil  # noqa: PLC0415

    copy = Path(shutil.copytree(version, tmp_path / "copy"))
    (copy / "ledger/excerpts.parquet").unlink()
    record_id = ledger.filter(pl.col("id").is_not_null())["id"][0]
    (story,) = explain(copy, record_id)
    assert (story.fate, story.excerpt) == ("dropped", None)
    assert explain_text(copy, '"q": "broken') == []
