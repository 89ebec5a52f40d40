"""Linear mixed model of persons over waves by REML, with the tests of Kenward and Roger.

The covariance of a person's answers is a sum of known matrices times variance components, so the formulas of
Kenward and Roger (1997, https://doi.org/10.2307/2533558) need no second derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import EstimationError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
EXACT = 1e-24
"""Variance left by the fixed columns, against the sum of squares, that is rounding and nothing else."""
SINGULAR = 1e-7
"""Eigenvalue of the random effects' covariance, against the residual variance, below which it is zero."""


@dataclass(frozen=True, eq=False)
class Person:
    """One person's rows: fixed columns, random columns, answers."""

    x: Floats
    z: Floats
    y: Floats


@dataclass(frozen=True, eq=False)
class MixedFit:
    """Coefficients, their Kenward-Roger covariance, variance components, and what tests need."""

    beta: Floats
    cov: Floats
    cov_plain: Floats
    residual_variance: float
    random_cov: Floats
    singular: bool
    loglik: float
    information_inverse: Floats
    derivatives: Floats


@dataclass(frozen=True)
class FTest:
    """Scaled F with numerator and Kenward-Roger denominator degrees of freedom."""

    statistic: float
    df_numerator: int
    df: float


def persons_of(x: Floats, z: Floats, y: Floats, ids: Ints) -> list[Person]:
    """Split rows by person."""
    order = np.argsort(ids, kind="stable")
    cuts = np.flatnonzero(np.diff(ids[order])) + 1
    return [Person(x[part], z[part], y[part]) for part in np.split(order, cuts)]


@dataclass(frozen=True, eq=False)
class _Stack:
    """Persons with equally many answers, (persons, answers, columns), so that they are computed together."""

    x: Floats
    z: Floats
    y: Floats

    def covariance(self, variance: float, g: Floats) -> Floats:
        """Covariance of each person's answers."""
        return np.asarray(variance * np.eye(self.y.shape[1]) + self.z @ g @ self.z.transpose(0, 2, 1))


def _stacked(people: list[Person], scale: float = 1.0) -> list[_Stack]:
    by_length: dict[int, list[Person]] = {}
    for person in people:
        by_length.setdefault(len(person.y), []).append(person)
    return [
        _Stack(np.stack([p.x for p in ps]), np.stack([p.z for p in ps]), np.stack([p.y / scale for p in ps]))
        for ps in by_length.values()
    ]


def fit_mixed(people: list[Person]) -> MixedFit:
    """Fit by restricted maximum likelihood."""
    from scipy import optimize

    q = people[0].z.shape[1]
    lower = np.tril_indices(q)
    # What the fixed columns leave, so that a steep trend does not make the components vanish beside 1.
    x, y = (np.concatenate(parts) for parts in ([p.x for p in people], [p.y for p in people]))
    scale = float(np.var(y - x @ np.linalg.lstsq(x, y)[0], ddof=1))
    if not scale > EXACT * float(y @ y):
        raise EstimationError(
            "every answer is the same, or waves and groups tell each answer exactly, so there is no "
            "variation over persons to model."
        )
    scaled = _stacked(people, float(np.sqrt(scale)))

    def components(free: Floats) -> tuple[float, Floats]:
        root = np.zeros((q, q))
        root[lower] = free[1:]
        return float(np.exp(2.0 * free[0])), root @ root.T

    def minus_loglik(free: Floats) -> float:
        return -_reml(scaled, *components(free))[0]

    start = np.zeros(1 + len(lower[0]))
    start[0] = np.log(0.7)
    start[1:][lower[0] == lower[1]] = 0.5
    found = optimize.minimize(minus_loglik, start, method="BFGS", options={"gtol": 1e-5})
    variance, g = components(np.asarray(found.x))
    singular = bool(np.linalg.eigvalsh(g).min() < SINGULAR * max(variance, 1e-12)) if q else False
    if not singular:
        variance, g = _polished(scaled, variance, g)
    return _finish(_stacked(people), variance * scale, g * scale, singular)


def _polished(people: list[_Stack], variance: float, g: Floats) -> tuple[float, Floats]:
    """Fisher scoring on the variance components: a few steps take BFGS's digits to the last ones."""
    lower = np.tril_indices(len(g))
    for _ in range(30):
        _, beta, phi = _reml(people, variance, g)
        sums = _derivatives(people, variance, g, beta, phi)
        step = np.linalg.solve(sums.information, sums.score)
        new = np.concatenate([[variance], g[lower]]) + step
        grown = np.zeros_like(g)
        grown[lower] = new[1:]
        grown = grown + np.tril(grown, -1).T
        if new[0] <= 0.0 or (len(g) and np.linalg.eigvalsh(grown).min() <= 0.0):
            break
        variance, g = float(new[0]), grown
        if np.max(np.abs(step)) < 1e-12:
            break
    return variance, g


@dataclass(frozen=True, eq=False)
class _Derivatives:
    """Score and expected information of the variance components, and X'V^-1 K V^-1 X with its sign turned."""

    score: Floats
    information: Floats
    first: Floats
    second: Floats


def _parts(stack: _Stack) -> list[Floats]:
    """The known matrices whose weighted sum is the covariance of a person's answers."""
    persons, answers = stack.y.shape
    parts = [np.broadcast_to(np.eye(answers), (persons, answers, answers))]
    for a, b in zip(*np.tril_indices(stack.z.shape[2]), strict=True):
        outer = stack.z[:, :, a, None] * stack.z[:, None, :, b]
        parts.append(outer if a == b else outer + outer.transpose(0, 2, 1))
    return parts


def _summed(left: Floats, right: Floats) -> Floats:
    """Sum of left' right over the persons of a stack."""
    return np.asarray(left.reshape(-1, left.shape[2]).T @ right.reshape(-1, right.shape[2]))


def _derivatives(people: list[_Stack], variance: float, g: Floats, beta: Floats, phi: Floats) -> _Derivatives:
    k, p = 1 + len(np.tril_indices(len(g))[0]), len(beta)
    first, second = np.zeros((k, p, p)), np.zeros((k, k, p, p))
    traces, single, quadratic = np.zeros((k, k)), np.zeros(k), np.zeros(k)
    for stack in people:
        inverse = np.linalg.inv(stack.covariance(variance, g))
        parts = _parts(stack)
        moved = [inverse @ part for part in parts]
        right = inverse @ stack.x
        residual = inverse @ (stack.y - stack.x @ beta)[:, :, None]
        across = [part @ right for part in parts]
        for r in range(k):
            first[r] -= _summed(right, across[r])
            single[r] += float(np.trace(moved[r], axis1=1, axis2=2).sum())
            quadratic[r] += float((residual * (parts[r] @ residual)).sum())
            for s in range(k):
                second[r, s] += _summed(across[r], inverse @ across[s])
                traces[r, s] += float((moved[r] * moved[s].transpose(0, 2, 1)).sum())
    turned = [phi @ first[r] for r in range(k)]
    score = np.array([-0.5 * (single[r] + np.trace(turned[r]) - quadratic[r]) for r in range(k)])
    information = np.empty((k, k))
    for r in range(k):
        for s in range(k):
            both = float(np.trace(turned[r] @ turned[s])) - 2.0 * float(np.trace(phi @ second[r, s]))
            information[r, s] = 0.5 * (traces[r, s] + both)
    return _Derivatives(score, information, first, second)


def _reml(people: list[_Stack], variance: float, g: Floats) -> tuple[float, Floats, Floats]:
    p = people[0].x.shape[2]
    both, logdet, n = np.zeros((p + 1, p + 1)), 0.0, 0
    for stack in people:
        root = np.linalg.cholesky(stack.covariance(variance, g))
        half = np.linalg.solve(root, np.concatenate([stack.x, stack.y[:, :, None]], axis=2))
        both += _summed(half, half)
        logdet += 2.0 * float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
        n += stack.y.size
    xx, xy, yy = both[:p, :p], both[:p, p], float(both[p, p])
    beta = np.linalg.solve(xx, xy)
    rest = yy - float(beta @ xy)
    log_xx = float(np.linalg.slogdet(xx)[1])
    loglik = -0.5 * (logdet + log_xx + rest + (n - p) * np.log(2.0 * np.pi))
    return float(loglik), np.asarray(beta, dtype=np.float64), np.asarray(np.linalg.inv(xx), dtype=np.float64)


def _finish(people: list[_Stack], variance: float, g: Floats, singular: bool) -> MixedFit:
    loglik, beta, phi = _reml(people, variance, g)
    sums = _derivatives(people, variance, g, beta, phi)
    first, second = sums.first, sums.second
    k = len(first)
    w = np.asarray(np.linalg.pinv(sums.information, hermitian=True), dtype=np.float64)
    inner = sum(w[r, s] * (second[r, s] - first[r] @ phi @ first[s]) for r in range(k) for s in range(k))
    adjusted = phi + 2.0 * phi @ inner @ phi
    return MixedFit(beta, adjusted, phi, variance, g, singular, loglik, w, first)


def f_test(fit: MixedFit, contrast: Floats) -> FTest:
    """Test `contrast @ beta = 0` by Kenward and Roger's scaled F; the rows must be independent."""
    rows = np.atleast_2d(contrast)
    count = len(rows)
    phi, w, first = fit.cov_plain, fit.information_inverse, fit.derivatives
    theta = rows.T @ np.linalg.inv(rows @ phi @ rows.T) @ rows
    k = len(w)
    moved = [theta @ phi @ first[r] @ phi for r in range(k)]
    a1 = sum(w[r, s] * np.trace(moved[r]) * np.trace(moved[s]) for r in range(k) for s in range(k))
    a2 = sum(w[r, s] * np.trace(moved[r] @ moved[s]) for r in range(k) for s in range(k))
    df, scaling = _denominator(float(a1), float(a2), count)
    value = rows @ fit.beta
    statistic = scaling / count * float(value @ np.linalg.solve(rows @ fit.cov @ rows.T, value))
    return FTest(statistic, count, df)


def _denominator(a1: float, a2: float, count: int) -> tuple[float, float]:
    """Kenward and Roger's degrees of freedom and scaling from their A1 and A2."""
    b = (a1 + 6.0 * a2) / (2.0 * count)
    g = ((count + 1.0) * a1 - (count + 4.0) * a2) / ((count + 2.0) * a2)
    below = 3.0 * count + 2.0 * (1.0 - g)
    c1, c2, c3 = g / below, (count - g) / below, (count + 2.0 - g) / below
    expected = 1.0 / (1.0 - a2 / count)
    spread = 2.0 / count * (1.0 + c1 * b) / ((1.0 - c2 * b) ** 2 * (1.0 - c3 * b))
    rho = spread / (2.0 * expected**2)
    df = 4.0 + (count + 2.0) / (count * rho - 1.0)
    return df, df / (expected * (df - 2.0))
