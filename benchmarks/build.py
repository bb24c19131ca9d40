"""How fast `curate build` is against the same work by hand with `datasets`.

    python benchmarks/build.py --data DIR [--rounds 3] [--sizes 25000,100000,400000,1000000] [--json]

Both run as whole processes from a cold cache, in turn in the same run, on the contract recipe
(benchmarks/contract.yaml) over the real sets: (a) without the language step, (b) with it. Once more as `bare`:
without the search for
near-duplicates between train and test and without the HTML page, which the script does not have. Then curate alone on
25k to 1M records (the same data, written again with a running number in each text, so that no record repeats). Ratios
are what counts; times are of one machine.
"""

from __future__ import annotations

import argparse
import glob
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import Run, machine, medians, run

HERE = Path(__file__).parent


def curate(data: str, work: Path, recipe: Path, workers: int = 0, *more: str) -> Run:
    """One cold build, with more arguments."""
    for name in ("cache", "out"):
        shutil.rmtree(work / name, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "curate",
        "build",
        str(recipe),
        "-v",
        f"data={data}",
        "--out",
        str(work / "out"),
        "--json",
    ]
    return run([*command, "--workers", str(workers), *more], {"CURATE_CACHE_DIR": str(work / "cache")})


def by_hand(data: str, work: Path, *, language: bool) -> Run:
    """One run of the script, its `datasets` cache empty."""
    for name in ("hf", "hand"):
        shutil.rmtree(work / name, ignore_errors=True)
    (work / "hand").mkdir()
    command = [sys.executable, str(HERE / "by_hand.py"), "--data", data, "--out", str(work / "hand")]
    return run(
        [*command, *([] if language else ["--no-language"])], {"HF_HOME": str(work / "hf"), "HF_HUB_OFFLINE": "1"}
    )


# The script by hand looks for no near-duplicates between its two sides, and draws no page.
BARE = ("--set", "split.near=off", "--no-report")


def without_language(work: Path) -> Path:
    """The contract recipe less its language step."""
    lines = (HERE / "contract.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    path = work / "no_language.yaml"
    path.write_text("".join(line for line in lines if "language:" not in line), encoding="utf-8")
    return path


def compare(data: str, work: Path, rounds: int) -> dict[str, Any]:
    """Both variants, curate and by hand in turn; and curate without what nobody does by hand."""
    shutil.copy(HERE / "contract.yaml", work / "contract.yaml")
    variants = {"a_without_language": (without_language(work), False), "b_whole_recipe": (work / "contract.yaml", True)}
    results: dict[str, Any] = {}
    for name, (recipe, language) in variants.items():
        ours, theirs, bare = [], [], []
        for _ in range(rounds):
            ours.append(curate(data, work, recipe))
            theirs.append(by_hand(data, work, language=language))
            bare.append(curate(data, work, recipe, 0, *BARE))
        mine, hand, less = medians(ours), medians(theirs), medians(bare)
        ratios = {f"ratio_{figure}": round(hand[figure] / mine[figure], 2) for figure in ("wall", "cpu", "peak_mb")}
        ratios |= {f"ratio_{figure}_bare": round(hand[figure] / less[figure], 2) for figure in ("wall", "peak_mb")}
        results[name] = {"curate": mine, "by_hand": hand, "curate_bare": less, **ratios}
        say(name, results[name])
    return results


def amplify(data: str, work: Path, records: int) -> tuple[Path, int]:
    """A JSONL file of so many records, from Alpaca's; each round over them adds its number to the text."""
    rows = [
        row
        for path in sorted(glob.glob(f"{data}/alpaca_en_full_chunks/*.json"))
        for row in json.loads(Path(path).read_text(encoding="utf-8"))
    ]
    folder = work / f"amplified-{records}"
    folder.mkdir()
    path = folder / "records.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(records):
            row = rows[number % len(rows)]
            mark = f" [{number // len(rows)}]" if number >= len(rows) else ""
            file.write(
                json.dumps(
                    {"instruction": row["instruction"] + mark, "input": row["input"], "output": row["output"]},
                    ensure_ascii=False,
                )
                + "\n"
            )
    return path, path.stat().st_size


GROWTH = """version: 1
name: growth
vars: {{data: ./data}}
sources:
  records: {{adapter: alpaca, path: {path}}}
steps:
  - filter: {{words: {{of: [instruction, input], max: 800}}}}
  - dedup: {{method: exact, on: [instruction, input]}}
split: {{test: 0.02}}
format: {{columns: prompt_completion, template: instruction_input_response}}
"""


def growth(data: str, work: Path, sizes: list[int], workers: int) -> list[dict[str, Any]]:
    """Time and memory against the number of records, without the language step."""
    results = []
    for records in sizes:
        path, size = amplify(data, work, records)
        recipe = work / f"growth-{records}.yaml"
        recipe.write_text(GROWTH.format(path=path), encoding="utf-8")
        one = curate(data, work, recipe, workers)
        result = {
            "records": records,
            "megabytes": round(size / 1e6, 1),
            "wall": round(one.wall, 2),
            "cpu": round(one.cpu, 2),
            "peak_mb": round(one.peak_mb),
            "records_per_second": round(records / one.wall),
            "megabytes_per_second": round(size / 1e6 / one.wall, 1),
        }
        say("growth", result)
        results.append(result)
        shutil.rmtree(path.parent)
    return results


def say(name: str, result: dict[str, Any]) -> None:
    """A line for the person who waits."""
    print(name, json.dumps(result), file=sys.stderr)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the unpacked real sets")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", default="25000,100000,400000,1000000")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="curate-benchmark-") as folder:
        work = Path(folder)
        sizes = [int(size) for size in args.sizes.split(",") if size]
        result = {"machine": machine(), **compare(str(Path(args.data).resolve()), work, args.rounds)}
        result["growth"] = growth(str(Path(args.data).resolve()), work, sizes, 0)
    print(json.dumps(result, indent=None if args.json else 2))


if __name__ == "__main__":
    main()
