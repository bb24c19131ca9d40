"""How much of a full build it takes to build again after an edit of the last step: the template of 300,000 records.

    python benchmarks/edit.py --data DIR [--records 300000] [--rounds 3]

A recipe with filters, both kinds of deduplication and a split is built from an empty cache, then once with each of some
other templates: all but the format is in the cache. Every run is a whole process and writes a whole version, report
included. The records are Alpaca's, in rounds, each with its round's number in the text. Ratios are what counts; times
are of one machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from build import amplify, curate
from measure import Run, machine, medians, run

RESULT = Path(__file__).parent / "results" / "edit.json"
RECIPE = """\
version: 1
name: edit
vars: {{data: .}}
sources:
  records: {{adapter: alpaca, path: {path}}}
steps:
  - filter: {{empty: {{}}}}
  - filter: {{words: {{of: [instruction, input], max: 800}}}}
  - filter: {{language: {{of: [instruction, input, output], keep: [en, und]}}}}
  - dedup: {{method: exact, on: [instruction, input], key: normalised}}
  - dedup: {{method: minhash, on: [instruction, input, output], threshold: 0.8}}
split: {{test: 0.02}}
format: {{columns: prompt_completion, template: instruction_input_response}}
"""
# Each is built once only: a version that is there already would not be written.
_EDITS = ("alpaca", "plain", "chatml")


def edited(work: Path, recipe: Path, template: str) -> Run:
    """Build with another template in the cache of the full build."""
    changed = ["--set", f"format.template={template}"]
    command = [sys.executable, "-m", "curate", "build", str(recipe), "--out", str(work / "out"), "--json"]
    return run([*command, *changed], {"CURATE_CACHE_DIR": str(work / "cache")})


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the unpacked real sets")
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, len(_EDITS) + 1))
    said = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="curate-benchmark-") as named:
        work = Path(named)
        path, size = amplify(said.data, work, said.records)
        recipe = work / "edit.yaml"
        recipe.write_text(RECIPE.format(path=path), encoding="utf-8")
        full = curate(said.data, work, recipe)
        edits = [edited(work, recipe, template) for template in _EDITS[: said.rounds]]
    whole, again = medians([full]), medians(edits)
    told = json.loads(edits[0].output.splitlines()[-1])
    result = {
        "machine": machine(),
        "records": said.records,
        "megabytes": round(size / 1e6, 1),
        "rows_out": told["rows_out"],
        "full": whole,
        "edit": again,
        "edit_share_of_full": {figure: round(again[figure] / whole[figure], 3) for figure in ("wall", "cpu")},
    }
    print(json.dumps(result, indent=2))
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
