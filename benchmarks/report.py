"""How long the HTML report of a version takes, and how large it is, against the number of records.

    python benchmarks/report.py --data DIR [--sizes 10000,100000,1000000] [--json]

For each size a version is built without its report. Then the report is written: once in a fresh process that has
imported what a build has imported, which is what a build pays, then three times more in that process, of which the
median is told; and by `curate stats --html` as a whole process. Times are of one machine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from build import GROWTH, amplify, say
from measure import machine, run

WITHIN = """
import sys, time
from pathlib import Path
from statistics import median
import curate.build
from curate.recipe import load
folder, cpu = Path(sys.argv[1]), time.process_time()
started = time.perf_counter()
from curate_reports.page.document import page
text = page(folder)
print(time.perf_counter() - started, time.process_time() - cpu)
again = []
for _ in range(3):
    started = time.perf_counter()
    text = page(folder)
    again.append(time.perf_counter() - started)
print(median(again), len(text.encode()))
"""


def measured(data: str, work: Path, records: int) -> dict[str, Any]:
    """One size."""
    path, size = amplify(data, work, records)
    recipe = work / f"growth-{records}.yaml"
    recipe.write_text(GROWTH.format(path=path), encoding="utf-8")
    home = {"CURATE_CACHE_DIR": str(work / "cache")}
    curate = [sys.executable, "-m", "curate"]
    built = run([*curate, "build", str(recipe), "--out", str(work / "out"), "--no-report", "--json"], home)
    folder = json.loads(built.output)["path"]
    first, again = run([sys.executable, "-c", WITHIN, folder], home).output.splitlines()
    stats = run([*curate, "stats", folder, "--html", str(work / "report.html")], home)
    seconds, cpu = map(float, first.split())
    warm, octets = map(float, again.split())
    for name in (path.parent, work / "cache", work / "out"):
        shutil.rmtree(name)
    return {
        "records": records,
        "megabytes": round(size / 1e6, 1),
        "build_without_report": round(built.wall, 2),
        "report_in_a_build": round(seconds, 3),
        "report_in_a_build_cpu": round(cpu, 3),
        "report_again": round(warm, 3),
        "page_kilobytes": round(octets / 1e3),
        "stats_html": round(stats.wall, 2),
        "stats_html_peak_mb": round(stats.peak_mb),
    }


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the unpacked real sets")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    args = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="curate-benchmark-") as folder:
        for size in args.sizes.split(","):
            results.append(measured(str(Path(args.data).resolve()), Path(folder), int(size)))
            say("report", results[-1])
    print(json.dumps({"machine": machine(), "sizes": results}, indent=None if args.json else 2))


if __name__ == "__main__":
    main()
