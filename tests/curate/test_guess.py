"""Files are recognised by the shape of their rows, and the recipe that is drafted for them is valid."""

# ruff: noqa: E501 - one shape a line reads best

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from curate.draft import draft
from curate.errors import CurateError
from curate.guess import look
from curate.recipe import load

TASK = {
    "Contributors": ["Ada"],
    "Definition": ["Name the bird."],
    "Categories": ["Question Answering"],
    "Positive Examples": [],
    "Instances": [{"id": "task1-0", "input": "It quacks.", "output": ["A duck", "duck"]}],
}
DIALOGUE = {
    "data": [
        {
            "title": "Hens",
            "section_title": "Eggs",
            "background": "A hen is a bird.",
            "paragraphs": [
                {
                    "id": "C_9_0",
                    "context": "A hen lays an egg a day. CANNOTANSWER",
                    "qas": [
                        {
                            "id": "C_9_0_q#0",
                            "question": "What does it lay?",
                            "yesno": "x",
                            "followup": "y",
                            "answers": [{"text": "an egg a day", "answer_start": 11}],
                            "orig_answer": {"text": "an egg a day", "answer_start": 11},
                        }
                    ],
                }
            ],
        }
    ]
}
CHOICES = [{"text": "eggs", "label": "A"}, {"text": "ice", "label": "B"}]
# adapter, file name, content: a list is written as its suffix says
SHAPES: list[tuple[str, str, Any]] = [
    ("natural_instructions", "task1_bird.json", TASK),
    ("natural_instructions", "hub.jsonl", [{"id": "1", "task_name": "t", "definition": "Sum.", "inputs": "1 1", "targets": "2"}]),
    ("quac", "quac.json", DIALOGUE),
    ("messages", "chat.jsonl", [{"messages": [{"role": "user", "content": "Eggs?"}, {"role": "assistant", "content": "Yes."}]}]),
    ("sharegpt", "share.json", [{"conversations": [{"from": "human", "value": "Eggs?"}, {"from": "gpt", "value": "Yes."}]}]),
    ("lima", "talks.jsonl", [{"conversations": ["Which bird is tallest?", "The ostrich."], "source": "wiki"}]),
    ("lima", "lima.json", [{"instruction": "Which?", "input": "", "output": "This.", "history": [["Hi?", "Hi."]]}]),
    ("aqua_rat", "aqua.json", [{"question": "1+1?", "options": ["A)1", "B)2"], "rationale": "One and one.", "correct": "B"}]),
    ("openbookqa", "book.jsonl", [{"id": "9", "question": {"stem": "A hen sits on", "choices": CHOICES}, "answerKey": "A"}]),
    ("gsm8k", "sums.jsonl", [{"question": "Two hens, 3 eggs each?", "answer": "2*3 = <<2*3=6>>6\n#### 6"}]),
    ("hendrycks_math", "math.jsonl", [{"problem": "$1+1$?", "solution": "It is $\\boxed{2}$.", "level": "Level 1", "type": "Algebra"}]),
    ("cnn_dailymail", "news.csv", "id,article,highlights\n1,A hen escaped on Monday.,Hen escapes\n"),
    ("cnn_dailymail", "a.story", "A hen escaped on Monday.\n\n@highlight\n\nHen escapes\n"),
    ("math_instruct", "mix.json", [{"source": "data/CoT/gsm_train.json", "instruction": "1+1?", "output": "The answer is 2"}]),
    ("alpaca", "alpaca.json", [{"instruction": "Name a bird.", "input": "", "output": "A wren."}]),
    ("alpaca", "dolly.jsonl", [{"instruction": "Name a bird.", "context": "", "response": "A wren.", "category": "qa"}]),
    ("files", "any.tsv", "Question\tBest Answer\tlang\nWhich bird is tallest?\tThe ostrich.\ten\n"),
]  # fmt: skip


def write(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif name.endswith(".jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    else:
        path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("adapter", "name", "content"), SHAPES, ids=[f"{adapter}-{name}" for adapter, name, _ in SHAPES]
)
def test_shape_is_recognised_and_its_recipe_loads(tmp_path: Path, adapter: str, name: str, content: Any) -> None:
    path = write(tmp_path, name, content)
    (guess,) = look([path])
    assert guess.adapter == adapter
    assert guess.rows == 1
    assert not guess.faults
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft([guess], "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    (source,) = load(recipe).sources.values()
    assert source.adapter == adapter
    assert source.path == (name,)


def test_keys_of_any_files_are_mapped_by_their_names(tmp_path: Path) -> None:
    rows = [
        {
            "id": 1,
            "Prompt": "Name a bird.",
            "passage": "",
            "answers": ["A wren", "A tit"],
            "target": "A wren",
            "n": {"x": 1},
        }
    ]
    (guess,) = look([write(tmp_path, "any.json", rows)])
    columns = {"instruction": "Prompt", "input": "passage", "output": "target", "references": "answers"}
    assert guess.options == {"columns": columns, "meta": ["id"]}


def test_keys_inside_lists_and_objects_are_found(tmp_path: Path) -> None:
    rows = [{"instruction": "Name a bird.", "instances": [{"input": "small", "output": "A wren."}]}]
    (guess,) = look([write(tmp_path, "seeds.jsonl", rows)])
    assert guess.options["columns"] == {
        "instruction": "instruction",
        "input": "instances.0.input",
        "output": "instances.0.output",
    }


def test_unknown_rows_are_an_error_that_names_their_keys(tmp_path: Path) -> None:
    path = write(tmp_path, "odd.jsonl", [{"weight": 3, "height": 4}])
    with pytest.raises(
        CurateError, match=r"odd\.jsonl: no known shape.*question or an answer; the keys are: weight, height"
    ):
        look([path])


def test_shape_whose_rows_do_not_fit_is_an_error_that_says_why(tmp_path: Path) -> None:
    path = write(tmp_path, "half.json", [{"conversations": [{"from": "human", "value": "Eggs?"}]}])
    with pytest.raises(CurateError, match=r"looks like sharegpt .* none of the first 200 rows fits: the dialogue ends"):
        look([path])


@pytest.mark.parametrize(
    ("name", "content"), [("empty.json", ""), ("broken.json", "[{]"), ("words.jsonl", '"one"\n"two"\n')]
)
def test_unreadable_file_is_an_error_that_names_it(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(CurateError, match=name):
        look([write(tmp_path, name, content)])


def test_missing_file_and_empty_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="there is no such file"):
        look([tmp_path / "none.json"])
    with pytest.raises(CurateError, match="the folder holds no files"):
        look([tmp_path])


def test_damaged_file_among_good_ones_is_left_to_the_quarantine(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path, f"part{number}.json", [{"instruction": f"Name bird {number}.", "output": "A wren."}])
    write(tmp_path, "part9.json", '[{"instruction": "Name a bird.",}]')
    (guess,) = look([tmp_path])
    assert len(guess.files) == 5
    assert sum(guess.faults.values()) == 1
    text = draft([guess], "trial", tmp_path, "curate build recipe.yaml")
    assert "on_error: {mode: quarantine" in text
    assert 'path: "*.json"' in text


def test_each_shape_becomes_a_source_with_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    paths = [write(tmp_path, "talk.json", SHAPES[4][2]), write(tmp_path / "b", "talk.json", SHAPES[14][2])]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft(look(paths), "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    assert {name: source.adapter for name, source in load(recipe).sources.items()} == {
        "talk": "sharegpt",
        "talk_2": "alpaca",
    }


def test_drafted_values_survive_yaml(tmp_path: Path) -> None:
    folder = tmp_path / 'no: [it\'s] ${vars.x} "q" #1'
    folder.mkdir()
    path = write(
        folder,
        "on.jsonl",
        [{"yes": 1, "question": "Er en and en fugl?", "answer": "Ja, and er en fugl i det norske språket."}],
    )
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft(look([path]), "no", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    loaded = load(recipe)
    assert loaded.name == "no"
    (pattern,) = loaded.sources["on"].path
    assert [found.resolve() for found in tmp_path.glob(pattern)] == [path.resolve()]
    assert loaded.sources["on"].options.model_dump()["meta"] == ("yes",)


def test_only_the_first_rows_are_read(tmp_path: Path) -> None:
    rows = [{"instruction": f"Name bird {number}.", "output": "A wren."} for number in range(500)]
    path = tmp_path / "many.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    (guess,) = look([path])
    assert guess.rows == 200
    assert guess.words == {"prompt": (3, 3), "output": (2, 2)}


@pytest.mark.parametrize(
    ("folder", "adapter"),
    [
        ("ni_superni_sapt", "natural_instructions"),
        ("ni_v2_contrib", "natural_instructions"),
        ("gsm8k/train.jsonl", "gsm8k"),
        ("aqua", "aqua_rat"),
        ("math_hendrycks_test", "hendrycks_math"),
        ("lima", "lima"),
        ("alpaca_en_full_chunks", "alpaca"),
        ("alpaca_zh_translated", "alpaca"),
        ("dolly_3k_alpagasus", "alpaca"),
        ("gpteacher", "alpaca"),
        ("quac_sample", "quac"),
        ("cnn_dailymail_val_subset", "cnn_dailymail"),
        ("cnn_stories_fixture", "cnn_dailymail"),
        ("cot_tasks/CommonsenseQA/train_rand_split.jsonl", "openbookqa"),
        ("llama_factory_demos/glaive_toolcall_en_demo.json", "sharegpt"),
        ("llama_factory_demos/kto_en_demo.json", "messages"),
        ("truthfulqa", "files"),
        ("stanford_alpaca_seeds", "files"),
    ],
)
def test_real_sets_are_recognised(real_data: Path, tmp_path: Path, folder: str, adapter: str) -> None:
    guesses = look([real_data / folder])
    assert {guess.adapter for guess in guesses} == {adapter}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft(guesses, "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    assert load(recipe).name == "trial"
