"""Policy: a version whose declared licence promises more than its records allow does not leave home unasked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from curate.card import DISCLAIMER, cell, licences_of
from curate.errors import CurateError
from curate.license import LICENSES, alternatives, contradictions
from curate.manifest import Manifest

_SECTION = "## Licences\n"


def licensed(accepted: str | None = None) -> Callable[[Path, Manifest], Sequence[str]]:
    """A policy that holds the declared licence against those of the records.

    Args:
        accepted: why the version is published all the same (`--accept-license`); None refuses it.

    Returns:
        A function of a version's folder and manifest that gives notes, or raises CurateError to refuse.
    """

    def policy(_folder: Path, manifest: Manifest) -> Sequence[str]:
        faults = _faults(manifest)
        if faults and accepted is None:
            lines = "\n".join(f"  {text}" for text in faults)
            raise CurateError(
                f"{manifest.name} is declared to be under {manifest.license!r}, but its records do not allow that:\n"
                f"{lines}\nfilter them (`filter: {{license: …}}`), declare another licence (`license:` of the recipe; "
                "`license:` of a source corrects what is known of it), or say why it is right with "
                f'--accept-license "reason", which the card then says. {DISCLAIMER}'
            )
        if faults:
            return [f"published under {manifest.license!r} in spite of its records: {accepted}"]
        if manifest.license is None:
            return [
                "no licence is declared (`license:` of the recipe): the card says `other`, and what the records say"
            ]
        if not all(name in LICENSES for names in alternatives(manifest.license) for name in names):
            return [f"the terms of the declared licence {manifest.license!r} are not known: nothing was compared"]
        return []

    return policy


def stated(card: str, manifest: Manifest, accepted: str | None) -> str:
    """The card with the reason for which a declared licence was accepted; unchanged where there is nothing to accept.

    Args:
        card: of the version.
        manifest: of it.
        accepted: the reason.
    """
    if accepted is None or not _faults(manifest):
        return card
    said = (
        f"{_SECTION}\n**Published under {cell(str(manifest.license))} although the records do not agree with it.** "
        f"The reason that was given: {cell(accepted)}\n"
    )
    head, found, rest = card.partition(f"\n{_SECTION}")
    return f"{head}\n{said}{rest}" if found else f"{card}\n{said}"


def _faults(manifest: Manifest) -> list[str]:
    if manifest.license is None:
        return []
    return [one.text for one in contradictions(manifest.license, licences_of(manifest))]
