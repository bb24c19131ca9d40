"""How fast, complete and right near-duplicate removal is against other tools, from a Parquet file to the ids that stay.

    python benchmarks/dedup.py --data DIR [--docs 200000] [--peers datasketch,rensa,daft,gaoya] [--json]

The corpus is real text with planted near-duplicates (see benchmarks/corpus.py). Every tool runs in turn in the same
run, three times, in a process of its own on one core, and is warmed up on a small sample before the clock starts. Peers
live in virtual environments in the user's cache folder. Recall and precision are against an exact join of all pairs
that shares no kernel with curate. Ratios are a peer's CPU seconds over curate's, verification included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from corpus import Maker, near, quality, real, write
from measure import machine
from platformdirs import user_cache_dir

HERE = Path(__file__).parent
PEERS = {
    "rensa": ["rensa==0.5.0"],
    "daft": ["daft==0.7.26", "scipy"],
    "datasketch": ["datasketch==2.0.0"],
    "gaoya": ["gaoya==0.2.2"],
}
THRESHOLD = 0.8
ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def installed(peer: str) -> Path:
    """The Python of the peer's virtual environment, which is made if there is none.

    Raises:
        RuntimeError: it could not be installed.
    """
    home = Path(user_cache_dir("curate-benchmarks")) / f"{peer}-{'-'.join(PEERS[peer])}"
    python, done = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"), home / "installed"
    if not done.exists():
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "numpy", "pyarrow", *PEERS[peer]]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode:
            raise RuntimeError(process.stderr[-500:])
        done.touch()
    return python


def work(tool: str, python: Path | str, corpus: Path, sample: Path, *more: str) -> tuple[dict[str, float], np.ndarray]:
    """One run of a tool on the first core that this process may use: its figures, and the ids it keeps.

    Raises:
        RuntimeError: it failed.
    """
    kept = corpus.with_name(f"{corpus.stem}-{tool}.npy")
    command = [str(python), str(HERE / "peers.py"), tool, str(corpus), str(sample), str(kept), *more]
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(everywhere)})  # the child inherits it
    try:
        process = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **ONE_THREAD})
    finally:
        os.sched_setaffinity(0, everywhere)
    if process.returncode:
        raise RuntimeError(f"{tool} ended with {process.returncode}: {process.stderr[-1000:]}")
    result: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return result, np.load(kept)


def compare(pythons: dict[str, Path | str], corpus: Path, sample: Path, rounds: int) -> dict[str, dict[str, Any]]:
    """All tools in turn, some rounds: medians, and the ids of the last round."""
    runs: dict[str, list[dict[str, float]]] = {tool: [] for tool in pythons}
    kept: dict[str, np.ndarray] = {}
    failed: dict[str, str] = {}
    for number in range(rounds):
        for tool, python in pythons.items():
            if tool in failed:
                continue
            try:
                figures, kept[tool] = work(tool, python, corpus, sample)
            except RuntimeError as error:
                if tool == "curate":
                    raise
                failed[tool] = str(error)
                say(tool, failed[tool])
                continue
            runs[tool].append(figures)
            say(f"round {number + 1} {tool}", figures)
    results: dict[str, dict[str, Any]] = {tool: {"failed": why} for tool, why in failed.items()}
    for tool, rounded in runs.items():
        if tool not in failed:
            results[tool] = {
                "cpu": round(median(one["cpu"] for one in rounded), 3),
                "cpu_all": [round(one["cpu"], 3) for one in rounded],
                "peak_mb": round(median(one["peak_mb"] for one in rounded)),
                "kept": kept[tool],
            }
    return results


def growth(sizes: Sequence[int], name: str, texts: dict[int, list[str]], folder: Path, sample: Path) -> list[Any]:
    """Curate's CPU time against the number of documents, the best of three."""
    results = []
    for size in sizes:
        path = write(texts.pop(size), folder / f"{name}-{size}.parquet")
        runs = [work("curate", sys.executable, path, sample) for _ in range(3)]
        cpu = min(figures["cpu"] for figures, _ in runs)
        results.append(
            {
                "documents": size,
                "cpu": round(cpu, 3),
                "microseconds_per_document": round(cpu / size * 1e6, 2),
                "kept": len(runs[0][1]),
            }
        )
        say(name, results[-1])
    return results


def truth(texts: list[str], results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Put recall and precision to each tool's figures in place of the ids."""
    started = time.monotonic()
    edges = near(texts, THRESHOLD)
    for figures in results.values():
        if "kept" in figures:
            figures.update(quality(edges, len(texts), figures.pop("kept")))
    return {"documents": len(texts), "pairs": len(edges), "seconds": round(time.monotonic() - started, 1)}


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All of it."""
    pythons: dict[str, Path | str] = {"curate": sys.executable}
    missing: dict[str, str] = {}
    for peer in [name for name in args.peers.split(",") if name]:
        try:
            pythons[peer] = installed(peer)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            missing[peer] = str(error)
            say(peer, "could not be installed")
    singles = real(args.data)
    texts = Maker(singles, args.seed).corpus(args.docs)
    corpus = write(texts, folder / "corpus.parquet")
    sample = write(texts[:2000], folder / "sample.parquet")
    results = compare(pythons, corpus, sample, args.rounds)
    memory, _ = work("curate", sys.executable, corpus, sample, "--memory")
    exact = truth(texts, results)
    ours = results["curate"]
    summary: dict[str, Any] = {
        f"ratio_{peer}": round(results[peer]["cpu"] / ours["cpu"], 2)
        for peer in pythons
        if peer != "curate" and "cpu" in results[peer]
    }
    summary |= {"recall": ours["recall"], "precision": ours["precision"]}
    summary["bytes_per_document"] = round(memory["own_bytes"] / args.docs) or None
    sizes = sorted({size for size in (25_000, 50_000, 100_000) if size < args.docs} | {args.docs})
    grown = {size: texts if size == args.docs else Maker(singles, args.seed).corpus(size) for size in sizes}
    families = (5_000, 10_000, 20_000)
    alike = {size: Maker(singles, args.seed).family(size) for size in families}
    return summary | {
        "documents": args.docs,
        "megabytes": round(sum(len(text.encode()) for text in texts) / 1e6, 1),
        "threshold": THRESHOLD,
        "rounds": args.rounds,
        "tools": results,
        "not_installed": missing,
        "truth": exact,
        "growth": growth(sizes, "growth", grown, folder, sample),
        "boilerplate_family": growth(families, "family", alike, folder, sample),
        "machine": machine(),
    }


def say(name: str, result: object) -> None:
    """A line for the person who waits."""
    print(name, json.dumps(result), file=sys.stderr, flush=True)


def table(result: dict[str, Any]) -> str:
    """What a person reads."""
    lines = [f"{'tool':<12}{'CPU s':>9}{'ratio':>8}{'recall':>9}{'precision':>11}{'peak MB':>9}"]
    for tool, figures in result["tools"].items():
        if "failed" in figures:
            lines.append(f"{tool:<12} failed: {figures['failed'].splitlines()[-1]}")
            continue
        ratio = figures["cpu"] / result["tools"]["curate"]["cpu"]
        lines.append(
            f"{tool:<12}{figures['cpu']:>9.2f}{ratio:>8.1f}{figures['recall']:>9.4f}{figures['precision']:>11.4f}"
            f"{figures['peak_mb']:>9}"
        )
    lines += [f"{peer:<12} could not be installed: {why}" for peer, why in result["not_installed"].items()]
    lines.append(f"own memory: {result['bytes_per_document']} bytes a document; truth: {json.dumps(result['truth'])}")
    for name in ("growth", "boilerplate_family"):
        lines += [
            f"{name} {one['documents']:>9,}: {one['cpu']:.3f} s, {one['microseconds_per_document']} us a document"
            for one in result[name]
        ]
    return "\n".join(lines)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="the unpacked real sets")
    parser.add_argument("--docs", type=int, default=200_000)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="curate-benchmark-") as folder:
        result = measure(args, Path(folder))
    print(json.dumps(result) if args.json else table(result))


if __name__ == "__main__":
    main()
