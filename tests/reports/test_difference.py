"""The difference to an earlier version, as terminal and pages show it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from curate_reports.difference import Balance, difference
from curate_reports.page import group
from curate_reports.page.document import comparison, page
from curate_reports.page.view import Options


def test_what_changed_since_an_earlier_version(build: Any, rows: list[Any], tmp_path: Path) -> None:
    (build() / "recipe.yaml").write_text("seed: 1\nname: a\n", encoding="utf-8")
    old = (tmp_path / "small").rename(tmp_path / "old")
    fresh = [{**rows[n], "prompt": f"p{n}", "id": letter * 32, "source": "chats"} for n, letter in enumerate("fe")]
    changed = [*fresh, *({**row, "completion": "another"} if n == 3 else row for n, row in enumerate(rows) if n > 1)]
    terms = [
        {"source": name, "split": "train", "license": "mit", "origin": "human", "rows": 22 - place * 4}
        for place, name in enumerate(("tasks", "chats"))
    ]
    new = build(changed, version="00000000000000bb", seed=2, terms=terms)
    (new / "recipe.yaml").write_text("seed: 2\nname: a\n", encoding="utf-8")
    found = difference(old, new)
    assert found.names == ("small@00000000000000aa", "small@00000000000000bb")
    counts = {one.source: (one.before, one.now, one.added, one.removed, one.changed) for one in found.sources}
    assert counts == {"tasks": (24, 22, 0, 2, 1), "chats": (16, 18, 2, 0, 0)}
    assert found.total == Balance("total", 40, 40, 2, 2, 1, 1.0, 1.0)
    assert {one.source: (one.share_before, one.share_now) for one in found.sources}["tasks"] == (0.6, 0.55)
    assert found.recipe == ("@@ -1,2 +1,2 @@", "-seed: 1", "+seed: 2", " name: a")
    same = difference(new, new)
    assert (same.total.added, same.total.removed, same.total.changed, same.recipe) == (0, 0, 0, ())


def test_records_of_each_group_to_read(build: Any, rows: list[Any], tmp_path: Path) -> None:
    long = "same " * 100
    old = build([{**row, "completion": f"{long}old end"} if n == 3 else row for n, row in enumerate(rows)])
    old = old.rename(tmp_path / "old")
    changed = [{**row, "completion": f"{long}new end"} if n == 3 else row for n, row in enumerate(rows)]
    changed[0] = {**rows[0], "id": "e" * 32, "prompt": "fresh"}  # in its place, so that all others keep their split
    gone = {"id": f"{0:032x}", "source": "tasks", "stage": "1.dedup", "rule": "exact", "reason": "duplicate"}
    new = build(changed, [{**gone, "value": "9", "limit": "8"}], version="00000000000000bb")
    found = difference(old, new).found
    shown = {one.group.kind: one.records for one in group.groups(found, old, new)}
    (removed,), (edited,), (added,) = (shown[kind] for kind in ("removed", "changed", "added"))
    assert (added.id, added.fate, added.fields[0].new) == ("e" * 32, "", ((False, "fresh"),))
    assert (removed.id, removed.source, removed.fate) == (f"{0:032x}", "tasks", "1.dedup: duplicate (9, limit 8)")
    assert [(one.label, one.new) for one in removed.fields] == [("prompt", None), ("completion", None)]
    assert removed.fields[1].old == ((False, "yes"),)
    (field,) = edited.fields
    assert field.label == "completion"
    assert field.old is not None
    assert field.new is not None
    # Texts are shown from a little before their first difference on, and from the beginning of a word.
    assert field.old[0] == (False, f"…{' same' * 31} ")
    assert (field.old[1:], field.new[1][1]) == (((True, "old"), (False, " end")), "new")
    assert all(not one.records for one in group.groups(found, old, new, samples=0))


def test_a_page_of_a_difference_is_bounded(
    build: Any, rows: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = build().rename(tmp_path / "old")
    new = build([{**row, "completion": "x" * 5_000} for row in rows], version="00000000000000bb")
    found = difference(old, new).found
    texts = [one for shown in group.groups(found, old, new) for record in shown.records for one in record.fields]
    assert max(len(text) for one in texts for side in (one.old, one.new) for _, text in side or ()) == group.CUT + 1
    monkeypatch.setattr(group, "ROOM", 2_500)
    assert sum(len(one.records) for one in group.groups(found, old, new)) == 2


def test_the_page_of_a_difference(build: Any, rows: list[Any], tmp_path: Path) -> None:
    old = build().rename(tmp_path / "old")
    hostile = "</script><img src=x onerror=alert(1)>\u202e"
    changed = [{**row, "completion": hostile} if n == 3 else row for n, row in enumerate(rows)]
    new = build(changed, version="00000000000000bb", seed=8)
    found = difference(old, new).found
    text = comparison(found, old, new)
    assert text == comparison(found, old, new)
    assert "<img" not in text
    assert "\u202e" not in text
    assert "seed 7 → 8" in text
    both = page(new, Options(against=old))
    for name in ("difference", "causes", "groups", "shifts", "sizes"):
        section = re.compile(rf'<section class="card" id="{name}".*?</section>', re.DOTALL)
        one, other = (found[0] for found in map(section.findall, (text, both)))
        assert one == other  # the same section on both pages
    assert str(tmp_path) not in text + both
