"""Odds ratios where persons are clustered, weighted or imputed: Wald rows with t and honest degrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula_design import Design, numbers_of
from ipseval.analysis.kernels.logit import Fit, fit_logit
from ipseval.analysis.kernels.logit_robust import Robust, cluster_robust, design_robust, rubin
from ipseval.analysis.kernels.separation import find_separation
from ipseval.analysis.odds_model import (
    Lines,
    Model,
    Refusal,
    Tested,
    data_refusals,
    separation_refusals,
)
from ipseval.analysis.odds_settings import Settings
from ipseval.core.errors import EstimationError
from ipseval.core.tails import f_upper, t_quantile, t_two_sided

Array = NDArray[np.float64]
FEW_CLUSTERS = 4


@dataclass(frozen=True)
class Structure:
    """The columns that say how persons hang together: cluster, weight, imputation ("" where none)."""

    cluster: str = ""
    weights: str = ""
    imputation: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns named."""
        return tuple(c for c in (self.cluster, self.weights, self.imputation) if c)

    @property
    def estimator(self) -> str:
        """The code of the estimator in words."""
        if self.imputation:
            return "odds_pooled"
        if self.weights:
            return "odds_survey"
        return "odds_cr2"


def check_structure(structure: Structure, settings: Settings, frame: pd.DataFrame) -> None:
    """Refuse what does not go together, and weights or clusters that are missing or not positive."""
    if settings.method != "ml" or settings.interval != "wald" or settings.separated != "refuse":
        raise EstimationError(
            "cluster=, weights= and imputation= need method='ml', interval='wald' and separated='refuse': a "
            "likelihood knows nothing of them."
        )
    if settings.test not in ("", "wald"):
        raise EstimationError(
            "test= must be left out with cluster=, weights= or imputation=; it is Wald's t."
        )
    if structure.imputation and (structure.cluster or structure.weights):
        raise EstimationError("imputation= cannot be combined with cluster= or weights= yet; leave one out.")
    for column in structure.columns:
        lacking = int(frame[column].isna().sum())
        if lacking:
            raise EstimationError(
                f"column {column!r} is missing in {lacking} row(s); every row needs its cluster, weight or "
                "imputation."
            )
    if structure.weights:
        weights = numbers_of(frame[structure.weights], argument="weights=")
        bad = int((~np.isfinite(weights) | (weights <= 0)).sum())
        if bad:
            raise EstimationError(f"weights={structure.weights!r} has {bad} row(s) that are not above 0.")


def robust_model(
    contrast: str, design: Design, y: Array, settings: Settings, structure: Structure, rows: pd.DataFrame
) -> Model:
    """Fit one model with CR2 (clusters) or linearisation (weights) standard errors."""
    reasons = data_refusals(design, y)
    clusters = _numbers(rows, structure.cluster)
    if not reasons and structure.cluster and clusters.max() + 1 < FEW_CLUSTERS:
        reasons = {"": Refusal("odds_too_few_clusters", {"n": int(clusters.max()) + 1, "few": FEW_CLUSTERS})}
    if reasons:
        return Model(contrast, design, y, "ml", reasons)
    x = design.matrix()
    separation = find_separation(x, y)
    if separation.found:
        return Model(contrast, design, y, "ml", separation_refusals(design, separation, y), separation)
    if structure.weights:
        weights = rows[structure.weights].to_numpy(dtype=float)
        fit = fit_logit(x, y, weights=weights / weights.mean())
        robust = design_robust(fit, x, weights / weights.mean(), clusters)
    else:
        fit = fit_logit(x, y)
        robust = cluster_robust(fit, x, clusters)
    lines, tests = _wald_t(fit.beta, np.sqrt(np.diag(robust.cov)), robust.df, settings.level)
    joint = {"wald": [_joint(fit, robust, s) for s in design.spans()]} if structure.weights else {}
    said = (Refusal("odds_clusters", {"n": int(clusters.max()) + 1, "df": f"{robust.df[1:].min():.1f}"}),)
    shown = said if structure.cluster else ()
    return Model(contrast, design, y, "ml", {}, separation, fit, lines, {"wald": tests}, joint, shown)


def _numbers(rows: pd.DataFrame, column: str) -> NDArray[np.intp]:
    """Number the clusters from 0; without clusters every row is its own."""
    if not column:
        return np.arange(len(rows))
    return np.asarray(pd.factorize(rows[column])[0], dtype=np.intp)


def _wald_t(beta: Array, error: Array, df: Array, level: float) -> tuple[Lines, list[Tested]]:
    half = t_quantile(level, df) * error
    lines = Lines(beta[1:], error[1:], (beta - half)[1:], (beta + half)[1:])
    t = beta / error
    p = t_two_sided(t, df)
    return lines, [Tested(float(t[j]), float(df[j]), float(p[j])) for j in range(1, len(beta))]


def _joint(fit: Fit, robust: Robust, span: slice) -> Tested:
    """Return Wald's F of several coefficients; its statistic is F, its degrees the numerator's."""
    part = fit.beta[span]
    k = len(part)
    statistic = float(part @ np.linalg.solve(robust.cov[span, span], part)) / k
    return Tested(statistic, float(k), float(f_upper(statistic, k, robust.df[0])))


def pooled_model(contrast: str, designs: Sequence[Design], ys: Sequence[Array], settings: Settings) -> Model:
    """Fit one model in every imputed data set and pool by Rubin's rules."""
    first, y = designs[0], ys[0]
    if any(d.names != first.names or len(z) != len(y) for d, z in zip(designs, ys, strict=True)):
        reason = Refusal("odds_imputations_differ", {"n": len(designs)})
        return Model(contrast, first, y, "ml", {"": reason})
    for design, outcome in zip(designs, ys, strict=True):
        reasons = data_refusals(design, outcome)
        separation = None if reasons else find_separation(design.matrix(), outcome)
        if separation is not None and separation.found:
            reasons = separation_refusals(design, separation, outcome)
        if reasons:
            return Model(contrast, design, outcome, "ml", reasons, separation)
    fits = [fit_logit(d.matrix(), z) for d, z in zip(designs, ys, strict=True)]
    pooled = rubin(
        np.array([f.beta for f in fits]),
        np.array([np.diag(f.cov) for f in fits]),
        float(len(y) - len(first.names) - 1),
    )
    lines, tests = _wald_t(pooled.beta, pooled.std_error, pooled.df, settings.level)
    said = (Refusal("odds_imputations", {"n": len(fits), "fmi": f"{100 * pooled.fmi[1:].max():.0f}"}),)
    return Model(contrast, first, y, "ml", {}, None, fits[0], lines, {"wald": tests}, {}, said)
