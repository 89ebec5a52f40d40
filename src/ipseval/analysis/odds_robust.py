"""Odds ratios where persons are clustered, weighted or imputed: Wald rows with t and honest degrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula_design import Design, numbers_of
from ipseval.analysis.kernels.logit import Fit, fit_logit
from ipseval.analysis.kernels.logit_robust import (
    Joint,
    Robust,
    cluster_robust,
    design_robust,
    pooled_joint,
)
from ipseval.analysis.kernels.pooling import rubin
from ipseval.analysis.odds_model import (
    Lines,
    Model,
    Refusal,
    Tested,
    data_refusals,
    decide,
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
    reasons = reasons or _few_clusters(structure, rows)
    if reasons:
        return Model(contrast, design, y, "ml", reasons)
    x = design.matrix()
    separation, plain = decide(x, y)
    if separation.found:
        return Model(contrast, design, y, "ml", separation_refusals(design, separation, y), separation)
    fit, robust = _robust_fit(design, y, structure, rows, plain)
    lines, tests = _wald_t(fit.beta, np.sqrt(np.diag(robust.cov)), robust.df, settings.level)
    joint = {"wald": [_f_test(j) for j in robust.joint]}
    said = (Refusal("odds_clusters", {"n": int(clusters.max()) + 1, "df": float(robust.df[1:].min())}),)
    shown = said if structure.cluster else ()
    return Model(contrast, design, y, "ml", {}, separation, fit, lines, {"wald": tests}, joint, shown)


def _few_clusters(structure: Structure, rows: pd.DataFrame) -> dict[str, Refusal]:
    if not structure.cluster:
        return {}
    count = int(rows[structure.cluster].nunique())
    if count >= FEW_CLUSTERS:
        return {}
    return {"": Refusal("odds_too_few_clusters", {"n": count, "few": FEW_CLUSTERS})}


def _robust_fit(
    design: Design, y: Array, structure: Structure, rows: pd.DataFrame, plain: Fit | None = None
) -> tuple[Fit, Robust]:
    """Fit with weights where there are some, and give the covariance that goes with the structure."""
    x, spans, clusters = design.matrix(), design.spans(), _numbers(rows, structure.cluster)
    if not structure.weights:
        fit = plain or fit_logit(x, y)
        return fit, cluster_robust(fit, x, clusters, spans)
    weights = rows[structure.weights].to_numpy(dtype=float)
    weights = weights / weights.mean()
    fit = fit_logit(x, y, weights=weights)
    robust = design_robust(fit, x, weights, clusters)
    return fit, replace(robust, joint=tuple(_wald_f(fit, robust, s) for s in spans))


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


def _wald_f(fit: Fit, robust: Robust, span: slice) -> Joint:
    """Return Wald's F of several coefficients."""
    part = fit.beta[span]
    value = float(part @ np.linalg.solve(robust.cov[span, span], part)) / len(part)
    return Joint(value, float(len(part)), float(robust.df[0]))


def _f_test(joint: Joint | None) -> Tested:
    """Turn an F test into what a row shows: F, the degrees above, p; NaN where there is none."""
    if joint is None or not joint.below > 0.0:
        return Tested(np.nan, np.nan, np.nan)
    p = float(f_upper(joint.statistic, joint.above, joint.below))
    return Tested(joint.statistic, joint.above, p, joint.below)


def pooled_model(
    contrast: str,
    designs: Sequence[Design],
    ys: Sequence[Array],
    settings: Settings,
    structure: Structure,
    rows: Sequence[pd.DataFrame],
) -> Model:
    """Fit one model in every imputed data set, with clusters or weights where named, pooled by Rubin."""
    first, y = designs[0], ys[0]
    if any(d.names != first.names or len(z) != len(y) for d, z in zip(designs, ys, strict=True)):
        reason = Refusal("odds_imputations_differ", {"n": len(designs)})
        return Model(contrast, first, y, "ml", {"": reason})
    plain: list[Fit | None] = []
    for design, outcome, own in zip(designs, ys, rows, strict=True):
        reasons = data_refusals(design, outcome) or _few_clusters(structure, own)
        separation = None
        if not reasons:
            separation, fit = decide(design.matrix(), outcome)
            plain.append(fit)
            if separation.found:
                reasons = separation_refusals(design, separation, outcome)
        if reasons:
            return Model(contrast, design, outcome, "ml", reasons, separation)
    fits, covs, complete = _each_copy(designs, ys, structure, rows, plain)
    betas = np.array([f.beta for f in fits])
    pooled = rubin(betas, np.sqrt([np.diag(c) for c in covs]), complete)
    lines, tests = _wald_t(pooled.value, pooled.std_error, pooled.df, settings.level)
    joint = [
        _f_test(pooled_joint(betas[:, s], covs[:, s, s], float(np.min(complete[s])))) for s in first.spans()
    ]
    lacking = 100 * float(pooled.missing_information[1:].max())
    values = {"n": len(fits), "fmi": lacking, "df": float(pooled.df[1:].min())}
    said = (Refusal("odds_imputations", values),)
    return Model(contrast, first, y, "ml", {}, None, fits[0], lines, {"wald": tests}, {"wald": joint}, said)


def _each_copy(
    designs: Sequence[Design],
    ys: Sequence[Array],
    structure: Structure,
    rows: Sequence[pd.DataFrame],
    plain: Sequence[Fit | None],
) -> tuple[list[Fit], Array, Array]:
    """Return fits, covariances (m x p x p) and complete-data degrees of freedom (p; the copies' mean)."""
    if not (structure.cluster or structure.weights):
        fits = [p or fit_logit(d.matrix(), y) for d, y, p in zip(designs, ys, plain, strict=True)]
        residual = float(len(ys[0]) - len(designs[0].names) - 1)
        return fits, np.array([f.cov for f in fits]), np.full(len(fits[0].beta), residual)
    parts = zip(designs, ys, rows, plain, strict=True)
    pairs = [_robust_fit(d, y, structure, r, p) for d, y, r, p in parts]
    degrees = np.array([r.df for _, r in pairs]).mean(axis=0)
    return [f for f, _ in pairs], np.array([r.cov for _, r in pairs]), degrees
