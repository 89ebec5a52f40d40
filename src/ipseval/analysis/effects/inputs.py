"""Reads a comparison of two arms from a frame: who is analysed, in which arm, cluster and weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Factor, Formula, Term
from ipseval.analysis.formula_design import Design as Columns
from ipseval.analysis.formula_design import design_of, numbers_of, refuse_infinite
from ipseval.analysis.kernels.weights import effective_n
from ipseval.analysis.odds_sample import binary_outcome
from ipseval.core.checks import require_columns, require_numbers
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Note, sample_frame

Array = NDArray[np.float64]
LOW_SHARE = 0.25
"""An arm whose effective n is below this share of its persons is told of."""
ROLES = ("before", "after", "outcome", "id")


@dataclass(frozen=True)
class Named:
    """The columns of a comparison, "" where none."""

    outcome: str
    treatment: str
    covariates: tuple[str, ...] = ()
    cluster: str = ""
    weights: str = ""
    id: str = ""


@dataclass(frozen=True, eq=False)
class Arms:
    """Complete rows of a comparison.

    `y`, `d` (0/1) and `weights` have length n; `x` is n x p without an intercept; `clusters` and `persons`
    number the clusters and persons from 0 (`clusters` is None where none was named).
    """

    y: Array
    d: Array
    x: Array
    weights: Array
    clusters: NDArray[np.intp] | None
    persons: NDArray[np.intp]
    binary: bool
    rows: NDArray[np.intp]
    sample: pd.DataFrame
    notes: tuple[Note, ...]
    total: int

    @property
    def n(self) -> int:
        """Distinct persons analysed."""
        return int(self.persons.max()) + 1

    def n_in(self, arm: int) -> int:
        """Distinct persons in one arm."""
        return len(np.unique(self.persons[self.d == arm]))


def treatment_of(series: pd.Series, name: str) -> Array:
    """Read a 0/1 or False/True treatment; who has none is refused with the number of rows."""
    lacking = int(series.isna().sum())
    if lacking:
        raise DesignError(
            f"treatment={name!r} is missing in {lacking} row(s); give every row 1 (treated) or 0 (control)."
        )
    if pd.api.types.is_numeric_dtype(series.dtype):
        # The usual coding, read without a look at every value as text (a register has millions).
        values = series.to_numpy(dtype=float)
        if ((values == 0.0) | (values == 1.0)).all():
            return _both(values, name)
    try:
        found = binary_outcome(series, name)
    except EstimationError:
        raise DesignError(
            f"treatment={name!r} is not coded 0/1 or False/True; make it 1 for treated and 0 for control."
        ) from None
    return _both(found, name)


def _both(found: Array, name: str) -> Array:
    if not len(found) or found.min() == found.max():
        arm = "treated" if len(found) and found[0] == 1 else "control"
        raise DesignError(
            f"treatment={name!r} has only the {arm} arm in {len(found)} row(s); an effect needs both arms."
        )
    return found


def covariate_columns(frame: pd.DataFrame, covariates: Sequence[str]) -> Columns:
    """Turn covariates into numbers: text and categories level by level, numbers as they are."""
    terms = tuple(Term((Factor(c),)) for c in covariates)
    return design_of(Formula("", terms), frame)


def check_names(frame: pd.DataFrame, named: Named) -> None:
    """Refuse unknown columns, and a column that plays two parts."""
    for argument in ("outcome", "treatment", "cluster", "weights", "id"):
        column = getattr(named, argument)
        if column:
            require_columns(frame, [column], argument=argument)
    require_columns(frame, list(named.covariates), argument="covariates")
    for part in ("outcome", "treatment"):
        if getattr(named, part) in named.covariates:
            raise DesignError(
                f"covariates= names the {part} {getattr(named, part)!r}; take it out, since it "
                "must be known before the treatment."
            )
    if named.outcome == named.treatment:
        raise DesignError(f"outcome= and treatment= both name {named.outcome!r}; name two columns.")


def refuse_roles(columns: Sequence[str], roles: Mapping[str, str] | None, *, argument: str) -> None:
    """Refuse covariates that are declared as anything but known before treatment."""
    known = roles or {}
    strange = sorted({str(role) for role in known.values()} - set(ROLES))
    if strange:
        raise DesignError(f"roles= knows {', '.join(ROLES)}; {len(strange)} of its roles is none of these.")
    for role in ("after", "outcome", "id"):
        wrong = [c for c in columns if known.get(c) == role]
        if wrong:
            raise DesignError(
                f"{argument}= names {', '.join(map(repr, wrong))}, in roles= declared {role!r}; only what "
                "was known before treatment may be adjusted for, so take it out."
            )


def read_arms(frame: pd.DataFrame, named: Named) -> Arms:
    """Read complete rows; who is left out is counted in `sample` and told in `notes`."""
    check_names(frame, named)
    d = treatment_of(frame[named.treatment], named.treatment)
    persons = _numbers(frame, named.id) if named.id else np.arange(len(frame))
    _refuse_both_arms(persons, d, named.id)
    clusters = _numbers(frame, named.cluster) if named.cluster else None
    _refuse_two_clusters(persons, clusters, named)
    needed = [c for c in (named.outcome, *named.covariates, named.cluster, named.weights) if c]
    refuse_infinite(frame, tuple(c for c in needed if c != named.cluster))
    known = frame[needed].notna().to_numpy(dtype=bool)
    answered = np.asarray(known[:, 0])
    complete = np.asarray(known.all(axis=1))
    _refuse_empty(d[complete], named)
    used = frame.iloc[np.flatnonzero(complete)]
    y = _numeric(used[named.outcome], named.outcome)
    x = covariate_columns(used, named.covariates).matrix()[:, 1:]
    weights = _weights(used, named.weights)
    if clusters is not None:
        clusters = np.asarray(pd.factorize(clusters[complete])[0], dtype=np.intp)
    codes = np.asarray(pd.factorize(persons[complete])[0], dtype=np.intp)
    if clusters is None and len(codes) and codes.max() + 1 < len(codes):
        clusters = codes
    notes = [
        Note("effect_dropped", values={"column": c, "n": int((~k).sum())})
        for c, k in zip(needed, known.T, strict=True)
        if not k.all()
    ]
    if named.weights:
        notes += size_notes(weights, d[complete])
    if named.cluster and clusters is not None and clusters.max() == codes.max():
        notes.append(Note("effect_clusters_of_one", values={"column": named.cluster}))
    binary = set(np.unique(y)) <= {0.0, 1.0}
    return Arms(
        y, d[complete], x, weights, clusters, codes, binary, np.flatnonzero(complete),
        _flow(persons, d, answered, complete), tuple(notes), len(np.unique(persons)),
    )  # fmt: skip


def _flow(
    persons: NDArray[np.intp], d: Array, answered: NDArray[np.bool_], complete: NDArray[np.bool_]
) -> pd.DataFrame:
    steps = []
    everyone = np.ones(len(d), dtype=bool)
    for step, mask in (("in_frame", everyone), ("effect_outcome_known", answered), ("analysed", complete)):
        for group, arm in (("treated", 1.0), ("control", 0.0)):
            steps.append((step, group, len(np.unique(persons[mask & (d == arm)]))))
    return sample_frame(steps)


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.intp]:
    lacking = int(frame[column].isna().sum())
    if lacking:
        raise DesignError(
            f"column {column!r} is missing in {lacking} row(s); every row needs its value there."
        )
    return np.asarray(pd.factorize(frame[column])[0], dtype=np.intp)


def _refuse_both_arms(persons: NDArray[np.intp], d: Array, id: str) -> None:
    if not id:
        return
    both = np.intersect1d(persons[d == 1], persons[d == 0])
    if len(both):
        raise DesignError(f"id={id!r} has {len(both)} person(s) in both arms; drop their control rows.")


def _refuse_two_clusters(persons: NDArray[np.intp], clusters: NDArray[np.intp] | None, named: Named) -> None:
    if clusters is None or not named.id:
        return
    both = np.unique(np.column_stack([persons, clusters]), axis=0)
    split = int((np.bincount(both[:, 0]) > 1).sum())
    if split:
        raise DesignError(
            f"cluster={named.cluster!r} holds {split} person(s) of id={named.id!r} in more than one cluster; "
            "use the one at the index date in all their rows."
        )


def size_notes(weight: Array, d: Array) -> list[Note]:
    """Tell of an arm whose weights let many persons count as few."""
    made = []
    for arm, word in ((1.0, "treated"), (0.0, "control")):
        own = weight[d == arm]
        size = effective_n(own)
        if size < LOW_SHARE * len(own):
            largest = 100.0 * float(own.max() / own.sum())
            values = {"n": len(own), "effective": float(size), "largest": largest}
            made.append(Note(f"design_low_n_{word}", values=values))
    return made


def _refuse_empty(d: Array, named: Named) -> None:
    for arm, word in ((1.0, "treated"), (0.0, "control")):
        if int((d == arm).sum()) < 2:
            raise DesignError(
                f"fewer than 2 {word} row(s) have {named.outcome!r} and every covariate; an effect "
                "needs at least 2 in each arm."
            )


def _numeric(series: pd.Series, name: str) -> Array:
    if pd.api.types.is_bool_dtype(series.dtype) or pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=float, na_value=np.nan)
    raise EstimationError(f"outcome={name!r} is not a number or truth value; make it one first.")


def finite_numbers(frame: pd.DataFrame, column: str, *, argument: str) -> Array:
    """Return a column as numbers, NaN where missing; text, dates and infinite values are refused by count."""
    require_numbers(frame, [column], argument=argument)
    found = numbers_of(frame[column], argument=f"{argument}=")
    refuse_infinite(frame, (column,))
    return found


def _weights(frame: pd.DataFrame, column: str) -> Array:
    if not column:
        return np.ones(len(frame))
    found = finite_numbers(frame, column, argument="weights")
    bad = int((found <= 0).sum())
    if bad:
        raise EstimationError(
            f"weights={column!r} has {bad} row(s) that are not above 0; leave them out first."
        )
    return found
