"""Metrics: how good a prediction is, held against the references of its record.

metric.names()                                       # ("exact_match", "math_equal", "rouge_l", …)
rouge = metric.find("rouge_l")
rouge(rouge.Settings(stemmer=True)).measure(frame)   # Float64, a value a row

An entry point of `curate.metrics` names a package. Each public module in it is one metric, called as the module is, and
holds the class `Measure(Metric)`; the built-in ones are in `curate.metric.measures`. The parts that they are made of
stand beside it and serve alone: `rouge`, `answer` (final answers of mathematics), `loss` and `interval`.
"""

from __future__ import annotations

from curate import door
from curate.metric.protocol import Metric, Settings

__all__ = ["Metric", "Settings", "find", "names"]


def names() -> tuple[str, ...]:
    """The metrics that there are, in alphabetical order; imports none of them."""
    return tuple(door.names("metrics"))


def find(name: str) -> type[Metric]:
    """The metric of this name.

    Raises:
        KeyError: there is none; the message lists what there is.
    """
    return door.load("metrics", name, "Measure")  # type: ignore[no-any-return]
