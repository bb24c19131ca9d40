"""Hand-off: what other trainers need beside a token set: a config, or a short script, that reads it.

axolotl and TRL read the tokens as they are, so what they train is what `curate export` decided. LLaMA-Factory reads
only texts: it gets those, with the template that changes nothing about them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from curate.errors import CurateError
from curate.tokenset.folder import Tokenset
from curate.tokenset.handoff import axolotl, llama_factory, trl

_TARGETS: Mapping[str, Callable[[Tokenset, Path, str], list[Path]]] = {
    "axolotl": axolotl.write,
    "trl": trl.write,
    "llama-factory": llama_factory.write,
}


def write(target: str, tokens: Tokenset, version: Path, model: str) -> list[Path]:
    """Write what a trainer needs, beside the token set.

    Args:
        target: `axolotl`, `trl` or `llama-factory`.
        tokens: what is to be trained on.
        version: the folder of the version that it was made of.
        model: folder or name of the model.

    Returns:
        The files, the one to start with first.

    Raises:
        CurateError: an unknown target, or rows that it cannot read.
    """
    if target not in _TARGETS:
        raise CurateError(f"unknown trainer {target!r} (known: {', '.join(_TARGETS)})")
    return _TARGETS[target](tokens, version, model)
