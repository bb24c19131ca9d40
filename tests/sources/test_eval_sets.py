"""Evaluation sets: the bare question stands alone, every real row is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from curate import plugin
from curate.errors import SourceFault

# Source, files, rows.
REAL = [
    ("mmlu", "mmlu/*/*.csv", 14_327),
    ("truthfulqa", "truthfulqa/TruthfulQA.csv", 817),
    ("bbq", "bbq/*.jsonl", 11_956),
    ("bbh", "bbh/*.json", 6_511),
    ("svamp", "svamp/SVAMP.json", 1_000),
    ("theoremqa", "theoremqa/theoremqa_test.json", 800),
    ("scibench", "scibench/*.json", 692),
    ("commonsense_qa", "cot_tasks/CommonsenseQA/train_rand_split.jsonl", 9_741),
    ("commonsense_qa", "cot_tasks/CommonsenseQA/dev_rand_split.jsonl", 1_221),
    ("commonsense_qa", "cot_tasks/CommonsenseQA/test_rand_split_no_answers.jsonl", 1_140),
    ("strategy_qa", "cot_tasks/StrategyQA/task.json", 2_290),
    ("word_problems", "cot_tasks/MultiArith/MultiArith.json", 600),
    ("word_problems", "cot_tasks/SingleEq/questions.json", 508),
    ("word_problems", "cot_tasks/AddSub/AddSub.json", 395),
    ("humaneval", "humaneval_mbpp/HumanEval.jsonl", 164),
    ("mt_bench", "mt_bench_vicuna/**/mt_bench/question.jsonl", 80),
    ("mt_bench", "mt_bench_vicuna/**/vicuna_bench/question.jsonl", 80),
    ("hh_rlhf", "hh_rlhf_harmless_test/test.jsonl", 2_312),
    ("p3", "p3_t0_templates/*.jsonl", 15_648),
]
NAMES = sorted({name for name, _, _ in REAL} | {"mbpp"})
CHOICE = {"question": "Which bird?", "choices": ["wren", "hen"], "answer": 1}
Real = Callable[[str, str], pl.DataFrame]


@pytest.fixture
def real(real_data: Path, load: Any) -> Real:
    """`real(name, pattern)`: the examples of real files, all of whose rows are read."""

    def examples(name: str, pattern: str) -> pl.DataFrame:
        loaded = load(name, *sorted(real_data.glob(pattern)))
        assert loaded.faults.is_empty(), loaded.faults["reason"].value_counts()
        return loaded.examples  # type: ignore[no-any-return]

    return examples


@pytest.mark.parametrize(("name", "pattern", "rows"), REAL)
def test_real_rows(real: Real, name: str, pattern: str, rows: int) -> None:
    examples = real(name, pattern)
    assert examples.height == rows
    assert (examples["instruction"] != "").all()
    assert not examples["output"].str.contains("<|endoftext|>", literal=True).any()


def test_real_choices(real: Real) -> None:
    """The letters of the answers, and that no option is in a question."""
    for name, pattern, letters in (
        ("mmlu", "mmlu/test/*.csv", "ABCD"),
        ("bbq", "bbq/*.jsonl", "ABC"),
        ("commonsense_qa", "cot_tasks/CommonsenseQA/dev_rand_split.jsonl", "ABCDE"),
    ):
        examples = real(name, pattern)
        assert set(examples["output"]) == set(letters)
        assert examples["output"].equals(examples["meta"].str.json_path_match("$.answer").alias("output"))
        assert examples["input"].str.contains(rf"(?s)^A\. .*\n{letters[-1]}\. ").all()
        first = pl.col("input").str.split("\n").list.first()
        assert not examples.select(pl.col("instruction").str.contains(first, literal=True)).to_series().any()


def test_real_hidden_answers(real: Real) -> None:
    hidden = real("commonsense_qa", "cot_tasks/CommonsenseQA/test_rand_split_no_answers.jsonl")
    assert (hidden["output"] == "").all()
    assert (hidden["input"] != "").all()
    assert (real("p3", "p3_t0_templates/*.jsonl")["output"] == "").sum() == 1_400


def test_real_tasks(real: Real) -> None:
    subjects = real("mmlu", "mmlu/*/*.csv")["task"]
    assert subjects.n_unique() == 57
    assert not subjects.str.contains("_(dev|test)$").any()
    assert real("bbq", "bbq/*.jsonl")["task"].n_unique() == 6
    assert real("p3", "p3_t0_templates/*.jsonl")["task"].str.starts_with("trec_").any()


def test_real_bbh(real: Real) -> None:
    examples = real("bbh", "bbh/*.json")
    assert examples["task"].n_unique() == 27
    assert not examples["instruction"].str.contains("Options:", literal=True).any()
    assert examples.filter(pl.col("task") == "hyperbaton")["input"].str.starts_with("Options:\n(A) ").all()
    assert examples.filter(pl.col("task") == "object_counting")["input"].eq("").all()


def test_real_numbers(real: Real) -> None:
    for name, pattern, _ in REAL:
        if name in {"svamp", "word_problems"}:
            assert real(name, pattern)["output"].str.contains(r"^-?\d+(\.\d*[1-9])?$").all()
    answers = real("theoremqa", "theoremqa/*.json")["output"]
    assert answers.str.contains(r"^(True|False|\([a-d]\)|-?[\d.]+(e[-+]?\d+)?|\[[-\d., ]+\])$").all()


def test_real_solutions(real: Real) -> None:
    examples = real("scibench", "scibench/*.json")
    assert examples["output"].str.contains(r"The answer is \S+[^\n]*$").all()
    assert examples["output"].str.contains(r"(?s)\S.*\nThe answer is ").sum() > 100


def test_real_dialogues(real: Real) -> None:
    examples = real("hh_rlhf", "hh_rlhf_harmless_test/test.jsonl")
    assert not examples["instruction"].str.contains(r"(?m)^(Human|Assistant): ").any()
    assert (examples["output"] == "").sum() == 4
    assert examples["group"].null_count() == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_rows(name: str, made: Any) -> None:
    """A batch all of whose rows are faulty is an empty frame."""
    source = made(name)
    kinds = {key: pl.String() if isinstance(kind, str) else kind for key, kind in source.row.items()}
    assert source.examples(pl.DataFrame(schema={**kinds, "file": pl.String()})).is_empty()


@pytest.mark.parametrize(("answer", "output"), [("letter", "B"), ("text", "hen"), ("both", "B. hen")])
def test_answer(one: Any, answer: str, output: str) -> None:
    assert one("mmlu", [CHOICE], answer=answer).examples["output"].to_list() == [output]


def test_mmlu_as_its_authors_wrote_it(tmp_path: Path, load: Any) -> None:
    """Without a header the first row is a question; both forms give the same examples."""
    rows = 'Which bird swims?,wren,duck,lark,swift,B\n"Which, of these, sings?",stone,3,3,lark,D\n'
    made = []
    for head in ("", "question,choice0,choice1,choice2,choice3,answer\n"):
        path = tmp_path / "birds_test.csv"
        path.write_text(head + rows, encoding="utf-8")
        made.append(load("mmlu", path).examples)
    assert made[0]["instruction"].to_list() == ["Which bird swims?", "Which, of these, sings?"]
    assert made[0].equals(made[1])


def test_mmlu_with_another_header(tmp_path: Path, load: Any) -> None:
    """A header with other names, or another number of cells, is not taken for a question in silence."""
    path = tmp_path / "birds_test.csv"
    path.write_text("Question,A,B,C,D,Key\nWhich bird swims?,wren,duck,lark,swift,B\n", encoding="utf-8")
    with pytest.raises(SourceFault, match=re.escape("there is no column `answer`, `question`")):
        load("mmlu", path)
    path.write_text("Which bird swims?,wren,duck,lark,B\n", encoding="utf-8")
    with pytest.raises(SourceFault, match=re.escape("there is no column `answer`, `question`")):
        load("mmlu", path)


def test_real_mmlu_without_its_header(real_data: Path, tmp_path: Path, load: Any) -> None:
    """The real files, less their first line, give the same questions."""
    for path in sorted((real_data / "mmlu" / "test").glob("a*.csv")):
        bare = tmp_path / path.name
        bare.write_bytes(path.read_bytes().split(b"\n", 1)[1])
        columns = ["task", "instruction", "input", "output", "meta", "row"]
        assert load("mmlu", bare).examples.select(columns).equals(load("mmlu", path).examples.select(columns))


@pytest.mark.parametrize("folder", ["birds", "train"])
def test_task_of_a_folder(tmp_path: Path, load: Any, folder: str) -> None:
    """Files that are called after a split say nothing, and their folder does."""
    path = tmp_path / folder / "test-00000-of-00001.jsonl"
    path.parent.mkdir()
    path.write_bytes(orjson.dumps({"input": "Which bird?", "target": "wren"}) + b"\n")
    assert load("bbh", path).examples["task"].to_list() == [folder]


def test_hh_first_exchange(one: Any) -> None:
    talk = "\n\nHuman: Any eggs?\n\nAssistant: Yes.\n\nHuman: How many?\n\nAssistant: Three."
    row = one("hh_rlhf", [{"chosen": talk, "rejected": ""}], turns="first").examples.row(0, named=True)
    assert (row["instruction"], row["output"], row["history"]) == ("Any eggs?", "Yes.", [])


def test_hub_types(tmp_path: Path, load: Any) -> None:
    """Typed rows, as the Hub's files hold them."""
    path = tmp_path / "rows.parquet"
    pl.DataFrame([CHOICE | {"subject": "birds"}]).write_parquet(path)
    assert load("mmlu", path).examples.row(0, named=True)["task"] == "birds"
    question = {"id": "1", "question": "Which bird?", "choices": {"label": ["A"], "text": ["hen"]}, "answerKey": "A"}
    pl.DataFrame([question]).write_parquet(path)
    assert load("commonsense_qa", path).examples["instruction"].to_list() == ["Which bird?"]
    pl.DataFrame([{"Question": "Which?", "Answer": "[1, 2]", "Picture": b"\x89"}]).write_parquet(path)
    assert load("theoremqa", path).examples["output"].to_list() == ["[1, 2]"]


def test_every_set_is_a_source() -> None:
    assert set(NAMES) <= set(plugin.names("sources"))
