"""Rubin's rules with the degrees of freedom of Barnard and Rubin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pooled:
    """Value, standard error, df, share of variance due to missing answers, missing information."""

    value: Floats
    std_error: Floats
    df: Floats
    share_missing: Floats
    missing_information: Floats


def rubin(values: Floats, errors: Floats, df_complete: Floats) -> Pooled:
    """Pool (m, q) values with their standard errors; `df_complete` (q,) may be infinite.

    References: Rubin (1987); Barnard and Rubin (1999), https://doi.org/10.1093/biomet/86.4.948.
    """
    m = len(values)
    value = values.mean(axis=0)
    within = (errors**2).mean(axis=0)
    between = values.var(axis=0, ddof=1) if m > 1 else np.zeros_like(value)
    total = within + (1.0 + 1.0 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, (1.0 + 1.0 / m) * between / total, 0.0)
        old = np.where(share > 0, (m - 1.0) / share**2, np.inf)
        known = np.where(
            np.isinf(df_complete),
            np.inf,
            (df_complete + 1.0) / (df_complete + 3.0) * df_complete * (1.0 - share),
        )
        df = np.where(np.isinf(old), known, np.where(np.isinf(known), old, old * known / (old + known)))
        ratio = np.where(within > 0, (1.0 + 1.0 / m) * between / within, np.nan)
        information = np.where(np.isinf(df), 0.0, (ratio + 2.0 / (df + 3.0)) / (ratio + 1.0))
    return Pooled(value, np.sqrt(total), df, share, information)
