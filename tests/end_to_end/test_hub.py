"""Sources on the Hub, read through the stock clients from a Hub on the loopback interface."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML

from support import tiny_model
from support.loopback_hub import Hub, Repo, serve

CARD = b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n"
RECIPE = """
version: 1
name: from-the-hub
sources:
  maths: {adapter: gsm8k, hub: me/maths, split: train}
  chats: {adapter: huggingface, hub: me/chats@main, split: train, streaming: true}
  folder: {adapter: huggingface, path: local}
format: {columns: prompt_completion, template: instruction_input_response}
"""


def parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    return out.getvalue()


def sums(count: int) -> list[dict[str, Any]]:
    return [
        {"question": f"What is {n} and {n}?", "answer": f"{n}+{n}=<<{n}+{n}={2 * n}>>{2 * n}\n#### {2 * n}"}
        for n in range(count)
    ]


@pytest.fixture
def hub() -> Iterator[Hub]:
    maths, chats = Repo(), Repo()
    maths.commit({"README.md": CARD, "data/train-00000-of-00001.parquet": parquet(sums(12))})
    turns = [
        {"messages": [{"role": "user", "content": f"Say {n}"}, {"role": "assistant", "content": str(n)}]}
        for n in range(5)
    ]
    chats.commit({"README.md": CARD, "data/train-00000-of-00001.parquet": parquet(turns)})
    with serve(Hub({"me/maths": maths, "me/chats": chats})) as running:
        yield running


def build(hub: Hub, folder: Path, *, offline: bool = False) -> dict[str, Any]:
    """Build in a process of its own: the clients read their environment when they are imported."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    settings = {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1" if offline else "0",
        "CURATE_CACHE_DIR": str(folder / "cache"),
    }
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
    done = subprocess.run(command, env={**clean, **settings}, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_hub_sources_build_and_the_lock_pins_them(hub: Hub, tmp_path: Path) -> None:
    """Rows come at the Hub's commit, the lock holds the build to it when the branch moves, and then needs no Hub."""
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "local" / "data").mkdir(parents=True)
    (tmp_path / "local" / "README.md").write_bytes(CARD)
    (tmp_path / "local" / "data" / "train-0.parquet").write_bytes(
        parquet([{"prompt": "Name a bird.", "completion": "A wren."}])
    )
    first = build(hub, tmp_path)
    assert {name: info["rows_out"] for name, info in first["sources"].items()} == {"maths": 12, "chats": 5, "folder": 1}
    commits = {name: hub.repos[name].refs["main"] for name in hub.repos}
    inputs = json.loads((Path(first["path"]) / "manifest.json").read_bytes())["inputs"]
    assert {one["name"] for one in inputs} == {*(f"hf://{name}@{sha}" for name, sha in commits.items()), "local"}
    assert commits["me/maths"] in (tmp_path / "recipe.lock.yaml").read_text(encoding="utf-8")

    hub.repos["me/maths"].commit({"README.md": CARD, "data/train-00000-of-00001.parquet": parquet(sums(20))})
    assert build(hub, tmp_path)["version"] == first["version"]
    hub.log.clear()
    assert build(hub, tmp_path, offline=True)["version"] == first["version"]
    assert not hub.log

    (tmp_path / "recipe.lock.yaml").unlink()
    moved = build(hub, tmp_path)
    assert moved["sources"]["maths"]["rows_out"] == 20
    assert moved["version"] != first["version"]


MEANING = """
version: 1
name: meaning
sources:
  birds: {adapter: files, path: birds.jsonl, columns: {instruction: q, output: a}}
steps:
  - dedup: {method: semantic, model: me/tiny}
format: {columns: prompt_completion, template: instruction_input_response}
"""


def test_a_model_of_the_hub_is_pinned(tmp_path: Path) -> None:
    """The lock names its commit and files, and holds the build to them when the branch moves, online and offline."""
    words, rows = ["name", "a", "bird", "song", "fowl"], tiny_model.random_vectors(4)
    near, far = np.vstack([rows, rows[2:3]]), tiny_model.random_vectors(5)
    repo = Repo()
    repo.commit(files_of(tiny_model.save(tmp_path / "near", words, near)))
    lines = [{"q": f"Name a {word}", "a": "."} for word in ("bird", "song", "fowl")]
    (tmp_path / "birds.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(MEANING, encoding="utf-8")
    with serve(Hub({"me/tiny": repo})) as hub:
        first = build(hub, tmp_path)
        assert first["rows_out"] == 2
        commit = repo.refs["main"]
        inputs = json.loads((Path(first["path"]) / "manifest.json").read_bytes())["inputs"]
        assert {"0.dedup.model": f"hf://me/tiny@{commit}"}.items() <= {
            one["source"]: one["name"] for one in inputs
        }.items()
        lock = YAML(typ="safe").load((tmp_path / "recipe.lock.yaml").read_text(encoding="utf-8"))
        pinned = lock["sources"]["0.dedup.model"]
        assert pinned["hub"] == {"asked": "me/tiny", "commit": commit}
        content = (tmp_path / "near" / "model.safetensors").read_bytes()
        assert pinned["files"]["me/tiny/model.safetensors"]["sha256"] == sha256(content).hexdigest()

        repo.commit(files_of(tiny_model.save(tmp_path / "far", words, far)))
        assert build(hub, tmp_path)["version"] == first["version"]
        assert build(hub, tmp_path, offline=True)["version"] == first["version"]
        (tmp_path / "recipe.lock.yaml").unlink()
        assert build(hub, tmp_path)["rows_out"] == 3


def files_of(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}
