"""How sure a mean is that was measured on a sample."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """A confidence interval of a share, both ends in [0, 1]."""

    low: float
    high: float


def share_interval(right: int, sampled: int, population: int | None = None, confidence: float = 0.95) -> Interval:
    """The share of right outcomes among all, judged by a random sample without replacement.

    Wilson's score interval (E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927,
    https://doi.org/10.1080/01621459.1927.10502953), which keeps its promise for few outcomes and for shares near 0 and
    1, where the normal interval does not (L. D. Brown, T. T. Cai, A. DasGupta, 2001,
    https://doi.org/10.1214/ss/1009213286). A sample of much of a finite population says more: its variance is smaller
    by (N - n) / (N - 1) (W. G. Cochran, Sampling Techniques, 3rd edition, 1977, section 3.2), which is as if
    n (N - 1) / (N - n) had been drawn from an endless one. Outcomes that were seen are certain: the ends never leave
    [right / N, (right + N - n) / N].

    Args:
        right: outcomes of 1 in the sample.
        sampled: outcomes in the sample, n.
        population: all of them, N; None: endless.
        confidence: how often such an interval shall hold the share, in (0, 1).

    Returns:
        The interval; [0, 1] where nothing was sampled, and the share itself where everything was.

    Raises:
        ValueError: the numbers contradict each other.
    """
    if not 0 <= right <= sampled:
        raise ValueError(f"{right} right outcomes of {sampled} sampled: 0 to {sampled} are possible")
    if population is not None and sampled > population:
        raise ValueError(f"{sampled} outcomes sampled of {population}: at most all can be")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}: it lies between 0 and 1")
    if sampled == 0:
        return Interval(0.0, 1.0)
    share = right / sampled
    if population is None:
        least, most, drawn = 0.0, 1.0, float(sampled)
    elif sampled == population:
        return Interval(share, share)
    else:
        least, most = right / population, (right + population - sampled) / population
        drawn = sampled * (population - 1) / (population - sampled)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    weight = z * z / drawn
    centre = (share + weight / 2) / (1 + weight)
    reach = z / (1 + weight) * sqrt(share * (1 - share) / drawn + weight / (4 * drawn))
    # Rounding must not push an end past the share itself, which it reaches at 0 and 1.
    low, high = min(centre - reach, share), max(centre + reach, share)
    return Interval(max(low, least, 0.0), min(high, most, 1.0))
