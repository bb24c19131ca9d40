"""CNN/DailyMail: tables and stories."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_a_story_without_highlights(tmp_path: Path, load: Any) -> None:
    path = tmp_path / "a.story"
    path.write_text("A hen crossed a road.\n")
    assert load("cnn_dailymail", path).faults["reason"].to_list() == ["the story has no '@highlight'"]


def test_a_story_of_another_system(tmp_path: Path, load: Any) -> None:
    path = tmp_path / "0a1b.story"
    path.write_bytes(b"A hen.\r\n\r\nIt was Monday.\r\n\r\n@highlight\r\n\r\nHen\r\n\r\n@highlight\r\n\r\n")
    row = load("cnn_dailymail", path, instruction="Sum up.").examples.row(0, named=True)
    assert (row["instruction"], row["input"], row["output"]) == ("Sum up.", "A hen.\n\nIt was Monday.", "Hen")
    assert row["meta"] == '{"id":"0a1b"}'


def test_real(real_data: Path, load: Any) -> None:
    table = load("cnn_dailymail", *real_data.glob("cnn_dailymail_val_subset/*.csv"))
    assert (table.examples.height, table.faults.height) == (1_000, 0)
    stories = load("cnn_dailymail", *sorted(real_data.glob("cnn_stories_fixture/*.story")))
    assert (stories.examples.height, stories.faults.height) == (20, 0)
    assert not stories.examples["input"].str.contains("@highlight").any()
    assert (stories.examples["output"].str.len_chars() > 20).all()
