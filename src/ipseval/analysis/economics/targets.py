"""Whether a programme's target was met: exact interval, and both denominators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ipseval.core import tails
from ipseval.core.checks import require_columns, require_level
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import MISSING, Evidence, Sum, where
from ipseval.core.evidence_cells import Cells, Counted
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame


def target(
    frame: pd.DataFrame, *, outcome: str, share: float, id: str | None = None, level: float = 0.95
) -> Result:
    """Hold the share who reached an outcome against a programme's target, among all and among those known.

    Parameters
    ----------
    frame
        One row per person who began.
    outcome
        0/1 or False/True; missing where it is not known.
    share
        The target, above 0 and below 1 (IPS UNG 0.60, Hjørring 0.50, Rute 42 0.75).
    id
        Person column; rows must be distinct persons.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Rows `of_known` (denominator: those whose outcome is known) and `of_all` (everybody who began; who is
        not known counts as not reached), each with Clopper and Pearson's exact interval and the p of the
        exact binomial test of the target that the interval inverts (twice the smaller tail); row
        `if_all_unknown` is the share if everybody unknown had reached it, with the same interval.

    Raises
    ------
    EstimationError
        A target outside 0 to 1, an outcome that is not 0/1, nobody known, a person twice.

    Notes
    -----
    Assumptions: persons are independent.  Missing data: shown by the three rows, never filled in.
    Checked against: tests/analysis_economics (R: binom.test limits; enumeration of the binomial).
    References: Clopper and Pearson 1934, https://doi.org/10.1093/biomet/26.4.404.
    """
    require_level(level)
    require_columns(frame, [outcome, *([id] if id else [])], argument="outcome")
    if not 0.0 < share < 1.0:
        raise EstimationError(f"share={share!r} is no target: give a share such as 0.60.")
    if id is not None and (doubled := int(frame[id].duplicated().sum())):
        raise EstimationError(f"id={id!r} repeats in {doubled} row(s); give one row per person.")
    known = frame[outcome].dropna()
    values = known.to_numpy(dtype=float) if _is_binary(known) else None
    if values is None or not len(values):
        raise EstimationError(
            f"outcome={outcome!r} must be 0/1 or False/True and known for at least one person."
        )
    k, n, total = int(values.sum()), len(values), len(frame)
    rows = []
    for term, events, base in (
        ("of_known", k, n),
        ("of_all", k, total),
        ("if_all_unknown", k + total - n, total),
    ):
        rows.append(
            {"outcome": outcome, "contrast": f"target {share:g}", "term": term}
            | _row(events, base, share, level)
        )
    unknown = total - n
    return Result(
        kind="target",
        estimates=estimates_frame(rows),
        sample=sample_frame([("in_frame", "", total), ("target_known", "", n)]),
        method=Method(
            estimator="target_share", interval="target_exact", level=level, test="target_binomial",
            missing="target_both", references=("https://doi.org/10.1093/biomet/26.4.404",),
        ),
        base=Base("in_frame", total),
        notes=(
            Note("target_is", values={"share": _percent(share)}),
            *((Note("target_unknown", values={"n": unknown}),) if unknown else ()),
        ),
        source=Source.of(frame=frame[[outcome]]),
        evidence=_evidence(frame, outcome, id),
    )  # fmt: skip


def _evidence(frame: pd.DataFrame, outcome: str, id: str | None) -> Evidence:
    """Tell of each row who is counted and who reached it, and that the last row adds those unknown."""
    is_known = frame[outcome].notna()
    not_missed = f"{outcome}:reached or unknown"
    cells = Cells(frame, id, {not_missed: (frame[outcome] != 0).where(is_known, True).astype(int)})
    known = Counted(np.flatnonzero(is_known.to_numpy()), (outcome,))
    everyone = Counted(cells.everybody, ())
    yes = next((code_text(v) for v in frame[outcome][frame[outcome] == 1].head(1)), "")
    reached = (outcome, yes) if yes else None
    lines = [
        cells.line(known, splits=((outcome,),), event=reached),
        cells.line(everyone, splits=((outcome,),), event=reached),
        cells.line(everyone, splits=((not_missed,),), event=(not_missed, "1")),
    ]
    parts = [where(reached)] if reached else []
    if not is_known.all():
        parts.append(where((f"{outcome}{MISSING}", str(len(known.rows)))))
    if parts:
        cells.sums[Sum(where((not_missed, "1")), tuple(parts))] = None
    return cells.evidence(lines=lines)


def _percent(share: float) -> float | int:
    percent = round(100.0 * share, 10)
    return int(percent) if percent == int(percent) else percent


def _is_binary(series: pd.Series[Any]) -> bool:
    numeric = pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype)
    return bool(numeric and series.isin([0, 1]).all())


def _row(k: int, n: int, share: float, level: float) -> dict[str, Any]:
    from scipy import special

    tail = (1.0 - level) / 2.0
    low = float(special.betaincinv(k, n - k + 1, tail)) if k else 0.0
    high = float(special.betaincinv(k + 1, n - k, 1.0 - tail)) if k < n else 1.0
    at_most = float(special.bdtr(k, n, share))
    at_least = float(special.bdtrc(k - 1, n, share)) if k else 1.0
    p = float(tails.floor_p(np.minimum(1.0, 2.0 * min(at_most, at_least))))
    return {
        "scale": "share", "estimate": k / n, "ci_low": low, "ci_high": high, "conf_level": level,
        "p_value": p, "n": n, "n_events": k,
    }  # fmt: skip
