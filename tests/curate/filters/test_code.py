"""The filter of code."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from support.rules import judge, outputs

CODE = [
    "def f(x):\n    # double it\n    return 2 * x",
    "SELECT name FROM people WHERE age > 3;",
    "for (let i = 0; i < 3; i++) {\n  console.log(i);\n}",
    "#include <stdio.h>\nint main() {\n    return 0;\n}",
    "<div>\n  <p>\n  </p>\n</div>",
    "Use this:\n\n```python\nprint(1)\n```\n\nIt prints one.",
]
PROSE = [
    "The cat sat on the mat.",
    "Return the book to the library; it is late.",
    "1. Eat well;\n2. Sleep well;\n3. Laugh.",
    "If it rains: stay.\nElse: go out and play.",
    "Use ```x``` and ```y``` inline.",
    "",
]


@pytest.mark.parametrize("text", CODE)
def test_code_is_told(text: str) -> None:
    assert judge("filter.code", outputs(text), keep="none").keys() == {0}
    assert judge("filter.code", outputs(text), keep="only") == {}


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_told(text: str) -> None:
    assert judge("filter.code", outputs(text), keep="none") == {}
    assert judge("filter.code", outputs(text), keep="only").keys() == {0}


def test_the_measure_is_the_evidence() -> None:
    text = "Call it:\nf(x);\ng(y);\nThen go home."
    assert judge("filter.code", outputs(text, CODE[-1]), keep="none") == {
        0: ("code", "0.5", "below 0.5 and no fence"),
        1: ("code", "fence", "below 0.5 and no fence"),
    }
    assert judge("filter.code", outputs(text), keep="none", density=0.6) == {}


def test_real_code_and_real_prose(real_data: Path) -> None:
    code = [row["output"] for row in orjson.loads((real_data / "codealpaca" / "code_alpaca_2k.json").read_bytes())]
    found = judge("filter.code", outputs(*code), keep="none")
    assert len(found) / len(code) > 0.75  # a fifth of CodeAlpaca's answers are prose or values
    prose = [orjson.loads(line)["answer"] for line in (real_data / "gsm8k" / "train.jsonl").read_bytes().splitlines()]
    assert len(judge("filter.code", outputs(*prose), keep="none")) / len(prose) < 0.01
