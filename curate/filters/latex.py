r"""Drop texts whose LaTeX is broken off or unbalanced."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from pydantic import Field

from curate import text
from curate.field import FieldNames, Fields
from curate.stage import Outcome, RecordStage, drops, merge_drops

# Commands of mathematics: one of them, or a displayed formula, makes a text LaTeX. Without one, `$` is money.
_COMMANDS = (
    "begin end left right frac dfrac tfrac cfrac sqrt sum prod int lim cdot cdots ldots dots times div pm mp "
    "text mathrm mathbf mathbb mathcal mathit operatorname boxed overline underline vec hat alpha beta gamma "
    "delta epsilon theta lambda mu pi rho sigma phi omega leq geq le ge neq ne approx equiv infty partial "
    "nabla angle triangle circ degree log ln sin cos tan binom dbinom pmod cup cap subset in forall exists "
    "implies rightarrow to mid"
)
_IS_LATEX = rf"\\(?:{'|'.join(_COMMANDS.split())})\b|\$\$"

_TEXT = pl.col("text")


@dataclass(frozen=True)
class _Balance:
    """What opens, what closes, and how the pair is called."""

    called: str
    opening: pl.Expr
    closing: pl.Expr


def _count(pattern: str) -> pl.Expr:
    return _TEXT.str.count_matches(pattern)


_PAIRS = (
    _Balance("{ }", _count(r"\{"), _count(r"\}")),
    _Balance(r"\begin \end", _count(r"\\begin\b"), _count(r"\\end\b")),
    _Balance(r"\left \right", _count(r"\\left\b"), _count(r"\\right\b")),
    _Balance(r"\( \)", _count(r"\\\("), _count(r"\\\)")),
    _Balance(r"\[ \]", _count(r"\\\["), _count(r"\\\]")),
)


class Rule(RecordStage):
    r"""Drop records in whose fields `of` (by default the output) the delimiters of LaTeX are unbalanced.

    A formula that is cut off teaches to cut off. Counted are, in each field for itself: `$` (an even number), braces,
    `\begin` and `\end` and the names of their environments, `\left` and `\right`, `\(` and `\)`, `\[` and `\]`.
    Escaped signs (`\$`, `\{`) and line breaks (`\\`) are not. Only texts with a command of mathematics (`\frac`,
    `\sqrt`, …) or `$$` are judged: elsewhere `$` is money and braces are code. Counts do not see the order of
    delimiters. Of the 5,000 solutions of MATH's test set none is dropped, of their first halves every third.

    Example:
        `filter: {latex: {}}` or `filter: {latex: {of: [instruction, input, output]}}`
    """

    name = "filter.latex"

    class Settings(Fields):
        """Fields, each judged for itself."""

        of: FieldNames = Field(default=["output"])

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Count the delimiters of the texts that are LaTeX."""
        return Outcome(drops=merge_drops([part for name in self.settings.of for part in _judged(frame, name)]))


def _judged(frame: pl.DataFrame, name: str) -> list[pl.DataFrame]:
    latex = frame.select("at", text.value(name).alias("text")).filter(_TEXT.str.contains(_IS_LATEX))
    latex = latex.with_columns(_TEXT.str.replace_all(r"\\\\|\\[${}%]", ""))
    dollars = latex.with_columns(_count(r"\$").alias("count"))
    odd = pl.col("count") % 2 == 1
    parts = [drops(dollars, odd, rule="latex", reason="unbalanced $", value=pl.col("count"), limit="an even number")]
    for pair in _PAIRS:
        counted = latex.select("at", pair.opening.alias("opening"), pair.closing.alias("closing"))
        value = pl.format("{} and {}", "opening", "closing")
        uneven = pl.col("opening") != pl.col("closing")
        reason = f"unbalanced {pair.called}"
        parts.append(drops(counted, uneven, rule="latex", reason=reason, value=value, limit="equally many"))
    begun, ended = (_TEXT.str.extract_all(rf"\\{word}\s*\{{[^}}]*\}}") for word in ("begin", "end"))
    names = latex.select("at", _environments(begun).alias("begun"), _environments(ended).alias("ended"))
    reason = "environments that begin and end differ"
    value = pl.format("{} / {}", pl.col("begun").list.join(", "), pl.col("ended").list.join(", ")).str.head(200)
    differ = pl.col("begun") != pl.col("ended")
    parts.append(drops(names, differ, rule="latex", reason=reason, value=value, limit="equal names"))
    return parts


def _environments(found: pl.Expr) -> pl.Expr:
    return found.list.eval(pl.element().str.extract(r"\{([^}]*)\}", 1)).list.sort()
