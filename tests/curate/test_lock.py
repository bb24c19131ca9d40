"""The lock, `--locked`, `curate lock` and `verify --rebuild`, on real builds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from curate import cli, lock
from curate.build import Built, Request, build
from curate.errors import CurateError, LockError
from curate.lock import read_lock
from curate.rebuild import rebuild
from curate.recipe import load
from curate.verify import verify
from curate.version import file_info
from support.build import make, write_data

Edit = Callable[[Path], None]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The small recipe with its lock beside it."""
    path = write_data(tmp_path / "x")
    make(path)
    return path


def locked(recipe: Path, *sets: str, cache: Path | None = None) -> Built:
    home = recipe.parent
    held = recipe.with_name("recipe.lock.yaml")
    request = Request(out=home / "out", cache=cache or home / "cache", workers=1, lock=held)
    return build(load(recipe, {}, sets), request)


def refused(recipe: Path, *sets: str) -> list[str]:
    """What a locked build refuses; it must not have read a record."""
    empty = recipe.parent / "untouched"
    with pytest.raises(LockError) as told:
        locked(recipe, *sets, cache=empty)
    assert told.value.exit_code == 1
    assert not (empty / "units").exists()
    return [f"{one.what} {one.place}" for one in told.value.differences]


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_as_it_was(recipe: Path) -> None:
    """What is as the lock holds it builds to the same version."""
    assert locked(recipe).reused


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda home: append(home / "qa/one.jsonl", "\n"), ["file qa: qa/one.jsonl"]),
        (lambda home: (home / "qa/two.jsonl").unlink(), ["file qa: qa/two.jsonl"]),
        (lambda home: (home / "qa/zwei.jsonl").write_text("{}\n"), ["file qa: qa/zwei.jsonl"]),
        (lambda home: append(home / "recipe.yaml", "license: mit\n"), []),
    ],
)
def test_inputs_that_are_others(recipe: Path, edit: Edit, said: list[str]) -> None:
    """A file changed, gone or new is named with both digests; what changes no meaning of the recipe is not."""
    if said:
        edit(recipe.parent)
        assert refused(recipe) == said
    else:
        append(recipe, "# a comment\n")
        assert locked(recipe).reused


def test_the_message_has_both_digests(recipe: Path) -> None:
    """The message names the file, the digest that there is and the one that the lock has, and what to do."""
    held = read_lock(recipe.with_name("recipe.lock.yaml"))["sources"]["qa"]["files"]["qa/one.jsonl"]["sha256"]
    append(recipe.parent / "qa/one.jsonl", "\n")
    with pytest.raises(LockError, match=rf"file qa: qa/one.jsonl: [0-9a-f]{{64}}, the lock has {held}\n.*--update"):
        locked(recipe)


def test_another_recipe_template_or_package(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So are another meaning of the recipe, another template, another package."""
    assert refused(recipe, "seed=6") == ["recipe (its digest; --set and -v count)"]
    assert refused(recipe, "format.template=alpaca")[1:] == ["template plain", "template alpaca"]
    monkeypatch.setattr(lock, "tool_versions", lambda: {"curate": "9"})
    assert "package curate" in refused(recipe)
    assert "package polars" in refused(recipe)


def test_a_tokenizer_that_is_another(recipe: Path, tmp_path: Path) -> None:
    """A name in a step that stands for another thing than before is told, with step and setting."""
    vocabulary = tmp_path / "x" / "tokenizer.json"
    words = {"[UNK]": 0, "Do": 1}
    content: dict[str, Any] = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"},
    }
    vocabulary.write_bytes(orjson.dumps(content))
    step = f"steps.0={{filter: {{tokens: {{of: [instruction], max: 30, tokenizer: {vocabulary}}}}}}}"
    make(recipe, step)
    assert locked(recipe, step).reused
    words["And"] = 2
    vocabulary.write_bytes(orjson.dumps(content))
    assert refused(recipe, step) == ["step 0.filter.tokens tokenizer"]


def test_no_lock_and_no_lock_at_all(recipe: Path) -> None:
    """Without a lock, or with a file that is none, a locked build says what to do."""
    path = recipe.with_name("recipe.lock.yaml")
    for text in ("[", "a", "lock_version: 2\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(CurateError, match="recipe.lock.yaml"):
            locked(recipe)
    path.unlink()
    with pytest.raises(CurateError, match="there is no lock .*`curate lock RECIPE` writes it"):
        locked(recipe)


@pytest.fixture
def curate(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `curate …` beside the recipe."""
    monkeypatch.chdir(recipe.parent)
    monkeypatch.setenv("CURATE_CACHE_DIR", str(recipe.parent / "cache"))
    return lambda *arguments: CliRunner().invoke(cli.app, arguments)


def test_command(recipe: Path, curate: Callable[..., Result]) -> None:
    """`curate lock` writes, checks and updates; only a check that fails has exit code 1."""
    path = recipe.with_name("recipe.lock.yaml")
    whole = path.read_bytes()
    assert orjson.loads(curate("lock", "recipe.yaml", "--json").stdout)["state"] == "unchanged"
    path.unlink()
    assert orjson.loads(curate("lock", "recipe.yaml", "--json").stdout)["state"] == "written"
    assert path.read_bytes() == whole
    (recipe.parent / "qa/four.jsonl").write_text('{"q": "x", "a": "y"}\n', encoding="utf-8")
    changed = curate("lock", "recipe.yaml")
    assert (changed.exit_code, path.read_bytes()) == (1, whole)
    assert changed.stdout.startswith("file qa: qa/four.jsonl: ")
    assert "the lock does not have it" in changed.stdout
    updated = orjson.loads(curate("lock", "recipe.yaml", "--update", "--json").stdout)
    assert (updated["state"], [one["place"] for one in updated["differences"]]) == ("updated", ["qa: qa/four.jsonl"])
    assert curate("lock", "recipe.yaml").exit_code == 0
    assert curate("build", "recipe.yaml", "--locked").exit_code == 0


def test_rebuild(recipe: Path) -> None:
    """A version built again from its own recipe and lock has the same bytes, and leaves nothing beside itself."""
    built = make(recipe, "steps.2.sample.take=45", "steps.2.sample.repeat=2", "seed=8")
    before = sorted(path for path in recipe.parent.rglob("*"))
    assert rebuild(built.path).faults == []
    assert sorted(path for path in recipe.parent.rglob("*")) == before
    assert all(one.ok for one in verify(built.path))


def test_rebuild_of_an_extended_recipe_with_variables(tmp_path: Path) -> None:
    """The version's recipe holds what it extends, and what --set and -v said; where files lie is said anew."""
    parent = write_data(tmp_path / "data")
    text = (
        parent.read_text(encoding="utf-8")
        .replace("path: qa/", "path: ${vars.data}/qa/")
        .replace("path: more", "path: ${vars.data}/more")
    )
    (tmp_path / "parent.yaml").write_text(text + "vars: {data: ./nowhere, take: 50}\n", encoding="utf-8")
    child = tmp_path / "deep" / "recipe.yaml"
    child.parent.mkdir()
    child.write_text("extends: ../parent.yaml\nsteps:\n  - sample: {take: '${vars.take}'}\n", encoding="utf-8")
    home = tmp_path / "home"
    request = Request(out=home / "out", cache=home / "cache", workers=1)
    given = {"data": str(tmp_path / "data"), "take": "30"}
    built = build(load(child, given, ["seed=9"]), request)
    said = (built.path / "recipe.yaml").read_text(encoding="utf-8")
    assert "take: 30" in said
    assert str(tmp_path) not in said + (built.path / "recipe.lock.yaml").read_text(encoding="utf-8")
    assert {one.name for one in built.manifest.inputs} == {
        "${vars.data}/more.json",
        *(f"${{vars.data}}/qa/{name}.jsonl" for name in ("one", "two", "three")),
    }
    assert rebuild(built.path).faults == []
    (tmp_path / "data").rename(tmp_path / "moved")
    with pytest.raises(CurateError, match="no file matches"):
        rebuild(built.path)
    assert rebuild(built.path, {"data": str(tmp_path / "moved")}).faults == []


def test_rebuild_from_other_inputs(recipe: Path) -> None:
    """Inputs that are not as the version's lock holds them are told, and nothing is built."""
    built = make(recipe)
    append(recipe.parent / "qa/one.jsonl", "\n")
    (fault,) = rebuild(built.path).faults
    assert fault.startswith("nothing was built: file qa: qa/one.jsonl: ")


def test_rebuild_finds_other_bytes(recipe: Path, tmp_path: Path) -> None:
    """A file that was not made of recipe and inputs is found though the manifest vouches for it."""
    version = Path(shutil.copytree(make(recipe).path, tmp_path / "copy"))
    card = version / "README.md"
    append(card, "One more line.\n")
    content = orjson.loads((version / "manifest.json").read_bytes())
    content["files"]["README.md"] = lock_info(card)
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (version / "manifest.json").write_bytes(orjson.dumps(content, option=options))
    assert all(one.ok for one in verify(version))
    faults = rebuild(version).faults
    assert [fault.split()[0] for fault in faults] == ["README.md", "manifest.json"]


def lock_info(path: Path) -> dict[str, Any]:
    return file_info(path).model_dump()


def test_rebuild_of_a_trial(recipe: Path) -> None:
    """A build of a part of the data is built again as one."""
    home = recipe.parent
    trial = build(load(recipe), Request(out=home / "out", cache=home / "cache", limit=10))
    assert rebuild(trial.path).faults == []


def test_rebuild_with_other_packages(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other packages the files are compared all the same, and the packages are told."""
    version = make(recipe).path
    versions = dict(lock.tool_versions())
    monkeypatch.setattr(lock, "tool_versions", lambda: {**versions, "jinja2": "0.1"})
    monkeypatch.setattr("curate.describe.tool_versions", lock.tool_versions)
    faults = rebuild(version).faults
    assert [fault.split()[0] for fault in faults] == ["README.md", "manifest.json", "recipe.lock.yaml", "package"]


def test_verify_holds_lock_and_manifest_together(recipe: Path, tmp_path: Path) -> None:
    """A lock of other inputs than the manifest's is found."""
    version = Path(shutil.copytree(make(recipe).path, tmp_path / "copy"))
    path = version / "recipe.lock.yaml"
    whole = path.read_text(encoding="utf-8")
    for old, new in (
        ('sha256: "', 'sha256: "0'),
        ('recipe: "', 'recipe: "0'),
        ('polars: "', 'polars: "0'),
        ("sources:", "sauces:"),
    ):
        assert old in whole
        path.write_text(whole.replace(old, new, 1), encoding="utf-8")
        assert next(one for one in verify(version) if one.what == "lock").faults
