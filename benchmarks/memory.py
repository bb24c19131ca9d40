"""How much memory a build takes against the number of records, step by step, within a limit and without one.

    python benchmarks/memory.py DATA WORK [1000000=1GB,4GB,none 10000000=4GB] [--json]

DATA holds the unpacked real sets, WORK is a folder for corpora, cache and versions: some 1.5 kB a record. Short
records of real text (benchmarks/short.py) go through a filter, exact and near-duplicate removal, a split that keeps
near-duplicates on one side, a format and the report, each build from a cold cache. Memory is the proportional set size
of the whole process tree, mapped files included, 20 times a second. A version is the same whatever the limit: that is
checked.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import IO, Any

from measure import machine, resident
from short import short_records

RECIPE = """version: 1
name: short
vars: {{data: {path}}}
sources:
  records: {{adapter: alpaca, path: "${{vars.data}}/*.jsonl"}}
steps:
  - filter: {{words: {{of: [instruction, input], min: 4, max: 14}}}}
  - dedup: {{method: exact, on: [instruction, input, output]}}
  - dedup: {{method: minhash, on: [instruction, input, output], threshold: 0.8}}
split: {{test: 0.02}}
format: {{columns: prompt_completion, template: instruction_input_response}}
"""
# What runs before the first line of the build's account, and after the line of each step.
FIRST = "ingest, 0.filter.words"
AFTER = {
    "0.filter.words": "1.dedup (exact)",
    "1.dedup": "2.dedup (minhash)",
    "2.dedup": "split",
    "split": "format",
    "format": "write, report",
}


class Account:
    """Which step is running, by the line that the build says after each."""

    def __init__(self, lines: IO[str]) -> None:
        self.now = FIRST
        self.said: list[str] = []
        self._thread = Thread(target=self._read, args=(lines,), daemon=True)
        self._thread.start()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self.said.append(line)
            self.now = AFTER.get(line.split(" ", 1)[0], self.now)

    def close(self) -> None:
        """Wait until all is read."""
        self._thread.join()


def build(recipe: Path, work: Path, limit: str) -> dict[str, Any]:
    """One cold build: time, and the most megabytes in each step."""
    for name in ("cache", "out"):
        shutil.rmtree(work / name, ignore_errors=True)
    command = [sys.executable, "-u", "-m", "curate", "build", str(recipe), "--out", str(work / "out"), "--json"]
    command += [] if limit == "none" else ["--memory-limit", limit]
    environment = {**os.environ, "CURATE_CACHE_DIR": str(work / "cache")}
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("the build has no pipes")
        account = Account(process.stderr)
        peaks: dict[str, float] = defaultdict(float)
        while (held := resident(process.pid)) is not None:
            peaks[account.now] = max(peaks[account.now], held)
            time.sleep(0.05)
        wall = time.monotonic() - started
        account.close()
        if process.wait():
            raise RuntimeError(f"the build ended with {process.returncode}: {''.join(account.said)[-2000:]}")
        told = json.loads(process.stdout.read())
    facts = json.loads((Path(told["path"]) / "run.json").read_bytes())
    return {
        "limit": limit,
        "version": told["version"],
        "rows_out": told["rows_out"],
        "wall": round(wall, 1),
        "peak_mb": round(max(peaks.values())),
        "peak_mb_by_step": {step: round(peaks[step]) for step in (FIRST, *AFTER.values()) if step in peaks},
        "peak_mb_told": round(facts["memory"]["peak"] / 1e6),
        "cache_mb": round(sum(path.stat().st_size for path in (work / "cache").rglob("*") if path.is_file()) / 1e6),
    }


def measured(data: str, work: Path, records: int, limits: list[str]) -> dict[str, Any]:
    """One size under each limit.

    Raises:
        RuntimeError: a limit changed the version.
    """
    folder = work / f"short-{records}"
    size = short_records(data, folder, records)
    recipe = work / "short.yaml"
    recipe.write_text(RECIPE.format(path=folder), encoding="utf-8")
    builds = []
    for limit in limits:
        builds.append(build(recipe, work, limit))
        print(json.dumps({"records": records, **builds[-1]}), file=sys.stderr)
    for name in (folder, work / "cache", work / "out"):
        shutil.rmtree(name)
    if len({one["version"] for one in builds}) != 1:
        raise RuntimeError(f"the version depends on the limit: {builds}")
    return {"records": records, "megabytes": round(size / 1e6), "builds": builds}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", metavar="DATA")
    parser.add_argument("work", metavar="WORK", type=Path)
    parser.add_argument(
        "sizes",
        metavar="RECORDS=LIMIT,LIMIT…",
        nargs="*",
        default=["100000=1GB,4GB,none", "1000000=1GB,4GB,none", "3000000=4GB", "10000000=4GB"],
        help="how many records, built within which limits; none: what the machine has",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    args = parser.parse_args()
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    data = str(Path(args.data).resolve())
    asked = [one.split("=") for one in args.sizes]
    sizes = [measured(data, work, int(size), limits.split(",")) for size, limits in asked]
    result = {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), "sizes": sizes}
    print(json.dumps(result, indent=None if args.json else 2))


if __name__ == "__main__":
    main()
