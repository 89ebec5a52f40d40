"""How many single persons a verdict hangs on: a count, never a person."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.firth import leverages
from ipseval.analysis.kernels.logit import Array, Fit
from ipseval.analysis.kernels.logit_exact import exact_odds_ratio
from ipseval.analysis.kernels.logit_resample import deletion_tests
from ipseval.analysis.odds_model import Model, all_tests, fit_by
from ipseval.analysis.odds_settings import TEST_OF, Settings
from ipseval.core.later import Columns
from ipseval.core.tails import chi2_upper

EVERYONE = 300
"""Up to this many persons everyone is left out in turn; above, the candidates of a one-step screen."""
CANDIDATES = 30
WHICH = {"lr": 0, "wald": 1, "score": 2}


@dataclass(frozen=True)
class Hang:
    """For one row: deletions that change the verdict, those that leave no finite answer, how it was found.

    `least` says that the count is a lower bound, since every candidate of the screen changed the verdict.
    """

    contrast: str
    term: str
    flips: int
    without_answer: int
    n: int
    screened: bool
    least: bool


def influence_of(model: Model, settings: Settings) -> list[Hang]:
    """Count, for every coefficient of a model, the single deletions that change its verdict."""
    test = TEST_OF[settings.interval]
    if test == "exact":
        return _exact(model, settings)
    if model.fit is None or model.lines is None or test not in model.tests:
        return []
    if model.method == "flac":
        return _refitted(model, settings, test) if model.n <= EVERYONE else []
    return [_coefficient(model, settings, test, place) for place in range(model.parameters)]


def influence_columns(found: list[Hang]) -> Columns:
    """Return one row per coefficient with the counts."""
    return {field.name: [getattr(h, field.name) for h in found] for field in fields(Hang)}


def _coefficient(model: Model, settings: Settings, test: str, place: int) -> Hang:
    fit, alpha = model.fit, 1.0 - settings.level
    assert fit is not None  # checked by the caller
    significant = model.tests[test][place].p < alpha
    screened = model.n > EVERYONE
    rows = _screen(fit, place + 1, significant) if screened else np.arange(model.n)
    *statistics, lacking = deletion_tests(fit, [[place + 1]], rows)
    p = chi2_upper(statistics[WHICH[test]][0], 1.0)
    changed = ((p < alpha) != significant) & ~lacking
    flips = int(changed.sum())
    least = screened and flips == len(rows)
    name = model.design.names[place]
    return Hang(model.contrast, name, flips, int(lacking.sum()), model.n, screened, least)


def _screen(fit: Fit, index: int, significant: bool) -> NDArray[np.intp]:
    """Return the persons whose absence moves a slope most towards the other verdict, by one Newton step."""
    problem = fit.problem
    scaled = fit.cov @ np.linalg.inv(problem.transform()).T
    pull = scaled[index] @ problem.z.T
    moved = -pull * (problem.y - fit.fitted) / (1.0 - leverages(fit))
    wanted = moved * np.sign(fit.beta[index]) * (-1.0 if significant else 1.0)
    return np.asarray(np.argsort(-wanted, kind="stable")[:CANDIDATES])


def _refitted(model: Model, settings: Settings, test: str) -> list[Hang]:
    """Do the same for FLAC, whose pseudo-rows change with every deletion."""
    alpha = 1.0 - settings.level
    x = model.design.matrix()
    before = np.array([t.p < alpha for t in model.tests[test]])
    flips = np.zeros(model.parameters, dtype=int)
    lacking = 0
    for i in range(model.n):
        p = _without(model, x, i, test)
        lacking += int(p is None)
        flips += 0 if p is None else (p < alpha) != before
    names = model.design.names
    return [
        Hang(model.contrast, t, int(f), lacking, model.n, False, False)
        for t, f in zip(names, flips, strict=True)
    ]


def _without(model: Model, x: Array, row: int, test: str) -> Array | None:
    left = np.arange(model.n) != row
    if np.linalg.matrix_rank(x[left]) < x.shape[1]:
        return None
    tests, _ = all_tests(fit_by("flac", x[left], model.y[left]), model.design)
    return np.array([t.p for t in tests[test]])


def _exact(model: Model, settings: Settings) -> list[Hang]:
    if len(model.design.names) != 1 or (model.refusals and model.separation is None):
        return []
    x = model.design.blocks[0].values[:, 0]
    if not np.isin(x, [x.min(), x.max()]).all():
        return []
    up, alpha = x == x.max(), 1.0 - settings.level
    cells = np.array([[np.sum((up == e) & (model.y == o)) for o in (1, 0)] for e in (True, False)])
    before = _exact_p(cells, settings.level) < alpha
    flips = 0
    for place in np.argwhere(cells > 0):
        fewer = cells.copy()
        fewer[tuple(place)] -= 1
        flips += int(cells[tuple(place)]) * int((_exact_p(fewer, settings.level) < alpha) != before)
    return [Hang(model.contrast, model.design.names[0], flips, 0, model.n, False, False)]


def _exact_p(cells: NDArray[np.int_], level: float) -> float:
    (a, b), (c, d) = cells.tolist()
    return exact_odds_ratio(a, a + b, c, c + d, level).p
