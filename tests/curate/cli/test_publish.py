"""`curate publish` and `curate pull`, as a user runs them, against a Hub on the loopback interface."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import BadParameter

from curate.cli import publish
from curate.errors import RecipeError
from support.build import make, write_data
from support.loopback_hub import Hub, serve
from support.publisher import REPO, TOKEN, environment, version_at


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(write_data(tmp_path_factory.mktemp("small")), "license=null", attach=True).path


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serve(Hub(token=TOKEN)) as running:
        yield running


def start(hub: Hub, home: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    env = {**os.environ, **environment(hub.url, home / "hf"), "TMPDIR": str(home), **more}
    command = [sys.executable, "-m", "curate", *words]
    return subprocess.Popen(command, env=env, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def curate(hub: Hub, home: Path, *words: str, code: int = 0, **more: str) -> tuple[str, str]:
    running = start(hub, home, *words, **more)
    out, err = running.communicate()
    assert running.returncode == code, err
    assert TOKEN not in out + err
    return out, err


def test_there_and_back(version: Path, hub: Hub, tmp_path: Path) -> None:
    """A dry run sends nothing, a publish all of it, a pull brings it back; the token is nowhere."""
    out, _ = curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", "--dry-run")
    assert hub.repos == {}
    assert "stays at home         ledger/excerpts.parquet" in out
    assert "send " in out
    assert "+# small" in out
    said = json.loads(curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", "--json")[0])
    assert said["published"]
    assert hub.repos[REPO].private
    assert version_at(hub.repos[REPO], version.name) == version.name
    out, _ = curate(hub, tmp_path, "pull", f"hf://{REPO}@{version.name[:7]}", "--out", "here")
    assert out.strip() == f"here/small/{version.name}"
    assert not (tmp_path / out.strip() / ".cache").exists()
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes()


def test_the_recipe_may_name_the_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it goes does not change what it is: the digest of the recipe is the same."""
    recipe = write_data(tmp_path)
    plain = make(recipe)
    with pytest.raises(BadParameter, match="no TARGET"):
        publish.command(str(plain.path))
    named = make(recipe, f"publish.target={tmp_path / 'there'}", out=tmp_path / "other")
    assert named.manifest.recipe == plain.manifest.recipe
    publish.command(str(named.path), accept_license="made up")
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "there" / named.path.name)
    with pytest.raises(RecipeError, match=r"unknown key 'privat'.*did you mean 'private'"):
        make(recipe, "publish.privat=true")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        (("publish", "{}", "hf://me/mix"), {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set; unset it"),
        (("publish", "{}", "hf://me/mix"), {"HF_TOKEN": ""}, "no token for hf://me/mix: log in with `hf auth login`"),
        (("publish", "{}", "ftp://me/mix"), {}, "unknown target 'ftp://me/mix'"),
        (("publish", "{}", "folder", "--branch", "x"), {}, "--branch goes with a target on the Hub"),
        (("pull", "hf://me/nothing"), {}, "there is no data set me/nothing"),
    ],
)
def test_clear_errors(
    words: tuple[str, ...], more: dict[str, str], told: str, version: Path, hub: Hub, tmp_path: Path
) -> None:
    _, err = curate(hub, tmp_path, *(word.format(version) for word in words), code=1, **more)
    assert told in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_killed_at_any_moment(version: Path, hub: Hub, tmp_path: Path) -> None:
    """The Hub holds nothing or all of it, and the next publish finishes the work."""
    curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}")
    moments = [call for at, call in enumerate(hub.log) if at < 2 or call.startswith(("POST", "PUT"))]
    assert len(moments) > 8
    for moment in moments:
        hub.repos.clear()
        hub.stored.clear()
        running: list[subprocess.Popen[str]] = []

        def kill(call: str, _: int, moment: str = moment, running: list[subprocess.Popen[str]] = running) -> None:
            general = moment.rpartition("/")[0] if "/tag/" in moment else moment
            if running and call.startswith(general):
                os.kill(running[0].pid, signal.SIGKILL)

        hub.fault = kill
        running.append(start(hub, tmp_path, "publish", str(version), f"hf://{REPO}"))
        running[0].communicate()
        assert running[0].returncode == -signal.SIGKILL, moment
        repo = hub.repos.get(REPO)
        assert repo is None or version_at(repo, "main") in (None, version.name)
        hub.fault = lambda *_: None
        curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}")
        assert {version_at(hub.repos[REPO], name) for name in ("main", version.name)} == {version.name}


LOAD = """
import json, sys
from datasets import load_dataset
sizes = []
for revision in sys.argv[1:]:
    sizes.append({name: len(rows) for name, rows in load_dataset("me/mix", revision=revision).items()})
streamed = load_dataset("me/mix", revision=sys.argv[1], streaming=True)
sizes.append({name: sum(1 for _ in rows) for name, rows in streamed.items()})
print(json.dumps(sizes))
"""


@pytest.mark.slow
def test_datasets_loads_it(version: Path, hub: Hub, tmp_path: Path) -> None:
    """By tag, by commit and streaming, all rows of all splits."""
    commit = json.loads(curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", "--json")[0])["revision"]
    splits = json.loads((version / "manifest.json").read_bytes())["splits"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD, version.name, commit, "main"],
        env={**os.environ, **environment(hub.url, tmp_path / "other")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{name: info["rows"] for name, info in splits.items()}] * 4


@pytest.mark.slow
def test_a_public_repository_is_not_published_to_by_accident(version: Path, hub: Hub, tmp_path: Path) -> None:
    curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", "--public", "--no-read-back")
    assert not hub.repos[REPO].private
    _, err = curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", code=1)
    assert "is public: say --public" in err


@pytest.mark.slow
def test_files_of_others_are_in_the_way(version: Path, hub: Hub, tmp_path: Path) -> None:
    """Data that is of no version would be loaded with it; other files, and people's words, stay."""
    curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", "--no-read-back")
    repo = hub.repos[REPO]
    files = repo.commits[repo.refs["main"]]
    words = files["README.md"] + b"\n## Thanks\n"
    repo.commit({**files, "data/train-1.parquet": b"x", "mine.txt": b"y", "README.md": words})
    _, err = curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", code=1)
    assert "in the way: data/train-1.parquet; say --replace" in err
    curate(hub, tmp_path, "publish", str(version), f"hf://{REPO}", "--replace")
    now = repo.commits[repo.refs["main"]]
    assert "data/train-1.parquet" not in now
    assert now["mine.txt"] == b"y"
    assert now["README.md"] == words
