"""Recognise the shape of rows by their keys: which adapter reads them, or which key fills which column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """

    adapter: str
    why: str
    fits: Callable[[Rows], bool]


# The first that fits is taken, so narrow shapes stand before wide ones.
_SHAPES = (
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
    ),
    Shape(
        "openbookqa",
        "'answerKey' and a question with choices",
        lambda r: r.has("answerKey") and (r.field("question", "stem", "choices") or r.has("question_stem")),
    ),
    Shape(
        "gsm8k",
        "'question' and 'answer' with '####' before the result",
        lambda r: r.has("question") and r.holds("answer", r"(?m)^#### "),
    ),
    Shape(
        "hendrycks_math",
        "'problem' and 'solution' with a \\boxed result",
        lambda r: r.has("problem") and r.holds("solution", r"\\f?boxed"),
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


def recognise(rows: Rows) -> tuple[str, str, dict[str, Any]]:
    """The adapter, what the rows were recognised by, and the adapter's options.

    Raises:
        CurateError: no shape fits, and no keys look like a question and an answer; the message lists the keys.
    """
    for shape in _SHAPES:
        if shape.fits(rows):
            return shape.adapter, shape.why, {}
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
    return "files", "the names of its keys, as no known shape fits", options | ({"meta": rest[:_KEPT]} if rest else {})


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
            for field in inner.fields:
                yield f"{place}.{field.name}", field.dtype  # type: ignore[misc]
