"""The `console` blocks of README.md: each `$ curate …` with what it prints, run in an empty folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from architecture.pages import ROOT

PAGE = ROOT / "README.md"
_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
# What differs between two runs of the same command.
_ONCE = "compiling the kernels of"  # the first build on a machine says so
_SECONDS = re.compile(r"\d+\.\d s\b")


def blocks(page: Path = PAGE) -> list[str]:
    """The console blocks of a page, in order."""
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


def same(one: str, other: str) -> bool:
    """Whether two runs printed the same, but for how long they took."""
    return _SECONDS.sub("", one) == _SECONDS.sub("", other)


def run(block: str, folder: Path) -> str:
    """The block as it is when its commands are run, one after the other, in a folder.

    Raises:
        ValueError: a command is not curate's, or fails.
    """
    lines = []
    for line in block.splitlines():
        if line.startswith("$ "):
            lines += [line, *_printed(shlex.split(line[2:]), folder)]
    return "".join(f"{line}\n" for line in lines)


def _printed(command: list[str], folder: Path) -> list[str]:
    if command[0] != "curate":
        raise ValueError(f"{shlex.join(command)}: only commands of curate are shown in console blocks")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "CURATE_CACHE_DIR": str(folder / "cache"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",  # so that stdout and stderr come in the order in which they were written
        "COLUMNS": "100",
    }
    done = subprocess.run(
        [sys.executable, "-m", "curate", *command[1:]],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{shlex.join(command)}: exit code {done.returncode}\n{done.stdout}")
    lines = [line.rstrip() for line in done.stdout.rstrip("\n").splitlines()]
    return [line for line in lines if not line.startswith(_ONCE)]


def rewritten(text: str, folder: Path) -> str:
    """A page's text with blocks that print something else now written anew."""

    def block(found: re.Match[str]) -> str:
        now = run(found[0], folder)
        return found[0] if same(now, found[0]) else now

    return _BLOCK.sub(block, text)
