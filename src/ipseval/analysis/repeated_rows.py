"""Rows of means over waves and their contrasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.kernels.repeated_gee import GeeFit, wald_f
from ipseval.analysis.kernels.repeated_mixed import FTest, MixedFit, f_test
from ipseval.core import tails

Floats = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Cells:
    """Arms and waves in order, answers per cell (the order of the coefficients), and persons."""

    arms: tuple[str, ...]
    waves: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    persons: Mapping[str, int]

    @property
    def n_persons(self) -> int:
        """Persons who answered at least once."""
        return sum(self.persons.values())

    def pick(self, weights: Mapping[tuple[str, str], float]) -> Floats:
        """Build a contrast over cells."""
        return np.array([weights.get(cell, 0.0) for cell in self.counts])


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit of either kind."""

    gee: GeeFit | None
    mixed: MixedFit | None

    @property
    def beta(self) -> Floats:
        """Cell means."""
        return self.gee.beta if self.gee is not None else self._mixed.beta

    @property
    def cov(self) -> Floats:
        """Small-sample covariance of the cell means."""
        return self.gee.cov if self.gee is not None else self._mixed.cov

    @property
    def _mixed(self) -> MixedFit:
        assert self.mixed is not None
        return self.mixed

    def test(self, contrast: Floats) -> FTest:
        """F test of contrasts being zero."""
        return wald_f(self.gee, contrast) if self.gee is not None else f_test(self._mixed, contrast)


def repeated_rows(cells: Cells, fitted: Fitted, outcome: str, level: float) -> tuple[list[Row], pd.DataFrame]:
    """Make every row, and the numerators of the joint tests."""
    rows: list[Row] = []
    numerators: list[tuple[int, int]] = []
    first = cells.waves[0]
    for arm in cells.arms:
        for wave in cells.waves:
            base: Row = {"outcome": outcome, "group": arm, "term": wave, "estimand": "mean", "scale": "mean"}
            base |= {"n": cells.counts[arm, wave]}
            rows.append(base | _single(fitted, cells.pick({(arm, wave): 1.0}), level, tested=False))
        changes = [cells.pick({(arm, w): 1.0, (arm, first): -1.0}) for w in cells.waves[1:]]
        for wave, change in zip(cells.waves[1:], changes, strict=True):
            base = {"outcome": outcome, "group": arm, "term": wave, "contrast": f"{wave} - {first}"}
            base |= {"estimand": "change", "scale": "difference", "n": cells.persons[arm]}
            rows.append(base | _single(fitted, change, level, tested=True))
        base = {"outcome": outcome, "group": arm, "term": "waves_test", "scale": "test"}
        _joint(rows, numerators, base | {"n": cells.persons[arm]}, fitted, np.array(changes))
    if len(cells.arms) == 2:
        _interaction_rows(rows, numerators, cells, fitted, outcome, level)
    if fitted.mixed is not None:
        _spread_rows(rows, fitted.mixed, outcome, cells.n_persons)
    return rows, pd.DataFrame(numerators, columns=["row", "df_numerator"])


def _single(fitted: Fitted, contrast: Floats, level: float, *, tested: bool) -> Row:
    value = float(contrast @ fitted.beta)
    error = float(np.sqrt(max(float(contrast @ fitted.cov @ contrast), 0.0)))
    df = fitted.test(contrast).df
    if not error > 0.0:
        return {"estimate": value}
    half = float(tails.t_quantile(level, df)) * error
    row: Row = {"estimate": value, "std_error": error, "df": df, "ci_low": value - half}
    row |= {"ci_high": value + half, "conf_level": level}
    if tested:
        t = value / error
        row |= {"statistic": t, "p_value": float(tails.t_two_sided(t, df))}
    return row


def _joint(
    rows: list[Row], numerators: list[tuple[int, int]], base: Row, fitted: Fitted, contrast: Floats
) -> None:
    found = fitted.test(contrast)
    p = float(tails.f_upper(found.statistic, found.df_numerator, found.df))
    numerators.append((len(rows), found.df_numerator))
    rows.append(base | {"statistic": found.statistic, "df": found.df, "p_value": p})


def _interaction_rows(
    rows: list[Row],
    numerators: list[tuple[int, int]],
    cells: Cells,
    fitted: Fitted,
    outcome: str,
    level: float,
) -> None:
    first, (control, treated) = cells.waves[0], cells.arms
    contrasts = []
    for wave in cells.waves[1:]:
        weights = {(treated, wave): 1.0, (treated, first): -1.0, (control, wave): -1.0, (control, first): 1.0}
        contrasts.append(cells.pick(weights))
        base: Row = {
            "outcome": outcome,
            "term": wave,
            "estimand": "difference_in_change",
            "scale": "difference",
        }
        base |= {"contrast": f"({treated} - {control}) x ({wave} - {first})", "n": cells.n_persons}
        rows.append(base | _single(fitted, contrasts[-1], level, tested=True))
    base = {"outcome": outcome, "term": "arm_by_wave_test", "scale": "test", "n": cells.n_persons}
    _joint(rows, numerators, base, fitted, np.array(contrasts))


def _spread_rows(rows: list[Row], fit: MixedFit, outcome: str, n: int) -> None:
    person = float(np.sqrt(fit.random_cov[0, 0])) if fit.random_cov.size else 0.0
    for term, value in (("sd_person", person), ("sd_residual", float(np.sqrt(fit.residual_variance)))):
        rows.append({"outcome": outcome, "term": term, "scale": "sd", "estimate": value, "n": n})
