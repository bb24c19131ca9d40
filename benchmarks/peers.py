"""One tool's way from a Parquet file to the ids that stay, in a process of its own, timed in CPU seconds.

    python benchmarks/peers.py TOOL CORPUS SAMPLE KEPT [--memory] [--threads N]

TOOL works on SAMPLE first, so that imports and compilation are done with, and then on CORPUS under the clock. The ids
it keeps go to KEPT (NumPy); one JSON object goes to stdout. It runs in the tool's own virtual environment and imports
only what is there. All tools see words in small letters and runs of 5 words, at a similarity of 0.8 and with 128
permutations. Ids count from 0, and of a cluster the smallest stays. The tool `stage` is curate's `dedup` step within a
build: what the build takes longer than without it.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

THRESHOLD, PERMUTATIONS, NGRAM = 0.8, 128, 5
CLEAR_PEAK = "5"  # what Linux wants to be told to forget the peak of a process's memory


def curate(path: Path) -> np.ndarray:
    """Candidates by MinHash, verified exactly."""
    return _curate(path)[0]


def _curate(path: Path, *, weigh: bool = False, threads: int = 1) -> tuple[np.ndarray, int]:
    """The ids, and if asked how many bytes the search needed beside the texts at its peak."""
    import polars as pl

    from curate.minhash import Shingling, Texts, choose_bands, cluster, digest_texts, nfc

    table = pl.read_parquet(path)
    text = nfc(table["text"])
    before = _forget_peak() if weigh else 0
    texts = Texts.from_arrow([text.to_arrow(compat_level=pl.CompatLevel.newest())])
    bands, rows = choose_bands(THRESHOLD, PERMUTATIONS)
    digests = digest_texts(texts, Shingling(NGRAM), bands, rows, PERMUTATIONS, threads)
    clusters = cluster(digests, np.arange(len(texts)), texts, Shingling(NGRAM), THRESHOLD, threads=threads)
    own = _memory("VmHWM") - before if before else 0
    kept: np.ndarray = table["id"].to_numpy()[clusters.kept]
    return kept, own


_RECIPE = """\
version: 1
name: stage
sources:
  corpus: {{adapter: files, path: {path}, columns: {{instruction: text, output: {{const: x}}}}, meta: [id]}}
steps: {steps}
format: {{columns: prompt_completion, template: plain}}
"""
# The filter before it drops nothing: the step begins when it is done.
_STEPS = (
    "[{{filter: {{empty: {{of: [instruction]}}}}}}, "
    "{{dedup: {{method: minhash, on: [instruction], threshold: {threshold}, shared: null}}}}]"
)


def stage(path: Path) -> tuple[np.ndarray, dict[str, float]]:
    """The ids that a build keeps, and what its dedup step costs: the first time, and with another threshold."""
    import polars as pl

    from curate.build import Request, build
    from curate.recipe import load

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        def run(threshold: float) -> tuple[float, float, Path]:
            recipe, moments = home / "recipe.yaml", []
            steps = _STEPS.format(threshold=threshold)
            recipe.write_text(_RECIPE.format(path=path, steps=steps), encoding="utf-8")
            request = Request(
                out=home / "out",
                cache=home / "cache",
                workers=1,
                on_tally=lambda _: moments.append((time.process_time(), time.monotonic())),
            )
            built = build(load(str(recipe), {}, ()), request)
            return moments[1][0] - moments[0][0], moments[1][1] - moments[0][1], built.path

        cpu, wall, kept = run(THRESHOLD)
        again, _, _ = run(THRESHOLD + 0.05)
        meta = pl.read_parquet(kept / "data" / "*.parquet", columns=["meta"])["meta"]
        ids = meta.str.json_path_match("$.id").cast(pl.Int64).to_numpy()
    return ids, {"cpu": cpu, "wall": wall, "cpu_other_threshold": again}


def rensa(path: Path) -> np.ndarray:
    """RMinHashDeduplicator: candidates by 16 bands, told apart by the estimate of their similarity."""
    module: Any = importlib.import_module("rensa")
    ids, texts = _read(path)
    dedup = module.RMinHashDeduplicator(THRESHOLD, PERMUTATIONS, use_lsh=True, num_bands=16)
    kept = dedup.add_pairs((str(number), _grams(text)) for number, text in zip(ids, texts, strict=True))
    chosen: np.ndarray = np.array(ids)[np.array(kept, dtype=bool)]
    return chosen


def datasketch(path: Path) -> np.ndarray:
    """MinHashLSH with its own choice of bands; a text that meets an earlier one goes."""
    module: Any = importlib.import_module("datasketch")
    ids, texts = _read(path)
    index = module.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    kept = []
    for number, text in zip(ids, texts, strict=True):
        signature = module.MinHash(num_perm=PERMUTATIONS)
        signature.update_batch([gram.encode() for gram in _grams(text)])
        if not index.query(signature):
            index.insert(number, signature)
            kept.append(number)
    return np.array(kept)


def gaoya(path: Path) -> np.ndarray:
    """MinHashStringIndex with 16 bands of 8; a text that meets an earlier one goes."""
    module: Any = importlib.import_module("gaoya.minhash")
    ids, texts = _read(path)
    index = module.MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=16,
        band_size=8,
        analyzer="word",
        lowercase=True,
        ngram_range=(NGRAM, NGRAM),
        id_container="smallvec",
    )
    kept = []
    for number, text in zip(ids, texts, strict=True):
        if not index.query(text):
            index.insert_document(number, text)
            kept.append(number)
    return np.array(kept)


def daft(path: Path) -> np.ndarray:
    """Signatures by daft's expression; bands and clusters by NumPy and SciPy, as daft has none."""
    module: Any = importlib.import_module("daft")
    graph: Any = importlib.import_module("scipy.sparse.csgraph")
    sparse: Any = importlib.import_module("scipy.sparse")
    text = module.col("text").lower()
    frame = module.read_parquet(str(path)).select(
        module.col("id"), text.minhash(num_hashes=PERMUTATIONS, ngram_size=NGRAM).alias("signature")
    )
    table = frame.to_arrow().combine_chunks()
    column = table["signature"].combine_chunks() if hasattr(table["signature"], "chunks") else table["signature"]
    values = np.asarray(column.flatten()).reshape(-1, PERMUTATIONS)
    ids = np.asarray(table["id"])
    values = values[np.argsort(ids)]
    ids = np.sort(ids)
    bands, rows = 14, 9
    factors = np.random.default_rng(1).integers(1, 2**63, rows, dtype=np.uint64) | np.uint64(1)
    starts, ends = [], []
    for band in range(bands):
        keys = values[:, band * rows : (band + 1) * rows].astype(np.uint64) @ factors
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        starts.append(first[inverse])
        ends.append(np.arange(len(ids)))
    one, two = np.concatenate(starts), np.concatenate(ends)
    edges = sparse.coo_matrix((np.ones(len(one), np.uint8), (one, two)), shape=(len(ids), len(ids)))
    _, labels = graph.connected_components(edges, directed=False)
    kept: np.ndarray = ids[np.unique(labels, return_index=True)[1]]
    return kept


def _read(path: Path) -> tuple[list[int], list[str]]:
    parquet: Any = importlib.import_module("pyarrow.parquet")
    table = parquet.read_table(path)
    return table["id"].to_pylist(), table["text"].to_pylist()


def _grams(text: str) -> list[str]:
    """Runs of words, or all words if they are too few for one."""
    words = text.lower().split()
    return [" ".join(words[at : at + NGRAM]) for at in range(max(len(words) - NGRAM + 1, min(len(words), 1)))]


def _memory(name: str) -> int:
    """A figure of this process's memory, in bytes; 0 where the system has none."""
    return next((value for key, value in _status() if key == name), 0)


def _status() -> Iterator[tuple[str, int]]:
    file = Path("/proc/self/status")
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        key, _, value = line.partition(":")
        if value.endswith(" kB"):
            yield key, int(value.split()[0]) * 1024


def _forget_peak() -> int:
    """Let the peak of memory start again, and say what is in use; 0 where the system cannot."""
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text(CLEAR_PEAK, encoding="utf-8")
    except OSError:
        return 0
    return _memory("VmRSS")


def _pipeline(name: str) -> Callable[[Path], np.ndarray]:
    def work(path: Path) -> np.ndarray:
        kept: np.ndarray = getattr(importlib.import_module("pipelines"), name)(path)
        return kept

    return work


TOOLS: dict[str, Callable[[Path], np.ndarray]] = {
    "curate": curate,
    "rensa": rensa,
    "daft": daft,
    "datasketch": datasketch,
    "gaoya": gaoya,
    "text-dedup": _pipeline("text_dedup"),
    "datatrove": _pipeline("datatrove"),
}


def _cpu() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Warm up, work, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=sorted([*TOOLS, "stage"]))
    parser.add_argument("corpus", type=Path)
    parser.add_argument("sample", type=Path)
    parser.add_argument("kept", type=Path)
    parser.add_argument("--memory", action="store_true", help="curate's own memory too")
    parser.add_argument("--threads", type=int, default=1, help="of curate")
    args = parser.parse_args()
    result: dict[str, float] = {}
    if args.tool == "stage":
        stage(args.sample)
        kept, result = stage(args.corpus)
    else:
        run = partial(_curate, threads=args.threads) if args.tool == "curate" else TOOLS[args.tool]
        run(args.sample)
        gc.collect()
        if args.memory:
            kept, result["own_bytes"] = _curate(args.corpus, weigh=True)
        else:
            wall, cpu = time.monotonic(), _cpu()
            made = run(args.corpus)
            result |= {"cpu": _cpu() - cpu, "wall": time.monotonic() - wall}
            kept = made[0] if isinstance(made, tuple) else made
    result["peak_mb"] = _memory("VmHWM") / 1e6
    np.save(args.kept, np.sort(kept))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
