"""What every filter and transform must keep, whoever wrote it: they are found through the doors."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pydantic import ValidationError
from tokenizers import Tokenizer, models, pre_tokenizers

from curate import plugin
from curate.example import EXAMPLE
from curate.stage import DROP, RecordStage
from support.rules import records, run, step, turn

# Settings with which a rule does something on the records below, where its defaults are not enough. A new rule with
# required settings adds a line.
SETTINGS: dict[str, dict[str, Any]] = {
    "filter.words": {"of": ["instruction", "input"], "min": 2, "max": 30},
    "filter.characters": {"of": ["output"], "min": 2, "max": 300},
    "filter.tokens": {"of": ["output"], "max": 20, "tokenizer": "TOKENIZER"},
    "filter.regex": {"of": ["output"], "lacks": "(?i)[aeiou]{2}"},
    "filter.contains": {"of": ["output", "meta.level"], "lacks": ["the", "5"]},
    "filter.language": {"of": ["instruction", "input", "output"], "keep": ["en"]},
    "filter.license": {"commercial": True},
    "filter.values": {"of": "meta.level", "keep": ["5"]},
    "filter.references": {"max": 1},
    "filter.code": {"keep": "none"},
    "filter.repetition": {"min_words": 5},
    "filter.symbols": {"min_words": 1},
    "filter.latex": {"of": ["output", "references"]},
    "transform.replace": {"pattern": "(the) ", "by": "${1}_"},
    "transform.lower": {"probability": 0.5, "of": ["instruction", "input", "output"]},
    "transform.template": {"to": "instruction", "template": "{instruction} ({meta.level})"},
    "transform.move": {"from": "instruction", "to": "input"},
    "transform.strip": {"collapse": True},
    "transform.unicode": {"form": "NFKC"},
    "transform.mask_pii": {"kinds": ["email", "ip", "phone", "iban", "credit_card", "secret"]},
}

ROWS: list[dict[str, Any]] = [
    {"instruction": "Name the capital of France.", "input": "", "output": "The capital of France is Paris."},
    {
        "instruction": "",
        "input": "Wer hat den Faust geschrieben, und wann ist er erschienen?",
        "output": "Goethe, im Jahr 1808.",
    },
    {
        "instruction": "解释什么是光合作用",
        "input": "",
        "output": "光合作用是植物利用阳光把二氧化碳和水变成糖。",
    },
    {"instruction": "Say yes.", "output": "yes", "meta": '{"level": 5, "tags": ["a"]}'},
    {"instruction": None, "input": None, "output": None, "references": None, "history": None, "meta": None},
    {"instruction": "empty", "input": " ", "output": " \n\t ", "meta": "{}"},
    {
        "instruction": "Smile 👩🏽‍🚀",
        "output": "👍🏿 ok\u200b ﬁne\r\nthen",
        "references": ["👍🏿 ok\u200b ﬁne\r\nthen", "\uff2fk"],
    },
    {"instruction": "Loop.", "output": "I do not know what to say. " * 40},
    {"instruction": "Write a function.", "output": "```python\ndef f(x):\n    return x + 1\n```"},
    {"instruction": "Solve.", "output": r"We get $\frac{1}{2$ and \begin{align}x", "task": "maths"},
    {
        "instruction": "Refuse.",
        "output": "I\u2019m sorry, but I cannot fulfil that. As an AI language model, I do not.",
    },
    {
        "instruction": "Contact?",
        "output": "Write to jane.doe@example.org, or call +49 30 1234567; 8.8.8.8",
        "system": "Be kind.",
    },
    {"instruction": "Symbols", "output": "# # # # # ... ... and so on ...", "license": "mit", "origin": "human"},
    {
        "instruction": "And then?",
        "output": "Then we go.",
        "history": [turn("user", "What is first?"), turn("assistant", "  First we write to a@b.org. ")],
    },
    {"instruction": "", "output": "", "history": [turn("user", None), turn("assistant", "")], "tools": "[]"},
    {
        "instruction": "Weather?",
        "output": "",
        "tools": '[{"name": "weather"}]',
        "meta": '{"tool_calls": [{"name": "weather"}]}',
    },
    {"instruction": "x" * 5000, "input": "the " * 3000, "output": "word " * 4000},
    {"instruction": "}{ ]] \\ $ %", "output": "\x00\x1f\u202e mirrored", "meta": '{"level": "high"}'},
]

RULES = [f"{kind}.{name}" for kind in ("filter", "transform") for name in plugin.names(f"{kind}s")]


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "the": 1}, unk_token="[UNK]"))  # noqa: S106 - a word, not a password
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    words.save(str(path))
    return str(path)


@pytest.fixture(params=RULES)
def rule(request: pytest.FixtureRequest, tokenizer: str) -> RecordStage:
    settings = SETTINGS.get(request.param, {})
    return step(request.param, **{key: tokenizer if value == "TOKENIZER" else value for key, value in settings.items()})


def test_is_described(rule: RecordStage) -> None:
    assert rule.__doc__ is not None
    assert len(rule.__doc__) > 200
    assert "Example:" in rule.__doc__
    assert rule.Settings.__doc__


def test_name_and_version(rule: RecordStage) -> None:
    kind, _, name = rule.name.partition(".")
    assert name in plugin.names(f"{kind}s")
    assert isinstance(rule.version, int)
    assert rule.reads <= set(EXAMPLE)
    assert rule.key() == rule.key()


def test_unknown_settings_are_refused(rule: RecordStage) -> None:
    with pytest.raises(ValidationError, match="surprise"):
        rule.Settings.model_validate({**SETTINGS.get(rule.name, {}), "surprise": 1})


def test_does_something_with_evidence(rule: RecordStage) -> None:
    outcome = run(rule, records(ROWS))
    if rule.name.startswith("transform."):
        assert outcome.drops is None
        assert outcome.columns is not None
        assert outcome.columns.height
        assert outcome.columns["at"].is_unique().all()
        for name in set(outcome.columns.columns) - {"at"}:
            assert outcome.columns[name].dtype == EXAMPLE[name]
        return
    assert outcome.drops is not None
    assert 0 < outcome.drops.height < len(ROWS)
    assert outcome.drops["at"].is_unique().all()
    for name in ("at", "rule", "reason", "value", "limit"):
        assert outcome.drops[name].dtype == DROP[name]
        assert outcome.drops[name].null_count() == 0


def test_each_record_is_judged_alone(rule: RecordStage) -> None:
    frame = records(ROWS)
    together = _sorted(run(rule, frame))
    for size in (1, 5):
        parts = [_sorted(run(rule, part)) for part in frame.iter_slices(size)]
        assert_same(parts, together)
    backwards = _sorted(run(rule, frame.reverse()))
    assert_same([backwards], together)


def test_empty_frame(rule: RecordStage) -> None:
    outcome = run(rule, records(ROWS).clear())
    assert outcome.drops is None or outcome.drops.is_empty()
    assert outcome.columns is None or outcome.columns.is_empty()


def test_null_columns(rule: RecordStage) -> None:
    run(rule, records([{}, {}]))


Frames = tuple[pl.DataFrame | None, pl.DataFrame | None]


def _sorted(outcome: Any) -> Frames:
    frames = (outcome.drops, outcome.columns)
    return tuple(None if frame is None else frame.sort("at") for frame in frames)  # type: ignore[return-value]


def assert_same(parts: list[Frames], whole: Frames) -> None:
    for place, expected in enumerate(whole):
        given = [part[place] for part in parts if part[place] is not None]
        if expected is None:
            assert all(frame.is_empty() for frame in given)
        else:
            assert_frame_equal(pl.concat(given).sort("at"), expected)
