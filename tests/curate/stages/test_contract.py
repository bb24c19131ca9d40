"""The contract of every stage found through the doors: any cut and any order of rows gives the same frame."""

from __future__ import annotations

import inspect
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from ruamel.yaml import YAML
from tokenizers import Tokenizer, models, pre_tokenizers

from curate import plugin
from curate.cache import Cache
from curate.embedding import locate
from curate.engine.local import LocalEngine
from curate.example import EXAMPLE
from curate.passes import peek, run
from curate.room import room
from curate.stage import DROP, Desk, GlobalStage, Keep, RecordStage, Stage
from support import tiny_model
from support.examples import apply, cuts, dropped, frame, scored, stage, units

# Settings of the stages; a rule of `filter` or `transform` is tried with the example in its docstring.
STAGES: dict[str, list[dict[str, Any]]] = {
    "decontaminate": [
        {"against": [{"name": "held", "adapter": "gsm8k", "path": "held.jsonl"}], "ngram": 5, "max_documents": None},
        {"against": [{"name": "held", "adapter": "gsm8k", "path": "held.jsonl"}], "mode": "report"},
    ],
    "dedup": [
        {"on": ["instruction"], "key": "normalised"},
        {"prefer": ["human", "longest"], "empty": "match"},
        {"method": "minhash", "ngram": 2, "threshold": 0.6, "on": ["instruction", "output"]},
        {"against": [{"adapter": "gsm8k", "path": "held.jsonl"}], "on": ["instruction"], "key": "normalised"},
        {"method": "minhash", "ngram": 2, "threshold": 0.6, "against": [{"adapter": "gsm8k", "path": "held.jsonl"}]},
        {"method": "semantic", "model": "tiny", "threshold": 0.7, "on": ["instruction", "output"]},
    ],
    "format": [{"columns": "messages"}, {"template": "alpaca"}, {"columns": "text", "template": "chatml"}],
    "sample": [
        {"max_per_task": 4, "repeat": 2},
        {"keep": 0.3},
        {"take": 30, "order": "longest"},
        {"share": {"b": 0.2}},
        {"mix": {"by": "task", "temperature": 2, "take": 100}},
        {"per": "task", "edges": [0.4, 0.6], "quota": [9, 5, 1], "pool": "failed"},
        {"per": "record", "by": "rouge_l", "edges": [0.2], "fraction": [0.8, 0.2], "within": "task"},
        {"max_tokens": 500, "tokenizer": ""},
    ],
    "score": [
        {"metric": "exact_match", "predictions": "held.jsonl"},
        {"metric": "exact_match", "predictions": "held.jsonl", "per_task": 5, "until": "\n\n"},
    ],
    "split": [{"fractions": {"dev": 0.1, "test": 0.3}}, {"fractions": {"test": 0.3}, "near": None}],
}
EXAMPLE_LINE = re.compile(r"`((?:filter|transform): \{.*?\}\})`")


def said(name: str) -> list[dict[str, Any]]:
    """Settings to try a stage with."""
    kind, _, rule = name.partition(".")
    if not rule:
        assert name in STAGES, f"give settings for the stage {name!r} in STAGES, so that its contract is tested"
        return STAGES[name]
    found = EXAMPLE_LINE.findall((inspect.getdoc(plugin.stage(name)) or "").partition("Example:")[2])
    assert found, f"{name}: its docstring has no `{kind}: {{{rule}: …}}` under Example"
    return [YAML(typ="safe").load(example)[kind][rule] for example in found]


CASES = [
    pytest.param(name, settings, id=f"{name}-{place}")
    for name in [
        *plugin.names("stages"),
        *(f"filter.{rule}" for rule in plugin.names("filters")),
        *(f"transform.{rule}" for rule in plugin.names("transforms")),
    ]
    for place, settings in enumerate(said(name))
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tokenizer of words, so that no test asks the network for one."""
    words = Tokenizer(models.WordLevel({"[UNK]": 0}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    words.save(str(path))
    return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An embedding model that knows the words of TEXTS."""
    words = sorted({word for text in TEXTS for word in re.findall(r"\w+|[^\w\s]+", text.lower())})
    return tiny_model.save(tmp_path_factory.mktemp("model") / "tiny", words, tiny_model.random_vectors(len(words)))


@pytest.fixture
def settings(request: pytest.FixtureRequest, tokenizer: str, model: str) -> dict[str, Any]:
    """The case's settings, with a tokenizer and a model that are there."""
    said = dict(request.param)
    there = {"tokenizer": tokenizer} if "tokenizer" in said else {}
    return {**said, **there, **({"model": model} if said.get("model") == "tiny" else {})}


def turn(role: str, content: str) -> dict[str, str | None]:
    return {"role": role, "content": content, "name": None, "tool_calls": None, "tool_call_id": None}


TEXTS = (
    "What is two plus two?",
    "what is  two plus two? ",
    "Name a bird.",
    "Nenne einen großen Vogel, der nicht fliegen kann und in Afrika lebt.",
    "请说出一种不会飞的大鸟的名字，并解释原因。",
    "def add(a, b):\n    return a + b",
    "As an AI language model, I cannot help with that. I'm sorry.",
    "Solve $x^2 = 4 for x, by \\frac{1}{2.",
    "Write to jo.doe@example.org or call +1 415 555 0100, <<2+2=4>> is four.",
    "spam spam spam spam spam spam spam spam spam spam\nspam spam spam spam",
    "• one\n• two\n• three ###### ... https://example.org <noinput>",
    "ﬁne café ＦＵＬＬ \u00a0 width",
    "",
)


@pytest.fixture(scope="module")
def examples() -> pl.DataFrame:
    """Some 230 records in which every kind of fault and every optional field occurs."""
    rows: list[dict[str, Any]] = []
    for number in range(18):
        for place, text in enumerate(TEXTS):
            rows.append(
                {
                    "source": "ab"[number % 2],
                    "task": [None, "t1", "t2"][number % 3],
                    "group": f"g{number % 5}" if place == 2 else None,
                    "system": "Be brief." if number % 7 == 0 else "",
                    "instruction": text,
                    "input": str(number) if number % 4 else "",
                    "output": TEXTS[(place * 5 + number) % len(TEXTS)],
                    "references": ["four", "4"] if number % 6 == 0 else None,
                    "history": [turn("user", "Hi"), turn("assistant", text)] if number % 9 == 0 else None,
                    "tools": '[{"type": "function"}]' if number == 5 else None,
                    "license": ["mit", "apache-2.0", None][number % 3],
                    "origin": ["human", "model", "mixed", "unknown"][number % 4],
                    "meta": f'{{"level": "{number % 3}"}}',
                }
            )
    made = frame(rows)
    right = [[1.0, 0.0, 0.0, None][int(name[:2], 16) % 4] for name in made["id"]]
    graded = [int(name[2:4], 16) / 255 for name in made["id"]]
    return scored(scored(made, "exact_match", right), "rouge_l", graded)


def ready(name: str, settings: dict[str, Any], folder: Path) -> Stage:
    """The stage, bound to what it prepared of its references if it needs any."""
    what = stage(name, settings, sources=("a", "b"))
    if what.models():
        what = what.with_models({key: locate(asked) for key, asked in what.models().items()})
    if not what.references():
        return what
    held = pl.DataFrame(
        {
            "id": ["one", "two"],
            "instruction": ["Name a bird, Solve $x^2 = 4 for x", TEXTS[3]],
            "task": ["t1", "t2"],
            "input": ["1", "2"],
            "output": [TEXTS[0], "4\n\nand more"],
        }
    )
    parts = {}
    for part, made in what.prepare(dict.fromkeys(what.references(), held)).items():
        parts[part] = folder / f"{part}.arrow"
        made.write_ipc(parts[part])
    return what.bind(parts, "key")


def keeper(folder: Path) -> Keep:
    """Keeps nothing: what is asked for is made."""

    def keep(key: object, make: Callable[[], Mapping[str, pl.DataFrame]]) -> Mapping[str, Path]:
        made = make()
        paths = {name: folder / f"{uuid.uuid4().hex}.arrow" for name in made}
        for name, part in made.items():
            part.write_ipc(paths[name])
        return paths

    return keep


@pytest.mark.parametrize(("name", "settings"), CASES, indirect=["settings"])
def test_cuts_and_order_do_not_matter(
    name: str, settings: dict[str, Any], examples: pl.DataFrame, tmp_path: Path
) -> None:
    """Whole, cut and shuffled: the same records stay with the same columns, the others go with the same evidence."""
    what = ready(name, settings, tmp_path)
    left, gone, tally = apply(what, examples, tmp_path)
    assert left.height + gone.height == examples.height
    assert tally.total_dropped == gone.height
    if gone.height:
        assert gone["rule"].null_count() == gone["reason"].null_count() == 0
    for seed, pieces in ((1, 2), (2, 7)):
        again = apply(what, examples, tmp_path, cuts(examples.height, seed, pieces))
        assert_frame_equal(again[0], left)
        # A tie between equal twins may not depend on the cut either.
        assert_frame_equal(again[1], gone)
        assert (again[2].rows_in, again[2].dropped, again[2].counts) == (tally.rows_in, tally.dropped, tally.counts)


@pytest.mark.parametrize(("name", "settings"), CASES, indirect=["settings"])
def test_second_run_is_cached(name: str, settings: dict[str, Any], examples: pl.DataFrame, tmp_path: Path) -> None:
    """A stage that has run is taken from the cache whole, and gives the same units."""
    what = ready(name, settings, tmp_path)
    before = units(examples, tmp_path / "base", cuts(examples.height, 3, 3))
    cache, engine = Cache(tmp_path), LocalEngine(tmp_path / "scratch")
    assert peek(what, before, cache)[1] is None
    after, tally = run(what, before, engine, cache)
    again, cached = run(what, before, engine, cache)
    assert (again, cached.cached) == (after, len(before))
    assert tally.cached == 0
    assert peek(what, before, cache) == (len(before), after)


@pytest.mark.parametrize(("name", "settings"), CASES, indirect=["settings"])
def test_what_a_stage_says(name: str, settings: dict[str, Any], examples: pl.DataFrame, tmp_path: Path) -> None:
    """It reads what it says, names each row once, makes no stray column, and leaves the frame it was given."""
    what = ready(name, settings, tmp_path)
    assert what.name == name
    assert what.lacks() is None
    frame_in = examples.select(*sorted(what.reads & set(examples.columns))).with_columns(
        at=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    copy, examples_at = frame_in.clone(), examples.with_row_index("at")
    if isinstance(what, RecordStage):
        outcome = what.apply(frame_in)
    else:
        assert isinstance(what, GlobalStage)
        keys = what.keys(frame_in)
        if what.drives:
            desk = Desk(lambda _, columns: examples_at.select("at", *columns), tmp_path, lambda *_: None)
            outcome = what.decide_at(keys.with_columns(unit=pl.lit(0, dtype=pl.UInt32)), desk)
        elif what.from_files:
            keys.write_ipc(tmp_path / "keys.arrow")
            outcome = what.decide_files([tmp_path / "keys.arrow"], keeper(tmp_path), room(None, tmp_path))
        else:
            outcome = what.decide(keys.with_columns(unit=pl.lit(0, dtype=pl.UInt32)))
    assert_frame_equal(frame_in, copy)
    if outcome.drops is not None:
        assert set(outcome.drops.columns) <= {*DROP, "unit", "twin_unit", "twin_at"}
        assert not outcome.drops["at"].is_duplicated().any()
        assert outcome.drops["at"].is_in(frame_in["at"]).all()
    if outcome.columns is not None:
        assert outcome.columns.schema["at"] == pl.UInt32
        assert not outcome.columns["at"].is_duplicated().any()
        assert all(
            outcome.columns.schema[column] == dtype for column, dtype in EXAMPLE.items() if column in outcome.columns
        )


@pytest.mark.parametrize(("name", "settings"), CASES, indirect=["settings"])
def test_no_records(name: str, settings: dict[str, Any], examples: pl.DataFrame, tmp_path: Path) -> None:
    """Neither no units nor a unit of which an earlier step dropped every row is a fault."""
    what = ready(name, settings, tmp_path)
    engine, cache = LocalEngine(tmp_path / "scratch"), Cache(tmp_path)
    assert run(what, [], engine, cache)[0] == []
    empty, _ = run(stage("sample", {"take": 0}), units(examples.head(3), tmp_path / "base"), engine, cache)
    after, tally = run(what, empty, engine, cache)
    assert (tally.total_dropped, sum(unit.alive for unit in after)) == (0, 0)
    assert dropped(after)["stage"].to_list() == ["0.sample"] * 3
