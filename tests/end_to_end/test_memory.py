"""A build in little memory gives the version that one in much gives."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from curate import manifest as manifests
from curate.build import Request, build
from curate.recipe import load
from curate.room import Room, Shelf

RECIPE = """\
version: 1
name: short
sources:
  records: {adapter: alpaca, path: "*.jsonl"}
steps:
  - filter: {words: {of: [instruction, input], min: 4, max: 14}}
  - dedup: {method: exact, on: [instruction, input, output]}
  - dedup: {method: minhash, on: [instruction, input, output], threshold: 0.8}
  - sample: {keep: 0.9}
split: {test: 0.1}
format: {columns: prompt_completion, template: instruction_input_response}
"""
_WORDS = ["name", "list", "write", "find", "count", "give", "show", "tell", "draw", "sort", "mix", "cut"]


def write(folder: Path, records: int) -> Path:
    """The recipe, and records of which one in ten is another one again, or another one with a word more."""
    folder.mkdir()
    for part in range(4):
        with (folder / f"{part}.jsonl").open("wb") as file:
            for number in range(part, records, 4):
                base, more = (number, "") if number % 10 else (number * 7 % records, " too" * (number % 3))
                words = " ".join(_WORDS[base // 12**place % 12] for place in range(4 + base % 13))
                row = {"instruction": f"{words} {base}{more}", "input": "", "output": f"{words} of {base} and more"}
                file.write(orjson.dumps(row) + b"\n")
    path = folder / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def test_the_same_version_in_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that may lie in files does, all else is cut into many pieces: data, ledger and counts are equal."""
    recipe, spilled, manifests_ = write(tmp_path / "x", 4000), [], []
    hold = Shelf.rest

    def rest(self: Shelf) -> None:
        spilled.append(self.on_disk)
        hold(self)

    monkeypatch.setattr(Shelf, "rest", rest)
    for name, spare in (("little", 500_000), ("much", 1 << 40)):
        monkeypatch.setattr(Room, "spare", spare)
        request = Request(tmp_path / name, workers=1, cache=tmp_path / f"{name} cache", attach=False, memory=1 << 41)
        spilled.clear()
        built = build(load(recipe, {}, []), request)
        assert any(spilled) is (name == "little")
        manifests_.append(manifests.read(built.path))
    one, two = manifests_
    assert (one.version, one.files, one.stages) == (two.version, two.files, two.stages)
    assert one.dropped > 800


def test_the_limit_is_told(tmp_path: Path) -> None:
    """`run.json` holds the limit and the peak; amounts that are none, or too small for any build, are refused."""
    recipe = write(tmp_path / "x", 200)
    command = [sys.executable, "-m", "curate", "build", str(recipe), "--out", str(tmp_path / "out"), "--no-report"]
    done = subprocess.run([*command, "--memory-limit", "1.5GB", "--json"], capture_output=True, text=True, check=True)
    memory = orjson.loads((Path(orjson.loads(done.stdout)["path"]) / "run.json").read_bytes())["memory"]
    assert memory["limit"] == 1_500_000_000
    assert 50_000_000 < memory["peak"] < 1_500_000_000
    for wrong, said in (("lots", "expected a number and its unit"), ("100MB", "any build takes 700.0 MB")):
        done = subprocess.run([*command, "--memory-limit", wrong], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert said in done.stderr


def _resident(process: int) -> int:
    """Bytes that a process and its children have in memory; pages that several have are shared out among them (PSS)."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return own + sum(_resident(int(child)) for child in children)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell shared memory")
def test_a_million_records_in_little_memory(tmp_path: Path) -> None:
    """A million short records, near-duplicates and report included, stay under the limit, measured from outside."""
    recipe = write(tmp_path / "x", 1_000_000)
    command = [sys.executable, "-m", "curate", "build", str(recipe), "--out", str(tmp_path / "out")]
    most = 0
    with (tmp_path / "said").open("w+") as said:
        with subprocess.Popen([*command, "--memory-limit", "1.2GB"], stdout=said, stderr=said) as process:
            while process.poll() is None:
                with suppress(OSError, StopIteration):  # the process has just ended
                    most = max(most, _resident(process.pid))
                time.sleep(0.02)
        said.seek(0)
        assert process.returncode == 0, said.read()
    assert 300_000_000 < most < 1_200_000_000
