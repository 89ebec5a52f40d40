"""An outsider's view of a release: known cells, unknown cells, and the sums between them.

The outsider knows every number shown, how the counts add up, that counts are whole and not negative, and that
a zero is never hidden, so that a hidden count is at least 1.  Not which hidden cells are the small ones:
files that leave do not tell, because two ones in a row of two would be given away by that word alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ipseval.core.errors import DisclosureError
from ipseval.reporting.disclosure.pattern.solver import linprog, milp

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
SLACK = 1e-6


@dataclass(frozen=True)
class Need:
    """The outsider must find it possible that `cell` is `target`."""

    cell: int
    target: int


@dataclass(frozen=True, eq=False)
class Problem:
    """Cells with their true counts, the sums they obey, and what must stay possible for an outsider.

    Attributes
    ----------
    values
        True counts.
    forced
        Hidden whatever happens: too small, or refused for another reason.
    free
        May be hidden to protect others.  What is neither forced, free nor gone is known to everybody.
    gone
        Not shown in this release and not known from earlier ones.
    floor
        The least that an outsider can believe of a cell he does not see.
    cost
        What hiding a free cell costs the reader.
    relations
        One row per fact `sum of coefficient * cell = 0`.
    needs
        What must stay possible.
    """

    values: Ints
    forced: Mask
    free: Mask
    gone: Mask
    floor: Ints
    cost: Floats
    relations: Floats
    needs: tuple[Need, ...]

    @cached_property
    def rise(self) -> float:
        """How far up an outsider can be led, as good as without limit."""
        wanted = [abs(need.target - int(self.values[need.cell])) for need in self.needs]
        return 20.0 * max([1, *wanted])

    @cached_property
    def touch(self) -> Mask:
        """Which relation speaks of which cell."""
        return np.asarray(self.relations != 0)

    def around(self, unseen: Mask, cell: int) -> Ints:
        """The unseen cells that hang together with a cell through other unseen cells."""
        inside = np.zeros(len(unseen), dtype=bool)
        inside[cell] = True
        before = 0
        while before < int(inside.sum()):
            before = int(inside.sum())
            rows = self.touch[:, inside].any(axis=1)
            inside |= self.touch[rows].any(axis=0) & unseen
        return np.flatnonzero(inside)

    def unseen(self, hidden: Mask) -> Mask:
        """The cells that the outsider does not see."""
        return hidden | self.forced | self.gone

    def part(self, cells: Ints, rows: Ints) -> Problem:
        """The problem of some cells and the relations among them."""
        place = {int(cell): at for at, cell in enumerate(cells)}
        needs = tuple(Need(place[n.cell], n.target) for n in self.needs if n.cell in place)
        return Problem(
            self.values[cells], self.forced[cells], self.free[cells], self.gone[cells], self.floor[cells],
            self.cost[cells], self.relations[np.ix_(rows, cells)], needs,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reached:
    """How far towards the target an outsider can go, and what each cell could add if it were hidden."""

    far: bool
    gains: Floats


def reach(problem: Problem, unseen: Mask, need: Need) -> Reached:
    """Say whether the target is possible with fractions, and, where it is not, what each cell could add.

    The gains are the linear programme's own prices: with x = 1 for what is hidden, sum(gain * x) bounds how
    far any pattern can go, so it must be at least the wanted distance.
    """
    from scipy.sparse import csr_array

    step = need.target - int(problem.values[need.cell])
    down, up = room(problem, need, step)
    inside = problem.around(unseen, need.cell)
    cost: Any = np.zeros(len(inside))
    sign = 1.0 if step > 0 else -1.0
    cost[np.searchsorted(inside, need.cell)] = -sign
    rows = problem.touch[:, inside].any(axis=1)
    matrix = csr_array(problem.relations[np.ix_(rows, inside)])
    bounds: Any = np.column_stack([-down[inside], up[inside]])
    if not rows.any():
        return Reached(True, np.zeros(len(problem.values)))
    found = linprog(cost, A_eq=matrix, b_eq=np.zeros(matrix.shape[0]), bounds=bounds, method="highs")
    if found.status != 0:
        return Reached(False, np.zeros(len(problem.values)))
    if -found.fun >= abs(step) - SLACK:
        return Reached(True, np.zeros(len(problem.values)))
    whole_cost = np.zeros(len(problem.values))
    whole_cost[need.cell] = -sign
    reduced = whole_cost - problem.relations[rows].T @ found.eqlin.marginals
    gains = np.where(reduced < 0, -reduced * up, reduced * down)
    return Reached(False, np.where(np.abs(reduced) < 1e-9, 0.0, gains))


def possible(problem: Problem, unseen: Mask, need: Need) -> bool:
    """Say whether whole counts exist that show the same numbers and have `target` in the cell."""
    return witness(problem, unseen, need) is not None


def witness(problem: Problem, unseen: Mask, need: Need, price: Floats | None = None) -> Floats | None:
    """Find whole counts that an outsider could believe with `target` in the cell, as changes from the truth.

    With a price per cell and unit of change the cheapest are found, over all cells in `unseen`.
    """
    from scipy.optimize import Bounds, LinearConstraint
    from scipy.sparse import csr_array, hstack

    step = need.target - int(problem.values[need.cell])
    down, up = room(problem, need, step)
    inside = problem.around(unseen, need.cell)
    at = int(np.searchsorted(inside, need.cell))
    low, high = -down[inside], up[inside]
    low[at] = high[at] = step
    rows = problem.touch[:, inside].any(axis=1)
    matrix = csr_array(problem.relations[np.ix_(rows, inside)])
    size = len(inside)
    if price is None:
        limits: list[Any] = [LinearConstraint(matrix, 0, 0)] if rows.any() else []
        found = milp(
            np.zeros(size),
            constraints=limits,
            bounds=Bounds(low, high),
            integrality=np.ones(size, dtype=np.int64),
        )
        return None if found.x is None else _spread(found.x, inside, len(problem.values))
    # Rises and falls apart, so that both cost.
    cost = np.concatenate([price[inside], price[inside]])
    top = np.concatenate([np.maximum(high, 0), np.maximum(-low, 0)])
    bottom = np.zeros(2 * size)
    bottom[at if step > 0 else size + at] = abs(step)
    limits = [LinearConstraint(hstack([matrix, -matrix]), 0, 0)] if rows.any() else []
    found = milp(
        cost, constraints=limits, bounds=Bounds(bottom, top), integrality=np.ones(2 * size, dtype=np.int64)
    )
    return None if found.x is None else _spread(found.x[:size] - found.x[size:], inside, len(problem.values))


class InfeasibleError(DisclosureError):
    """Nothing that may be hidden protects a cell."""

    def __init__(self, message: str, cells: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.cells = tuple(cells)


def attainable(problem: Problem, least: int) -> Problem:
    """Move each need to the nearest count that could be believed if everything were hidden.

    A sum of two hidden counts is at least 2 whatever is hidden.  Where the truth is the only small count
    left, the outsider must find `least` possible, or another count.

    Raises
    ------
    InfeasibleError
        When nothing but the truth can be believed of a cell even if everything were hidden.
    """
    moved, lost = _moved(problem, least)
    if lost:
        raise InfeasibleError(
            f"{len(lost)} small count(s) could be told even if every count that may be hidden were: join "
            "categories or groups, or leave a table out.",
            lost,
        )
    return moved


def without_told(problem: Problem, known: Problem, least: int) -> tuple[Problem, frozenset[int]]:
    """Take away the needs of cells that earlier releases have told; nothing done now can call them back.

    `known` is the problem as it stands before anything of this release is seen.
    """
    _, lost = _moved(known, least)
    kept = tuple(n for n in problem.needs if n.cell not in lost)
    return replace(problem, needs=kept), frozenset(lost)


def _moved(problem: Problem, least: int) -> tuple[Problem, tuple[int, ...]]:
    """The problem with needs that can be met, and the cells of which only the truth can be believed."""
    unseen = problem.unseen(problem.forced | problem.free)
    found: dict[Need, None] = {}
    for need in problem.needs:
        target = _nearest(problem, unseen, need)
        if target is not None:
            found[target] = None
    lost = []
    for cell in sorted({need.cell for need in problem.needs} - {need.cell for need in found}):
        value = int(problem.values[cell])
        # Twice as many of everything agrees with all sums, so nothing beyond need be tried.
        targets = (
            least,
            *range(value + 1, least),
            *range(value - 1, -1, -1),
            *range(least + 1, 2 * value + 1),
        )
        others = (Need(cell, t) for t in targets if t != value and t >= problem.floor[cell])
        other = next((n for n in others if possible(problem, unseen, n)), None)
        if other is None:
            lost.append(cell)
        else:
            found[other] = None
    return replace(problem, needs=tuple(found)), tuple(lost)


def _nearest(problem: Problem, unseen: Mask, need: Need) -> Need | None:
    value = int(problem.values[need.cell])
    step = 1 if need.target > value else -1
    between = (Need(need.cell, t) for t in range(need.target, value, -step))
    return next((n for n in between if possible(problem, unseen, n)), None)


def open_needs(problem: Problem, hidden: Mask) -> list[Need]:
    """The needs that a pattern does not meet in whole numbers."""
    unseen = problem.unseen(hidden)
    return [n for n in problem.needs if not possible(problem, unseen, n)]


def room(problem: Problem, need: Need, step: int) -> tuple[Floats, Floats]:
    """How far each count can fall and rise while one need is looked at, whether it is hidden or not."""
    down = np.maximum(problem.values - problem.floor, 0).astype(float)
    up = np.full(len(down), problem.rise)
    if step > 0:
        up[need.cell] = step
    else:
        down[need.cell] = -step
    return np.minimum(down, problem.rise), up


def _spread(change: Floats, inside: Ints, size: int) -> Floats:
    whole = np.zeros(size)
    whole[inside] = np.round(change)
    return whole
