"""What identifies a back-end: content and generation, not place; and what is no model is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curate.errors import CurateError
from curate.score.identity import resolve
from curate.score.settings import Model


def model(folder: Path, weights: bytes = b"w", **files: bytes) -> Path:
    folder.mkdir()
    for name, content in {"config.json": b"{}", "model.safetensors": weights, **files}.items():
        (folder / name).write_bytes(content)
    return folder


def facts(folder: Path, cache: Path, *, likelihood: bool = False, seed: int = 0, **said: Any) -> dict[str, Any]:
    settings = Model.model_validate({"model": str(folder), **said})
    return resolve(settings, Path(), cache, seed, likelihood=likelihood).facts


def test_the_place_has_no_say(tmp_path: Path) -> None:
    one, two = model(tmp_path / "one"), model(tmp_path / "two", **{"README.md": b"hello"})
    assert facts(one, tmp_path) == facts(two, tmp_path)
    assert facts(one, tmp_path) == facts(one, tmp_path, device="cpu", batch_tokens=9)
    three = model(tmp_path / "three", b"other")
    assert facts(three, tmp_path) != facts(one, tmp_path)


def test_how_text_is_made_has_a_say(tmp_path: Path) -> None:
    one = model(tmp_path / "one")
    plain = facts(one, tmp_path)
    for said in ({"max_new_tokens": 3}, {"until": ""}, {"temperature": 0.5}, {"dtype": "float32"}):
        assert facts(one, tmp_path, **said) != plain
    assert facts(one, tmp_path, seed=1) == plain
    assert facts(one, tmp_path, seed=1, temperature=0.5) != facts(one, tmp_path, temperature=0.5)


def test_likelihoods_depend_on_the_model_alone(tmp_path: Path) -> None:
    one = model(tmp_path / "one")
    assert facts(one, tmp_path, likelihood=True, max_new_tokens=3) == facts(one, tmp_path, likelihood=True)


def test_relative_paths_start_at_the_recipe(tmp_path: Path) -> None:
    model(tmp_path / "one")
    found = resolve(Model(model="one"), tmp_path, tmp_path, 0, likelihood=False)
    assert found.weights == str(tmp_path / "one")


def test_a_commit_needs_no_network(tmp_path: Path) -> None:
    sha = "0123456789abcdef0123456789abcdef01234567"
    found = resolve(Model(model="owner/name", revision=sha), tmp_path, tmp_path, 0, likelihood=False)
    assert (found.weights, found.commit, found.facts["model"]) == ("owner/name", sha, f"hf://owner/name@{sha}")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"model": "nowhere"}, "neither a folder nor owner/name"),
        ({"model": "empty"}, r"holds no config\.json"),
        ({"model": "one", "adapter": "empty"}, r"holds no adapter_config\.json"),
        ({"model": "one", "adapter": "nowhere"}, "no folder 'nowhere' with an adapter"),
    ],
)
def test_what_is_no_model(said: dict[str, str], fault: str, tmp_path: Path) -> None:
    model(tmp_path / "one")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CurateError, match=fault):
        resolve(Model.model_validate(said), tmp_path, tmp_path, 0, likelihood=False)


def test_the_lock_holds_a_branch_to_its_commit(tmp_path: Path) -> None:
    """Nobody is asked then; another revision in the recipe makes the pin void."""
    sha = "0123456789abcdef0123456789abcdef01234567"
    held = {"model": f"hf://owner/name@{sha}", "revision": "main"}
    found = resolve(Model(model="owner/name"), tmp_path, tmp_path, 0, likelihood=False, held=held)
    assert (found.commit, found.pins) == (sha, held)
    for other in (Model(model="owner/other"), Model(model="owner/name", revision="v2")):
        with pytest.raises(CurateError, match=r"no model owner/|holds no model owner/"):
            resolve(other, tmp_path, tmp_path, 0, likelihood=False, held=held)
