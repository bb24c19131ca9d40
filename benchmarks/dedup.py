"""How fast, complete and right near-duplicate removal is against other tools, from a Parquet file to the ids that stay.

    python benchmarks/dedup.py --data DIR [--docs 200000] [--largest 1000000] [--subset 10000] [--peers rensa,daft,…]
                               [--json]

The corpus is real text with planted near-duplicates (see benchmarks/corpus.py). Every tool runs in turn in the same
run, three times, in a process of its own on one core, and is warmed up on a small sample before the clock starts. Peers
live in virtual environments in the user's cache folder. Recall and precision are against an exact join of all pairs
that shares no kernel with curate. Ratios are a peer's CPU seconds over curate's, verification included; text-dedup and
datatrove, which take minutes where the others take seconds, are compared on a part of the corpus.

Then curate alone: on two cores, as a step of `curate build` (`stage`), and on ever more documents, of the corpus and of
one family of boilerplate.
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
from collections.abc import Callable, Sequence
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
    "text-dedup": ["text-dedup==0.4.1"],
    "datatrove": ["datatrove[processing]==0.10.1", "orjson", "spacy"],
}
# These see a part of the corpus only.
SLOW = ("text-dedup", "datatrove")
# These need a Python of 3.12 or newer.
NEWER = ("text-dedup",)
THRESHOLD = 0.8
SIZES = (25_000, 50_000, 100_000, 200_000, 400_000, 1_000_000)
ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def installed(peer: str, newer: str) -> Path:
    """The Python of the peer's virtual environment, which is made if there is none.

    Raises:
        RuntimeError: it could not be installed.
    """
    home = Path(user_cache_dir("curate-benchmarks")) / f"{peer}-{'-'.join(PEERS[peer])}"
    python, done = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"), home / "installed"
    if not done.exists():
        if peer in NEWER and sys.version_info < (3, 12):
            command = [newer, "-m", "venv", "--clear", str(home)]
            subprocess.run(command, check=True, capture_output=True)
        else:
            venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "numpy", "pyarrow", *PEERS[peer]]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode:
            raise RuntimeError(process.stderr[-500:])
        done.touch()
    return python


def work(
    tool: str, python: Path | str, corpus: Path, sample: Path, *more: str, cores: int = 1
) -> tuple[dict[str, float], np.ndarray]:
    """One run of a tool on the first cores that this process may use: its figures, and the ids it keeps.

    Raises:
        RuntimeError: it failed.
    """
    kept = corpus.with_name(f"{corpus.stem}-{tool}.npy")
    command = [str(python), str(HERE / "peers.py"), tool, str(corpus), str(sample), str(kept), *more]
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(everywhere)[:cores])  # the child inherits it
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


def growth(sizes: Sequence[int], name: str, texts: Callable[[int], list[str]], folder: Path, sample: Path) -> list[Any]:
    """Curate's CPU time against the number of documents, the best of three."""
    results = []
    for size in sizes:
        path = write(texts(size), folder / f"{name}-{size}.parquet")
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
        path.unlink()
    return results


def alone(corpus: Path, sample: Path, documents: int, rounds: int) -> dict[str, Any]:
    """Curate on two cores, and as a step of a build on one: medians, per document where it says so."""
    two = [work("curate", sys.executable, corpus, sample, "--threads", "2", cores=2)[0] for _ in range(rounds)]
    one = [work("curate", sys.executable, corpus, sample)[0] for _ in range(rounds)]
    steps = [work("stage", sys.executable, corpus, sample)[0] for _ in range(rounds)]

    def middle(runs: Sequence[dict[str, float]], figure: str) -> float:
        return median(run[figure] for run in runs)

    step, bare = middle(steps, "cpu"), middle(one, "cpu")
    return {
        "two_cores": {
            "wall": round(middle(two, "wall"), 3),
            "wall_of_one_core": round(middle(one, "wall"), 3),
            "speed_up": round(middle(one, "wall") / middle(two, "wall"), 2),
        },
        "stage": {
            "cpu": round(step, 3),
            "cpu_of_the_kernels": round(bare, 3),
            "times_the_kernels": round(step / bare, 2),
            "microseconds_per_document": round(step / documents * 1e6, 2),
            "cpu_with_another_threshold": round(middle(steps, "cpu_other_threshold"), 3),
        },
    }


def truth(texts: list[str], results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Put recall and precision to each tool's figures in place of the ids."""
    started = time.monotonic()
    edges = near(texts, THRESHOLD)
    for figures in results.values():
        if "kept" in figures:
            figures.update(quality(edges, len(texts), figures.pop("kept")))
    return {"documents": len(texts), "pairs": len(edges), "seconds": round(time.monotonic() - started, 1)}


def pythons_of(peers: Sequence[str], newer: str) -> tuple[dict[str, Path | str], dict[str, str]]:
    """The Python of each tool that could be installed, and why others could not."""
    pythons: dict[str, Path | str] = {"curate": sys.executable}
    missing: dict[str, str] = {}
    for peer in peers:
        try:
            pythons[peer] = installed(peer, newer)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            missing[peer] = str(error)
            say(peer, "could not be installed")
    return pythons, missing


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All of it."""
    pythons, missing = pythons_of([name for name in args.peers.split(",") if name], args.newer_python)
    singles = real(args.data)
    texts = Maker(singles, args.seed).corpus(args.docs)
    corpus = write(texts, folder / "corpus.parquet")
    sample = write(texts[:2000], folder / "sample.parquet")
    fast = {tool: python for tool, python in pythons.items() if tool not in SLOW}
    results = compare(fast, corpus, sample, args.rounds)
    memory, _ = work("curate", sys.executable, corpus, sample, "--memory")
    exact = truth(texts, results)
    ratios, ours = ratios_of(results), results["curate"]
    part: dict[str, Any] = {"documents": args.subset}
    slow = {tool: python for tool, python in pythons.items() if tool in ("curate", *SLOW)}
    if len(slow) > 1:
        few = write(texts[: args.subset], folder / "subset.parquet")
        part["tools"] = compare(slow, few, sample, 1)
        part["truth"] = truth(texts[: args.subset], part["tools"])
        ratios |= ratios_of(part["tools"])
    sizes = sorted({size for size in SIZES if size <= args.largest} | {args.largest})
    families = (5_000, 10_000, 20_000)

    # As many of them single texts as there are enough of for the largest.
    share = min(1.0, len(singles) / args.largest)

    def corpora(size: int) -> list[str]:
        return Maker(singles, args.seed).corpus(size, share)

    def boilerplate(size: int) -> list[str]:
        return Maker(singles, args.seed).family(size)

    return {
        **ratios,
        "recall": ours["recall"],
        "precision": ours["precision"],
        "bytes_per_document": round(memory["own_bytes"] / args.docs) or None,
        "documents": args.docs,
        "megabytes": round(sum(len(text.encode()) for text in texts) / 1e6, 1),
        "threshold": THRESHOLD,
        "rounds": args.rounds,
        "tools": results,
        "subset": part,
        "not_installed": missing,
        "truth": exact,
        **alone(corpus, sample, args.docs, args.rounds),
        "growth": growth(sizes, "growth", corpora, folder, sample),
        "boilerplate_family": growth(families, "family", boilerplate, folder, sample),
        "machine": machine(),
    }


def ratios_of(results: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Each peer's CPU seconds over curate's."""
    ours = results["curate"]["cpu"]
    return {
        f"ratio_{tool.replace('-', '_')}": round(figures["cpu"] / ours, 2)
        for tool, figures in results.items()
        if tool != "curate" and "cpu" in figures
    }


def say(name: str, result: object) -> None:
    """A line for the person who waits."""
    print(name, json.dumps(result), file=sys.stderr, flush=True)


def table(result: dict[str, Any]) -> str:
    """What a person reads."""
    lines = [f"{result['documents']:,} documents, {result['megabytes']} MB", *_rows(result["tools"])]
    if "tools" in result["subset"]:
        lines += ["", f"{result['subset']['documents']:,} of them", *_rows(result["subset"]["tools"])]
    lines += [f"{peer:<12} could not be installed: {why}" for peer, why in result["not_installed"].items()]
    lines.append(f"own memory: {result['bytes_per_document']} bytes a document; truth: {json.dumps(result['truth'])}")
    lines += [f"{name}: {json.dumps(result[name])}" for name in ("two_cores", "stage")]
    for name in ("growth", "boilerplate_family"):
        lines += [
            f"{name} {one['documents']:>9,}: {one['cpu']:.3f} s, {one['microseconds_per_document']} us a document"
            for one in result[name]
        ]
    return "\n".join(lines)


def _rows(tools: dict[str, dict[str, Any]]) -> list[str]:
    lines = [f"{'tool':<12}{'CPU s':>9}{'ratio':>8}{'recall':>9}{'precision':>11}{'peak MB':>9}"]
    for tool, figures in tools.items():
        if "failed" in figures:
            lines.append(f"{tool:<12} failed: {figures['failed'].splitlines()[-1]}")
            continue
        ratio = figures["cpu"] / tools["curate"]["cpu"]
        lines.append(
            f"{tool:<12}{figures['cpu']:>9.2f}{ratio:>8.1f}{figures['recall']:>9.4f}{figures['precision']:>11.4f}"
            f"{figures['peak_mb']:>9}"
        )
    return lines


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="the unpacked real sets")
    parser.add_argument("--docs", type=int, default=200_000)
    parser.add_argument("--largest", type=int, default=1_000_000, help="documents of the last step of growth")
    parser.add_argument("--subset", type=int, default=10_000, help="documents for the slow peers")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--newer-python", default="python3.12", help="for peers that need 3.12 where this one is older")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="curate-benchmark-") as folder:
        result = measure(args, Path(folder))
    print(json.dumps(result) if args.json else table(result))


if __name__ == "__main__":
    main()
