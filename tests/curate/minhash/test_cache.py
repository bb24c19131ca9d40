"""A second process compiles nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import curate

KERNELS = 10
SCRIPT = """
import json, sys
import numpy as np, pyarrow as pa
from numba.core.dispatcher import Dispatcher
from curate.minhash import Shingling, Texts, cluster, digest, digest_texts, jaccard, signatures

def run(threads, kind):
    texts = Texts.from_arrow([pa.array(["a b c d e f g", "a b c d e f g h", "x", "x", ""], kind)])
    shingling = Shingling()
    digest_texts(texts, shingling, 16, 8)
    found = digest(signatures(texts, shingling, threads=threads), 16, 8)
    for view in (found.bands, found.sketch, found.exact, found.shingles):
        view.setflags(write=False)  # as from a file
    cluster(found, np.arange(5), texts, shingling, 0.8, threads=threads)
    cluster(found, np.arange(5), None, shingling, 0.8, verify=False)
    jaccard(texts, np.array([0]), np.array([1]), shingling)

run(1, pa.string())
run(2, pa.string_view())
kernels = {
    f"{name}.{key}": value
    for name, module in sorted(sys.modules.items()) if name.startswith("curate.minhash.")
    for key, value in vars(module).items() if isinstance(value, Dispatcher) and value.__module__ == name
}
print(json.dumps({
    "misses": sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels.values()),
    "hits": sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels.values()),
}))
"""


def start(folder: Path, source: Path) -> dict[str, int]:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": str(source)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=folder, capture_output=True, text=True, check=True
    )
    told: dict[str, int] = json.loads(done.stdout)
    return told


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, so that its source can be changed."""
    source = tmp_path / "source" / "curate"
    source.mkdir(parents=True)
    package = Path(curate.__path__[0])
    (source / "__init__.py").touch()
    for name in ("errors.py", "jit.py", "room.py"):  # all that the kernels stand on
        shutil.copy(package / name, source)
    shutil.copytree(package / "minhash", source / "minhash", ignore=shutil.ignore_patterns("__pycache__"))
    return source.parent


def test_a_second_process_compiles_nothing(tmp_path: Path, copy: Path) -> None:
    """Whatever the arrays come from and however many threads there are, a kernel has one form, and it is kept."""
    folder = tmp_path / "cache"
    folder.mkdir()
    start(folder, copy)
    second = start(folder, copy)
    assert second == {"misses": 0, "hits": KERNELS}
    # A kernel that was kept does not know the helpers of other modules: they must make it new when they change.
    helper = copy / "curate" / "minhash" / "verify.py"
    helper.write_text(helper.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    third = start(folder, copy)
    assert third["hits"] == 0
