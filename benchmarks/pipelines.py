"""Peers that are pipelines over files rather than libraries: text-dedup and datatrove, for benchmarks/peers.py."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

THRESHOLD, PERMUTATIONS, NGRAM = 0.8, 128, 5
BANDS, ROWS = 14, 9  # its own choice would be 9 bands of 13 rows, which loses half of the pairs at the threshold

_CONFIG = """\
[input]
input_type = "local_files"
file_type = "parquet"
read_arguments = {{path = "parquet", split = "train", data_files = {corpus}}}
[algorithm]
algorithm_name = "minhash"
text_column = "text"
num_perm = {permutations}
ngram_size = {ngram}
threshold = {threshold}
bands = {bands}
rows = {rows}
min_length = 1
num_proc = 1
[output]
output_dir = {out}
[debug]
"""


def text_dedup(path: Path) -> np.ndarray:
    """Its command line's main function, on one process, without its check of false positives: its default."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HF_DATASETS_CACHE"] = f"{folder}/cache"  # else a second run would find the first one's work
        config = Path(folder, "config.toml")
        said = {"corpus": json.dumps(str(path)), "out": json.dumps(f"{folder}/out")}
        numbers = {"permutations": PERMUTATIONS, "ngram": NGRAM, "threshold": THRESHOLD, "bands": BANDS, "rows": ROWS}
        config.write_text(_CONFIG.format(**said, **numbers), encoding="utf-8")
        settings: Any = importlib.import_module("text_dedup.config.base")
        module: Any = importlib.import_module("text_dedup.minhash")
        datasets: Any = importlib.import_module("datasets")
        datasets.config.HF_DATASETS_CACHE = Path(folder, "cache")
        module.main(settings.load_config_from_toml(config))
        kept: np.ndarray = np.array(datasets.load_from_disk(f"{folder}/out")["id"])
        return kept


def datatrove(path: Path) -> np.ndarray:
    """Its four steps, one task each, in this process; words by its own tokeniser for English."""
    executor: Any = importlib.import_module("datatrove.executor").LocalPipelineExecutor
    dedup: Any = importlib.import_module("datatrove.pipeline.dedup.minhash")
    reader: Any = importlib.import_module("datatrove.pipeline.readers").ParquetReader
    writer: Any = importlib.import_module("datatrove.pipeline.writers").JsonlWriter
    config = dedup.MinhashConfig(n_grams=NGRAM, num_buckets=BANDS, hashes_per_bucket=ROWS)
    with tempfile.TemporaryDirectory() as folder:

        def read() -> object:
            return reader(str(path.parent), glob_pattern=path.name, text_key="text", id_key="id")

        signatures, buckets, gone, out = (f"{folder}/{name}" for name in ("signatures", "buckets", "gone", "out"))
        steps = [
            (1, [read(), dedup.MinhashDedupSignature(output_folder=signatures, config=config)]),
            (BANDS, [dedup.MinhashDedupBuckets(input_folder=signatures, output_folder=buckets, config=config)]),
            (1, [dedup.MinhashDedupCluster(input_folder=buckets, output_folder=gone, config=config)]),
            (1, [read(), dedup.MinhashDedupFilter(input_folder=gone), writer(out, compression=None)]),
        ]
        for number, (tasks, pipeline) in enumerate(steps):
            executor(pipeline=pipeline, tasks=tasks, workers=1, logging_dir=f"{folder}/logs/{number}").run()
        # Its writers leave out what is false, the id 0 among it; in Parquet the schemas then differ.
        texts = [file.read_text("utf-8").split("\n") for file in sorted(Path(out).glob("*.jsonl"))]
        return np.array([int(json.loads(line).get("id", 0)) for lines in texts for line in lines if line])
