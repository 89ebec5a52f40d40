"""Does a model tell persons apart, and are its risks right?  Discrimination and calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.calibration_evidence import model_evidence, outside_evidence
from ipseval.analysis.formula import parse_formula
from ipseval.analysis.formula_design import design_of, empty_design, numbers_of, refuse_infinite
from ipseval.analysis.kernels.firth import flic_intercept
from ipseval.analysis.kernels.logit import Fit
from ipseval.analysis.kernels.logit_resample import resample_counts, resample_fits
from ipseval.analysis.kernels.roc import (
    auc,
    auc_delong,
    brier,
    calibration_intercept,
    calibration_slope,
    hosmer_lemeshow,
)
from ipseval.analysis.odds_model import MOST_SEPARATED, Refusal, fit_model
from ipseval.analysis.odds_sample import binary_outcome, read_sample
from ipseval.analysis.odds_settings import Settings
from ipseval.core.checks import require_columns, require_frame, require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame
from ipseval.core.tails import chi2_upper, expit, normal_quantile, normal_two_sided

Array = NDArray[np.float64]
MEASURES = ("auc", "brier", "calibration_intercept", "calibration_slope")
IDEAL = {"calibration_intercept": 0.0, "calibration_slope": 1.0}
REFERENCES = ("10.2307/2531595", "10.1002/sim.9148")


@dataclass(frozen=True)
class Measure:
    """One measure with its standard error."""

    name: str
    value: float
    error: float


def calibration(
    formula: str,
    frame: pd.DataFrame,
    *,
    method: str = "ml",
    level: float = 0.95,
    resamples: int = 500,
    seed: int = 20,
    hosmer_lemeshow: int | None = None,
    event: object = None,
    reference: dict[str, object] | None = None,
) -> Result:
    """Judge a logistic model on its own persons, and what is left when its optimism is taken off.

    Parameters
    ----------
    formula, frame, event, reference
        As in `odds_ratios`.
    method
        "ml", or "flic" (Firth's slopes with an intercept that predicts the observed share).
    level
        Confidence level, in (0, 1).
    resamples, seed
        Resamples (at least 100) and seed of the optimism correction; the model is fitted anew in each.
    hosmer_lemeshow
        Number of groups of that test; None (the default) leaves it out, since its verdict hangs on the
        grouping.

    Returns
    -------
    Result
        Rows "apparent" and "optimism_corrected" (in `contrast`) of AUC (0.5 to 1), Brier score (0 is
        perfect), calibration intercept (0 is right) and slope (1 is right; below 1 means risks too
        extreme).  The corrected interval is the apparent one moved by the optimism.

    Raises
    ------
    EstimationError
        As `odds_ratios`.

    Assumptions
    -----------
    New persons would come from where these came from.

    Missing data
    ------------
    As `odds_ratios`: persons complete in all columns.

    Checked against
    ---------------
    tests/oracles/odds_calibration (R: pROC, glm).

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595; Harrell, Lee and Mark 1996; Noma et al.
    2021, doi:10.1002/sim.9148 (the moved interval).
    """
    require_option(method, ("ml", "flic"), argument="method")
    require_level(level)
    if resamples < 100:
        raise EstimationError("resamples= must be at least 100 for an optimism correction; 500 is usual.")
    require_frame(frame)
    parsed = parse_formula(formula, [str(c) for c in frame.columns])
    sample = read_sample(parsed, frame, event=event, id=None)
    data, y = sample.frame.loc[sample.complete], sample.outcome[sample.complete]
    design = design_of(parsed, data, reference=reference) if len(y) else empty_design(parsed)
    model = fit_model("multivariable", design, y, Settings(method=method, interval="wald", level=level))
    if model.fit is None or model.refusal(""):
        reason, risk = model.refusal("") or Refusal("odds_not_converged"), None
        rows, told = _refused_rows(("apparent", "optimism_corrected"), reason)
    else:
        risk = expit(_linear(model.fit, model.fit.beta))
        rows, told = _judged_rows(model.fit, y, level, resamples, seed, hosmer_lemeshow)
    base = {"outcome": parsed.outcome, "n": len(y), "n_events": int(y.sum())}
    columns = list(dict.fromkeys([parsed.outcome, *parsed.predictors]))
    return Result(
        "calibration",
        estimates_frame([base | row for row in rows]),
        sample.flow,
        Method(
            f"calibration_{method}", "calibration_measures", "calibration_wald", level, "odds_test_wald",
            "complete_cases", seed, REFERENCES,
        ),
        Base("analysed", len(y)),
        notes=(*sample.notes, *told),
        source=Source.of(frame=frame[columns]),
        evidence=model_evidence(parsed, frame, sample.complete, y, risk, len(rows)),
    )  # fmt: skip


def discrimination(
    frame: pd.DataFrame,
    *,
    outcome: str,
    predicted: str,
    level: float = 0.95,
    hosmer_lemeshow: int | None = None,
    event: object = None,
) -> Result:
    """Judge risks that came from elsewhere: AUC, Brier score, calibration intercept and slope.

    Parameters
    ----------
    frame
        One row per person.
    outcome
        A yes/no column (0/1, False/True, or two values with `event=`).
    predicted
        A column of predicted risks, above 0 and below 1.
    level
        Confidence level, in (0, 1).
    hosmer_lemeshow
        Number of groups of that test; None leaves it out.
    event
        The code of the outcome that counts as the event.

    Returns
    -------
    Result
        One row per measure, with Wald intervals (DeLong's variance for the AUC).

    Raises
    ------
    EstimationError
        Where a predicted risk lies outside (0, 1).

    Assumptions
    -----------
    The risks were not fitted to these persons.

    Missing data
    ------------
    Persons lacking outcome or risk are left out and counted.

    Checked against
    ---------------
    tests/oracles/odds_calibration (R: pROC, glm).

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595.
    """
    require_level(level)
    require_columns(frame, [outcome, predicted], argument="outcome, predicted")
    refuse_infinite(frame, (predicted,))
    y = binary_outcome(frame[outcome], outcome, event)
    risk = numbers_of(frame[predicted], argument="predicted=")
    complete = ~np.isnan(y) & ~np.isnan(risk)
    y, risk = y[complete], risk[complete]
    outside = int(((risk <= 0) | (risk >= 1)).sum())
    if outside:
        raise EstimationError(
            f"predicted={predicted!r} has {outside} row(s) outside (0, 1); give risks, not scores or classes."
        )
    if len(y) == 0 or len(set(y)) == 1:
        reason = Refusal("odds_one_class", {"n": len(y)}) if len(y) else Refusal("odds_nobody")
        rows, told = _refused_rows(("external",), reason)
    else:
        measures = measures_of(np.log(risk) - np.log1p(-risk), y)
        rows = [{"contrast": "external"} | _row(m, level) for m in measures]
        told = _without_value(rows)
        if hosmer_lemeshow is not None:
            rows.append({"contrast": "external"} | _hl_row(risk, y, hosmer_lemeshow, 0))
            told.append(Note("calibration_hl", row=len(rows) - 1, values={"groups": hosmer_lemeshow}))
    base = {"outcome": outcome, "term": predicted, "n": len(y), "n_events": int(y.sum())}
    flow = sample_frame([("in_frame", "", len(frame)), ("analysed", "", len(y))])
    method = Method(
        "calibration_external", "calibration_measures", "calibration_wald", level, "odds_test_wald",
        "complete_cases", None, REFERENCES[:1],
    )  # fmt: skip
    return Result(
        "discrimination",
        estimates_frame([base | row for row in rows]),
        flow,
        method,
        Base("analysed", len(y)),
        notes=tuple(told),
        source=Source.of(frame=frame[[outcome, predicted]]),
        evidence=outside_evidence(frame, complete, y, risk, (outcome, predicted), len(rows)),
    )


def measures_of(linear: Array, y: Array) -> list[Measure]:
    """Return AUC, Brier score, calibration intercept and slope of predicted log odds."""
    risk = expit(linear)
    found = (
        auc_delong(linear, y),
        brier(risk, y),
        calibration_intercept(linear, y),
        calibration_slope(linear, y),
    )
    return [Measure(name, *pair) for name, pair in zip(MEASURES, found, strict=True)]


def _judged_rows(
    fit: Fit, y: Array, level: float, resamples: int, seed: int, groups: int | None
) -> tuple[list[dict[str, Any]], list[Note]]:
    linear = _linear(fit, fit.beta)
    measures = measures_of(linear, y)
    rows = [{"contrast": "apparent"} | _row(m, level) for m in measures]
    optimism, reason, told = _optimism(fit, y, resamples, seed)
    notes = [Note(t.code, values=t.values) for t in told]
    if reason is None:
        pairs = zip(measures, optimism, strict=True)
        moved = [Measure(m.name, m.value - o, m.error) for m, o in pairs]
        rows += [{"contrast": "optimism_corrected"} | _row(m, level) for m in moved]
    else:
        more, said = _refused_rows(("optimism_corrected",), reason, first=len(rows))
        rows, notes = rows + more, notes + said
    notes += _without_value(rows)
    if groups is not None:
        rows.append({"contrast": "apparent"} | _hl_row(expit(linear), y, groups, 2))
        notes.append(Note("calibration_hl", row=len(rows) - 1, values={"groups": groups}))
    return rows, notes


def _linear(fit: Fit, beta: Array) -> Array:
    """Return the predicted log odds of the persons, with FLIC's intercept where penalised."""
    moved = beta.copy()
    if fit.problem.penalised and beta is fit.beta:
        moved[0] = flic_intercept(fit)
    x = fit.problem.z * fit.problem.scale + fit.problem.centre
    return np.asarray(x @ moved)


def _optimism(
    fit: Fit, y: Array, resamples: int, seed: int
) -> tuple[Array, Refusal | None, tuple[Refusal, ...]]:
    """Return by how much each measure flatters: in the resample minus in the original, on average."""
    counts = resample_counts(fit.problem.n, resamples, np.random.default_rng(seed))
    found = resample_fits(fit, counts)
    values = {"n": int(found.separated.sum()), "resamples": resamples}
    one_class = np.array([len(set(y[c > 0])) == 1 for c in counts])
    usable = np.flatnonzero(~found.separated & ~one_class)
    if not fit.problem.penalised and found.share_separated > MOST_SEPARATED:
        return np.empty(0), Refusal("calibration_separates", values), ()
    if not len(usable):
        return np.empty(0), Refusal("calibration_separates", values), ()
    flatter = np.array([_flatters(fit, y, counts[k], found.beta[k]) for k in usable])
    told = (Refusal("calibration_excluded", values),) if len(usable) < resamples else ()
    known = ~np.isnan(flatter)
    total = np.where(known, flatter, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan), None, told


def _flatters(fit: Fit, y: Array, counts: NDArray[np.int64], beta: Array) -> Array:
    linear = _linear(fit, beta)
    picked = np.repeat(np.arange(len(y)), counts)
    if fit.problem.penalised:
        linear = linear + calibration_intercept(linear[picked], y[picked])[0]
    inside, outside = _plain(linear[picked], y[picked]), _plain(linear, y)
    return inside - outside


def _plain(linear: Array, y: Array) -> Array:
    return np.array(
        [
            auc(linear, y),
            brier(expit(linear), y)[0],
            calibration_intercept(linear, y)[0],
            calibration_slope(linear, y)[0],
        ]
    )


def _row(measure: Measure, level: float) -> dict[str, Any]:
    """Return a row with a Wald interval within the measure's range, and a test where 0 or 1 is ideal."""
    z = normal_quantile(level)
    low, high = measure.value - z * measure.error, measure.value + z * measure.error
    if measure.name in ("auc", "brier"):
        low, high = max(low, 0.0), min(high, 1.0)
    row = {
        "estimand": measure.name, "scale": measure.name, "estimate": measure.value,
        "std_error": measure.error, "ci_low": low, "ci_high": high, "conf_level": level,
    }  # fmt: skip
    if measure.name not in IDEAL:
        return row
    statistic = (measure.value - IDEAL[measure.name]) / measure.error
    return row | {"statistic": statistic, "p_value": float(normal_two_sided(statistic))}


def _without_value(rows: list[dict[str, Any]]) -> list[Note]:
    """Refuse, in place, rows whose measure does not exist, such as the slope of risks all alike."""
    notes = []
    for k, row in enumerate(rows):
        if row.get("status") != "refused" and np.isnan(row["estimate"]):
            kept = {name: row[name] for name in ("contrast", "estimand", "scale")}
            rows[k] = kept | {"status": "refused"}
            notes.append(Note("calibration_no_value", row=k, values={"measure": row["estimand"]}))
    return notes


def _hl_row(risk: Array, y: Array, groups: int, taken: int) -> dict[str, Any]:
    """Return the Hosmer-Lemeshow row; `taken` degrees of freedom go to a model fitted to these persons."""
    if not (isinstance(groups, int) and groups >= 3):
        raise EstimationError("hosmer_lemeshow= must be a whole number of groups, at least 3; 10 is usual.")
    statistic, used = hosmer_lemeshow(risk, y, groups)
    df = float(max(used - taken, 1))
    return {
        "estimand": "hosmer_lemeshow", "scale": "test", "statistic": statistic, "df": df,
        "p_value": float(chi2_upper(statistic, df)),
    }  # fmt: skip


def _refused_rows(
    contrasts: tuple[str, ...], reason: Refusal, first: int = 0
) -> tuple[list[dict[str, Any]], list[Note]]:
    rows = [
        {"contrast": c, "estimand": m, "scale": m, "status": "refused"} for c in contrasts for m in MEASURES
    ]
    return rows, [Note(reason.code, row=first + k, values=reason.values) for k in range(len(rows))]
