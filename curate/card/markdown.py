"""Markdown that no text can break: cells, links, tables, fences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from curate.wording import harmless

_WEB = re.compile(r"https?://[^\s<>()\[\]|`\\\"']+")


def cell(text: str) -> str:
    """Text that cannot leave its table cell, become markup, or drive the terminal that the card is read on."""
    escaped = harmless(" ".join(text.split()), kept="").replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    for sign in "|`[]*~_":
        escaped = escaped.replace(sign, f"\\{sign}")
    return escaped


def link(text: str, address: str) -> str:
    """A link where the address is one of the web, else the text alone."""
    return f"[{cell(text)}]({address})" if _WEB.fullmatch(address) else cell(text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; heads that begin with `>` are of numbers. The cells are Markdown already."""
    lines = [
        " | ".join(head.removeprefix(">") for head in heads),
        "|".join("--:" if head.startswith(">") else "---" for head in heads),
    ]
    text = "\n".join(f"| {line} |" for line in [lines[0], *(" | ".join(row) for row in rows)])
    head, _, rest = text.partition("\n")
    return f"{head}\n|{lines[1]}|" + (f"\n{rest}" if rest else "")


def fenced(text: str, kind: str) -> str:
    """Code in a fence that it does not contain."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{kind}\n{text.rstrip()}\n{fence}"
