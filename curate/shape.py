"""Recognise the shape of rows by their keys: which adapter reads them, or which key fills which column.

Many files that lie around are made to measure by, not to train on. Those are recognised too: by the shape of a data set
that has nothing else, or by the shape of one with a training part and a name such as `test.jsonl`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from curate.errors import CurateError

# Names under which data sets keep the question, what it is about, and the answer; the first that is there is taken.
_ASKED = (
    *("instruction", "prompt", "question", "query", "problem", "problem_text"),
    *("inputs", "source_text", "user", "human", "request", "title"),
)
_GIVEN = ("input", "context", "passage", "body", "article", "document", "dialogue", "text", "sentence")
_ANSWERED = (
    *("output", "response", "answer", "best_answer", "completion", "target", "targets", "label", "summary"),
    *("solution", "canonical_solution", "answer_text", "answer_latex", "assistant", "reply"),
)
_LISTS = ("references", "answers", "targets", "outputs", "labels", "text")
_KEPT = 8  # other keys that go to `meta`
_READER = {"file", "row"}  # columns that reading adds
_MMLU_CELLS = 6
# Words in the name of a file, and names of folders, that say which part of a data set it is.
_HELD = {"test", "dev", "val", "valid", "validation", "eval", "evaluation", "heldout"}
_TRAIN = {"train", "training"}


@dataclass(frozen=True)
class Rows:
    """The first rows of a file.

    Args:
        file: the file.
        frame: its rows, with the types found.
        around: the keys of the object around the rows, where there is one.
    """

    file: Path
    frame: pl.DataFrame
    around: frozenset[str]

    @property
    def keys(self) -> list[str]:
        """The keys of the rows."""
        return [key for key in self.frame.columns if key not in _READER]

    def has(self, *keys: str) -> bool:
        """Whether rows have all these keys."""
        return set(keys) <= set(self.frame.columns)

    def holds(self, key: str, pattern: str, share: float = 0.5) -> bool:
        """Whether this share of the texts under a key match a pattern."""
        if self.frame.schema.get(key) != pl.String:
            return False
        texts = self.frame[key].drop_nulls()
        return len(texts) > 0 and texts.str.contains(pattern).sum() >= share * len(texts)

    def field(self, key: str, *names: str) -> bool:
        """Whether a key holds an object, or a list of objects, with these fields."""
        dtype = self.frame.schema.get(key)
        inner = dtype.inner if isinstance(dtype, pl.List) else dtype
        return isinstance(inner, pl.Struct) and set(names) <= {one.name for one in inner.fields}


@dataclass(frozen=True)
class Shape:
    """What rows look like.

    Args:
        adapter: the source that reads them.
        why: what they were recognised by.
        fits: the test.
        measures: what of the data set is for evaluation: `all` of it, the parts `held` back for it, or None.
    """

    adapter: str
    why: str
    fits: Callable[[Rows], bool]
    measures: Literal["all", "held"] | None = None


@dataclass(frozen=True)
class Recognised:
    """What rows are.

    Args:
        adapter: the source that reads them.
        why: what they were recognised by.
        options: the adapter's options.
        evaluation: whether they are made to measure by.
    """

    adapter: str
    why: str
    options: Mapping[str, Any] = field(default_factory=dict)
    evaluation: bool = False


def _mmlu(rows: Rows) -> bool:
    if rows.has("question", "choice0", "choice1", "answer"):
        return True
    listed = rows.has("question", "choices", "answer") and rows.frame.schema["choices"] == pl.List(pl.String)
    # The authors' files have no header: what was taken for one is a question, four options and a letter.
    bare = len(rows.keys) == _MMLU_CELLS and rows.keys[-1] in set("ABCD") and rows.holds(rows.keys[-1], "^[ABCD]$", 1)
    return listed or bare


def _commonsense_qa(rows: Rows) -> bool:
    return rows.field("question", "stem", "choices", "question_concept") or rows.has("question_concept", "choices")


def _strategy_qa(rows: Rows) -> bool:
    return rows.field("target_scores", "Yes", "No") or rows.has("qid", "term", "question", "facts")


def _bbh(rows: Rows) -> bool:
    alone = set(rows.keys) == {"input", "target"}
    return alone and ({"canary", "examples"} <= rows.around or rows.holds("input", r"(?m)^Options:"))


def _mt_bench(rows: Rows) -> bool:
    turns = "turns" if rows.has("question_id") else "prompt"
    known = rows.has("question_id", "category") or rows.has("prompt_id", "category")
    return known and rows.frame.schema.get(turns) == pl.List(pl.String)


# The first that fits is taken, so narrow shapes stand before wide ones.
_MEASURING = (
    Shape("mmlu", "a question, its choices and the right one's number or letter", _mmlu, "all"),
    Shape(
        "truthfulqa",
        "a question with its best answer and its correct ones",
        lambda r: (
            r.has("Question", "Best Answer", "Correct Answers")
            or r.has("question", "best_answer", "correct_answers")
            or r.has("question", "mc1_targets")
        ),
        "all",
    ),
    Shape(
        "bbq",
        "'context', 'question' and 'ans0' to 'ans2'",
        lambda r: r.has("context", "question", "ans0", "ans1", "ans2", "label"),
        "all",
    ),
    Shape("strategy_qa", "questions with 'Yes' and 'No' scored, or with 'facts'", _strategy_qa, "all"),
    Shape("bbh", "'input' and 'target' of a BIG-bench task", _bbh, "all"),
    Shape("svamp", "'Body', 'Question', 'Equation'", lambda r: r.has("Body", "Question", "Equation", "Answer"), "all"),
    Shape(
        "word_problems",
        "'sQuestion' and 'lSolutions', or 'final_ans'",
        lambda r: r.has("sQuestion", "lSolutions") or r.has("question", "final_ans"),
        "all",
    ),
    Shape("commonsense_qa", "a question with choices and its 'question_concept'", _commonsense_qa, "held"),
    Shape(
        "humaneval",
        "'task_id', 'entry_point' and 'canonical_solution'",
        lambda r: r.has("task_id", "prompt", "entry_point", "canonical_solution"),
        "all",
    ),
    Shape("mbpp", "'task_id', 'code' and 'test_list'", lambda r: r.has("task_id", "code", "test_list"), "all"),
    Shape("mt_bench", "numbered questions of one or more turns", _mt_bench, "all"),
    Shape(
        "theoremqa",
        "'Question', 'Answer' and 'Answer_type'",
        lambda r: r.has("Question", "Answer", "Answer_type"),
        "all",
    ),
    Shape("scibench", "'problem_text' and 'answer_number'", lambda r: r.has("problem_text", "answer_number"), "all"),
)
_SHAPES = (
    *_MEASURING,
    Shape("hh_rlhf", "'chosen' dialogues of Human and Assistant", lambda r: r.holds("chosen", r"^\s*Human:")),
    Shape(
        "natural_instructions",
        "a task file: 'Definition' and 'Instances'",
        lambda r: {"Definition", "Instances"} <= r.around,
    ),
    Shape(
        "natural_instructions",
        "rows with 'definition', 'inputs' and 'targets'",
        lambda r: r.has("definition", "inputs", "targets"),
    ),
    Shape("quac", "'paragraphs' with 'qas'", lambda r: "data" in r.around and r.field("paragraphs", "qas")),
    Shape("messages", "'messages' with 'role' and 'content'", lambda r: r.field("messages", "role", "content")),
    Shape(
        "messages",
        "'prompt' and 'completion' with 'role'",
        lambda r: r.field("prompt", "role") and r.field("completion", "role"),
    ),
    Shape("sharegpt", "'conversations' with 'from' and 'value'", lambda r: r.field("conversations", "from", "value")),
    Shape(
        "lima", "'conversations' as lists of texts", lambda r: r.frame.schema.get("conversations") == pl.List(pl.String)
    ),
    Shape(
        "aqua_rat",
        "'question', 'options', 'rationale' and 'correct'",
        lambda r: r.has("question", "options", "rationale", "correct"),
        "held",
    ),
    Shape(
        "openbookqa",
        "'answerKey' and a question with choices",
        lambda r: r.has("answerKey") and (r.field("question", "stem", "choices") or r.has("question_stem")),
        "held",
    ),
    Shape(
        "gsm8k",
        "'question' and 'answer' with '####' before the result",
        lambda r: r.has("question") and r.holds("answer", r"(?m)^#### "),
        "held",
    ),
    Shape(
        "hendrycks_math",
        "'problem' and 'solution' with a \\boxed result",
        lambda r: r.has("problem") and r.holds("solution", r"\\f?boxed"),
        "held",
    ),
    Shape("cnn_dailymail", "'article' and 'highlights'", lambda r: r.has("article", "highlights")),
    Shape("cnn_dailymail", "a story with @highlight", lambda r: r.holds("text", "(?m)^@highlight")),
    Shape(
        "math_instruct",
        "'source' that names subsets such as CoT/gsm_train",
        lambda r: r.has("instruction", "output") and r.holds("source", "(CoT|PoT)/"),
    ),
    Shape(
        "lima",
        "instructions with 'history', in a file that is called lima",
        lambda r: r.has("instruction", "output", "history") and "lima" in r.file.stem.lower(),
    ),
    Shape("alpaca", "'instruction' and 'output'", lambda r: r.has("instruction", "output")),
    Shape("alpaca", "'instruction' and 'response'", lambda r: r.has("instruction", "response")),
)


def _evaluation(shape: Shape, file: Path) -> bool:
    """Whether a file of this shape is made to measure by: its name tells, or its folder's where that says nothing."""
    words = set(re.split(r"[^a-z]+", file.name.lower()))
    if not words & (_HELD | _TRAIN):
        words = {file.parent.name.lower()} - {"dev"}  # many keep everything that they work on in such a folder
    held, train = words & _HELD, words & _TRAIN
    return bool(held) if shape.measures == "held" else shape.measures == "all" and (bool(held) or not train)


def recognise(rows: Rows) -> Recognised:
    """What rows are.

    Raises:
        CurateError: no shape fits, and no keys look like a question and an answer; the message lists the keys.
    """
    for shape in _SHAPES:
        if shape.fits(rows):
            return Recognised(shape.adapter, shape.why, {}, _evaluation(shape, rows.file))
    columns = _columns(rows.frame)
    wanted = (("a question", {"instruction", "input"}), ("an answer", {"output", "references"}))
    missing = [what for what, names in wanted if not names & set(columns)]
    if missing:
        raise CurateError(
            f"{rows.file}: no known shape, and no key that looks like {' or '.join(missing)}; "
            f"the keys are: {', '.join(rows.keys)}. Write the recipe by hand, with `adapter: files` and a map such as "
            "`columns: {instruction: KEY, output: KEY}`"
        )
    used = {path.split(".", 1)[0] for path in columns.values()}
    rest = [key for key in rows.keys if key not in used and not rows.frame.schema[key].is_nested()]
    options: dict[str, Any] = {"columns": columns}
    kept = {"meta": rest[:_KEPT]} if rest else {}
    return Recognised("files", "the names of its keys, as no known shape fits", options | kept)


def _columns(frame: pl.DataFrame) -> dict[str, str]:
    """A column map by the names of the keys, nested ones included (`instances.0.output`)."""
    paths = list(_paths(frame))
    texts = [path for path, dtype in paths if not dtype.is_nested()]
    lists = [path for path, dtype in paths if dtype == pl.List(pl.String)]
    found: dict[str, str] = {}
    for column, names in (("output", _ANSWERED), ("instruction", _ASKED), ("input", _GIVEN), ("system", ("system",))):
        path = _first([text for text in texts if text not in found.values()], names)
        if path is not None:
            found[column] = path
    references = _first(lists, _LISTS)
    return found if references is None else {**found, "references": references}


def _first(paths: Sequence[str], names: Sequence[str]) -> str | None:
    """The path whose last part is the earliest of the names; `Best Answer` counts as best_answer."""
    plain = {path: re.sub(r"\W+", "_", path.rsplit(".", 1)[-1].lower()) for path in paths}
    return next((path for name in names for path in paths if plain[path] == name), None)


def _paths(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataType]]:
    """Keys, and then the fields of objects and of the first object of lists, each with its type."""
    schema = {key: dtype for key, dtype in frame.schema.items() if key not in _READER and dtype != pl.Null}
    yield from schema.items()
    for key, dtype in schema.items():
        inner = dtype.inner if isinstance(dtype, pl.List) else dtype
        if isinstance(inner, pl.Struct):
            place = f"{key}.0" if isinstance(dtype, pl.List) else key
            for one in inner.fields:
                yield f"{place}.{one.name}", one.dtype  # type: ignore[misc]
