"""Hub data sets and local folders: the same rows by every way, and errors that say what to do."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from support.loopback_hub import Hub, Repo, serve

ROWS = [{"question": f"q{n}", "answer": f"a{n}", "extra": n} for n in range(50)]
NOWHERE = "http://127.0.0.1:9"  # nothing listens on the discard port
CARD = b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n"

# Each case runs in a process of its own: the Hub's client reads its environment when it is imported.
CHILD = """
import json, sys
import polars as pl
from curate.__main__ import leave
from curate.errors import CurateError
from curate.reader.hub import hub_batches, resolve
from curate.source import Source

class Adapter(Source):
    row = {"question": pl.String(), "answer": pl.String()}
    def examples(self, rows):
        return rows

class Wrong(Adapter):
    row = {"question": pl.Int64()}

def answer(ask):
    try:
        if ask["do"] == "resolve":
            return resolve(ask["repo"], ask.get("revision"))
        place = (ask["repo"], ask.get("revision"), ask.get("split"), None, ask.get("streaming", False))
        batches = list(hub_batches(*place, Wrong() if ask.get("wrong") else Adapter(), ask.get("limit")))
        frame = pl.concat(batch.frame for batch in batches)
        return {"rows": frame.to_dicts(), "columns": frame.columns}
    except CurateError as error:
        return {"error": str(error)}

print(json.dumps([answer(ask) for ask in json.loads(sys.argv[1])]))
leave(0)  # as the program ends: a stream that was not read to its end may abort an interpreter that shuts down
"""


def parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hf-home")


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    repo = Repo()
    repo.commit({"README.md": CARD, "data/train-00000-of-00001.parquet": parquet(ROWS[:7])}, ref="old")
    repo.commit({"README.md": CARD, "data/train-00000-of-00001.parquet": parquet(ROWS)})
    with serve(Hub({"me/curated": repo})) as running:
        yield running


def ask(hub_url: str, home: Path, *questions: dict[str, Any], offline: bool = False) -> list[Any]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
    settings = {
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1" if offline else "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(questions)],
        env={**clean, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


def expected(rows: list[dict[str, Any]], file: str) -> list[dict[str, Any]]:
    return [
        {"question": row["question"], "answer": row["answer"], "file": file, "row": number}
        for number, row in enumerate(rows)
    ]


def test_resolve_gives_the_commit_of_branch_tag_and_default(hub: Hub, home: Path) -> None:
    """No revision resolves to main's commit, a ref to its own, a full sha to itself; what is missing is named."""
    refs = hub.repos["me/curated"].refs
    question = {"do": "resolve", "repo": "me/curated"}
    main, old, sha, no_revision, no_repo = ask(
        hub.url,
        home,
        question,
        {**question, "revision": "old"},
        {**question, "revision": "f" * 40},
        {**question, "revision": "nope"},
        {"do": "resolve", "repo": "me/missing"},
    )
    assert (main, old, sha) == (refs["main"], refs["old"], "f" * 40)
    assert "has no revision 'nope'" in no_revision["error"]
    assert "'me/missing' was not found" in no_repo["error"]


def test_resolve_without_a_network_says_so(home: Path) -> None:
    """A Hub that does not answer is one error of ours."""
    (answer,) = ask(NOWHERE, home, {"do": "resolve", "repo": "me/curated"})
    assert "the Hub does not say" in answer["error"]


def test_rows_are_read_at_the_pinned_commit(hub: Hub, home: Path) -> None:
    """Each commit gives its own rows, loaded or streamed, numbered, only the wanted columns, up to a limit."""
    refs = hub.repos["me/curated"].refs
    question = {"do": "rows", "repo": "me/curated", "split": "train"}
    new, old, streamed = ask(
        hub.url,
        home,
        {**question, "revision": refs["main"]},
        {**question, "revision": refs["old"]},
        {**question, "revision": refs["main"], "streaming": True, "limit": 9},
    )
    assert new["columns"] == ["question", "answer", "file", "row"]
    assert new["rows"] == expected(ROWS, f"hf://me/curated@{refs['main']}/train")
    assert old["rows"] == expected(ROWS[:7], f"hf://me/curated@{refs['old']}/train")
    assert streamed["rows"] == expected(ROWS[:9], f"hf://me/curated@{refs['main']}/train")


def test_offline_uses_the_cache_and_never_another_commit(hub: Hub, tmp_path: Path) -> None:
    """Offline, a cached commit is read again; one that is not cached is an error, not the rows of another commit."""
    refs = hub.repos["me/curated"].refs
    question = {"do": "rows", "repo": "me/curated"}
    ask(hub.url, tmp_path, {**question, "revision": refs["main"]})
    *answers, unknown = ask(
        NOWHERE,
        tmp_path,
        *(
            {**question, "revision": refs[ref], "streaming": streaming}
            for streaming in (False, True)
            for ref in ("main", "old")
        ),
        {"do": "resolve", "repo": "me/curated", "revision": "v1"},
        offline=True,
    )
    for again, other in (answers[:2], answers[2:]):
        assert again["rows"] == expected(ROWS, f"hf://me/curated@{refs['main']}/train")
        assert f"the cache holds only another commit ({refs['main']})" in other["error"]
    assert "HF_HUB_OFFLINE" in unknown["error"]
    assert "40-digit" in unknown["error"]


def test_wrong_split_and_wrong_types_are_named(hub: Hub, home: Path) -> None:
    """A split that is not there lists those that are; a column of another type is named with both types."""
    question = {"do": "rows", "repo": "me/curated", "revision": hub.repos["me/curated"].refs["main"]}
    split, wrong = ask(hub.url, home, {**question, "split": "dev"}, {**question, "wrong": True})
    assert "no split 'dev' (it has train)" in split["error"]
    assert "column `question` is String, expected a whole number" in wrong["error"]


def test_local_folders_of_both_kinds(home: Path, tmp_path: Path) -> None:
    """A folder for `load_dataset` and one from `save_to_disk` give the same rows, without a Hub."""
    plain, saved = tmp_path / "plain", tmp_path / "saved"
    plain.mkdir()
    (plain / "train.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    code = "import sys; from datasets import load_dataset; load_dataset(sys.argv[1]).save_to_disk(sys.argv[2])"
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", code, plain, saved], env=environment, check=True, capture_output=True)
    questions = [{"do": "rows", "repo": str(folder), "split": "train"} for folder in (plain, saved)]
    for folder, got in zip((plain, saved), ask(NOWHERE, home, *questions, offline=True), strict=True):
        assert got["rows"] == expected(ROWS, f"{folder}/train")
