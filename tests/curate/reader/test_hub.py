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
CARD = b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n"

# Each case runs in a process of its own: the Hub's client reads its environment when it is imported.
CHILD = """
import json, sys, warnings
import polars as pl
from curate.errors import CurateError
from curate.reader.hub import hub_batches, resolve
from curate.source import Source

class Adapter(Source):
    row = {"question": pl.String(), "answer": pl.String()}
    def examples(self, rows):
        return rows

class Wrong(Adapter):
    row = {"question": pl.Int64()}

ask = json.loads(sys.argv[1])
try:
    if ask["do"] == "resolve":
        print(json.dumps(resolve(ask["repo"], ask.get("revision"))))
    else:
        source = Wrong() if ask.get("wrong") else Adapter()
        place = (ask["repo"], ask.get("revision"), ask.get("split"), None, ask.get("streaming", False))
        batches = list(hub_batches(*place, source, ask.get("limit")))
        frame = pl.concat(batch.frame for batch in batches)
        print(json.dumps({"rows": frame.to_dicts(), "columns": frame.columns}))
except CurateError as error:
    print(json.dumps({"error": str(error)}))
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


def ask(hub_url: str, home: Path, *, offline: bool = False, **what: Any) -> Any:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
    settings = {
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    offline_settings = {"HF_HUB_OFFLINE": "1"} if offline else {}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(what)],
        env={**clean, **settings, **offline_settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def expected(rows: list[dict[str, Any]], file: str) -> list[dict[str, Any]]:
    return [
        {"question": row["question"], "answer": row["answer"], "file": file, "row": number}
        for number, row in enumerate(rows)
    ]


def test_resolve_gives_the_commit_of_branch_tag_and_default(hub: Hub, home: Path) -> None:
    """Branches resolve to their commit, no revision to main, a full sha to itself."""
    refs = hub.repos["me/curated"].refs
    assert ask(hub.url, home, do="resolve", repo="me/curated") == refs["main"]
    assert ask(hub.url, home, do="resolve", repo="me/curated", revision="old") == refs["old"]
    assert ask(hub.url, home, do="resolve", repo="me/curated", revision="f" * 40) == "f" * 40


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"repo": "me/curated", "revision": "nope"}, "has no revision 'nope'"),
        ({"repo": "me/missing"}, "'me/missing' was not found"),
    ],
)
def test_resolve_says_what_is_missing(hub: Hub, home: Path, what: dict[str, str], says: str) -> None:
    """A wrong repository and a wrong revision are told apart."""
    assert says in ask(hub.url, home, do="resolve", **what)["error"]


def test_resolve_without_a_network_says_so(home: Path) -> None:
    """A Hub that does not answer is one error of ours."""
    assert "the Hub does not say" in ask("http://127.0.0.1:9", home, do="resolve", repo="me/curated")["error"]


def test_rows_are_read_at_the_pinned_commit(hub: Hub, home: Path) -> None:
    """Both commits give their own rows, only the wanted columns, numbered, with the commit in `file`."""
    for ref, rows in (("main", ROWS), ("old", ROWS[:7])):
        sha = hub.repos["me/curated"].refs[ref]
        got = ask(hub.url, home, do="rows", repo="me/curated", revision=sha, split="train")
        assert got["rows"] == expected(rows, f"hf://me/curated@{sha}/train")
        assert got["columns"] == ["question", "answer", "file", "row"]


def test_streaming_gives_the_same_rows_and_limit_ends_it(hub: Hub, home: Path) -> None:
    """Streaming reads the same rows, and a limit takes the first ones."""
    sha = hub.repos["me/curated"].refs["main"]
    got = ask(hub.url, home, do="rows", repo="me/curated", revision=sha, split="train", streaming=True, limit=9)
    assert got["rows"] == expected(ROWS[:9], f"hf://me/curated@{sha}/train")


def test_offline_uses_the_cache_and_never_another_commit(hub: Hub, tmp_path: Path) -> None:
    """Offline, a cached commit is read again; one that is not cached is an error, not the rows of another commit."""
    refs = hub.repos["me/curated"].refs
    ask(hub.url, tmp_path, do="rows", repo="me/curated", revision=refs["main"])
    again = ask("http://127.0.0.1:9", tmp_path, offline=True, do="rows", repo="me/curated", revision=refs["main"])
    assert again["rows"] == expected(ROWS, f"hf://me/curated@{refs['main']}/train")
    other = ask("http://127.0.0.1:9", tmp_path, offline=True, do="rows", repo="me/curated", revision=refs["old"])
    assert "the local cache holds only another commit" in other["error"]
    stream = ask(
        "http://127.0.0.1:9", tmp_path, offline=True, streaming=True, do="rows", repo="me/curated", revision=refs["old"]
    )
    assert refs["old"] in stream["error"]
    unknown = ask("http://127.0.0.1:9", tmp_path, offline=True, do="resolve", repo="me/curated", revision="v1")
    assert "HF_HUB_OFFLINE" in unknown["error"]
    assert "40-digit" in unknown["error"]


def test_wrong_split_and_wrong_types_are_named(hub: Hub, home: Path) -> None:
    """A split that is not there lists those that are; a column of another type is named with both types."""
    sha = hub.repos["me/curated"].refs["main"]
    split = ask(hub.url, home, do="rows", repo="me/curated", revision=sha, split="dev")
    assert "no split 'dev' (it has train)" in split["error"]
    wrong = ask(hub.url, home, do="rows", repo="me/curated", revision=sha, wrong=True)
    assert "column `question` is String, expected a whole number" in wrong["error"]


def test_local_folders_of_both_kinds(home: Path, tmp_path: Path) -> None:
    """A folder for `load_dataset` and one from `save_to_disk` give the same rows, without a Hub."""
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "train.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    saved = tmp_path / "saved"
    code = "import sys; from datasets import load_dataset; load_dataset(sys.argv[1]).save_to_disk(sys.argv[2])"
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", code, plain, saved], env=environment, check=True, capture_output=True)
    for folder in (plain, saved):
        got = ask("http://127.0.0.1:9", home, offline=True, do="rows", repo=str(folder), split="train")
        assert got["rows"] == expected(ROWS, f"{folder}/train")
