"""Rows of means or shares over waves and their contrasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.kernels.repeated_gee import GeeFit, wald_f
from ipseval.analysis.kernels.repeated_mixed import FTest, MixedFit, f_test
from ipseval.core import tails
from ipseval.core.result import Note

Floats = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]
Cell = tuple[str, str]
CONTRASTS = ("difference", "odds_ratio")


@dataclass(frozen=True)
class Cells:
    """Arms and waves in order, answers (and yes answers) per cell, persons, and cells without a fit."""

    arms: tuple[str, ...]
    waves: tuple[str, ...]
    counts: Mapping[Cell, int]
    persons: Mapping[str, int]
    events: Mapping[Cell, int]
    alike: frozenset[Cell]
    """Cells where every answer is the same yes or no, whose log-odds are infinite."""

    @property
    def n_persons(self) -> int:
        """Persons who answered at least once."""
        return sum(self.persons.values())

    @property
    def fitted(self) -> list[Cell]:
        """Cells with a coefficient, in the order of the coefficients."""
        return [cell for cell in self.counts if cell not in self.alike]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit of either kind, with the coefficients' cells and then covariates."""

    gee: GeeFit | None
    mixed: MixedFit | None
    cells: Cells
    terms: tuple[tuple[str, str], ...]

    @property
    def beta(self) -> Floats:
        """Cell means (log-odds for yes/no), then coefficients of the covariates."""
        return self.gee.beta if self.gee is not None else self._mixed.beta

    @property
    def cov(self) -> Floats:
        """Small-sample covariance of `beta`."""
        return self.gee.cov if self.gee is not None else self._mixed.cov

    @property
    def _mixed(self) -> MixedFit:
        assert self.mixed is not None
        return self.mixed

    def pick(self, weights: Mapping[Cell, float]) -> Floats | None:
        """Build a contrast over cells, or None where it needs a cell without a fit."""
        if any(cell in self.cells.alike for cell in weights):
            return None
        found = np.zeros(len(self.beta))
        for place, cell in enumerate(self.cells.fitted):
            found[place] = weights.get(cell, 0.0)
        return found

    def test(self, contrast: Floats) -> FTest:
        """F test of contrasts being zero."""
        return wald_f(self.gee, contrast) if self.gee is not None else f_test(self._mixed, contrast)


@dataclass
class Table:
    """Rows as they are made, the numerators of joint tests, and notes on single rows."""

    outcome: str
    level: float
    yes_no: bool
    rows: list[Row] = field(default_factory=list)
    numerators: list[tuple[int, int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def refuse(self, row: Row, code: str = "wave_all_alike") -> None:
        """Keep the place of a row that has no number."""
        self._note(code)
        self.rows.append({"outcome": self.outcome, **row, "status": "refused"})

    def add(self, row: Row) -> None:
        """Add a row with its numbers; one whose answers have no spread has no interval, and is flagged."""
        bare = row["scale"] in ("mean", "expected_share", *CONTRASTS) and "std_error" not in row
        if bare:
            self._note("wave_has_no_spread")
            row = {**row, "status": "flagged"}
        self.rows.append({"outcome": self.outcome, **row})

    def _note(self, code: str) -> None:
        self.notes.append(Note(code, row=len(self.rows), values={"outcome": self.outcome}))

    @property
    def numerator_frame(self) -> pd.DataFrame:
        """Numerator degrees of freedom by row of the estimates."""
        return pd.DataFrame(self.numerators, columns=["row", "df_numerator"])


def repeated_rows(cells: Cells, fitted: Fitted, table: Table) -> None:
    """Make every row, and the numerators of the joint tests."""
    first = cells.waves[0]
    for arm in cells.arms:
        for wave in cells.waves:
            _mean_row(cells, fitted, table, arm, wave)
        changes = [{(arm, w): 1.0, (arm, first): -1.0} for w in cells.waves[1:]]
        for wave, weights in zip(cells.waves[1:], changes, strict=True):
            row: Row = {"group": arm, "term": wave, "contrast": f"{wave} - {first}", "estimand": "change"}
            _contrast_row(fitted, table, row | {"n": cells.persons[arm]}, fitted.pick(weights))
        row = {"group": arm, "term": "waves_test", "n": cells.persons[arm]}
        _joint(fitted, table, row, [fitted.pick(c) for c in changes])
    if len(cells.arms) == 2:
        _interaction_rows(cells, fitted, table)
    _covariate_rows(cells, fitted, table)
    if fitted.mixed is not None:
        _spread_rows(fitted.mixed, table, cells.n_persons)


def _mean_row(cells: Cells, fitted: Fitted, table: Table, arm: str, wave: str) -> None:
    cell = (arm, wave)
    row: Row = {"group": arm, "term": wave, "n": cells.counts[cell]}
    if not table.yes_no:
        weights = fitted.pick({cell: 1.0})
        assert weights is not None
        row |= {"estimand": "mean", "scale": "mean"}
        table.add(row | _single(fitted, weights, table.level, tested=False))
        return
    # A share that a model gives is not one of whole persons, once other answers or covariates lend to it.
    row |= {"estimand": "share", "scale": "expected_share", "n_events": cells.events[cell]}
    picked = fitted.pick({cell: 1.0})
    if picked is None:
        table.refuse(row)
        return
    on_log = _single(fitted, picked, table.level, tested=False)
    share = float(tails.expit(on_log["estimate"]))
    found: Row = {"estimate": share}
    if "std_error" in on_log:
        found |= {"std_error": share * (1.0 - share) * on_log["std_error"], "df": on_log["df"]}
        found |= {end: float(tails.expit(on_log[end])) for end in ("ci_low", "ci_high")}
        found |= {"conf_level": table.level}
    table.add(row | found)


def _contrast_row(fitted: Fitted, table: Table, row: Row, contrast: Floats | None) -> None:
    row = row | {"scale": "odds_ratio" if table.yes_no else "difference"}
    if contrast is None:
        table.refuse(row)
        return
    found = _single(fitted, contrast, table.level, tested=True)
    if table.yes_no:
        # The standard error stays that of the log, on which the interval and the test are made.
        found |= {k: float(np.exp(found[k])) for k in ("estimate", "ci_low", "ci_high") if k in found}
    table.add(row | found)


def _single(fitted: Fitted, contrast: Floats, level: float, *, tested: bool) -> Row:
    value = float(contrast @ fitted.beta)
    error = float(np.sqrt(max(float(contrast @ fitted.cov @ contrast), 0.0)))
    if not error > 0.0:
        return {"estimate": value}
    df = fitted.test(contrast).df
    half = float(tails.t_quantile(level, df)) * error
    row: Row = {"estimate": value, "std_error": error, "df": df, "ci_low": value - half}
    row |= {"ci_high": value + half, "conf_level": level}
    if tested:
        t = value / error
        row |= {"statistic": t, "p_value": float(tails.t_two_sided(t, df))}
    return row


def _joint(fitted: Fitted, table: Table, row: Row, contrasts: list[Floats | None]) -> None:
    row = row | {"scale": "test"}
    known = [c for c in contrasts if c is not None]
    if len(known) < len(contrasts):
        table.refuse(row)
        return
    found = fitted.test(np.array(known))
    if not np.isfinite(found.statistic):
        table.refuse(row, "wave_has_no_spread")
        return
    p = float(tails.f_upper(found.statistic, found.df_numerator, found.df))
    table.numerators.append((len(table.rows), found.df_numerator))
    table.add(row | {"statistic": found.statistic, "df": found.df, "p_value": p})


def _interaction_rows(cells: Cells, fitted: Fitted, table: Table) -> None:
    first, (control, treated) = cells.waves[0], cells.arms
    contrasts = []
    for wave in cells.waves[1:]:
        weights = {(treated, wave): 1.0, (treated, first): -1.0, (control, wave): -1.0, (control, first): 1.0}
        contrasts.append(fitted.pick(weights))
        row: Row = {"term": wave, "estimand": "difference_in_change", "n": cells.n_persons}
        row["contrast"] = f"({treated} - {control}) x ({wave} - {first})"
        _contrast_row(fitted, table, row, contrasts[-1])
    _joint(fitted, table, {"term": "arm_by_wave_test", "n": cells.n_persons}, contrasts)


def _covariate_rows(cells: Cells, fitted: Fitted, table: Table) -> None:
    start = len(cells.fitted)
    for place, (name, level) in enumerate(fitted.terms):
        contrast = np.zeros(len(fitted.beta))
        contrast[start + place] = 1.0
        row: Row = {"term": f"{name}: {level}" if level else name, "estimand": "covariate"}
        _contrast_row(fitted, table, row | {"n": cells.n_persons}, contrast)


def _spread_rows(fit: MixedFit, table: Table, n: int) -> None:
    person = float(np.sqrt(fit.random_cov[0, 0])) if fit.random_cov.size else 0.0
    for term, value in (("sd_person", person), ("sd_residual", float(np.sqrt(fit.residual_variance)))):
        table.add({"term": term, "scale": "sd", "estimate": value, "n": n})
