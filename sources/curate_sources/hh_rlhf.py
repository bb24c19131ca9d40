r"""HH-RLHF: 169k pairs of dialogues of which people chose the more helpful or more harmless one.

The shape, invented:

    {"chosen": "\n\nHuman: Any eggs?\n\nAssistant: Yes.\n\nHuman: How many?\n\nAssistant: Three.",
     "rejected": "\n\nHuman: Any eggs?\n\nAssistant: Yes.\n\nHuman: How many?\n\nAssistant: Go away."}

The chosen dialogue is taken, the rejected one left out. The last answer is the output, the bare question before it
`instruction`, what lies before is `history`; where one speaks twice in a row, both make one turn. A last question is
often one word: to keep the set out of others, take `turns: first`. Dialogues that open alike are one `group`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import ClassVar

import polars as pl

from curate.source import FAULT, About, RowType, Source
from curate_sources._column import group
from curate_sources._dialogue import MESSAGES, parts
from curate_sources._turns import Turns

_SPEAKER = re.compile(r"(?:^|\n\n)(Human|Assistant):")
_ROLES = {"Human": "user", "Assistant": "assistant"}


class Adapter(Source):
    """One example a dialogue."""

    about = About(
        title="HH-RLHF",
        url="https://github.com/anthropics/hh-rlhf",
        hub="Anthropic/hh-rlhf",
        revision="354e5c3cb89606308",
        license="mit",
        origin="mixed",  # people ask, models answer
        citation="https://arxiv.org/abs/2204.05862",
    )
    Options = Turns
    row: ClassVar[Mapping[str, RowType]] = {"chosen": pl.String()}
    required = frozenset({"chosen"})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn dialogues into examples."""
        made = [_talk(text) for text in rows["chosen"]]
        parsed = pl.DataFrame(made, schema={"messages": MESSAGES, FAULT: pl.String()}, orient="row")
        opening = pl.col("messages").list.first().struct.field("content")
        talks = rows.hstack(parsed).with_columns(group(opening).alias("group"))
        return parts(talks, self.options.turns).select("group", "system", "instruction", "output", "history", FAULT)


def _talk(text: str | None) -> tuple[list[dict[str, str]] | None, str | None]:
    """The messages of a transcript, or why there are none."""
    if text is None:
        return None, "no 'chosen'"
    before, *turns = _SPEAKER.split(text)
    if before.strip() or not turns:
        return None, "'chosen' does not start with 'Human:'"
    spoken = groupby(zip(turns[::2], turns[1::2], strict=True), key=itemgetter(0))
    return [
        {"role": _ROLES[who], "content": "\n\n".join(said.strip() for _, said in part)} for who, part in spoken
    ], None
