"""Controlled rounding: every count to a multiple of a base, so that all sums still hold.

The true count stays within one base of what is shown where that can be had, else within two.
"""

from __future__ import annotations

import numpy as np

from ipseval.reporting.disclosure.pattern.attack import Floats, InfeasibleError, Ints, Need, Problem
from ipseval.reporting.disclosure.pattern.solver import milp

TRIES = 25


def rounded(problem: Problem, base: int) -> Ints:
    """Round all counts additively, as near to the truth as can be, so that no small count can be told.

    Raises
    ------
    InfeasibleError
        When no additive rounding within two bases keeps every need possible.
    """
    known = ~(problem.forced | problem.free | problem.gone) & (problem.values > 0)
    if (problem.values[known] % base).any():
        raise InfeasibleError(
            "the ledger holds an earlier release of these people, beside which counts cannot be rounded: say "
            "method='suppress'."
        )
    rng = np.random.default_rng(1)
    for reach in (1, 2):
        for attempt in range(TRIES):
            weight = np.where(problem.gone, 0.01, 1.0) * (1 + attempt * rng.random(len(problem.values)))
            shown = _nearest(problem, base, reach, weight)
            if shown is None:
                break
            if all(_believable(problem, shown, need, base * reach) for need in problem.needs):
                return shown
    raise InfeasibleError(
        "no rounding keeps all sums and every small count apart: join categories or groups, or hide cells."
    )


def _nearest(problem: Problem, base: int, reach: int, weight: Floats) -> Ints | None:
    """The additive multiples of the base with the least weighted distance from the truth."""
    from scipy.optimize import Bounds, LinearConstraint

    size = len(problem.values)
    near = problem.values / base
    low = np.maximum(np.floor(near) - (reach - 1), 0)
    high = np.where(problem.values > 0, np.ceil(near) + (reach - 1), 0)
    used = problem.relations[np.any(problem.relations != 0, axis=1)]
    one = np.eye(size)
    apart = np.vstack([np.hstack([one, -one]), np.hstack([-one, -one])])
    limits = [LinearConstraint(apart, -np.inf, np.concatenate([near, -near]))]
    if len(used):
        limits.append(LinearConstraint(np.hstack([used, np.zeros(used.shape)]), 0, 0))
    most = np.concatenate([high, np.full(size, np.inf)])
    found = milp(
        np.concatenate([np.zeros(size), weight]),
        constraints=limits,
        bounds=Bounds(np.concatenate([low, np.zeros(size)]), most),
        integrality=np.repeat(np.array([1, 0], dtype=np.int64), size),
    )
    return None if found.x is None else (np.round(found.x[:size]) * base).astype(np.int64)


def _believable(problem: Problem, shown: Ints, need: Need, width: int) -> bool:
    """Whether whole counts near all that is shown have the target in the cell."""
    from scipy.optimize import Bounds, LinearConstraint

    low = np.maximum(shown - width + 1, 0).astype(float)
    high = (shown + width - 1).astype(float)
    low[problem.gone], high[problem.gone] = 0, float(problem.values.max() + 5 * width)
    zero = (problem.values == 0) & ~problem.gone
    low[zero] = high[zero] = 0
    if not low[need.cell] <= need.target <= high[need.cell]:
        return False
    low[need.cell] = high[need.cell] = need.target
    size = len(shown)
    found = milp(
        np.zeros(size), constraints=[LinearConstraint(problem.relations, 0, 0)], bounds=Bounds(low, high),
        integrality=np.ones(size, dtype=np.int64),
    )  # fmt: skip
    return found.x is not None
