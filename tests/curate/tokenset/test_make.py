"""A token set holds each example with its answer and the end trained, or says why it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from tokenizers import Tokenizer

from curate.errors import CurateError, VersionError
from curate.tokenset import Settings, Tokenset, make, read
from curate.tokenset.layout import IGNORED, MASK
from curate.version import versions
from support import tiny_tokenizer
from support.versions import dialogues, pairs, with_split

ROWS = [(f"Question {n}?\nAnswer:", f" It is {n % 7 * 'very '}{n}.") for n in range(40)]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tokenizer.save(tmp_path_factory.mktemp("tokenizer") / "tiny")


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs(tmp_path_factory.mktemp("version"), ROWS)


def made(version: Path, tokenizer: Path, **settings: Any) -> Tokenset:
    return read(make(version, str(tokenizer), Settings(**settings)))


def decoder(found: Tokenset) -> Tokenizer:
    return Tokenizer.from_file(str(found.tokenizer / "tokenizer.json"))


def said(found: Tokenset, split: str = "train") -> dict[str, tuple[str, str]]:
    """By id: the text that is not trained and the text that is, special tokens and all."""
    decode = decoder(found).decode
    told = {}
    for row in found.split(split).iter_rows(named=True):
        rest = [one for one, label in zip(row["input_ids"], row["labels"], strict=True) if label == IGNORED]
        trained = [label for label in row["labels"] if label != IGNORED]
        told[row["id"]] = (decode(rest, skip_special_tokens=False), decode(trained, skip_special_tokens=False))
    return told


def stored(version: Path, split: str = "train") -> dict[str, dict[str, Any]]:
    frame = pl.read_parquet(version / f"data/{split}-*.parquet")
    return {row["id"]: row for row in frame.iter_rows(named=True)}


def test_trains_the_completion_and_the_end_and_nothing_else(version: Path, tokenizer: Path) -> None:
    found = made(version, tokenizer, seq_len=128)
    rows = stored(version)
    assert {one: (row["prompt"], row["completion"] + "</s>") for one, row in rows.items()} == said(found)


def test_rows_stand_in_the_order_of_their_bins(version: Path, tokenizer: Path) -> None:
    found = made(version, tokenizer, seq_len=128)
    rows, bins = found.split("train"), found.bins("train")
    assert rows.select("bin", "slot").rows() == sorted(rows.select("bin", "slot").rows())
    for one in bins.iter_rows(named=True):
        held = rows.slice(one["start"], one["rows"])
        assert held["bin"].unique().to_list() == [one["bin"]]
        assert held["length"].sum() == one["tokens"] <= 128
        assert held["trained"].sum() == one["trained"]
    assert bins["rows"].sum() == rows.height == len(ROWS)
    assert rows["input_ids"].list.len().to_list() == rows["length"].to_list()
    info = found.manifest.splits["train"]
    assert (info.tokens, info.bins) == (rows["length"].sum(), bins.height)
    assert info.efficiency == pytest.approx(info.tokens / (bins.height * 128))


def test_counts_by_task_and_source(version: Path, tokenizer: Path) -> None:
    manifest = made(version, tokenizer, seq_len=128).manifest
    tasks = {one.task: one for one in manifest.tasks}
    assert [one.rows for one in tasks.values()] == [20, 20]
    assert sum(one.trained_tokens for one in tasks.values()) == manifest.splits["train"].trained_tokens
    assert [(one.source, one.task, one.tokens) for one in manifest.sources] == [
        ("qa", None, manifest.splits["train"].tokens)
    ]


def test_rows_can_stand_alone(version: Path, tokenizer: Path) -> None:
    found = made(version, tokenizer, seq_len=128, pack=False)
    assert found.bins("train")["rows"].to_list() == [1] * len(ROWS)
    assert found.split("train")["id"].is_sorted()


def test_same_bytes_each_time_and_used_again(version: Path, tokenizer: Path, tmp_path: Path) -> None:
    settings = Settings(seq_len=256)
    one = make(version, str(tokenizer), settings, into=tmp_path / "one")
    other = make(version, str(tokenizer), settings, into=tmp_path / "other")
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert [(one / name).read_bytes() for name in names] == [(other / name).read_bytes() for name in names]
    before = (one / "manifest.json").stat().st_mtime_ns
    assert make(version, str(tokenizer), settings, into=tmp_path / "one") == one
    assert (one / "manifest.json").stat().st_mtime_ns == before


def test_name_depends_on_tokenizer_length_and_packing(version: Path, tokenizer: Path, tmp_path: Path) -> None:
    """A token set of other rows, another tokenizer or other settings is another folder: none can be stale."""
    renamed = tiny_tokenizer.save(tmp_path / "other", config={"pad_token": "<|im_start|>"})
    names = {made(version, tokenizer, seq_len=256).manifest.digest, made(version, renamed, seq_len=256).manifest.digest}
    names |= {made(version, tokenizer, **more).manifest.digest for more in ({"seq_len": 128}, {"pack": False})}
    names |= {made(pairs(tmp_path / "v", ROWS[1:]), tokenizer, seq_len=256).manifest.digest}
    assert len(names) == 5


def test_lies_beside_the_versions_and_is_none(version: Path, tokenizer: Path) -> None:
    found = made(version, tokenizer, seq_len=128)
    assert found.folder.parent == version.parent / "tokens"
    assert versions(version.parent) == [version.name]


def test_damage_is_not_used_again(version: Path, tokenizer: Path, tmp_path: Path) -> None:
    folder = make(version, str(tokenizer), Settings(seq_len=256), into=tmp_path)
    with (folder / "train.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(VersionError, match=r"is damaged \(train.parquet has sha256"):
        make(version, str(tokenizer), Settings(seq_len=256), into=tmp_path)


def test_damaged_version_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    version = pairs(tmp_path, ROWS)
    (file,) = (version / "data").iterdir()
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(VersionError, match="is damaged"):
        make(version, str(tokenizer))


def test_long_examples_are_dropped_and_told_never_cut(tokenizer: Path, tmp_path: Path) -> None:
    version = pairs(tmp_path, [*ROWS[:4], ("Long?", "word " * 200)])
    found = made(version, tokenizer, seq_len=64)
    dropped = pl.read_parquet(found.folder / "dropped.parquet")
    assert dropped.select("split", "source", "task", "reason").rows() == [("train", "qa", "task0", "over length")]
    assert dropped["length"].item() > 200
    info = found.manifest.splits["train"]
    assert (info.rows, info.dropped_over_length, info.dropped_other) == (4, 1, 0)
    assert {one.task: one.dropped_over_length for one in found.manifest.tasks} == {"task0": 1, "task1": 0}
    assert "train: 1 examples are over length and not in it (task0: 1)" in found.manifest.warnings
    assert {text.endswith("</s>") for _, text in said(found).values()} == {True}


def test_empty_answers_are_dropped_and_told(tokenizer: Path, tmp_path: Path) -> None:
    found = made(pairs(tmp_path, [*ROWS[:3], ("Anybody?", " \n")]), tokenizer)
    assert pl.read_parquet(found.folder / "dropped.parquet")["reason"].to_list() == ["empty answer"]
    assert found.manifest.splits["train"].dropped_other == 1
    assert "train: 1 examples have an empty answer and are not in it" in found.manifest.warnings


def test_a_version_without_examples_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    version = pairs(tmp_path, ROWS[10:])
    with pytest.raises(CurateError, match=r"no example is left: over length \(30\)"):
        make(version, str(tokenizer), Settings(seq_len=8))
    assert not (version.parent / "tokens").exists()


def test_equal_prompts_in_two_splits_are_refused(tokenizer: Path, tmp_path: Path) -> None:
    version = pairs(tmp_path, ROWS[:3])
    with_split(version, "eval")
    least = min(stored(version))
    with pytest.raises(VersionError, match=rf"3 prompts stand in split 'eval' and in split 'train': {least} = {least}"):
        make(version, str(tokenizer))
    found = made(version, tokenizer, allow_leaks=True)
    assert any("3 prompts stand in split" in text for text in found.manifest.warnings)


def test_prompts_that_end_in_blanks_are_noted(tokenizer: Path, tmp_path: Path) -> None:
    rows = [("Answer: ", "x"), ("Answer:\n\n", "x"), ("Answer:\n", "x"), ("Answer:", " x")]
    version = pairs(tmp_path, rows)
    found = made(version, tokenizer)
    noted = set(pl.read_parquet(found.folder / "notes.parquet")["id"])
    assert {stored(version)[one]["prompt"] for one in noted} == {"Answer: ", "Answer:\n\n"}
    assert any(text.startswith("train: prompts of 2 examples end in a blank") for text in found.manifest.warnings)
    # Whatever a prompt ends with, it is the same tokens as alone.
    encode = decoder(found).encode
    rows_of = {row["id"]: row for row in found.split("train").iter_rows(named=True)}
    for one, row in stored(version).items():
        prompt = encode(row["prompt"], add_special_tokens=False).ids
        assert rows_of[one]["input_ids"][: len(prompt)] == prompt


def test_attention_mask_is_there_for_trainers_that_ask(version: Path, tokenizer: Path) -> None:
    frame = pl.read_parquet(made(version, tokenizer, seq_len=128).folder / "train.parquet")
    assert frame[MASK].list.len().to_list() == frame["length"].to_list()
    assert frame[MASK].explode().unique().to_list() == [1]


def test_special_tokens_in_an_answer_are_characters(tokenizer: Path, tmp_path: Path) -> None:
    """An answer that ends in `</s>` as text does not teach to stop twice, and one in the middle not to stop there."""
    version = pairs(tmp_path, [("Say it.", "so</s> on</s>")], "columns: prompt_completion, template: plain")
    found = made(version, tokenizer)
    eos = found.manifest.eos_id
    (row,) = found.split("train").iter_rows(named=True)
    assert row["input_ids"].count(eos) == 1
    assert row["input_ids"][-1] == row["labels"][-1] == eos
    assert any("special token as text" in text for text in found.manifest.warnings)


def test_whole_texts_are_trained_whole(tokenizer: Path, tmp_path: Path) -> None:
    version = pairs(tmp_path, ROWS[:3], "columns: text, template: plain")
    found = made(version, tokenizer)
    rows = found.split("train")
    assert (rows["length"] - rows["trained"]).to_list() == [1, 1, 1]  # the first token follows nothing
    assert any("every token is trained" in text for text in found.manifest.warnings)


def test_every_answer_of_a_dialogue_is_trained(tokenizer: Path, tmp_path: Path) -> None:
    turns = [("user", "Hi"), ("assistant", "Hello"), ("user", "Who?"), ("assistant", "Me")]
    found = made(dialogues(tmp_path, [turns]), tokenizer)
    ((rest, trained),) = said(found).values()
    assert trained == "Hello<|im_end|>Me<|im_end|></s>"
    assert rest.startswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    (row,) = found.split("train").iter_rows(named=True)
    assert row["labels"][-1] == found.manifest.eos_id
    assert found.manifest.template.name == "chat"
    assert found.manifest.template.text == tiny_tokenizer.CHATML


def test_manifest_says_what_was_made_of_what(version: Path, tokenizer: Path) -> None:
    manifest = made(version, tokenizer, seq_len=128).manifest
    about = orjson.loads((version / "manifest.json").read_bytes())
    assert (manifest.dataset.name, manifest.dataset.version) == ("made", version.name)
    assert manifest.rows_digest == about["fingerprint"]
    assert (manifest.tokenizer.name, manifest.tokenizer.revision) == ("tiny", None)
    assert (manifest.eos_id, manifest.bos_id, manifest.pad_id, manifest.pad_is_eos) == (2, None, 0, False)
    assert manifest.template.text == "{{ instruction }}"
    assert sorted(name for name in manifest.files if name.startswith("tokenizer/")) == [
        "tokenizer/tokenizer.json",
        "tokenizer/tokenizer_config.json",
    ]
