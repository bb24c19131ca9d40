"""The report as people see it. `CURATE_GOLDEN=write pytest tests/reports` writes what is printed now."""

from __future__ import annotations

import io
import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from curate_reports.facts import Facts, facts
from curate_reports.terminal import show

HERE = Path(__file__).parent
HOSTILE = "\x1b[31mred\x07 \x9b2J [bold]loud[/bold] :bomb: \u202ereversed\u2066 \u200bhid\U000e0041den"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def shown(found: Facts, width: int, **console: Any) -> str:
    stream = io.StringIO()
    show(found, Console(file=stream, width=width, **console))
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_golden(build: Any, width: int) -> None:
    text = shown(replace(facts(build()), path="datasets/small/00000000000000aa"), width)
    golden = HERE / "golden" / f"small-{width}.txt"
    if os.environ.get("CURATE_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 61, 79, 80, 99, 100, 116, 120, 300])
def test_no_line_is_too_wide_and_no_blank_trails(build: Any, width: int) -> None:
    for line in shown(facts(build()), width).splitlines():
        assert cell_len(line) <= min(width, 116)
        assert line == line.rstrip()


def test_numbers_are_whole_at_sixty_columns_in_a_large_version(build: Any) -> None:
    found = facts(build())
    million = 1_000_000
    sources = [
        replace(
            one, name=f"a_source_with_a_long_name_{one.name}", rows_in=2 * million, rows_out=million, repeated=million
        )
        for one in found.sources
    ]
    steps = [replace(one, rows_in=9 * million, dropped=million, kept=8 * million) for one in found.steps]
    text = shown(replace(found, sources=tuple(sources), steps=tuple(steps), repeated=3 * million), 60)
    assert text.count("2,000,000") == 3
    assert text.count("8,000,000") == len(steps)
    assert "6,000,000" in text
    assert "and 3,000,000 copies" in text


def test_colour_is_for_terminals_that_want_it(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    found = facts(build())
    assert "\x1b" not in shown(found, 80)
    colourful = shown(found, 80, force_terminal=True, color_system="standard")
    assert "\x1b[36m" in colourful
    assert _COLOUR.sub("", colourful) == shown(found, 80)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in shown(found, 80, force_terminal=True, color_system="standard")


@pytest.mark.parametrize("width", [60, 120])
def test_hostile_texts_stay_text(build: Any, rows: list[Any], width: int) -> None:
    text = _COLOUR.sub("", shown(facts(_hostile(build, rows)), width, force_terminal=True, color_system="truecolor"))
    hidden = {one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Co", "Cs"}} - {"\n"}
    assert not hidden
    assert all(cell_len(line) <= width for line in text.splitlines())
    text = " ".join(text.split())
    assert "<U+001B>[31mred<U+0007> <U+009B>2J [bold]loud[/bold] :bomb: <U+202E>reversed<U+2066>" in text
    assert "<U+E0041>" in text


def _hostile(build: Any, rows: list[Any]) -> Path:
    """A version in which every text that a stranger can write is hostile."""
    changed = [{**row, "task": HOSTILE, "completion": HOSTILE, "prompt": HOSTILE + str(row["id"])} for row in rows]
    source = {"adapter": HOSTILE, "title": HOSTILE, "url": HOSTILE, "license": HOSTILE, "origin": HOSTILE}
    counts = {"rows_in": 40, "quarantined": 0, "dropped": 0, "repeated": 0, "rows_out": 40}
    step = {"label": HOSTILE, "name": "dedup", "settings": {}, "rows_in": {HOSTILE: 40}, "counts": {}}
    texts = {"name": HOSTILE, "version": HOSTILE, "description": HOSTILE, "license": HOSTILE, "warnings": [HOSTILE]}
    folder: Path = build(
        changed,
        [{"source": HOSTILE, "stage": HOSTILE, "rule": "quarantine", "reason": HOSTILE, "twin": HOSTILE}],
        {f"{30:032x}": HOSTILE},
        **texts,
        sources={HOSTILE: {**source, **counts}},
        stages=[{**step, "dropped": {HOSTILE: {f"{HOSTILE}: {HOSTILE}": 1}}}],
        terms=[{"source": HOSTILE, "split": HOSTILE, "license": HOSTILE, "origin": HOSTILE, "rows": 40}],
        expectations=[{"what": HOSTILE, "limit": HOSTILE, "value": HOSTILE, "ok": False}],
        tool={"curate": HOSTILE},
    )
    return folder


def test_a_version_with_nothing_to_tell(build: Any) -> None:
    zero = dict.fromkeys(("rows_in", "rows_out", "dropped", "quarantined"), 0)
    nothing: dict[str, Any] = {
        "sources": {},
        "stages": [],
        "terms": [],
        "expectations": [],
        "warnings": [],
        "splits": {},
    }
    text = shown(facts(build(ledger=[], excerpts={}, **zero, **nothing)), 80)
    assert "0 rows in → 0 out" in text
    assert "Duplicates" not in text


def test_reasons_are_read_beside_long_labels(build: Any) -> None:
    label = "a_source_of_a_long_name.0.filter.words"
    stage = {"label": label, "name": "filter.words", "settings": {}, "rows_in": {"tasks": 30}, "counts": {}}
    dropped = {"tasks": {"words: more words than the limit allows": 6}}
    text = shown(facts(build(stages=[stage | {"dropped": dropped}])), 60)
    assert "6  more words than the limit allows" in text
    assert all(cell_len(line) <= 60 for line in text.splitlines())
