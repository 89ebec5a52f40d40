"""Fit one logistic model of a table and read off, per coefficient, estimate, interval and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.formula_design import Design
from ipseval.analysis.kernels.firth import flac_problem
from ipseval.analysis.kernels.logit import Fit, fit_logit, held_at, safe_solve
from ipseval.analysis.kernels.logit_resample import (
    bca_limits,
    deletion_fits,
    resample_counts,
    resample_fits,
)
from ipseval.analysis.kernels.profile import profile_limits, score_limits
from ipseval.analysis.kernels.separation import (
    Separation,
    find_separation,
    no_separation,
    proves_overlap,
)
from ipseval.analysis.kernels.separation_limits import Limit, separated_limits, supremum_loglik
from ipseval.analysis.odds_settings import Settings
from ipseval.core.tails import chi2_upper, normal_quantile, normal_two_sided

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Refusal:
    """Why a model, or one of its columns, has no answer: a code with its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tested:
    """One test of a coefficient or factor: statistic, degrees of freedom (`below`: those under an F), p."""

    statistic: float
    df: float
    p: float
    below: float = float("nan")


@dataclass(frozen=True, eq=False)
class Lines:
    """Log odds ratios of all slopes with standard errors and limits; `reason` where there are no limits.

    An estimate may be infinite, and then its standard error is NaN.
    """

    beta: Array
    std_error: Array
    low: Array
    high: Array
    reason: Refusal | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """One model of the table.

    `refusals` maps a row name, or "" for all rows, to the reason.  `tests` maps a test's name to one
    entry per coefficient (intercept left out); `global_tests` to one per block.  `said` are remarks on
    the whole model.
    """

    contrast: str
    design: Design
    y: Array
    method: str
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    separation: Separation | None = None
    fit: Fit | None = None
    lines: Lines | None = None
    tests: Mapping[str, list[Tested]] = field(default_factory=dict)
    global_tests: Mapping[str, list[Tested]] = field(default_factory=dict)
    said: tuple[Refusal, ...] = ()
    people: NDArray[np.intp] | None = None

    @property
    def n(self) -> int:
        """Number of rows; of persons too, unless `people` says who stands in several."""
        return len(self.y)

    @property
    def events(self) -> int:
        """Number of rows with the event."""
        return int(self.y.sum())

    @property
    def persons(self) -> int:
        """Number of distinct persons."""
        return self.count(np.ones(self.n, dtype=bool))

    @property
    def persons_with_event(self) -> int:
        """Number of distinct persons with the event in any row."""
        return self.count(self.y > 0.5)

    def count(self, mask: NDArray[np.bool_]) -> int:
        """Count distinct persons among the marked rows."""
        return int(mask.sum()) if self.people is None else len(np.unique(self.people[mask]))

    @property
    def parameters(self) -> int:
        """Number of coefficients beside the intercept."""
        return len(self.design.names)

    @cached_property
    def condition(self) -> float:
        """Condition number of the scaled columns that were fitted, NaN where nothing was."""
        if self.fit is None:
            return float("nan")
        return float(np.linalg.cond(self.fit.problem.z[: self.n, : self.parameters + 1]))

    def refusal(self, name: str) -> Refusal | None:
        """Return why a row is refused, or None."""
        return self.refusals.get(name) or self.refusals.get("")


def fit_model(contrast: str, design: Design, y: Array, settings: Settings) -> Model:
    """Check a model before fitting it, fit it, and compute interval and tests."""
    method = settings.method
    reasons = data_refusals(design, y)
    if reasons:
        return Model(contrast, design, y, method, reasons)
    x = design.matrix()
    separation, plain = decide(x, y)
    if separation.found and method == "ml":
        if settings.separated == "infinite":
            return infinite_model(contrast, design, y, separation, settings)
        if settings.separated == "refuse":
            return Model(contrast, design, y, method, separation_refusals(design, separation, y), separation)
        method = "firth"
    fit = plain if method == "ml" and plain is not None else fit_by(method, x, y)
    if not fit.converged:
        return Model(contrast, design, y, method, {"": Refusal("odds_not_converged")}, separation, fit)
    lines, said = lines_of(fit, len(design.names), settings.interval, settings)
    tests, overall = all_tests(fit, design)
    return Model(contrast, design, y, method, {}, separation, fit, lines, tests, overall, said)


SOON = 25
"""Newton steps within which a fit settles where data do not nearly separate."""


def decide(x: Array, y: Array) -> tuple[Separation, Fit | None]:
    """Decide separation: by the residuals of a settled fit where they prove there is none, else by programme.

    Returns the fit as well where it was the proof.
    """
    fit = fit_logit(x, y, most=SOON)
    if fit.converged and proves_overlap(fit.problem.z, y - fit.fitted):
        return no_separation(*x.shape), fit
    return find_separation(x, y), None


def infinite_model(
    contrast: str, design: Design, y: Array, separation: Separation, settings: Settings
) -> Model:
    """Report what the likelihood of separated data still says: infinite estimates, one finite limit."""
    x = design.matrix()
    found, refusals = [], {}
    for j, name in enumerate(design.names, start=1):
        limit = separated_limits(x, y, j, int(separation.direction[j]), settings.level)
        if limit is None:
            refusals[name] = Refusal("odds_undetermined", {"term": name})
        found.append(limit or Limit(*[np.nan] * 5))
    beta, error, low, high = np.array([[f.estimate, f.std_error, f.low, f.high] for f in found]).T
    lines = Lines(beta, error, low, high)
    tests = {"lr": _chi2(np.array([f.ratio for f in found]), np.ones(len(found)))}
    top = supremum_loglik(x, y)
    without = [supremum_loglik(np.delete(x, np.arange(s.start, s.stop), axis=1), y) for s in design.spans()]
    drop = np.maximum(2.0 * (top - np.array(without)), 0.0)
    joint = _chi2(drop, np.array([float(len(b.names)) for b in design.blocks]))
    return Model(contrast, design, y, "ml", refusals, separation, None, lines, tests, {"lr": joint})


def fit_by(method: str, x: Array, y: Array) -> Fit:
    """Fit by maximum likelihood, by Firth's penalised likelihood, or by FLAC."""
    if method == "flac":
        problem = flac_problem(x, y)
        return fit_logit(problem.z, problem.y, problem=problem)
    return fit_logit(x, y, penalised=method in ("firth", "flic"))


def data_refusals(design: Design, y: Array) -> dict[str, Refusal]:
    """Find what makes a model impossible before any fitting, naming the guilty column."""
    events = int(y.sum())
    if len(y) == 0:
        return {"": Refusal("odds_nobody")}
    if events in (0, len(y)):
        return {"": Refusal("odds_one_class", {"n": len(y)})}
    return design_refusals(design, len(y), len(design.names) + 1)


def design_refusals(design: Design, n: int, parameters: int) -> dict[str, Refusal]:
    """Find what is wrong with the columns alone: constant, too many, or told by one another."""
    constant = [b for b in design.blocks if b.values.shape[1] == 0 or (np.ptp(b.values, axis=0) == 0).all()]
    if constant:
        return {"": Refusal("odds_constant", {"column": constant[0].term.name, "n": n})}
    if parameters >= n:
        return {"": Refusal("odds_more_parameters", {"parameters": parameters, "n": n})}
    dependent = dependent_column(design)
    if dependent:
        return {"": Refusal("odds_collinear", {"column": dependent[0], "others": dependent[1]})}
    return {}


def dependent_column(design: Design) -> tuple[str, str] | None:
    """Return the first column that the intercept and earlier columns already tell, and which those are."""
    x = design.matrix()
    scale = np.abs(x).max(axis=0)
    x = (x - np.concatenate([[0.0], x[:, 1:].mean(axis=0)])) / np.where(scale > 0, scale, 1.0)
    if _clearly_independent(x):
        return None
    names = ("", *design.names)
    kept = [0]
    for j in range(1, x.shape[1]):
        solution, *_ = np.linalg.lstsq(x[:, kept], x[:, j], rcond=None)
        left = x[:, j] - x[:, kept] @ solution
        if np.sqrt((left**2).sum()) <= 1e-9 * max(float(np.sqrt((x[:, j] ** 2).sum())), 1e-300):
            told = [names[k] for k, b in zip(kept, solution, strict=True) if k and abs(b) > 1e-8]
            return names[j], " + ".join(told)
        kept.append(j)
    return None


def _clearly_independent(x: Array) -> bool:
    """Say whether no column is nearly told by earlier ones: what is left of each is on the diagonal."""
    left = np.abs(np.diagonal(np.linalg.qr(x, mode="r")))
    return len(left) == x.shape[1] and bool((left > 1e-8 * np.sqrt((x**2).sum(axis=0))).all())


def separation_refusals(design: Design, separation: Separation, y: Array) -> dict[str, Refusal]:
    """Refuse every row of a separated model, naming for all the levels or columns that separate."""
    named = one_sided_levels(design, y)
    if not named:
        running = zip(design.names, separation.direction[1:], strict=True)
        named = [name for name, way in running if way]
    values = {"columns": ", ".join(named), "n": int(separation.decided.sum())}
    code = "odds_separated_complete" if separation.kind == "complete" else "odds_separated"
    return {"": Refusal(code, values)}


def one_sided_levels(design: Design, y: Array) -> list[str]:
    """Return the levels, the reference among them, in which everyone or no one has the event."""
    found = []
    for block in design.blocks:
        if not block.is_factor:
            continue
        inside = [block.values[:, k] > 0 for k in range(len(block.names))]
        rest = ~np.any(np.column_stack(inside), axis=1)
        for name, mask in zip((block.reference, *block.names), (rest, *inside), strict=True):
            if mask.any() and y[mask].min() == y[mask].max():
                found.append(name)
    return found


def lines_of(fit: Fit, slopes: int, interval: str, settings: Settings) -> tuple[Lines, tuple[Refusal, ...]]:
    """Return all slopes with the limits of one kind of interval, and what is to be said of the model."""
    index = np.arange(1, slopes + 1)
    beta, error = fit.beta[index], np.sqrt(np.diag(fit.cov))[index]
    if interval == "bootstrap":
        return bootstrap_lines(fit, slopes, settings)
    if interval == "profile":
        return Lines(beta, error, *profile_limits(fit, index, settings.level)), ()
    if interval == "score":
        return Lines(beta, error, *score_limits(fit, index, settings.level)), ()
    half = normal_quantile(settings.level) * error
    return Lines(beta, error, beta - half, beta + half), ()


MOST_SEPARATED = 0.01
"""Share of resamples without a finite answer above which a maximum-likelihood bootstrap is refused."""


def bootstrap_lines(fit: Fit, slopes: int, settings: Settings) -> tuple[Lines, tuple[Refusal, ...]]:
    """Return BCa limits, or the reason why a bootstrap cannot be believed here."""
    index = np.arange(1, slopes + 1)
    beta, error = fit.beta[index], np.sqrt(np.diag(fit.cov))[index]
    rng = np.random.default_rng(settings.seed)
    found = resample_fits(fit, resample_counts(fit.problem.n, settings.resamples, rng))
    deleted = deletion_fits(fit)
    none = np.full(slopes, np.nan)
    values = {"n": int(found.separated.sum()), "resamples": settings.resamples}
    if found.share_separated > MOST_SEPARATED:
        return Lines(beta, error, none, none, Refusal("odds_bootstrap_separates", values)), ()
    if deleted.separated.any():
        reason = Refusal("odds_bootstrap_deletion", {"n": int(deleted.separated.sum())})
        return Lines(beta, error, none, none, reason), ()
    draws = found.beta[~found.separated]
    pairs = [bca_limits(fit.beta[j], draws[:, j], deleted.beta[:, j], settings.level) for j in index]
    low, high = np.array(pairs).T
    said = (Refusal("odds_bootstrap_excluded", values),) if found.separated.any() else ()
    return Lines(beta, error, low, high), said


def all_tests(fit: Fit, design: Design) -> tuple[dict[str, list[Tested]], dict[str, list[Tested]]]:
    """Return likelihood-ratio, Wald and (without penalty) score tests per coefficient and per block."""
    singles = [[j] for j in range(1, len(design.names) + 1)]
    spans = [list(range(s.start, s.stop)) for s in design.spans()]
    groups = singles + [span for span in spans if len(span) > 1]
    nulls = held_at(fit, groups)
    df = np.array([float(len(group)) for group in groups])
    ratio = np.where(nulls.converged, np.maximum(2.0 * (fit.objective - nulls.loglik), 0.0), np.nan)
    found = {"lr": _chi2(ratio, df), "wald": _wald(fit, groups)}
    if not fit.problem.penalised and fit.problem.weights is None:
        # The scores of the coefficients that are not held are zero, so that the whole form is theirs.
        score = np.array([_only(s, g) for s, g in zip(nulls.score, groups, strict=True)])
        found["score"] = _chi2(np.einsum("ki,ki->k", score, safe_solve(nulls.info, score)), df)
    place = [groups.index(span) for span in spans]
    cut = len(singles)
    joint = {test: [entries[k] for k in place] for test, entries in found.items()}
    return {test: entries[:cut] for test, entries in found.items()}, joint


def _only(score: Array, group: list[int]) -> Array:
    kept = np.zeros_like(score)
    kept[group] = score[group]
    return kept


def _chi2(statistic: Array, df: Array) -> list[Tested]:
    p = chi2_upper(statistic, df)
    return [Tested(*map(float, entry)) for entry in zip(statistic, df, p, strict=True)]


def _wald(fit: Fit, groups: list[list[int]]) -> list[Tested]:
    """Return z of single coefficients and chi-square of several."""
    z = fit.beta / np.sqrt(np.diag(fit.cov))
    p = normal_two_sided(z)
    found = []
    for group in groups:
        if len(group) == 1:
            found.append(Tested(float(z[group[0]]), np.nan, float(p[group[0]])))
            continue
        part = fit.beta[group]
        value = float(part @ np.linalg.solve(fit.cov[np.ix_(group, group)], part))
        found += _chi2(np.array([value]), np.array([float(len(group))]))
    return found
