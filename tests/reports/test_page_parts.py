"""The parts of the page, against numbers that can be counted and properties that always hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import manifest as manifests
from curate_reports.facts import facts
from curate_reports.funnel import Step
from curate_reports.page import difficulty, overlap, palette, river, river_svg, size, twin
from curate_reports.page.amount import short
from curate_reports.page.chart import Dot
from curate_reports.page.document import page
from curate_reports.page.text import highlighted, seen
from curate_reports.page.treemap import squarified
from curate_reports.page.view import view
from curate_reports.reading import read


def test_the_river_reconciles(build: Any) -> None:
    folder = build()
    manifest = manifests.read(folder)
    found = facts(folder)
    flow = river.river(manifest, found.steps, palette.colours(found.sources))
    assert flow.bands == ("tasks", "chats", "lost")
    assert flow.came == (30, 20, 100)
    assert [(gate.label, gate.lost) for gate in flow.gates] == [
        ("ingest", (0, 0, 1)),
        ("0.filter.words", (1, 0, 90)),
        ("1.dedup", (5, 4, 9)),
    ]
    assert flow.levels()[-1] == flow.out == (24, 16, 0)
    assert flow.still == ("split",)


def test_many_steps_become_few_gates_and_lose_nothing(build: Any) -> None:
    manifest = manifests.read(build())
    steps = [
        Step(f"{place}.filter.words", "filter.words", 100, 5, 95, 0, {"tasks": 2, "lost": 3}, ()) for place in range(9)
    ]
    steps.insert(4, Step("x.dedup", "dedup", 100, 1, 99, 0, {"lost": 1}, ()))
    colours = {"tasks": 0, "chats": 1, "lost": 2}
    flow = river.river(manifest, steps, colours, most=4)
    assert len(flow.gates) == 4
    assert [label for gate in flow.gates for label in gate.steps] == [step.label for step in steps]
    assert sum(gate.total for gate in flow.gates) == sum(step.dropped for step in steps)
    assert ("x.dedup",) in [gate.steps for gate in flow.gates]  # filters are put together first


def test_bins_lead_to_the_samples_of_their_steps(build: Any) -> None:
    shown = view(build())
    for drawn in (river_svg.wide(shown.river), river_svg.tall(shown.river)):
        assert 'href="#samples?step=0.filter.words"' in drawn
        assert "0.filter.words dropped 91 records: too long 81, too short 10" in drawn


def test_more_sources_than_colours_share_one() -> None:
    class One:
        def __init__(self, name: str, rows: int) -> None:
            self.name, self.rows_out, self.rows_in = name, rows, rows

    found = palette.colours([One(f"s{n}", n) for n in range(12)])  # type: ignore[misc]
    assert [name for name, colour in found.items() if colour == 8] == ["s0", "s1", "s2", "s3"]
    assert sorted(colour for colour in found.values() if colour != 8) == list(range(8))


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=40))
def test_tiles_fill_the_box_and_stay_in_it(rows: list[int]) -> None:
    ranked = sorted(rows, reverse=True)
    boxes = squarified(ranked, (0.0, 0.0, 520.0, 280.0))
    for count, (x, y, width, height) in zip(ranked, boxes, strict=True):
        assert width * height == pytest.approx(520 * 280 * count / sum(rows), rel=1e-6)
        assert min(x, y) >= -1e-6
        assert x + width <= 520 + 1e-6
        assert y + height <= 280 + 1e-6


@given(st.text(), st.text())
def test_words_that_are_compared_are_all_there(one: str, other: str) -> None:
    mine, theirs = twin.compared(one, other)
    assert "".join(text for _, text in mine) == one
    assert "".join(text for _, text in theirs) == other
    assert "".join(text for odd, text in mine if not odd) == "".join(text for odd, text in theirs if not odd)


def test_joiners_are_shown_where_they_are_no_spelling() -> None:
    assert seen("a\u200db") == 'a<span class="cp">U+200D</span>b'
    assert seen("می\u200cخواهم 👩\u200d💻") == "می\u200cخواهم 👩\u200d💻"


def test_comments_of_a_recipe_are_marked_and_quoted_signs_are_not() -> None:
    drawn = highlighted('name: "a # b" # <why>\nlist: a#b')
    assert drawn.splitlines() == [
        '<span class="key">name</span>: &#34;a # b&#34; <span class="note"># &lt;why&gt;</span>',
        '<span class="key">list</span>: a#b',
    ]


@given(st.integers(0, 10**12))
def test_short_numbers_are_short_and_near(value: int) -> None:
    text = short(value)
    assert len(text) <= 5
    scale = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1], 1)
    assert float(text.rstrip("kMG")) * scale == pytest.approx(value, rel=0.006)


def test_amounts(build: Any, rows: list[Any]) -> None:
    changed = [{**row, "prompt": "x" * 10, "completion": "y" * (10 if n < 39 else 70)} for n, row in enumerate(rows)]
    found = size.size(read(build(changed), ("characters",)))
    assert (found.total, found.median, found.p95) == (40 * 10 + 39 * 10 + 70, 20, 20)
    assert found.by_source == (("tasks", 24 * 20), ("chats", 16 * 20 + 60), ("lost", 0))
    assert found.by_part == (("prompt", 400), ("completion", 460))
    # Four of the five batches hold equal records; in one, seven records of 20 are padded to 80.
    assert found.padding == pytest.approx(7 * 60 / (4 * 160 + 640))
    assert (found.packing, found.before) == (None, ())
    assert sum(one.rows for one in found.after) == 40


def test_amounts_in_tokens(build: Any, rows: list[Any], tmp_path: Path) -> None:
    words = {"type": "WordLevel", "vocab": {"x": 0, "?": 1}, "unk_token": "?"}
    file = tmp_path / "tokenizer.json"
    file.write_bytes(
        orjson.dumps({"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model": words})
    )
    changed = [{**row, "prompt": "x x x x", "completion": "x x"} for row in rows]
    found = size.size(read(build(changed), ("characters",), columns=lambda _: True), str(file), limit=5)
    # Seven characters are four tokens, three are two: scaled per source, every record keeps its six tokens.
    assert (found.unit.name, found.total, found.median, found.over) == ("tokens", 240, 6, 40)
    assert found.padding == 0
    assert found.packing == 0  # each record is cut to five, which fills a block


def test_a_budget_is_what_its_step_counted(build: Any) -> None:
    assert view(build()).budget is None
    step = {"label": "2.sample", "name": "sample", "settings": {}, "rows_in": {}, "dropped": {}}
    folder = build(stages=[{**step, "counts": {"budget_tokens": 1_000, "tokens": 900}}])
    assert size.budget(manifests.read(folder)) == (900, 1_000)
    assert "900 tokens of a budget of 1k" in page(folder)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60))
def test_packing_never_takes_more_blocks_than_records(lengths: list[int]) -> None:
    told = pl.DataFrame({"rank": np.arange(len(lengths), dtype=np.uint64), "length": lengths})
    empty = size._packing(told, 50)
    blocks = sum(lengths) / (1 - empty) / 50
    assert round(blocks, 6) == round(blocks)
    assert -(-sum(lengths) // 50) <= round(blocks) <= len(lengths)


def test_lengths_before_count_what_the_ledger_tells(build: Any, rows: list[Any]) -> None:
    folder = build()
    drops = pl.read_parquet(folder / "ledger/drops.parquet")
    drops.with_columns(pl.lit(5_000, pl.Int64).alias("characters")).write_parquet(folder / "ledger/drops.parquet")
    found = size.size(read(folder, ("characters",)))
    assert sum(one.rows for one in found.before) == 40 + drops.height
    assert next(one.rows for one in found.before if one.low <= 5_000 < one.high) == drops.height


def test_overlaps_by_source_and_set(build: Any) -> None:
    assert overlap.overlap(manifests.read(build())) is None
    stage = {
        "label": "2.decontaminate",
        "name": "decontaminate",
        "settings": {"against": [{"adapter": "mmlu"}, {"name": "odd in the set", "adapter": "files"}], "mode": "drop"},
        "rows_in": {"tasks": 30},
        "dropped": {
            "tasks": {
                "equal: overlaps odd in the set in the prompt": 2,
                "ngram: overlaps odd in the set in the completion": 3,
            }
        },
        "counts": {},
    }
    folder = build(stages=[stage])
    found = overlap.overlap(manifests.read(folder))
    assert found == overlap.Overlap(("mmlu", "odd in the set"), (("tasks", (0, 5)),), 5, 0)
    drawn = page(folder)
    assert '<table class="heat">' in drawn
    assert '<td><span class="h0">·</span></td><td><span class="h5">5</span></td>' in drawn
    assert "&lt;t" not in drawn  # no markup of ours was escaped


def test_tasks_by_score_against_the_quota(build: Any) -> None:
    sample = {
        "label": "2.sample",
        "name": "sample",
        "settings": {"per": "task", "edges": [0.5], "quota": [30, 10]},
        "rows_in": {},
        "dropped": {},
        "counts": {},
    }
    folder = build(stages=[sample])
    reading = read(folder, ("characters",))
    assert difficulty.difficulty(folder, reading.manifest, reading.narrow, {}) is None
    (folder / "scores").mkdir()
    scores = {
        "source": ["tasks", "tasks"],
        "task": ["translate", "gone"],
        "metric": ["exact_match"] * 2,
        "mean": [0.25, 1.0],
    }
    pl.DataFrame(scores).write_parquet(folder / "scores/tasks.parquet")
    found = difficulty.difficulty(folder, reading.manifest, reading.narrow, {"tasks": 3})
    assert found is not None
    assert found.dots == (Dot("tasks / translate", 0.25, 20, 3), Dot("tasks / gone", 1.0, 0, 3))
    assert found.stair == ((0.0, 0.5, 30), (0.5, 1.0, 10))
    assert "exact_match" in str(view(folder).difficulty)


def test_clusters_by_size(build: Any) -> None:
    folder = build()
    # Record 0 stayed for six others, record 30 for twelve: clusters of seven and thirteen.
    assert twin.sizes(folder, manifests.read(folder)) == (("2", 0), ("3-4", 0), ("5-8", 1), ("9-16", 1))


def test_every_range_of_scores_has_its_own_quota(build: Any) -> None:
    """The edges that a recipe writes are inner ones: ten quotas stand between nine."""
    quota = [350, 300, 200, 50]
    stage = {"label": "a.0.sample", "name": "sample", "rows_in": {}, "dropped": {}, "counts": {}}
    folder = build(stages=[stage | {"settings": {"per": "task", "edges": [0.2, 0.5, 0.9], "quota": quota}}])
    stair = difficulty._stair(manifests.read(folder), 1.0)
    assert stair == ((0.0, 0.2, 350), (0.2, 0.5, 300), (0.5, 0.9, 200), (0.9, 1.0, 50))
