"""What is written for other trainers reads this very token set."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ruamel.yaml import YAML

from curate.errors import CurateError
from curate.tokenset import Settings, Tokenset, make, read
from curate.tokenset.handoff import write
from support import tiny_tokenizer
from support.versions import dialogues, pairs

ROWS = [(f"Question {n}? Answer:", f" {n}") for n in range(30)]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs(tmp_path_factory.mktemp("version"), [*ROWS, ("Long?", "word " * 200)], split="{test: 0.2}")


@pytest.fixture
def tokens(version: Path, tmp_path: Path) -> Tokenset:
    tokenizer = tiny_tokenizer.save(tmp_path / "tiny", bos=True)
    return read(make(version, str(tokenizer), Settings(seq_len=64), into=tmp_path / "tokens"))


def test_axolotl_gets_tokenised_rows_and_no_type(tokens: Tokenset, version: Path, tmp_path: Path) -> None:
    """The key names were held against the schema of axolotl 0.19; what it needs to find in a row is here."""
    from datasets import load_dataset

    (path,) = write("axolotl", tokens, version, "some/model")
    config: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    (dataset,), (evaluated,) = config["datasets"], config["test_datasets"]
    assert dataset["type"] is None
    assert evaluated["path"].endswith("test.parquet")
    assert (config["base_model"], config["sequence_len"], config["sample_packing"]) == ("some/model", 64, True)
    assert config["special_tokens"] == {"eos_token": "</s>", "pad_token": "<pad>"}
    assert config["learning_rate"] == 2e-5
    rows = load_dataset(
        dataset["ds_type"], data_files=dataset["path"], split=dataset["split"], cache_dir=str(tmp_path / "cache")
    )
    assert {"input_ids", "attention_mask", "labels"} <= set(rows.features)
    assert rows.num_rows == tokens.manifest.splits["train"].rows


def test_script_for_trl_hands_over_the_packed_rows(tokens: Tokenset, version: Path) -> None:
    """Everything of the script that needs no TRL runs here: it is the part that reads the token set."""
    (path,) = write("trl", tokens, version, "some/model")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kept = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Import | ast.ImportFrom) and "torch" not in ast.dump(node))
    ]
    own = [node for node in kept if getattr(node, "module", None) not in {"peft", "transformers", "trl"}]
    names: dict[str, Any] = {}
    exec(compile(ast.Module(own, []), str(path), "exec"), names)  # noqa: S102 - what was just written
    rows = names["packed"]("train")
    bins = tokens.bins("train")
    assert rows.num_rows == bins.height
    assert [len(row) for row in rows["input_ids"]] == bins["tokens"].to_list()
    assert [sum(row) for row in rows["seq_lengths"]] == bins["tokens"].to_list()
    assert rows[0]["labels"] == tokens.split("train").slice(0, bins["rows"][0])["labels"].explode().to_list()
    assert "skip_prepare_dataset" in path.read_text(encoding="utf-8")
    assert "parameter.data.float()" in path.read_text(encoding="utf-8")


def test_llama_factory_gets_texts_that_begin_and_end(tokens: Tokenset, version: Path) -> None:
    """Its template `empty` adds nothing, so both stand in the text; what is over length is not there to be cut."""
    path, info, train, test = write("llama-factory", tokens, version, "some/model")
    config = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert (config["template"], config["cutoff_len"], config["neat_packing"]) == ("empty", 64, True)
    described = json.loads(info.read_text(encoding="utf-8"))
    assert described["curate_train"]["file_name"] == train.name
    rows = [json.loads(line) for file in (train, test) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {(row["prompt"], row["completion"]) for row in rows} == {(f"<s>{q}", f"{a}</s>") for q, a in ROWS}
    assert config["dataset"] in described
    assert config["eval_dataset"] in described


def test_llama_factory_takes_dialogues_by_the_tokenizers_template(tmp_path: Path) -> None:
    version = dialogues(tmp_path / "v", [[("user", "Hi"), ("assistant", "Hello")]])
    tokens = read(make(version, str(tiny_tokenizer.save(tmp_path / "tiny"))))
    path, info, train = write("llama-factory", tokens, version, "some/model")
    assert "template" not in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert json.loads(info.read_text(encoding="utf-8"))["curate_train"]["formatting"] == "sharegpt"
    assert pl.read_ndjson(train)["messages"].to_list() == [
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    ]


def test_refuses_what_cannot_be_handed_over(tmp_path: Path) -> None:
    version = pairs(tmp_path, ROWS, "columns: text, template: plain")
    tokens = read(make(version, str(tiny_tokenizer.save(tmp_path / "tiny"))))
    with pytest.raises(CurateError, match="no faithful way to hand whole texts to LLaMA-Factory"):
        write("llama-factory", tokens, version, "m")
    with pytest.raises(CurateError, match=r"unknown trainer 'other' \(known: axolotl, trl, llama-factory\)"):
        write("other", tokens, version, "m")
