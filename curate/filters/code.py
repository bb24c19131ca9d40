"""Keep only code, or no code."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import Field

from curate import text
from curate.field import FieldNames, Fields
from curate.stage import Outcome, RecordStage, drops

# How a line of a program looks: statements and declarations of the common languages, tags, brackets; `$` is its end.
_LOOKS = (
    r"(?:async )?def \w+ ?\(",
    r"class \w+ ?[:({]",
    r"(?:import|from) [\w.]+(?: import .*| as \w+)?;?$",
    r"# ?include\b",
    r"(?:public|private|protected|static|final|export|async|extern|inline) \w+ ?[\w<({]",
    r"(?:function|func|fn|sub) \w+ ?\(",
    r"(?:const|let|var|val) [\w{\[, }\]]+ ?(?::[^=\n]+)?=",
    r"(?:int|float|double|char|bool|string|String|void|auto|unsigned|long) [\w*\[\]]+ ?[=;(\[]",
    r"(?:if|elif|else if|while|switch|foreach|catch) ?\(.*\) ?\{?$",
    r"for ?\(.*[;:)]",
    r"(?:if|elif|for|while|with|try|except|else)\b[^.!?\n]*:$",
    r"return\b(?: [^ \n]+| [^.!?\n]*[()\[\]=+*/;<>-][^.!?\n]*)?;?$",
    r"(?:print|printf|println|console\.log|System\.out\.\w+|echo|cout)\b ?[(<\"]",
    r"SELECT .+|(?:FROM|WHERE|INSERT INTO|CREATE TABLE|UPDATE|GROUP BY|ORDER BY|(?:INNER |LEFT |RIGHT )?JOIN) \S+.*",
    r"</?[a-zA-Z][\w-]*(?: [^<>\n]*)?/?>",
    r"<!(?:DOCTYPE|--)",
    r"<\?(?:php|xml)",
    r"[A-Za-z_][\w.\[\]'\"]* ?(?:[-+*/|&%]|<<|>>)?= ?[\w'\"\[{(.\-][^\n]*$",
    r"[\w.]*\w\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)[;:]?$",
    r"\.\w+\(.*$",
    r"(?://|/\*|\* @|#!|@\w+(?:\(|$))",
    r"[{}()\[\]]+[;,]?$",
    r"[^\n]*(?:[)\]}'\"+-];|[=(][^\n]*\w;|[\w)=>] ?\{)$",
)
_LINE = rf"(?m)^[\t ]*(?:{'|'.join(_LOOKS)})".replace("$", r"[\t\r ]*$")
# `# …` is a comment in one language and a heading in another: it speaks for neither.
_LINES = r"(?m)^[\t ]*[^\s#][^\n]*"
_FENCE = r"(?m)^[\t ]*(?:```|~~~)"


class Rule(RecordStage):
    """Keep only records whose fields `of` (by default the output) are code, or those that are not.

    Code is told by its lines, without a model: a text is code where it has a fenced block (two lines that begin
    with three backticks or tildes), or where at least `density` of its lines look like lines of a program: statements
    and declarations of Python, C, Java, JavaScript, SQL, HTML and their kin. Blank lines and those that begin with `#`
    do not count. The measured value is `fence` or the share of such lines.

    At `density: 0.5`, 81 % of CodeAlpaca's answers are code (others are prose and values), 0.5 % of GSM8K's: equations.

    Example:
        `filter: {code: {keep: none}}` or `filter: {code: {keep: only, density: 0.8}}`
    """

    name = "filter.code"

    class Settings(Fields):
        """Fields, what stays, and from which share of lines a text is code."""

        of: FieldNames = Field(default=["output"])
        keep: Literal["only", "none"]
        density: float = Field(default=0.5, gt=0, le=1)

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return text.columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Count fences and lines of code."""
        settings = self.settings
        texts = frame.select("at", text.joined(settings.of).alias("text"))
        line = pl.col("text").str.count_matches(_LINE) / pl.col("text").str.count_matches(_LINES)
        measured = texts.select(
            "at", fence=pl.col("text").str.count_matches(_FENCE) > 1, share=line.fill_nan(0.0).clip(0, 1).round(4)
        )
        code = pl.col("fence") | (pl.col("share") >= settings.density)
        value = pl.when("fence").then(pl.lit("fence")).otherwise(pl.col("share").cast(pl.String))
        only = settings.keep == "only"
        gone = drops(
            measured,
            ~code if only else code,
            rule="code",
            reason="no code" if only else "code",
            value=value,
            limit=f"min {settings.density} or a fence" if only else f"below {settings.density} and no fence",
        )
        return Outcome(drops=gone)
