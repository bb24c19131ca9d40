"""Losses of answers, from the log-probabilities that a model gives to their tokens.

A back-end computes log-probabilities; what is made of them is said here. Tokens are those of the answer, with the end
token where the model is trained on it. Logarithms are natural: a loss is in nats a token.
"""

from __future__ import annotations

import polars as pl


def loss(logprobs: pl.Series) -> pl.Series:
    """The mean negative log-probability of each answer's tokens: the cross-entropy that training minimises.

    Args:
        logprobs: List[Float64 or Float32], a list a record with a natural logarithm of a probability (at most 0) for
            each token.

    Returns:
        Float64, in nats a token; null where there is no list or no token in it, or where a token has none.

    Raises:
        ValueError: a value is above 0 or not a number: no logarithm of a probability.
    """
    values = logprobs.explode(keep_nulls=False, empty_as_null=False)
    wrong = values.filter(values.is_nan() | (values > 0))
    if wrong.len():
        raise ValueError(f"{wrong[0]} is no log-probability: numbers up to 0 are")
    known = logprobs.list.eval(pl.element().is_not_null()).list.all() & (logprobs.list.len() > 0)
    mean = -logprobs.cast(pl.List(pl.Float64)).list.mean()
    return mean.to_frame("loss").select(pl.when(known).then(pl.col("loss"))).to_series()


def ifd(conditioned: pl.Series, alone: pl.Series) -> pl.Series:
    """Instruction-following difficulty: how much of an answer's loss the instruction leaves.

    IFD = loss(answer | prompt) / loss(answer). Near 1, or above, the instruction does not help the model to the
    answer; near 0 it says nearly all. M. Li et al., From Quantity to Quality: Boosting LLM Performance with
    Self-Guided Data Selection for Instruction Tuning (Cherry LLM), https://arxiv.org/abs/2308.12032, equation 4.

    Args:
        conditioned: losses of the answers behind their prompts, as `loss` gives them, in nats a token.
        alone: losses of the same tokens without the prompts.

    Returns:
        Float64, at least 0; null where a loss is null, or where the answer alone has none (0).
    """
    pair = pl.DataFrame({"conditioned": conditioned, "alone": alone}, schema_overrides={"alone": pl.Float64})
    ratio = pl.when(pl.col("alone") > 0).then(pl.col("conditioned") / pl.col("alone"))
    return pair.select(ratio.alias("ifd")).to_series()
