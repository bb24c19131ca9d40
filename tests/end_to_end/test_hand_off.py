"""What usually goes wrong between a data set and its training, provoked from recipe to token set.

Each test names an accident that people report of trainers again and again, and shows that it is refused or cannot
happen here.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tokenizers import Tokenizer

from curate import manifest as manifests
from curate.build import Request, build
from curate.errors import VersionError
from curate.recipe import load
from curate.tokenset import IGNORED, Settings, Tokenset, make, read
from curate.tokenset.chat import compiled, say
from support import tiny_tokenizer
from support.versions import pairs, with_split

RECIPE = """\
version: 1
name: real
license: other
seed: 7
sources:
  gsm8k: {{adapter: gsm8k, path: {data}/gsm8k/train.jsonl, steps: [{{sample: {{take: 300}}}}]}}
  alpaca: {{adapter: alpaca, path: "{data}/alpaca_en_full_chunks/*.json", steps: [{{sample: {{take: 300}}}}]}}
  chats: {{adapter: alpaca, path: "{data}/lima/*.json", steps: [{{sample: {{take: 100}}}}]}}
split: {{test: 0.1}}
format: {form}
"""
FLAT = "{columns: prompt_completion, template: instruction_input_response}"


@pytest.fixture(scope="module")
def real(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Versions of real records: as prompts and completions, and as messages."""
    home = tmp_path_factory.mktemp("real")
    made = {}
    for name, form in (("flat", FLAT), ("chat", "{columns: messages}")):
        recipe = home / f"{name}.yaml"
        recipe.write_text(RECIPE.format(data=real_data, form=form), encoding="utf-8")
        request = Request(out=home / name, cache=home / "cache", workers=1, attach=False)
        made[name] = build(load(recipe, {}, ()), request).path
    return made


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pads with the end, as many models' files say, and begins every text with `<s>`."""
    config = {"pad_token": "</s>"}
    return tiny_tokenizer.save(tmp_path_factory.mktemp("tokenizer") / "tiny", bos=True, config=config)


@pytest.fixture(scope="module")
def flat(real: dict[str, Path], tokenizer: Path) -> Tokenset:
    return read(make(real["flat"], str(tokenizer), Settings(seq_len=2048)))


def rows_of(version: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in pl.read_parquet(version / "data/*.parquet").iter_rows(named=True)}


def examples(tokens: Tokenset) -> list[dict[str, Any]]:
    return [row for split in tokens.manifest.splits for row in tokens.split(split).iter_rows(named=True)]


def trained(row: dict[str, Any]) -> list[int]:
    return [label for label in row["labels"] if label != IGNORED]


def content_of(tokens: Tokenset) -> Tokenizer:
    return Tokenizer.from_file(str(tokens.tokenizer / "tokenizer.json"))


def test_1_the_mask_is_the_completion_and_the_end_in_every_row(flat: Tokenset, real: dict[str, Path]) -> None:
    """Prompt masked wrongly, or everything masked."""
    decode, stored = content_of(flat).decode, rows_of(real["flat"])
    found = examples(flat)
    assert len(found) > 500
    for row in found:
        assert decode(trained(row), skip_special_tokens=False) == stored[row["id"]]["completion"] + "</s>"
        places = [place for place, label in enumerate(row["labels"]) if label != IGNORED]
        assert places == list(range(places[0], len(row["labels"])))
        assert all(label in (IGNORED, one) for one, label in zip(row["input_ids"], row["labels"], strict=True))


def test_2_the_prompt_is_the_same_tokens_as_alone(flat: Tokenset, real: dict[str, Path]) -> None:
    """A token that reaches from the prompt into the answer."""
    encode, stored = content_of(flat).encode, rows_of(real["flat"])
    for row in examples(flat):
        alone = encode(stored[row["id"]]["prompt"]).ids  # as an inference server encodes it
        assert row["input_ids"][: len(alone)] == alone
        assert row["labels"][: len(alone)] == [IGNORED] * len(alone)


def test_3_every_row_ends_with_a_trained_end_that_is_not_padding(flat: Tokenset) -> None:
    """A model that never stops: the end masked, absent, or masked as padding because both are one token."""
    manifest = flat.manifest
    assert {row["labels"][-1] for row in examples(flat)} == {manifest.eos_id}
    assert manifest.pad_id != manifest.eos_id
    assert not manifest.pad_is_eos


def test_3_every_answer_of_a_dialogue_ends_with_it(real: dict[str, Path], tmp_path: Path) -> None:
    chat = tiny_tokenizer.save(tmp_path / "chat", config={"eos_token": "<|im_end|>"})
    tokens = read(make(real["chat"], str(chat), Settings(seq_len=4096)))
    answers = {
        one: [t["content"] for t in row["messages"] if t["role"] == "assistant"]
        for one, row in rows_of(real["chat"]).items()
    }
    assert any(len(one) > 1 for one in answers.values())
    decode = content_of(tokens).decode
    for row in examples(tokens):
        said = "".join(f"{text}<|im_end|>" for text in answers[row["id"]])
        assert decode(trained(row), skip_special_tokens=False) == said


def test_4_an_example_is_not_asked_to_begin_the_next_one(flat: Tokenset) -> None:
    """Packed rows in which the end of one example has to say the beginning of the next."""
    rows = flat.split("train")
    assert rows.filter(pl.col("slot") > 0).height
    assert rows["labels"].list.first().unique().to_list() == [IGNORED]


def test_5_what_is_too_long_is_left_out_and_told_by_task(real: dict[str, Path], tokenizer: Path) -> None:
    """Silent truncation: answers without an end, rows without a loss."""
    tokens = read(make(real["flat"], str(tokenizer), Settings(seq_len=512)))
    dropped = pl.read_parquet(tokens.folder / "dropped.parquet").filter(pl.col("reason") == "over length")
    assert dropped.height
    assert dropped["length"].min() > 512  # type: ignore[operator]
    ids = {row["id"] for row in examples(tokens)}
    assert ids | set(pl.read_parquet(tokens.folder / "dropped.parquet")["id"]) == set(rows_of(real["flat"]))
    assert ids.isdisjoint(dropped["id"])
    told = {(one.split, one.source): one.dropped_over_length for one in tokens.manifest.sources}
    assert {key: rows for key, rows in told.items() if rows} == {
        tuple(key): rows for *key, rows in dropped.group_by("split", "source").len().iter_rows()
    }
    assert min(len(trained(row)) for row in examples(tokens)) > 1


def test_6_the_template_goes_along_with_what_is_trained(real: dict[str, Path], tokenizer: Path) -> None:
    """Another chat template at inference than in training."""
    tokens = read(make(real["chat"], str(tokenizer), Settings(seq_len=4096)))
    told = tokens.manifest.template
    assert told.text == tiny_tokenizer.CHATML
    stored, encode = rows_of(real["chat"]), content_of(tokens).encode
    for row in itertools.islice(examples(tokens), 50):
        asked = say(compiled(told.text or ""), stored[row["id"]]["messages"][:1], {"bos_token": "<s>"}, ask=True)
        alone = encode(asked).ids
        assert row["input_ids"][: len(alone)] == alone


def test_7_every_row_begins_once(flat: Tokenset, tmp_path: Path, tokenizer: Path) -> None:
    """A beginning that template and tokenizer both write, or neither."""
    bos = flat.manifest.bos_id
    assert {(row["input_ids"][0], row["input_ids"].count(bos)) for row in examples(flat)} == {(bos, 1)}
    twice = "columns: prompt_completion, jinja: {prompt: '<s>{{ instruction }}'}"
    written = read(make(pairs(tmp_path, [("Q", "A"), ("R", "B")], twice), str(tokenizer)))
    assert {row["input_ids"].count(written.manifest.bos_id) for row in examples(written)} == {1}


def test_10_an_equal_token_set_is_used_again(flat: Tokenset, real: dict[str, Path], tokenizer: Path) -> None:
    """The same rows tokenised for every run."""
    before = {path: path.stat().st_mtime_ns for path in flat.folder.rglob("*")}
    assert make(real["flat"], str(tokenizer), Settings(seq_len=2048)) == flat.folder
    assert {path: path.stat().st_mtime_ns for path in flat.folder.rglob("*")} == before


def test_11_a_changed_tokenizer_or_template_is_another_token_set(tmp_path: Path) -> None:
    """A stale cache after the data, the tokenizer or the template changed."""
    version = pairs(tmp_path / "v", [("Q", "A"), ("R", "B")])
    folder = tiny_tokenizer.save(tmp_path / "tiny")
    first = make(version, str(folder))
    tiny_tokenizer.save(folder, config={"eos_token": "<|im_end|>"})
    second = make(version, str(folder))
    tiny_tokenizer.save(folder, template="{{ messages }}", config={"eos_token": "<|im_end|>"})
    third = make(version, str(folder))
    assert len({first, second, third}) == 3
    assert [row["labels"][-1] for row in read(second).split("train").iter_rows(named=True)] == [4, 4]


def test_12_rows_of_the_test_split_in_training_are_refused(tmp_path: Path, tokenizer: Path) -> None:
    """A model that is tested on what it was trained on."""
    version = pairs(tmp_path, [("What is 1 and 1?", "2"), ("What is 2 and 2?", "4")])
    with_split(version, "test")
    assert set(manifests.read(version).splits) == {"test", "train"}
    with pytest.raises(VersionError, match=r"2 prompts stand in split 'test' and in split 'train'.*--allow-leaks"):
        make(version, str(tokenizer))
    assert not (version.parent / "tokens").exists()
