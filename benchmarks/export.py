"""How well and how fast `curate export` makes tokens, and whether other trainers read them as they are meant.

    python benchmarks/export.py --data DIR --tokenizer DIR --peer PYTHON [--axolotl DIR] [--examples N] [--rounds 3]
        [--json]

`PYTHON` is the interpreter of an environment with torch, transformers, trl and pillow; `DIR` of axolotl a folder with
its package (an unpacked wheel), whose own requirements differ from those. Four questions:

1. 200,000 real examples (benchmarks/export.yaml) in rows of 8192: what share of the rows is no padding?
2. 50,000 of them, in turn with TRL's own preparation of the same rows at its defaults, and with two processes: tokens
   a second. TRL's time is that of its trainer's constructor, with imports, loading and a model of one small layer left
   out; curate's is the whole process, with imports, digests, and everything on the disk.
3. Does TRL, reading the token set by the script that `--to trl` writes, get the loss that each example has alone?
4. Does axolotl's schema take the config that `--to axolotl` writes, with no key that it does not know?
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import machine, medians, run

HERE = Path(__file__).parent
SEQ_LEN = 8192


def build(data: str, work: Path, *sets: str) -> Path:
    """The version to export."""
    command = [sys.executable, "-m", "curate", "build", str(HERE / "export.yaml"), "-v", f"data={data}"]
    command += [part for one in sets for part in ("--set", one)]
    done = subprocess.run(
        [*command, "--out", str(work / "out"), "--no-report", "--json"], capture_output=True, text=True, check=True
    )
    return Path(json.loads(done.stdout)["path"])


def export(version: Path, tokenizer: str, home: Path, *more: str) -> tuple[Any, dict[str, Any]]:
    """One export into an empty folder: what it took, and what it says."""
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, "-m", "curate", "export", str(version), "--tokenizer", tokenizer, "--json"]
    found = run([*command, "--seq-len", str(SEQ_LEN), "--into", str(home), *more])
    return found, json.loads(found.output)


def peer(python: str, *arguments: str) -> dict[str, Any]:
    """A part of export_peer.py in the other environment."""
    done = subprocess.run(
        [python, str(HERE / "export_peer.py"), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"export_peer.py {arguments[0]} failed: {done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def packing(version: Path, tokenizer: str, work: Path) -> dict[str, Any]:
    """Question 1."""
    found, told = export(version, tokenizer, work / "all")
    info = told["manifest"]["splits"]["train"]
    return {
        **{name: info[name] for name in ("rows", "bins", "tokens", "trained_tokens", "efficiency", "longest")},
        "dropped": info["dropped_over_length"] + info["dropped_other"],
        "wall": round(found.wall, 2),
        "cpu": round(found.cpu, 2),
        "peak_mb": round(found.peak_mb),
        "tokens_a_second": round(info["tokens"] / found.wall),
    }


def speed(version: Path, tokenizer: str, work: Path, python: str, rounds: int) -> dict[str, Any]:
    """Question 2."""
    own, theirs, doubled = [], [], []
    tokens = 0
    for _ in range(rounds):
        found, told = export(version, tokenizer, work / "some")
        own.append(found)
        tokens = told["manifest"]["splits"]["train"]["tokens"]
        theirs.append(peer(python, "prepare", str(version), tokenizer, str(SEQ_LEN), "0"))
        doubled.append(peer(python, "prepare", str(version), tokenizer, str(SEQ_LEN), "2"))
    trl = sorted(theirs, key=lambda one: one["wall"])[rounds // 2]
    two = sorted(doubled, key=lambda one: one["wall"])[rounds // 2]
    mine = medians(own)
    return {
        "examples": told["manifest"]["splits"]["train"]["rows"],
        "tokens": tokens,
        "curate": {**mine, "tokens_a_second": round(tokens / mine["wall"])},
        "trl": {**trl, "tokens_a_second": round(trl["tokens"] / trl["wall"])},
        "trl, two processes": {**two, "tokens_a_second": round(two["tokens"] / two["wall"])},
        "ratio": round(trl["wall"] / mine["wall"], 1),
        "ratio in CPU seconds": round(trl["cpu"] / mine["cpu"], 1),
        "ratio to two processes": round(two["wall"] / mine["wall"], 1),
    }


def main() -> None:
    """Run all, print it, and write results/export.json."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True)
    options.add_argument("--tokenizer", required=True)
    options.add_argument("--peer", required=True)
    options.add_argument("--axolotl")
    options.add_argument("--examples", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", action="store_true", help="write results/export.json")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        whole = build(asked.data, work)
        some = build(asked.data, work, "name=some", f"steps.1.sample.take={asked.examples}")
        result: dict[str, Any] = {"machine": machine(), "packing": packing(whole, asked.tokenizer, work)}
        result["speed"] = speed(some, asked.tokenizer, work, asked.peer, asked.rounds)
        small = build(asked.data, work, "name=small", "steps.1.sample.take=60")
        _, told = export(small, asked.tokenizer, work / "small", "--to", "trl", "--to", "axolotl")
        config, script = sorted(told["written"], key=lambda path: path.endswith(".py"))
        result["read by trl"] = peer(asked.peer, "losses", told["path"], script)
        if asked.axolotl:
            result["axolotl"] = peer(asked.peer, "schema", asked.axolotl, config)
    print(json.dumps(result, indent=1))
    if asked.json:
        (HERE / "results" / "export.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
