"""Outcomes of more than two classes, ordered or not, and risk ratios: the table form of odds ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Formula, parse_formula
from ipseval.analysis.formula_design import Design, design_of, empty_design
from ipseval.analysis.kernels import softmax
from ipseval.analysis.kernels.logit_robust import heteroskedastic
from ipseval.analysis.odds_class_rows import Found, Task, class_rows, class_support, parallel_frame
from ipseval.analysis.odds_evidence import event_codes, odds_evidence, one_model
from ipseval.analysis.odds_model import Refusal, design_refusals
from ipseval.analysis.odds_sample import Sample, read_sample
from ipseval.core.checks import require_columns, require_frame, require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]


def ordinal_odds(
    formula: str,
    frame: pd.DataFrame,
    *,
    order: Sequence[object],
    interval: str = "profile",
    level: float = 0.95,
    per: Mapping[str, float] | None = None,
    reference: Mapping[str, object] | None = None,
    id: str | None = None,
) -> Result:
    """Compare the odds of a higher class between persons (proportional odds).

    Parameters
    ----------
    formula, frame, per, reference, id
        As in `odds_ratios`.
    order
        The outcome's codes from lowest to highest, at least three.
    interval
        "profile" (with the likelihood-ratio test) or "wald".
    level
        Confidence level, in (0, 1).

    Returns
    -------
    Result
        As `odds_ratios`; an odds ratio above 1 speaks for higher classes, at every cut alike.
        `extras["parallel"]` has Brant's test of that, over all predictors (term "") and for each; where it
        rejects, or cannot be had because a cut alone separates, a note says so.

    Raises
    ------
    EstimationError
        For a code outside `order`, and as `odds_ratios`.

    Assumptions
    -----------
    The odds ratio is the same at every cut between classes.

    Missing data
    ------------
    As `odds_ratios`.

    Checked against
    ---------------
    tests/oracles/odds_classes (R: MASS::polr; limits and Brant's test by a second implementation).

    References
    ----------
    McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x; Brant 1990, doi:10.2307/2532457.
    """
    return _classes(
        formula, frame, list(order), "order", _ordinal_task, "odds_ordinal",
        interval=interval, level=level, per=per, reference=reference, id=id,
    )  # fmt: skip


def multinomial_odds(
    formula: str,
    frame: pd.DataFrame,
    *,
    classes: Sequence[object],
    interval: str = "profile",
    level: float = 0.95,
    per: Mapping[str, float] | None = None,
    reference: Mapping[str, object] | None = None,
    id: str | None = None,
) -> Result:
    """Compare the odds of each class against the first, such as job, flexjob and education against none.

    Parameters
    ----------
    formula, frame, interval, level, per, reference, id
        As in `ordinal_odds`.
    classes
        The outcome's codes, at least three; the first is what the others are compared with.

    Returns
    -------
    Result
        As `odds_ratios`, with a set of rows per class; `outcome` names the class ("status[job]") and
        `n_events` counts its persons.

    Raises
    ------
    EstimationError
        For a code outside `classes`, and as `odds_ratios`.

    Assumptions
    -----------
    Independent persons; taking a class away would leave the odds between the others as they are.

    Missing data
    ------------
    As `odds_ratios`.

    Checked against
    ---------------
    tests/oracles/odds_classes (R: nnet::multinom; limits by a second implementation).
    """
    return _classes(
        formula, frame, list(classes), "classes", _multinomial_task, "odds_multinomial",
        interval=interval, level=level, per=per, reference=reference, id=id,
    )  # fmt: skip


def risk_ratios(
    formula: str,
    frame: pd.DataFrame,
    *,
    level: float = 0.95,
    per: Mapping[str, float] | None = None,
    reference: Mapping[str, object] | None = None,
    event: object = None,
    id: str | None = None,
) -> Result:
    """Compare risks between persons as ratios, by Poisson regression with robust standard errors.

    Parameters
    ----------
    formula, frame, level, per, reference, event, id
        As in `odds_ratios`.

    Returns
    -------
    Result
        As `odds_ratios`, with risk ratios, Wald intervals and Wald's test.

    Raises
    ------
    EstimationError
        As `odds_ratios`.

    Assumptions
    -----------
    Predictors act multiplicatively on the risk; a predicted risk may exceed 1 where risks are high.

    Missing data
    ------------
    As `odds_ratios`.

    Checked against
    ---------------
    tests/oracles/odds_robust (R: glm with sandwich's HC0).

    References
    ----------
    Zou 2004, doi:10.1093/aje/kwh090.
    """
    require_level(level)
    parsed = _parsed(formula, frame, id)
    sample = read_sample(parsed, frame, event=event, id=id)
    design, y = _design(parsed, sample, per, reference)
    reason = _reason(design, y, 2)
    found: Found | None = None
    if reason is None:
        x = _scaled(design)[0]
        if softmax.counts_recede(x, y):
            reason = Refusal("odds_class_separated", {"outcome": parsed.outcome})
        else:
            start = np.zeros(x.shape[1])
            start[0] = np.log(y.mean())
            task = Task(softmax.counts(x, y), start, (parsed.outcome,), (1,), (int(y.sum()),), "risk_ratio")
            best = softmax.climb(task.likelihood, start)
            robust = heteroskedastic(best.cov, x, y - np.exp(x @ best.theta))
            found = Found(task, softmax.Optimum(best.theta, best.loglik, robust, best.converged))
    rows, notes = class_rows(design, (parsed.outcome,), found, reason, "wald", level, len(y), "risk_ratio")
    extras = {"support": class_support(design, y, ["without", "with"])}
    result = _result("risk_ratios", "odds_poisson", parsed, sample, rows, notes, "wald", level, frame, extras)
    model, events = one_model(parsed, sample, design), event_codes(parsed, frame, sample.outcome)
    return replace(result, evidence=odds_evidence(parsed, frame, id, [(r, model) for r in rows], events))


TaskMaker = Callable[[str, Array, NDArray[np.int_], list[str]], tuple[Task, bool]]


def _classes(
    formula: str,
    frame: pd.DataFrame,
    codes: list[object],
    argument: str,
    maker: TaskMaker,
    estimator: str,
    *,
    interval: str,
    level: float,
    per: Mapping[str, float] | None,
    reference: Mapping[str, object] | None,
    id: str | None,
) -> Result:
    require_level(level)
    require_option(interval, ("profile", "wald"), argument="interval")
    parsed = _parsed(formula, frame, id)
    texts = [code_text(c) for c in codes]
    if len(set(texts)) != len(texts) or len(texts) < 3:
        raise EstimationError(f"{argument}= must name at least three different codes of {parsed.outcome!r}.")
    sample = read_sample(parsed, frame, id=id, classes=_numbered(frame[parsed.outcome], texts, argument))
    design, y = _design(parsed, sample, per, reference)
    names = [f"{parsed.outcome}[{t}]" for t in texts]
    outcomes = (parsed.outcome,) if maker is _ordinal_task else tuple(names[1:])
    reason, found = _reason(design, y, len(texts)), None
    if reason is None:
        task, recedes = maker(parsed.outcome, _scaled(design)[0], y.astype(int), names)
        best = None if recedes else softmax.climb(task.likelihood, task.start)
        if best is None:
            reason = Refusal("odds_class_separated", {"outcome": parsed.outcome})
        elif not best.converged:
            reason = Refusal("odds_not_converged")
        else:
            found = Found(task, best)
    rows, notes = class_rows(design, outcomes, found, reason, interval, level, len(y), "odds_ratio")
    extras = {"support": class_support(design, y, names)}
    if maker is _ordinal_task and found is not None:
        extras["parallel"], said = parallel_frame(
            design, _scaled(design)[0], y.astype(int), len(texts), level
        )
        notes += said
    kind = estimator.removeprefix("odds_") + "_odds"
    result = _result(kind, estimator, parsed, sample, rows, notes, interval, level, frame, extras)
    model = one_model(parsed, sample, design, parts=len(outcomes))
    events = dict(zip(names, texts, strict=True))
    return replace(result, evidence=odds_evidence(parsed, frame, id, [(r, model) for r in rows], events))


def _parsed(formula: str, frame: pd.DataFrame, id: str | None) -> Formula:
    require_frame(frame)
    parsed = parse_formula(formula, [str(c) for c in frame.columns])
    if id is not None:
        require_columns(frame, [id], argument="id")
    return parsed


def _numbered(series: pd.Series, texts: list[str], argument: str) -> Array:
    """Turn codes into class numbers, NaN where missing."""
    missing = series.isna().to_numpy(dtype=bool)
    place = {t: float(k) for k, t in enumerate(texts)}
    given = [code_text(v.item() if isinstance(v, np.generic) else v) for v in series.astype(object)]
    outside = sum(g not in place for g, m in zip(given, missing, strict=True) if not m)
    if outside:
        raise EstimationError(
            f"{argument}= lacks the code of {outside} answered row(s) of {series.name!r}; name all codes, or "
            "set others to missing first."
        )
    return np.array([np.nan if m else place[g] for g, m in zip(given, missing, strict=True)])


def _design(
    formula: Formula, sample: Sample, per: Mapping[str, float] | None, reference: Mapping[str, object] | None
) -> tuple[Design, Array]:
    y = sample.outcome[sample.complete]
    data = sample.frame.loc[sample.complete]
    return (design_of(formula, data, reference=reference, per=per) if len(y) else empty_design(formula)), y


def _reason(design: Design, y: Array, classes: int) -> Refusal | None:
    if len(y) == 0:
        return Refusal("odds_nobody")
    found = len(np.unique(y))
    if found < classes:
        code = "odds_one_class" if classes == 2 or found == 1 else "odds_class_empty"
        return Refusal(code, {"n": len(y), "empty": classes - found})
    return design_refusals(design, len(y), (len(design.names) + 1) * max(classes - 1, 1)).get("")


def _scaled(design: Design) -> tuple[Array, Array]:
    x = design.matrix()
    spread = np.ones(x.shape[1])
    spread[1:] = x[:, 1:].std(axis=0)
    x[:, 1:] -= x[:, 1:].mean(axis=0)
    return x / spread, spread


def _ordinal_task(outcome: str, x: Array, y: NDArray[np.int_], names: list[str]) -> tuple[Task, bool]:
    count = len(names)
    below = np.cumsum(np.bincount(y, minlength=count))[:-1] / len(y)
    start = np.concatenate([np.log(below / (1.0 - below)), np.zeros(x.shape[1] - 1)])
    slopes = x[:, 1:]
    task = Task(softmax.ordered(slopes, y, count), start, (outcome,), (count - 1,), (None,))
    return task, softmax.ordered_recedes(slopes, y, count)


def _multinomial_task(outcome: str, x: Array, y: NDArray[np.int_], names: list[str]) -> tuple[Task, bool]:
    count, p = len(names), x.shape[1]
    first = tuple(k * p + 1 for k in range(count - 1))
    events = tuple(int((y == k).sum()) for k in range(1, count))
    task = Task(softmax.unordered(x, y, count), np.zeros((count - 1) * p), tuple(names[1:]), first, events)
    return task, softmax.unordered_recedes(x, y, count)


def _result(
    kind: str,
    estimator: str,
    formula: Formula,
    sample: Sample,
    rows: list[dict[str, Any]],
    notes: list[Note],
    interval: str,
    level: float,
    frame: pd.DataFrame,
    extras: dict[str, pd.DataFrame],
) -> Result:
    test = "odds_test_lr" if interval == "profile" else "odds_test_wald"
    scale = "risk_ratio" if kind == "risk_ratios" else "odds_ratio"
    said = [] if scale == "risk_ratio" else [Note("odds_not_probability")]
    columns = list(dict.fromkeys([formula.outcome, *formula.predictors]))
    return Result(
        kind,
        estimates_frame(rows),
        sample.flow,
        Method(estimator, scale, f"odds_{interval}", level, test, "complete_cases"),
        Base("analysed", int(sample.complete.sum())),
        notes=(*sample.notes, *said, *notes),
        extras=extras,
        source=Source.of(frame=frame[columns]).with_rows_of(frame),
    )
