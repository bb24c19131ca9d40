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
    ("hh_rlhf", "pairs.jsonl", [{"chosen": "\n\nHuman: Eggs?\n\nAssistant: Yes.", "rejected": "\n\nHuman: Eggs?\n\nAssistant: No."}]),
    ("commonsense_qa", "csqa_train.jsonl", [{"id": "9", "answerKey": "A", "question": {"stem": "A hen sits on", "question_concept": "hen", "choices": CHOICES}}]),
    ("mmlu", "auxiliary_train.jsonl", [{"question": "A hen lays?", "subject": "", "choices": ["eggs", "ice"], "answer": 0}]),
    ("strategy_qa", "strategyqa_train.json", [{"qid": "9", "term": "Hen", "description": "bird", "question": "Do hens fly?", "answer": True, "facts": ["Not far."], "decomposition": ["How far?"]}]),
    ("files", "any.tsv", "Question\tBest Answer\tlang\nWhich bird is tallest?\tThe ostrich.\ten\n"),
]  # fmt: skip


# What is made to measure by: the same, but that no name says so where the data set has nothing else.
MEASURES: list[tuple[str, str, Any]] = [
    ("mmlu", "birds.csv", "question,choice0,choice1,choice2,choice3,answer\nWhich bird swims?,wren,duck,lark,swift,1\n"),
    ("mmlu", "birds_test.csv", "Which bird swims?,wren,duck,lark,swift,B\nWhich bird sings?,lark,stone,ice,egg,A\n"),
    ("mmlu", "hub.jsonl", [{"question": "A hen lays?", "subject": "birds", "choices": ["eggs", "ice"], "answer": 0}]),
    ("truthfulqa", "TruthfulQA.csv", "Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\nA,Birds,Do hens fly?,Not far,Not far; A little,Never,x\n"),
    ("truthfulqa", "mc.jsonl", [{"question": "Do hens swim?", "mc1_targets": {"choices": ["They can", "No"], "labels": [1, 0]}}]),
    ("bbq", "Age.jsonl", [{"example_id": 7, "question_index": "9", "question_polarity": "neg", "context_condition": "ambig", "category": "Age", "context": "A hen and a chick ran.", "question": "Who was slow?", "ans0": "The hen", "ans1": "Not known", "ans2": "The chick", "label": 1}]),
    ("bbh", "snarks.json", {"canary": "x", "examples": [{"input": "Which bird is tallest?", "target": "(B)"}]}),
    ("bbh", "rows.jsonl", [{"input": "Which bird is tallest?\nOptions:\n(A) wren\n(B) ostrich", "target": "(B)"}]),
    ("strategy_qa", "task.json", {"canary": "x", "examples": [{"input": "Could a hen swim?", "target_scores": {"Yes": 0, "No": 1}, "target": "No. Badly."}]}),
    ("svamp", "SVAMP.json", [{"ID": "9", "Body": "A hen lays 2 eggs.", "Question": "How many in 5 days?", "Equation": "( 2.0 * 5.0 )", "Answer": 10.0, "Type": "Multiplication"}]),
    ("word_problems", "AddSub.json", [{"iIndex": 9, "lEquations": ["X=2.0*5.0"], "lSolutions": [10.0], "sQuestion": "A hen lays 2 eggs a day. How many in 5 days?"}]),
    ("commonsense_qa", "dev_rand_split.jsonl", [{"id": "9", "answerKey": "A", "question": {"stem": "A hen sits on", "question_concept": "hen", "choices": CHOICES}}]),
    ("openbookqa", "test.jsonl", [{"id": "9", "question": {"stem": "A hen sits on", "choices": CHOICES}, "answerKey": "A"}]),
    ("humaneval", "HumanEval.jsonl", [{"task_id": "HumanEval/9", "prompt": "def lay(n):\n", "entry_point": "lay", "canonical_solution": "    return n\n", "test": "x"}]),
    ("mbpp", "mbpp.jsonl", [{"text": "Count eggs.", "code": "def count(eggs):\n    return len(eggs)", "task_id": 9, "test_list": ["assert count([1]) == 1"]}]),
    ("mt_bench", "question.jsonl", [{"question_id": 9, "category": "math", "turns": ["How many legs have 3 hens?", "And 4 cows?"], "reference": ["6", "16"]}]),
    ("theoremqa", "theorems.json", [{"Question": "Is 7 prime?", "Answer": "True", "Answer_type": "bool"}]),
    ("scibench", "fund.json", [{"problem_text": "How fast is a hen?", "answer_number": "9.8", "unit": " m/s", "source": "hens", "problemid": " 9.01"}]),
    ("gsm8k", "test.jsonl", [{"question": "Two hens, 3 eggs each?", "answer": "2*3 = <<2*3=6>>6\n#### 6"}]),
    ("hendrycks_math", "math-val.jsonl", [{"problem": "$1+1$?", "solution": "It is $\\boxed{2}$.", "level": "Level 1", "type": "Algebra"}]),
    ("aqua_rat", "dev.json", [{"question": "1+1?", "options": ["A)1", "B)2"], "rationale": "One and one.", "correct": "B"}]),
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
    assert not guess.evaluation
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft([guess], "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    (source,) = load(recipe).sources.values()
    assert source.adapter == adapter
    assert source.path == (name,)


@pytest.mark.parametrize(
    ("adapter", "name", "content"), MEASURES, ids=[f"{adapter}-{name}" for adapter, name, _ in MEASURES]
)
def test_evaluation_sets_are_kept_out_instead(tmp_path: Path, adapter: str, name: str, content: Any) -> None:
    """Beside data to train on, an evaluation set is what the mix is held against; alone it is a source that warns."""
    held = write(tmp_path, name, content)
    mine = write(tmp_path, "mine.json", [{"instruction": "Name a bird.", "input": "", "output": "A wren."}])
    guesses = look([held, mine])
    assert [(guess.adapter, guess.evaluation) for guess in guesses] == [(adapter, True), ("alpaca", False)]
    assert not guesses[0].faults
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft(guesses, "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    loaded = load(recipe)
    assert list(loaded.sources) == ["mine"]
    (step,) = [step for step in loaded.steps if step.name == "decontaminate"]
    assert [(one.adapter, one.path) for one in step.settings.against] == [(adapter, (name,))]  # type: ignore[attr-defined]
    assert loaded.expect.contamination == 0
    recipe.write_text(draft(guesses[:1], "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    alone = load(recipe)
    assert [source.adapter for source in alone.sources.values()] == [adapter]
    assert not [step for step in alone.steps if step.name == "decontaminate"]
    assert "This looks like an evaluation set" in recipe.read_text(encoding="utf-8")


def test_parts_of_one_set_are_told_apart(tmp_path: Path) -> None:
    """Training and test part go different ways, though they have one shape."""
    rows = [{"question": "Two hens, 3 eggs each?", "answer": "2*3 = 6\n#### 6"}]
    parts = [write(tmp_path, name, rows) for name in ("train.jsonl", "test.jsonl", "test_socratic.jsonl")]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft(look(parts), "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    loaded = load(recipe)
    assert loaded.sources["train"].path == ("train.jsonl",)
    (step,) = [step for step in loaded.steps if step.name == "decontaminate"]
    assert step.settings.against[0].path == ("test.jsonl", "test_socratic.jsonl")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "evaluation"),
    [
        ("test/part-0.jsonl", True),
        ("validation/data.jsonl", True),
        ("dev/gsm8k.jsonl", False),
        ("test/train.jsonl", False),
        ("my-tests/gsm8k.jsonl", False),
        ("gsm8k.train.jsonl", False),
        ("gsm8k_eval_v2.jsonl", True),
        ("latest.jsonl", False),
    ],
)
def test_names_of_files_say_more_than_those_of_folders(tmp_path: Path, path: str, evaluation: bool) -> None:  # noqa: FBT001
    """The words of a file's name decide; a folder is asked where they say nothing."""
    (tmp_path / "x" / path).parent.mkdir(parents=True)
    rows = [{"question": "Two hens, 3 eggs each?", "answer": "2*3 = 6\n#### 6"}]
    (guess,) = look([write(tmp_path / "x", path, rows)])
    assert guess.evaluation == evaluation


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
        ("cot_tasks/CommonsenseQA/train_rand_split.jsonl", "commonsense_qa"),
        ("cot_tasks/CommonsenseQA", "commonsense_qa"),
        ("cot_tasks/StrategyQA", "strategy_qa"),
        ("cot_tasks/AddSub", "word_problems"),
        ("cot_tasks/MultiArith", "word_problems"),
        ("cot_tasks/SingleEq", "word_problems"),
        ("mmlu", "mmlu"),
        ("bbq", "bbq"),
        ("bbh", "bbh"),
        ("svamp", "svamp"),
        ("humaneval_mbpp", "humaneval"),
        ("mt_bench_vicuna/fastchat", "mt_bench"),
        ("theoremqa", "theoremqa"),
        ("scibench", "scibench"),
        ("hh_rlhf_harmless_test", "hh_rlhf"),
        ("llama_factory_demos/glaive_toolcall_en_demo.json", "sharegpt"),
        ("llama_factory_demos/kto_en_demo.json", "messages"),
        ("truthfulqa", "truthfulqa"),
        ("stanford_alpaca_seeds", "files"),
    ],
)
def test_real_sets_are_recognised(real_data: Path, tmp_path: Path, folder: str, adapter: str) -> None:
    guesses = look([real_data / folder])
    assert {guess.adapter for guess in guesses} == {adapter}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(draft(guesses, "trial", tmp_path, "curate build recipe.yaml"), encoding="utf-8")
    assert load(recipe).name == "trial"
