"""Why two versions of real data differ: another threshold of near-duplicates, and a sample that fills up again."""

from __future__ import annotations

from pathlib import Path

from curate.build import Request, build
from curate.diff import diff
from curate.recipe import load

RECIPE = """\
version: 1
name: threshold
vars: {data: ./data}
sources:
  lima: {adapter: lima, path: "${vars.data}/lima/lima.json"}
  dolly: {adapter: alpaca, path: "${vars.data}/dolly_3k_alpagasus/*.json"}
  alpagasus: {adapter: alpaca, path: "${vars.data}/alpagasus/random/*.json"}
steps:
  - dedup: {method: minhash, on: [instruction], threshold: 0.8, ngram: 2}
  - sample: {take: 4000}
split: {test: 0.02, near: off}
format: {columns: prompt_completion, template: instruction_input_response}
"""


def test_the_threshold_is_the_cause_of_every_difference(tmp_path: Path, real_data: Path) -> None:
    """At 0.7 instead of 0.8 more records go; those that the sample takes for them are a named consequence."""
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    request = Request(out=tmp_path / "out", cache=tmp_path / "cache", workers=1, attach=False)
    old, new = (
        build(load(path, {"data": str(real_data)}, sets), request) for sets in ([], ["steps.0.dedup.threshold=0.7"])
    )
    found = diff(old.path, new.path)
    (change,) = found.changes
    assert change.text == "0.dedup: threshold 0.8 → 0.7"
    assert found.removed > 0 < found.added
    assert {group.causes for group in found.groups} == {(0,)}
    assert change.direct + change.consequence == found.added + found.removed + found.changed
    assert {group.via for group in found.groups if group.kind == "removed"} >= {None}
    assert {group.via for group in found.groups if group.kind == "added"} == {"1.sample"}
