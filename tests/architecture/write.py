"""Writes the generated parts of the documentation anew: `make docs`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from architecture import console
from architecture.commands import table
from architecture.pages import ROOT, replace
from architecture.reference import reference
from architecture.tree import tree


def main() -> None:
    """Write them all."""
    replace(ROOT / "recipes" / "REFERENCE.md", "reference", reference())
    replace(ROOT / "ARCHITECTURE.md", "tree", tree())
    replace(console.PAGE, "commands", table())
    with tempfile.TemporaryDirectory() as folder:
        text = console.rewritten(console.PAGE.read_text(encoding="utf-8"), Path(folder))
    console.PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
