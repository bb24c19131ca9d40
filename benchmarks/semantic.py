"""How fast texts are embedded and duplicates in meaning are found, against NumPy by hand and against semhash.

    python benchmarks/semantic.py --data DIR --model DIR [--semhash PYTHON] [--docs 25000,100000] [--json]

The corpus is that of dedup.py: real texts with planted near-duplicates. Each tool runs in a process of its own on one
core, warmed up on a small part; the figures are CPU seconds. All search tools get the same vectors. `numpy` compares
each block of texts with all that stay by float32 matrix products, by the same rule as curate. semhash finds neighbours
in an approximate index; it stands in an environment of its own (`pip install semhash model2vec`), whose Python is
given. What each tool keeps is checked against all pairs: `left` texts stay though one that stays is as near as the
threshold, `lost` texts went though none that stays is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
ROUNDED = 1e-4  # vectors of 16 bits move a cosine by less
SEED = 17


def embed(folder: Path, model: str, _: float) -> Callable[[int], np.ndarray]:
    """`curate.embedding`, a text's whole length."""
    from curate.embedding import load

    loaded, texts = load(model), _texts(folder)
    return lambda count: loaded.embed(texts[:count])


def model2vec(folder: Path, model: str, _: float) -> Callable[[int], np.ndarray]:
    """The model's own library, told not to cut texts off."""
    from model2vec import StaticModel

    loaded, texts = StaticModel.from_pretrained(model, max_length=None), _texts(folder)
    return lambda count: loaded.encode(texts[:count], use_multiprocessing=False)


def curate(folder: Path, _: str, threshold: float) -> Callable[[int], np.ndarray]:
    """The search behind `dedup: {method: semantic}`, with rounding to 16 bits; which texts stay."""
    from curate.embedding import quantised, thin

    vectors = np.load(folder / "vectors.npy")
    return lambda count: thin(quantised(vectors[:count]), threshold).kept


def numpy(folder: Path, _: str, threshold: float) -> Callable[[int], np.ndarray]:
    """Blocks of 1,024 against all that stay, 8,192 at a time; then among each other."""
    vectors = np.load(folder / "vectors.npy")

    def work(count: int) -> np.ndarray:
        kept, stay = np.ones(count, dtype=bool), np.empty((0, vectors.shape[1]), dtype=np.float32)
        for start in range(0, count, 1024):
            block = vectors[start : min(start + 1024, count)]
            good = np.ones(len(block), dtype=bool)
            for place in range(0, len(stay), 8192):
                good &= (block @ stay[place : place + 8192].T).max(axis=1) < threshold
            near = block @ block.T >= threshold
            for row in range(len(block)):
                good[row] &= not (near[row, :row] & good[:row]).any()
            kept[start : start + len(block)] = good
            stay = np.vstack([stay, block[good]])
        return kept

    return work


def semhash(folder: Path, model: str, threshold: float) -> Callable[[int], np.ndarray]:
    """Its index and its choice of who stays; equal texts go first, as it does."""
    from model2vec import StaticModel
    from semhash import SemHash

    loaded, vectors, texts = StaticModel.from_pretrained(model), np.load(folder / "vectors.npy"), _texts(folder)

    def work(count: int) -> np.ndarray:
        index = SemHash.from_embeddings(vectors[:count], texts[:count], loaded)
        stays = set(index.self_deduplicate(threshold=threshold).selected)
        kept = np.zeros(count, dtype=bool)
        for row, text in enumerate(texts[:count]):
            if text in stays:
                stays.remove(text)  # of equal texts the first
                kept[row] = True
        return kept

    return work


TOOLS = {tool.__name__: tool for tool in (embed, model2vec, curate, numpy, semhash)}


def _texts(folder: Path) -> list[str]:
    texts: list[str] = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    return texts


def child(tool: str, folder: Path, model: str, threshold: float) -> None:
    """Run one tool: once on a small part, once under the clock; its result goes into the folder."""
    work = TOOLS[tool](folder, model, threshold)
    work(2_000)
    cpu, wall = time.process_time(), time.perf_counter()
    result = work(len(np.load(folder / "vectors.npy", mmap_mode="r")))
    figures = {"cpu": round(time.process_time() - cpu, 3), "wall": round(time.perf_counter() - wall, 3)}
    np.save(folder / f"{tool}.npy", result)
    print(json.dumps(figures))


def run(tool: str, python: str, folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """A tool in a process of its own on the first core."""
    command = [python, __file__, "--tool", tool, "--folder", str(folder), "--model", args.model]
    command += ["--threshold", str(args.threshold)]
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(everywhere)})  # the child inherits it
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **ONE_THREAD})
    finally:
        os.sched_setaffinity(0, everywhere)
    figures = json.loads(done.stdout.splitlines()[-1]) if not done.returncode else {"failed": done.stderr[-500:]}
    print(tool, figures, file=sys.stderr, flush=True)
    return dict(figures)


def check(vectors: np.ndarray, kept: np.ndarray, threshold: float) -> dict[str, int]:
    """What a tool left and lost, by all pairs."""
    places, stay = np.flatnonzero(kept), vectors[kept]
    left = lost = 0
    for start in range(0, len(vectors), 1024):
        block = vectors[start : start + 1024]
        near = block @ stay.T
        rows, columns = np.nonzero(places[None, :] == np.arange(start, start + len(block))[:, None])
        near[rows, columns] = -1.0
        most, here = near.max(axis=1), kept[start : start + len(block)]
        left += int((here & (most >= threshold + ROUNDED)).sum())
        lost += int((~here & (most < threshold - ROUNDED)).sum())
    return {"kept": len(places), "left": left, "lost": lost}


def measure(count: int, args: argparse.Namespace) -> dict[str, Any]:
    """All tools on so many texts."""
    from corpus import Maker, real

    from curate.embedding import load

    texts = Maker(real(args.data), SEED).corpus(count)
    vectors = load(args.model).embed(texts)
    texts = [text for text, filled in zip(texts, vectors.any(axis=1), strict=True) if filled]
    vectors = vectors[vectors.any(axis=1)]
    results: dict[str, Any] = {"documents": len(texts), "megabytes": round(sum(map(len, texts)) / 1e6, 1)}
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
        np.save(folder / "vectors.npy", vectors)
        pythons = dict.fromkeys(("embed", "model2vec", "curate", "numpy"), sys.executable)
        if args.semhash:
            pythons["semhash"] = args.semhash
        for tool, python in pythons.items():
            results[tool] = figures = run(tool, python, folder, args)
            if "failed" in figures:
                continue
            if tool in ("embed", "model2vec"):
                figures["texts_per_second"] = round(len(texts) / figures["cpu"])
            else:
                figures |= check(vectors, np.load(folder / f"{tool}.npy"), args.threshold)
    for tool in ("numpy", "semhash"):
        if "cpu" in results.get(tool, {}):
            results[f"ratio_{tool}"] = round(results[tool]["cpu"] / results["curate"]["cpu"], 2)
    return results


def main() -> None:
    """Measure, or be one of the tools."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the real data sets")
    parser.add_argument("--model", required=True, help="a folder of a static embedding model")
    parser.add_argument("--semhash", help="a Python that has semhash")
    parser.add_argument("--docs", default="25000,100000")
    parser.add_argument("--threshold", type=float, default=0.9)
    parser.add_argument("--json", action="store_true", help="write results/semantic.json")
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.tool:
        child(args.tool, args.folder, args.model, args.threshold)
        return
    from measure import machine

    result = {
        "threshold": args.threshold,
        "model": Path(args.model).name,
        "runs": [measure(int(count), args) for count in args.docs.split(",")],
        "machine": machine(),
    }
    text = json.dumps(result, indent=4)
    if args.json:
        (Path(__file__).parent / "results" / "semantic.json").write_text(f"{text}\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
