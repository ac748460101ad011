"""Variances that few numbers tell: drawn to their common one, summed, and how far a value may lie by them.

Knows neither runs nor what was measured. Variances of few rounds are moderated across cases as Smyth does for genes
(2004, doi:10.2202/1544-6115.1027).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, quantiles

MOST_DF = 30.0
"""The most degrees of freedom that are used. Chosen: with more the tails would count as normal, which they are not."""


def moderated(variances: Sequence[tuple[float, float]]) -> tuple[list[float], float]:
    """Variances, each with its degrees of freedom, drawn to their common one; what that one is worth in degrees."""
    from numpy import log
    from scipy.special import digamma, polygamma  # type: ignore[import-untyped]  # scipy has no types of its own

    known = [max(value, 1e-12) for value, df in variances if df]
    if len(known) < 2:
        return [value for value, _ in variances], 0.0
    halves = [df / 2 for _, df in variances if df]
    biases = digamma(halves) - log(halves)
    logs = [math.log(value) - float(bias) for value, bias in zip(known, biases, strict=True)]
    low, high = quantiles(logs, n=10)[0], quantiles(logs, n=10)[-1]
    logs = [min(max(value, low), high) for value in logs]  # a hiccup of one round tells nothing of the other cases
    sampling_variance = float(polygamma(1, halves).mean())
    prior_df = min(MOST_DF, 2 * _inverse_trigamma(variance(logs, fmean(logs)) - sampling_variance))
    common = math.exp(fmean(logs) + float(digamma(prior_df / 2)) - math.log(prior_df / 2))
    return [(prior_df * common + df * value) / (prior_df + df) for value, df in variances], prior_df


def _inverse_trigamma(value: float) -> float:
    """x with trigamma(x) = value, by Newton's method on 1 / trigamma (Smyth 2004, appendix); large for none."""
    from scipy.special import polygamma

    if value <= 1e-3:
        return MOST_DF
    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-8:
            break
    return x


def satterthwaite(*parts: tuple[float, float]) -> float:
    """The degrees of freedom of a sum of variances, each with its own (Satterthwaite 1946, doi:10.2307/3002019)."""
    total = sum(value for value, _ in parts) ** 2
    lost = sum(value**2 / df for value, df in parts if value and df)
    return total / lost if lost else max(df for _, df in parts)


def quantile(df: float, probability: float) -> float:
    """The quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def finite_exp(value: float) -> float:
    """e to the power of a value, cut off where it would overflow."""
    return math.exp(min(value, 700.0))


def variance(values: Sequence[float], center: float) -> float:
    """Around a center; statistics.variance is exact to the last digit, and thirty times as slow."""
    return sum((value - center) ** 2 for value in values) / (len(values) - 1)
