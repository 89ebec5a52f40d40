"""Reads what a design needs from a frame: the formula's columns, arms, strata and the propensity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inputs import refuse_roles, treatment_of
from ipseval.analysis.formula import Formula, parse_formula
from ipseval.analysis.formula_design import design_of, refuse_infinite
from ipseval.core.checks import require_columns, require_frame
from ipseval.core.errors import DesignError
from ipseval.core.result import Note

Array = NDArray[np.float64]
MOST_LEVELS = 1_000_000
"""Strata are numbered by counting up to so many possible ones, by looking up above."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Rows complete in the formula's columns: `x` has the intercept first; `kept` are their positions."""

    treatment: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    d: Array
    x: Array
    strata: NDArray[np.intp]
    kept: NDArray[np.intp]
    total: tuple[int, int]
    ids: pd.Series | None
    notes: tuple[Note, ...]

    def count(self, arm: int) -> int:
        """Rows of one arm."""
        return int((self.d == arm).sum())


def read_candidates(
    formula: str,
    frame: pd.DataFrame,
    *,
    exact: Sequence[str],
    id: str | None,
    also: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    earlier: Design | None = None,
) -> Candidates:
    """Read "treat ~ x1 + x2"; rows with a missing covariate are left out, counted and told.

    An `earlier` design of the same columns with the same values lends its matrix, so a register is held once.
    """
    require_frame(frame, error=DesignError)
    parsed = parse_formula(formula, [str(c) for c in frame.columns])
    require_columns(frame, [*exact, *also], argument="exact", error=DesignError)
    refuse_roles((*parsed.predictors, *exact, *also), roles, argument="formula")
    if parsed.outcome in exact:
        raise DesignError(f"exact= names the treatment {parsed.outcome!r}; strata must be known before it.")
    everyone = treatment_of(frame[parsed.outcome], parsed.outcome)
    ids = _ids(frame, id)
    needed = tuple(dict.fromkeys((*parsed.predictors, *exact, *also)))
    plain = _plain_matrix(parsed, frame, earlier)
    looked = needed if plain is None else tuple(c for c in needed if c not in parsed.predictors)
    refuse_infinite(frame, looked)
    known = [frame[c].notna().to_numpy(dtype=bool) for c in looked]
    complete = np.logical_and.reduce([np.ones(len(frame), dtype=bool), *known])
    kept = np.flatnonzero(complete)
    used = frame if complete.all() else frame.iloc[kept]
    d = everyone[kept]
    if not len(d) or d.min() == d.max():
        raise DesignError(
            f"after {int((~complete).sum())} row(s) with a missing covariate are left out only one arm is "
            "left; fill the covariates or use fewer."
        )
    notes = tuple(
        Note("design_covariate_missing", values={"column": c, "n": int((~k).sum())})
        for c, k in zip(looked, known, strict=True)
        if not k.all()
    )
    if plain is None:
        columns = design_of(parsed, used)
        names, x = columns.names, columns.matrix()
    else:
        names, x = parsed.predictors, plain if complete.all() else plain[kept]
    count = (int((everyone == 1).sum()), int((everyone == 0).sum()))
    return Candidates(
        parsed.outcome, needed, names, d, x, _strata(used, exact), kept,
        count, None if ids is None else ids.iloc[kept], notes,
    )  # fmt: skip


def _plain_matrix(parsed: Formula, frame: pd.DataFrame, earlier: Design | None) -> Array | None:
    """Return a one and the covariates where all are plain numbers without a gap; None leaves it to others."""
    factors = [t.factors[0] for t in parsed.terms if len(t.factors) == 1 and not t.factors[0].transform]
    series = [frame[f.column] for f in factors]
    kinds = {s.dtype.kind if isinstance(s.dtype, np.dtype) else "O" for s in series}
    if len(factors) < len(parsed.terms) or len(set(factors)) < len(factors) or not kinds <= set("iuf"):
        return None
    columns = (s.to_numpy(dtype=float) for s in series)
    if earlier is not None and earlier.names == parsed.predictors and len(earlier.full) == len(frame):
        if all(np.array_equal(earlier.full[:, j], v) for j, v in enumerate(columns, start=1)):
            return earlier.full
        columns = (s.to_numpy(dtype=float) for s in series)
    x = np.empty((len(frame), len(series) + 1), order="F")
    x[:, 0] = 1.0
    for j, values in enumerate(columns, start=1):
        x[:, j] = values
        if not np.isfinite(x[:, j]).all():
            return None
    return x


def _strata(used: pd.DataFrame, exact: Sequence[str]) -> NDArray[np.intp]:
    """Number the combinations of `exact` that occur, from 0."""
    codes = np.zeros(len(used), dtype=np.intp)
    for column in exact:
        own, count = _levels(used[column])
        both = codes * count + own
        most = (int(codes.max(initial=0)) + 1) * count
        if most > MOST_LEVELS:
            codes = np.asarray(pd.factorize(both)[0], dtype=np.intp)
        else:
            place = np.cumsum(np.bincount(both, minlength=most) > 0) - 1
            codes = place[both]
    return codes


def _levels(series: pd.Series) -> tuple[NDArray[np.intp], int]:
    """Number the values of a column from 0, and say below what the numbers stay."""
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iu" and len(series):
        values = series.to_numpy()
        low, high = int(values.min()), int(values.max())
        if high - low < MOST_LEVELS:
            # Codes such as a municipality's are their own numbers; nobody has to be looked up.
            return (values - values.dtype.type(low)).astype(np.intp), high - low + 1
    codes, levels = pd.factorize(series)
    return np.asarray(codes, dtype=np.intp), len(levels)


def _ids(frame: pd.DataFrame, id: str | None) -> pd.Series | None:
    if id is None:
        return None
    require_columns(frame, [id], argument="id", error=DesignError)
    lacking, doubled = int(frame[id].isna().sum()), int(frame[id].duplicated().sum())
    if lacking or doubled:
        raise DesignError(
            f"id={id!r} is missing in {lacking} and repeats in {doubled} row(s); a design needs one row per "
            "person (somebody treated may not stand as a control too)."
        )
    return frame[id]


def support_note(score: Array, d: Array, *, refuse: bool = False) -> Note | None:
    """Count, by arm, who lies outside the other arm's range of propensity; everybody may be refused."""
    one, other = score[d == 1], score[d == 0]
    treated = int(((one < other.min()) | (one > other.max())).sum())
    control = int(((other < one.min()) | (other > one.max())).sum())
    if not treated and not control:
        return None
    if refuse and treated == len(one) and control == len(other):
        raise DesignError(
            f"no common support: all {treated} treated and all {control} control row(s) lie outside the "
            "other arm's propensity; a covariate tells the arms apart, take it out."
        )
    return Note("design_no_support", values={"treated": treated, "control": control})
