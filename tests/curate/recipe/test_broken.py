"""Each recipe in broken/ ends with the errors that it must give, as comments: `# line:column: message`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import curate
from curate.recipe import FaultyRecipeError, load

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


def test_there_are_ten() -> None:
    assert len(BROKEN) == 10


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_fault_at_its_place(path: Path, plugins: None) -> None:
    wanted = [
        line.removeprefix("# ").replace("VERSION", curate.__version__)
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"# \d+:\d+: ", line)
    ]
    with pytest.raises(FaultyRecipeError) as caught:
        load(path)
    found = [f"{fault.mark.line}:{fault.mark.column}: {fault.message}" for fault in caught.value.faults]
    assert found == wanted
    heads = [line for line in str(caught.value).splitlines() if line.startswith(str(caught.value.faults[0].mark.file))]
    assert [head.split(".yaml:", 1)[1] for head in heads] == wanted
