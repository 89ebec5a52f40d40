"""Controlled rounding: every count to a multiple of a base, so that all sums still hold.

The true count stays within one base of what is shown where that can be had, else within two.
"""

from __future__ import annotations

import numpy as np

from ipseval.reporting.disclosure.attack import Ints, Need, Problem
from ipseval.reporting.disclosure.suppress import Infeasible

TRIES = 25


def rounded(problem: Problem, base: int) -> Ints:
    """Round all counts additively, as near to the truth as can be, so that no small count can be told.

    Raises
    ------
    Infeasible
        When no additive rounding within two bases keeps every need possible.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    size = len(problem.values)
    used = problem.relations[np.any(problem.relations != 0, axis=1)]
    known = ~(problem.forced | problem.free | problem.gone)
    fixed = known & (problem.values > 0)
    if (problem.values[fixed] % base).any():
        raise Infeasible("an earlier release shows exact counts of these people: round both or hide cells.")
    rng = np.random.default_rng(1)
    for reach in (1, 2):
        low = np.maximum(np.floor(problem.values / base) - (reach - 1), 0)
        high = np.where(problem.values > 0, np.ceil(problem.values / base) + (reach - 1), 0)
        for attempt in range(TRIES):
            # cost of each multiple: distance from the truth; linear between the two nearest.
            near = problem.values / base
            weight = np.where(problem.gone, 0.01, 1.0) * (1 + attempt * rng.random(size))
            cost = np.concatenate([np.zeros(size), weight])
            apart = np.vstack([np.hstack([np.eye(size), -np.eye(size)]), np.hstack([-np.eye(size), -np.eye(size)])])
            limits = [LinearConstraint(apart, -np.inf, np.concatenate([near, -near]))]
            if len(used):
                limits.append(LinearConstraint(np.hstack([used, np.zeros(used.shape)]), 0, 0))
            found = milp(
                cost,
                constraints=limits,
                bounds=Bounds(np.concatenate([low, np.zeros(size)]), np.concatenate([high, np.full(size, np.inf)])),
                integrality=np.concatenate([np.ones(size), np.zeros(size)]),
            )
            if found.x is None:
                break
            shown = (np.round(found.x[:size]) * base).astype(np.int64)
            if all(_believable(problem, shown, need, base * reach) for need in problem.needs):
                return shown
    raise Infeasible(
        "no rounding keeps all sums and every small count apart: join categories or groups, or hide cells."
    )


def _believable(problem: Problem, shown: Ints, need: Need, width: int) -> bool:
    """Whether whole counts near all that is shown have the target in the cell."""
    from scipy.optimize import Bounds, LinearConstraint, milp

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
        integrality=np.ones(size),
    )  # fmt: skip
    return found.x is not None
