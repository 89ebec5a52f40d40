"""A check that every verb on scores shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ipseval.core.errors import ScoringError


def require_finite(frame: pd.DataFrame, column: str, argument: str) -> None:
    """Refuse infinite numbers: they are a slip of an earlier division and would spoil every mean."""
    infinite = int(np.isinf(frame[column].astype(float)).sum())
    if infinite:
        raise ScoringError(
            f"{argument}= names {column!r}, which holds {infinite} infinite number(s); say what they mean."
        )
