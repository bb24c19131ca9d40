"""What answers prompts: the protocol of the back-ends, and what identifies one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from curate.score.settings import Model

MAIN = "main"  # the Hub's branch, where no revision is named


@dataclass(frozen=True)
class Question:
    """What a model is asked.

    Args:
        prompt: what it sees.
        completion: None: it is to go on; a text: how likely it finds this one.
    """

    prompt: str
    completion: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came back.

    Args:
        text: how the model goes on; None where it cannot be asked (the prompt is longer than the model reads) or was
            asked for a likelihood.
        loss: minus the sum of the natural logarithms of the completion's token probabilities.
        read: tokens of the prompt (of prompt and completion together, for a likelihood).
        written: tokens of the answer; of the completion that have a probability, for a likelihood.
    """

    text: str | None
    loss: float | None
    read: int
    written: int


class Backend(Protocol):
    """Something that answers."""

    def answer(self, questions: Sequence[Question]) -> Iterator[list[tuple[int, Answer]]]:
        """Answer all questions.

        Args:
            questions: in any order, none twice.

        Yields:
            Answers as they come, each with its question's place; what comes together is stored together.

        Raises:
            CurateError: it cannot go on; what was given before stays valid.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


@dataclass(frozen=True)
class Resolved:
    """A back-end with everything that it names pinned down.

    Args:
        model: the settings.
        weights: the folder, or owner/name, that the weights come from; the served name at an endpoint; None where the
            model or its adapter is not here: then only answers that are kept can be given.
        commit: of a model on the Hub.
        adapter: the adapter's folder.
        facts: what identifies the answers: model and adapter by content, and how text is generated.
        seed: of the recipe; sampling depends on it.
    """

    model: Model
    weights: str | None
    commit: str | None
    adapter: str | None
    facts: dict[str, Any]
    seed: int = 0

    @property
    def pins(self) -> dict[str, Any]:
        """What the lock holds the back-end to: model and adapter, and of the Hub what was asked for there."""
        said = {name: self.facts[name] for name in ("model", "adapter") if self.facts.get(name)}
        return said if self.commit is None else {**said, "revision": self.model.revision or MAIN}
