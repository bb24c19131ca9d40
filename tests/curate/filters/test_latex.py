"""The filter of unbalanced LaTeX."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from support.rules import judge, outputs


@pytest.mark.parametrize(
    ("text", "reason", "value"),
    [
        (r"$\frac{1}{2}$ is $5", "unbalanced $", "3"),
        (r"\frac{1}{2", "unbalanced { }", "2 and 1"),
        (r"\left( x \right) \left( y", r"unbalanced \left \right", "2 and 1"),
        (r"\begin{align} x", r"unbalanced \begin \end", "1 and 0"),
        (r"\begin{align} x \end{array}", "environments that begin and end differ", "align / array"),
        (r"\[ \sqrt{2}", r"unbalanced \[ \]", "1 and 0"),
    ],
)
def test_broken_latex_goes(text: str, reason: str, value: str) -> None:
    assert [(found[0], found[1]) for found in judge("filter.latex", outputs(text)).values()] == [(reason, value)]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5.",
        r"$\frac{1}{2}$ costs \$5, that is \{ in braces",
        r"\begin{align} a &= \sqrt{b} \\[2pt] c \end{align}",
        r"\leftarrow \lefteqn{x} $\alpha$",
        "if (x) { y",
        r"C:\temp\{x",
    ],
)
def test_what_is_whole_or_no_latex_stays(text: str) -> None:
    assert judge("filter.latex", outputs(text)) == {}


def test_real_solutions_are_whole_until_they_are_cut(real_data: Path) -> None:
    file = real_data / "math_hendrycks_test" / "math" / "test.jsonl"
    solutions = [orjson.loads(line)["solution"] for line in file.read_bytes().splitlines()]
    assert judge("filter.latex", outputs(*solutions)) == {}
    cut = [solution[: len(solution) // 2] for solution in solutions]
    assert len(judge("filter.latex", outputs(*cut))) > len(cut) / 4
