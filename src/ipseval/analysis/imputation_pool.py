"""Pools the rows of several results of one analysis by Rubin's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.imputation_evidence import pooled_evidence
from ipseval.analysis.kernels.pooling import Pooled, rubin
from ipseval.core import tails
from ipseval.core.errors import EstimationError
from ipseval.core.result import Note, Result, estimates_frame

KEYS = ["outcome", "group", "contrast", "term", "estimand", "scale"]
RATIOS = ("odds_ratio", "risk_ratio", "hazard_ratio")


def pool(
    results: Sequence[Result],
    *,
    seed: int | None = None,
    level: float | None = None,
    observed: Result | None = None,
) -> Result:
    """Pool results of the same analysis on imputed frames into one.

    Parameters
    ----------
    results
        Two or more results with the same rows, one per imputed frame.
    seed
        Of the imputation, for the record.
    level
        Confidence level; that of the first result when left out.
    observed
        The same analysis of the frame that was filled, to say who answered what: without it a release leaves
        the numbers to a person.

    Returns
    -------
    Result
        The rows of the first result with pooled estimates, standard errors, t intervals (Barnard-Rubin
        degrees of freedom) and p.  Ratios are pooled as logarithms (their `std_error` is that of the
        logarithm); shares become `scale` "pooled_share", since a pooled share has no whole numerator.  Rows
        without a standard error give the mean estimate, flagged.  Extras: `pooling` (row, share of variance
        due to missing answers, fraction of missing information, m).

    Raises
    ------
    EstimationError
        Fewer than two results, or results whose rows differ.

    Notes
    -----
    Assumptions: the imputation model is right.  Missing data: see `impute`.
    Checked against: tests/oracles/imputation (R mice pool.scalar).
    References: Barnard and Rubin 1999, https://doi.org/10.1093/biomet/86.4.948.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> filled = [pd.DataFrame({"x": [1.0, 2.0, 3.0, last]}) for last in (4.0, 6.0)]
    >>> pooled = ips.pool([ips.describe(frame, columns=["x"]) for frame in filled])
    >>> float(pooled.estimates.loc[0, "estimate"])
    2.75
    """
    if len(results) < 2:
        raise EstimationError(f"results= holds {len(results)} result(s), but pooling needs two or more.")
    tables = [result.estimates for result in results]
    first = tables[0]
    if any(not table[KEYS].equals(first[KEYS]) for table in tables[1:]):
        raise EstimationError("results= do not have the same rows: run one analysis on every imputed frame.")
    level = level if level is not None else results[0].method.level or 0.95
    rows, notes, details = _pooled_rows(tables, level)
    method = replace(
        results[0].method,
        interval="rubin_interval",
        level=level,
        test="rubin_test",
        missing="multiple_imputation",
        seed=seed if seed is not None else results[0].method.seed,
        references=(*results[0].method.references, "https://doi.org/10.1093/biomet/86.4.948"),
    )
    general = tuple(note for note in results[0].notes if note.row is None)
    return replace(
        results[0],
        estimates=estimates_frame(rows),
        method=method,
        notes=(*general, *notes),
        extras={"pooling": details},
        evidence=pooled_evidence(_alike(observed, first), results, first["n"]),
    )


def _alike(observed: Result | None, rows: pd.DataFrame) -> Result | None:
    """The observed result, where it has the same rows."""
    same = observed is not None and observed.estimates[KEYS].equals(rows[KEYS])
    return observed if same else None


def _stack(tables: Sequence[pd.DataFrame], column: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([table[column].to_numpy(dtype=float, na_value=np.nan) for table in tables])


def _pooled_rows(
    tables: Sequence[pd.DataFrame], level: float
) -> tuple[list[dict[str, Any]], list[Note], pd.DataFrame]:
    first = tables[0]
    ratio = first["scale"].isin(RATIOS).to_numpy()
    values, errors = _stack(tables, "estimate"), _stack(tables, "std_error")
    refused = np.any([(table["status"] == "refused").to_numpy() for table in tables], axis=0).tolist()
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(ratio, np.log(values), values)
    df = _stack(tables, "df").mean(axis=0)
    found = rubin(values, errors, np.where(np.isnan(df), np.inf, df))
    tested = ~np.isnan(_stack(tables, "p_value")).any(axis=0)
    half = tails.t_quantile(level, found.df) * found.std_error
    with np.errstate(divide="ignore", invalid="ignore"):
        t = found.value / found.std_error
    p = tails.t_two_sided(t, found.df)
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    for k, key in enumerate(first[KEYS].to_dict("records")):
        row: dict[str, Any] = {str(name): value for name, value in key.items()}
        if row["scale"] == "share":
            row["scale"] = "pooled_share"
        row["n"] = first["n"].iloc[k]
        turn = np.exp if ratio[k] else float
        if refused[k] or not np.isfinite(found.value[k]):
            row["status"] = "refused"
            notes.append(Note("refused_in_an_imputation", row=k, values={"outcome": row["outcome"]}))
        elif not found.std_error[k] > 0:
            row |= {"estimate": float(turn(found.value[k])), "status": "flagged"}
            notes.append(Note("pooled_without_variance", row=k, values={"outcome": row["outcome"]}))
        else:
            row |= {
                "estimate": float(turn(found.value[k])),
                "std_error": found.std_error[k],
                "df": found.df[k],
            }
            row |= {"ci_low": float(turn(found.value[k] - half[k])), "conf_level": level}
            row |= {"ci_high": float(turn(found.value[k] + half[k]))}
            if tested[k]:
                row |= {"statistic": t[k], "p_value": p[k]}
        rows.append(row)
    return rows, notes, _details(found, len(tables))


def _details(found: Pooled, m: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": np.arange(len(found.value)),
            "share_missing": found.share_missing,
            "missing_information": found.missing_information,
            "m": m,
        }
    )
