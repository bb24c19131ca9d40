"""How long `curate diff` and its page take for two versions of a million records each, which differ in many places.

    python benchmarks/diff.py [--records 1000000] [--rounds 3]

The versions are built from invented records of some 400 bytes, once as they are and once with another limit of words, a
smaller sample and a step more, for which the sample draws anew: hundreds of thousands of differences of several causes.
Only the diff is timed, as a whole process: once as JSON, once as a page.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from measure import machine, medians, run

RESULT = Path(__file__).parent / "results" / "diff.json"
RECIPE = """\
version: 1
name: pair
sources: {{rows: {{adapter: alpaca, path: rows.parquet}}}}
steps:
{more}  - filter: {{words: {{of: [output], max: {words}}}}}
  - dedup: {{on: [instruction]}}
  - sample: {{keep: {keep}}}
split: {{test: 0.02}}
format: {{columns: prompt_completion, template: alpaca}}
"""
_WORDS = 2_000  # of the invented language


def write(folder: Path, records: int) -> None:
    """Write the records; one in fifty has another's instruction."""
    rng = np.random.default_rng(1)
    syllables = np.array(["ka", "to", "mi", "ren", "sul", "bo", "ve", "da", "lin", "por"])
    words = np.array(["".join(syllables[rng.integers(0, 10, 3)]) for _ in range(_WORDS)])

    def texts(least: int, most: int) -> list[str]:
        lengths = rng.integers(least, most, records)
        drawn = words[rng.integers(0, _WORDS, int(lengths.sum()))]
        ends = np.cumsum(lengths)
        return [" ".join(drawn[end - length : end]) for end, length in zip(ends, lengths, strict=True)]

    asked = [f"{text} {number - number // 50 % 2 * (number % 50 == 0)}" for number, text in enumerate(texts(5, 20))]
    frame = pl.DataFrame({"instruction": asked, "input": "", "output": texts(10, 80)})
    frame.write_parquet(folder / "rows.parquet")


def build(folder: Path, *, words: int, keep: float, more: str = "") -> Path:
    """Build a version; its folder."""
    (folder / "recipe.yaml").write_text(RECIPE.format(words=words, keep=keep, more=more), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "curate",
        "build",
        str(folder / "recipe.yaml"),
        "--out",
        str(folder / "out"),
        "--json",
    ]
    told = run(command, {"CURATE_CACHE_DIR": str(folder / "cache")})
    return Path(json.loads(told.output.splitlines()[-1])["path"])


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the versions are built and kept")
    parser.add_argument("--rounds", type=int, default=3)
    said = parser.parse_args()
    with TemporaryDirectory() as named:
        folder = said.folder or Path(named)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "rows.parquet").is_file():
            write(folder, int(said.records * 1.15))
        old, new = (
            build(folder, words=79, keep=0.9),
            build(folder, words=78, keep=0.88, more="  - filter: {empty: {}}\n"),
        )
        command = [sys.executable, "-m", "curate", "diff", str(old), str(new), "--json"]
        print("built, now timing")
        runs = [run(command) for _ in range(said.rounds)]
        page = folder / "diff.html"
        drawn = [run([*command[:-1], "--html", str(page)]) for _ in range(said.rounds)]
        found = json.loads(runs[0].output)
        kinds = {kind: found[kind] for kind in ("added", "removed", "changed", "unchanged")}
        size = sum(path.stat().st_size for path in (old / "data").iterdir()) / 1e6
        result = {
            "machine": machine(),
            "records": [found["old"]["rows"], found["new"]["rows"]],
            "data_mb_of_each": round(size, 1),
            "differences": kinds,
            "causes": len(found["groups"]),
            "diff": medians(runs),
            "diff_html": medians(drawn) | {"page_kilobytes": round(page.stat().st_size / 1e3)},
        }
    print(json.dumps(result, indent=2))
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
