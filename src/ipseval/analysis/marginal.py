"""Risks, risk differences and risk ratios of a logistic model: what readers need beside an odds ratio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Formula, parse_formula
from ipseval.analysis.formula_design import Design, design_of, empty_design, transformed
from ipseval.analysis.kernels.firth import flic_intercept
from ipseval.analysis.kernels.logit import Fit
from ipseval.analysis.kernels.logit_margins import mean_risks, resampled_risks
from ipseval.analysis.kernels.logit_resample import (
    bca_limits,
    deletion_fits,
    resample_counts,
    resample_fits,
)
from ipseval.analysis.odds_evidence import event_codes, odds_evidence, one_model
from ipseval.analysis.odds_model import MOST_SEPARATED, Model, Refusal, fit_model
from ipseval.analysis.odds_sample import Sample, read_sample
from ipseval.analysis.odds_settings import Settings, check_settings
from ipseval.analysis.odds_support import model_columns, support_columns
from ipseval.core.checks import require_columns, require_frame, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.later import LaterFrames
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame
from ipseval.core.tails import normal_quantile, normal_two_sided

Array = NDArray[np.float64]
METHODS = ("ml", "flic", "flac")
SMALL = 1e-5
"""Half the width, in units of `per`, over which a derivative is taken."""


@dataclass(frozen=True, eq=False)
class Contrast:
    """One row to be: its term, what it estimates, and the two scenarios it compares (second may be None)."""

    term: str
    estimand: str
    scale: str
    upper: int
    lower: int | None = None
    width: float = 1.0


def marginal_effects(
    formula: str,
    frame: pd.DataFrame,
    *,
    method: str = "ml",
    interval: str = "delta",
    level: float = 0.95,
    per: Mapping[str, float] | None = None,
    reference: Mapping[str, object] | None = None,
    event: object = None,
    id: str | None = None,
    resamples: int = 1999,
    seed: int = 20,
) -> Result:
    """Say how many more per hundred have the outcome, from a logistic model, averaged over the persons.

    Parameters
    ----------
    formula, frame, per, reference, event, id
        As in `odds_ratios`.
    method
        "ml", or "flic" or "flac" where data are few or separate; Firth's own intercept would draw the
        risks towards one half, so it is not offered.
    interval
        "delta" (Wald on the difference, and on the logarithm of a ratio) or "bootstrap" (BCa).
    level
        Confidence level, in (0, 1).
    resamples, seed
        Number of resamples (at least 999) and seed of a bootstrap.

    Returns
    -------
    Result
        For each level of a factor: the standardised risk (everybody given that level, all else as it
        is), and against the reference the risk difference and the risk ratio.  For a number: the average
        marginal effect (slope of the risk, per unit or per `per`) and the risk ratio of one step up.
        `std_error` of a ratio is that of its logarithm, of a risk that of the risk.
        `extras["support"]` counts persons per level and outcome.

    Raises
    ------
    EstimationError
        As `odds_ratios`.

    Assumptions
    -----------
    The logistic model holds; the persons' covariates are taken as given.  A difference is the model's,
    not an effect of changing anything, unless the design makes it so.

    Missing data
    ------------
    As `odds_ratios`: persons complete in all columns.

    Checked against
    ---------------
    tests/oracles/odds_margins (a second implementation in R, and statsmodels' average derivative).

    References
    ----------
    Localio, Margolis and Berlin 2007, doi:10.1016/j.jclinepi.2006.12.001.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"job": [0, 0, 0, 1, 0, 1, 1, 1], "plan": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> ips.marginal_effects("job ~ C(plan)", people).estimates["estimate"].round(3).tolist()
    [0.25, 0.75, 0.5, 3.0]
    """
    require_frame(frame)
    parsed = parse_formula(formula, [str(c) for c in frame.columns])
    if id is not None:
        require_columns(frame, [id], argument="id")
    require_option(method, METHODS, argument="method")
    require_option(interval, ("delta", "bootstrap"), argument="interval")
    settings = check_settings(
        Settings(
            method=method, interval="bootstrap" if interval == "bootstrap" else "wald",
            level=level, resamples=resamples, seed=seed, per=dict(per or {}), reference=dict(reference or {}),
        )
    )  # fmt: skip
    sample = read_sample(parsed, frame, event=event, id=id)
    data, y = sample.frame.loc[sample.complete], sample.outcome[sample.complete]
    design = design_of(parsed, data, reference=reference, per=per) if len(y) else empty_design(parsed)
    light = Settings(method=method, interval="wald", level=level)
    model = fit_model("multivariable", design, y, light)
    rows, notes = _rows(parsed, design, data, model, settings)
    result = _result(parsed, sample, settings, interval, rows, notes, frame, model)
    rested, events = one_model(parsed, sample, design), event_codes(parsed, frame, sample.outcome)
    return replace(result, evidence=odds_evidence(parsed, frame, id, [(r, rested) for r in rows], events))


def _rows(
    formula: Formula, design: Design, data: pd.DataFrame, model: Model, settings: Settings
) -> tuple[list[dict[str, Any]], list[Note]]:
    contrasts, scenarios = _contrasts(formula, design, data)
    base = {"outcome": formula.outcome, "contrast": "multivariable", "conf_level": settings.level}
    base |= {"n": model.n, "n_events": model.events}
    named = [base | {"term": c.term, "estimand": c.estimand, "scale": c.scale} for c in contrasts]
    reason = model.refusal("")
    numbers: list[dict[str, Any]] = []
    said: tuple[Refusal, ...] = ()
    if reason is None and model.fit is not None:
        numbers, reason, said = _numbers(model.fit, design, contrasts, scenarios, settings)
    if reason is not None:
        notes = [Note(reason.code, row=k, values=reason.values) for k in range(len(named))]
        return [row | {"status": "refused"} for row in named], notes
    notes = [Note(s.code, values=s.values) for s in said]
    return [row | more for row, more in zip(named, numbers, strict=True)], notes


def _contrasts(formula: Formula, design: Design, data: pd.DataFrame) -> tuple[list[Contrast], list[Array]]:
    """List the rows and the scenarios they compare; a column counts once, whatever its transforms."""
    found: list[Contrast] = []
    scenarios: list[Array] = []
    seen: set[str] = set()
    for block in design.blocks:
        column = block.term.factors[0].column
        if len(block.term.factors) > 1 or column in seen:
            continue
        if block.is_factor:
            first = len(scenarios)
            for k, name in enumerate((block.reference, *block.names)):
                values = np.zeros_like(block.values)
                if k:
                    values[:, k - 1] = 1.0
                scenarios.append(design.changed({block.term: values}))
                found.append(Contrast(name, "standardised_risk", "risk", first + k))
                if k:
                    found.append(Contrast(name, "risk_difference", "risk_difference", first + k, first))
                    found.append(Contrast(name, "risk_ratio", "risk_ratio", first + k, first))
            continue
        seen.add(column)
        first = len(scenarios)
        shifts = [SMALL * block.step, -SMALL * block.step, block.step, 0.0]
        scenarios += [_moved(design, column, data, s) if len(data) else np.empty((0, 1)) for s in shifts]
        name = column + (f"[per {block.step:g}]" if block.step != 1.0 else "")
        width = 2.0 * SMALL
        found.append(Contrast(name, "average_marginal_effect", "risk_difference", first, first + 1, width))
        found.append(Contrast(name, "risk_ratio", "risk_ratio", first + 2, first + 3))
    return found, scenarios


def _moved(design: Design, column: str, data: pd.DataFrame, shift: float) -> Array:
    """Return the matrix with one number moved in everybody, in all terms that read it."""
    own = [b for b in design.blocks if b.term.columns == (column,) and not b.is_factor]
    moved = {b.term: (transformed(data[column], b.term.factors[0], shift) / b.step)[:, None] for b in own}
    return design.changed(moved)


def _coefficients(fit: Fit, slopes: int) -> tuple[Array, Array]:
    """Return coefficients that predict the observed share (FLIC where penalised) and their covariance."""
    beta = fit.beta[: slopes + 1].copy()
    if fit.problem.penalised:
        beta[0] = flic_intercept(fit)
    return beta, fit.cov[: slopes + 1, : slopes + 1]


def _numbers(
    fit: Fit, design: Design, contrasts: list[Contrast], scenarios: list[Array], settings: Settings
) -> tuple[list[dict[str, Any]], Refusal | None, tuple[Refusal, ...]]:
    beta, cov = _coefficients(fit, len(design.names))
    margins = mean_risks(scenarios, beta)
    rows = [_delta_row(c, margins.risk, margins.gradient, cov, settings.level) for c in contrasts]
    if settings.interval != "bootstrap":
        return rows, None, ()
    limits, reason, said = _bootstrap(fit, contrasts, scenarios, beta, settings)
    for row, (low, high) in zip(rows, limits, strict=False):
        row |= {"ci_low": low, "ci_high": high, "statistic": np.nan, "p_value": np.nan}
    return rows, reason, said


def _value(contrast: Contrast, risk: Array) -> Array:
    """Return risk, difference per width, or log ratio, from mean risks (..., S)."""
    upper = risk[..., contrast.upper]
    if contrast.lower is None:
        return np.asarray(upper)
    lower = risk[..., contrast.lower]
    if contrast.scale == "risk_ratio":
        return np.asarray(np.log(upper) - np.log(lower))
    return np.asarray((upper - lower) / contrast.width)


def _delta_row(contrast: Contrast, risk: Array, gradient: Array, cov: Array, level: float) -> dict[str, Any]:
    z = normal_quantile(level)
    value = float(_value(contrast, risk))
    slope = gradient[contrast.upper]
    if contrast.lower is None:
        # On the log odds scale, so that limits of a risk stay between 0 and 1.
        error = float(np.sqrt(slope @ cov @ slope))
        half = z * error / (value * (1.0 - value))
        middle = np.log(value) - np.log1p(-value)
        low, high = (1.0 / (1.0 + np.exp(-(middle + s * half))) for s in (-1.0, 1.0))
        return {"estimate": value, "std_error": error, "ci_low": low, "ci_high": high}
    if contrast.scale == "risk_ratio":
        slope = slope / risk[contrast.upper] - gradient[contrast.lower] / risk[contrast.lower]
    else:
        slope = (slope - gradient[contrast.lower]) / contrast.width
    error = float(np.sqrt(slope @ cov @ slope))
    ends = (value, value - z * error, value + z * error)
    shown = np.exp(ends) if contrast.scale == "risk_ratio" else ends
    return {
        "estimate": shown[0], "std_error": error, "ci_low": shown[1], "ci_high": shown[2],
        "statistic": value / error, "p_value": float(normal_two_sided(value / error)),
    }  # fmt: skip


def _bootstrap(
    fit: Fit, contrasts: list[Contrast], scenarios: list[Array], beta: Array, settings: Settings
) -> tuple[list[tuple[float, float]], Refusal | None, tuple[Refusal, ...]]:
    if fit.problem.penalised or fit.problem.weights is not None:
        return [], Refusal("marginal_bootstrap_ml"), ()
    n = fit.problem.n
    counts = resample_counts(n, settings.resamples, np.random.default_rng(settings.seed))
    found, deleted = resample_fits(fit, counts), deletion_fits(fit)
    values = {"n": int(found.separated.sum()), "resamples": settings.resamples}
    if found.share_separated > MOST_SEPARATED:
        return [], Refusal("odds_bootstrap_separates", values), ()
    if deleted.separated.any():
        return [], Refusal("odds_bootstrap_deletion", {"n": int(deleted.separated.sum())}), ()
    kept = ~found.separated
    draws = resampled_risks(scenarios, found.beta[kept], counts[kept].astype(float))
    jack = resampled_risks(scenarios, deleted.beta, np.ones((n, n)) - np.eye(n))
    whole = mean_risks(scenarios, beta).risk
    limits = []
    for contrast in contrasts:
        ends = bca_limits(
            float(_value(contrast, whole)), _value(contrast, draws), _value(contrast, jack), settings.level
        )
        limits.append(
            (float(np.exp(ends[0])), float(np.exp(ends[1]))) if contrast.scale == "risk_ratio" else ends
        )
    said = (Refusal("odds_bootstrap_excluded", values),) if found.separated.any() else ()
    return limits, None, said


def _result(
    formula: Formula,
    sample: Sample,
    settings: Settings,
    interval: str,
    rows: list[dict[str, Any]],
    notes: list[Note],
    frame: pd.DataFrame,
    model: Model,
) -> Result:
    if not rows:
        raise EstimationError("formula= has no single term to average over; name at least one predictor.")
    method = Method(
        estimator=f"odds_{settings.method}",
        estimand="marginal_effects",
        interval=f"marginal_{interval}",
        level=settings.level,
        test="odds_test_wald" if interval == "delta" else "",
        missing="complete_cases",
        seed=settings.seed if interval == "bootstrap" else None,
        references=("10.1016/j.jclinepi.2006.12.001",),
    )
    columns = list(dict.fromkeys([formula.outcome, *formula.predictors]))
    return Result(
        "marginal_effects",
        estimates_frame(rows),
        sample.flow,
        method,
        Base(name="analysed", n=int(sample.complete.sum())),
        notes=(*sample.notes, *notes),
        extras=LaterFrames({"support": support_columns([model]), "models": model_columns([model])}),
        source=Source.of(frame=frame[columns]).with_rows_of(frame),
    )
