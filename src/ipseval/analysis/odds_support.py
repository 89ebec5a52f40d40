"""What a table of odds ratios rests on: persons per level and outcome, and one line per model."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipseval.analysis.formula_design import Block
from ipseval.analysis.kernels.firth import flic_intercept
from ipseval.analysis.odds_model import Model
from ipseval.core.later import Columns, columns_of
from ipseval.core.tails import chi2_upper

SUPPORT = ("contrast", "term", "level", "row", "n", "n_events", "n_without")


def support_columns(models: list[Model]) -> Columns:
    """Return persons with and without the event per level of each factor, and the range of rows per number.

    One row per model, term and level; a numeric term has one row with level "".
    """
    rows: list[dict[str, Any]] = []
    for model in models:
        for block in model.design.blocks:
            if len(block.term.factors) == 1:
                rows += [{"contrast": model.contrast, **row} for row in _block_rows(model, block)]
    return columns_of(rows, SUPPORT)


def _block_rows(model: Model, block: Block) -> list[dict[str, Any]]:
    name = block.term.name
    if not block.is_factor:
        return [_counts(name, "", block.names[0], np.ones(model.n, dtype=bool), model)]
    inside = [block.values[:, k] > 0 for k in range(len(block.names))]
    rest = ~np.any(np.column_stack(inside), axis=1) if inside else np.ones(model.n, dtype=bool)
    masks = [rest, *inside]
    named = [block.reference, *block.names]
    return [_counts(name, lv, row, m, model) for lv, row, m in zip(block.levels, named, masks, strict=True)]


def _counts(term: str, level: str, row: str, mask: np.ndarray[Any, Any], model: Model) -> dict[str, Any]:
    n, events = model.count(mask), model.count(mask & (model.y > 0.5))
    without = model.count(mask & (model.y < 0.5))
    return {"term": term, "level": level, "row": row, "n": n, "n_events": events, "n_without": without}


MODEL = ("contrast", "term", "method", "n", "n_events", "n_parameters", "events_per_parameter", "separation")
FITTED = ("converged", "iterations", "condition", "loglik", "loglik_null", "lr", "lr_df", "lr_p",
          "intercept", "intercept_flic")  # fmt: skip


def model_columns(models: list[Model]) -> Columns:
    """Return one line per model: size, events per parameter, likelihoods, overall test, separation.

    `term` is the predictor of a univariable model and "" for the multivariable one;
    `loglik` is without penalty; `lr` compares with the model of the intercept alone.
    """
    return columns_of([_model_row(m) for m in models], (*MODEL, *FITTED))


def _model_row(model: Model) -> dict[str, Any]:
    least = min(model.events, model.n - model.events)
    row: dict[str, Any] = {
        "contrast": model.contrast,
        "term": model.design.blocks[0].term.name if model.contrast == "univariable" else "",
        "method": model.method,
        "n": model.persons,
        "n_events": model.persons_with_event,
        "n_parameters": model.parameters,
        "events_per_parameter": least / model.parameters if model.parameters else np.nan,
        "separation": model.separation.kind if model.separation is not None else "",
    }
    return row | _fit_values(model)


def _fit_values(model: Model) -> dict[str, Any]:
    fit = model.fit
    if fit is None:
        return dict.fromkeys(FITTED, np.nan) | {"converged": False}
    share = model.y.mean()
    null = model.n * float(share * np.log(share) + (1 - share) * np.log(1 - share))
    ratio = max(2.0 * (fit.loglik - null), 0.0)
    weighted = fit.problem.weights is not None
    values = (
        fit.converged, fit.iterations, model.condition, fit.loglik,
        np.nan if weighted else null, np.nan if weighted else ratio, float(model.parameters),
        np.nan if weighted else float(chi2_upper(ratio, model.parameters)), float(fit.beta[0]),
        flic_intercept(fit) if fit.problem.penalised else np.nan,
    )  # fmt: skip
    return dict(zip(FITTED, values, strict=True))
