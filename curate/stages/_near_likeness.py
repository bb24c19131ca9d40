"""What the stages that look for near-duplicates say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from curate.minhash import Shingling


class Likeness(Protocol):
    """What counts as a near-duplicate, and how thoroughly it is looked for: a part of a step's settings."""

    @property
    def on(self) -> Sequence[str]:
        """The fields that are compared."""

    @property
    def threshold(self) -> float:
        """Least Jaccard similarity of the two sets of shingles."""

    @property
    def shared(self) -> int | None:
        """A field's value that more records have is not compared, but must be equal; None: compare all text."""

    @property
    def shingling(self) -> Shingling:
        """How texts are cut."""

    @property
    def num_perm(self) -> int:
        """Values a signature."""

    @property
    def recall(self) -> float:
        """Least probability to find a pair that is just as similar as `threshold`."""
