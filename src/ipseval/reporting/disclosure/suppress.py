"""Which further cells must be hidden: the cheapest pattern that leaves every need possible.

Fischetti and Salazar's programme by cutting planes: a master over hidden or shown, and the outsider's linear
programme on every need, whose prices become cuts.  Patterns that hold with fractions are tried in whole
numbers; where those fail, something outside the pattern must go too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ipseval.reporting.disclosure.attack import (
    Floats,
    InfeasibleError,
    Mask,
    Need,
    Problem,
    attainable,
    possible,
    reach,
    witness,
)
from ipseval.reporting.disclosure.solver import milp

LARGEST_OPTIMAL = 170
"""Cells that may be hidden in one piece; above it the greedy pattern is taken."""
ROUNDS = 400
LOOSE, TIGHT = 0.1, 1e-4
"""How far from the cheapest the master may stop: while cuts are still being found, and in the end."""
MARGIN = 40.0
"""Hiding a sum costs as much as hiding this many of its parts."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """What is hidden, whether it is known to be the cheapest, and what stays possible for an outsider."""

    hidden: Mask
    optimal: bool
    needs: tuple[Need, ...]


def suppress(problem: Problem, least: int, largest: int = LARGEST_OPTIMAL) -> Pattern:
    """Hide as little as possible so that every need is met: no sum where its parts will do, piece by piece.

    What is solved stays solved when more is hidden, so only what failed is taken up again with sums free.
    Needs that nothing can meet are moved to the nearest count that could be believed; see `attainable`.

    Raises
    ------
    InfeasibleError
        When hiding all that may be hidden still gives a small count away.
    """
    problem = attainable(problem, least)
    hidden = problem.forced.copy()
    met: list[Need] = []
    optimal = True
    waiting = problem.needs
    for dearest in (MARGIN, MARGIN**2, np.inf):
        level = replace(
            problem, forced=hidden.copy(), free=problem.free & (problem.cost < dearest), needs=waiting
        )
        failed: list[Need] = []
        for cells, rows in pieces(level):
            part = level.part(cells, rows)
            if not part.needs:
                continue
            found = _piece(part, largest)
            whole = [Need(int(cells[n.cell]), n.target) for n in part.needs]
            if found is None:
                failed += whole
                continue
            hidden[cells] |= found.hidden
            met += whole
            optimal &= found.optimal
        if not failed:
            return Pattern(hidden, optimal, tuple(met))
        optimal = optimal and not met
        waiting = tuple(failed)
    raise InfeasibleError(
        "hiding every count that may be hidden still gives a small one away: join categories or groups, or "
        "leave a table out."
    )


def pieces(problem: Problem) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split into cells that hang together through what may be or is unseen."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    loose = problem.free | problem.forced | problem.gone
    touched = (problem.relations != 0) & loose
    n_rows, n_cells = touched.shape
    left, right = np.nonzero(touched)
    size = n_rows + n_cells
    graph = csr_array((np.ones(len(left)), (left, right + n_rows)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    labels = [k for k in np.unique(label[n_rows:]) if loose[label[n_rows:] == k].any()]
    return [(np.flatnonzero(label[n_rows:] == k), np.flatnonzero(label[:n_rows] == k)) for k in labels]


def _piece(problem: Problem, largest: int) -> Pattern | None:
    """The pattern of one piece, None where even hiding everything in it is not enough."""
    unseen = problem.unseen(problem.forced | problem.free)
    if any(not possible(problem, unseen, need) for need in problem.needs):
        return None
    if int(problem.free.sum()) > largest:
        return Pattern(_greedy(problem), False, problem.needs)
    return _cheapest(problem)


@dataclass(eq=False)
class _Master:
    """The cuts gathered so far; a working value that never leaves this module."""

    problem: Problem
    columns: np.ndarray = field(init=False)
    rows: list[Floats] = field(default_factory=list)
    least: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = np.flatnonzero(self.problem.free & ~self.problem.forced)

    def cut(self, gains: Floats, wanted: float) -> bool:
        """Add sum(gain * hidden) >= wanted, tightened; False where the cut says nothing."""
        always = self.problem.forced | self.problem.gone
        rest = wanted - float(gains[always].sum())
        row = np.minimum(gains[self.columns], max(rest, 0.0))
        if rest <= 1e-7 or not (row > 1e-9).any():
            return False
        self.rows.append(row / rest)
        self.least.append(1.0 - 1e-7)
        return True

    def outside(self, hidden: Mask) -> None:
        """Something that `hidden` shows must go: less than it is never enough."""
        self.rows.append((~hidden[self.columns]).astype(float))
        self.least.append(1.0)

    def solve(self, gap: float) -> Mask:
        """A pattern that meets the cuts, and at most the share `gap` dearer than the cheapest that does."""
        from scipy.optimize import Bounds, LinearConstraint

        hidden = self.problem.forced.copy()
        if self.rows:
            limits = LinearConstraint(np.array(self.rows), np.array(self.least), np.inf)
            size = len(self.columns)
            cost = self.problem.cost[self.columns]
            found = milp(
                cost,
                constraints=[limits],
                bounds=Bounds(0, 1),
                integrality=np.ones(size, dtype=np.int64),
                options={"mip_rel_gap": gap},
            )
            if found.x is None:
                raise InfeasibleError("nothing that may be hidden protects every small count.")
            hidden[self.columns] |= found.x > 0.5
        return hidden


def _cheapest(problem: Problem) -> Pattern:
    master = _Master(problem)
    for need in problem.needs:
        _bridges(master, need)
    gap = LOOSE
    for _ in range(ROUNDS):
        hidden = master.solve(gap)
        if _cuts(master, hidden):
            continue
        if gap == TIGHT:
            return Pattern(hidden, True, problem.needs)
        gap = TIGHT
    return Pattern(_greedy(problem), False, problem.needs)


def _bridges(master: _Master, need: Need) -> None:
    """In every sum that holds the cell, another cell must be unseen."""
    problem = master.problem
    for relation in problem.relations[problem.relations[:, need.cell] != 0]:
        others = relation != 0
        others[need.cell] = False
        if not (others & (problem.gone | problem.forced)).any() and need.target != problem.values[need.cell]:
            master.cut(others.astype(float), 1.0)


def _cuts(master: _Master, hidden: Mask) -> bool:
    """Attack every need; add a cut for each that gives way, and say whether there was one."""
    problem = master.problem
    unseen = problem.unseen(hidden)
    found = False
    for need in problem.needs:
        reached = reach(problem, unseen, need)
        if not reached.far:
            wanted = abs(need.target - int(problem.values[need.cell]))
            if not master.cut(reached.gains, wanted):
                master.outside(hidden)
            found = True
    if found:
        return True
    for need in problem.needs:
        if not possible(problem, unseen, need):
            master.outside(hidden)
            return True
    return False


def _greedy(problem: Problem) -> Mask:
    """Meet one need after the other by the cheapest change, then show again what is not needed."""
    hidden = problem.forced.copy()
    anywhere = problem.unseen(problem.forced | problem.free)
    order = sorted(problem.needs, key=lambda n: -abs(n.target - int(problem.values[n.cell])))
    for need in order:
        price = np.where(problem.unseen(hidden), 0.0, problem.cost)
        change = witness(problem, anywhere, need, price)
        if change is None:
            raise InfeasibleError("nothing that may be hidden protects every small count.")
        hidden |= (change != 0) & problem.free
    return _thinned(problem, hidden)


def _thinned(problem: Problem, hidden: Mask) -> Mask:
    candidates = np.flatnonzero(hidden & ~problem.forced)
    for cell in candidates[np.argsort(-problem.cost[candidates], kind="stable")]:
        trial = hidden.copy()
        trial[cell] = False
        unseen = problem.unseen(trial)
        near = (problem.relations[problem.relations[:, cell] != 0] != 0).any(axis=0)
        first = sorted(problem.needs, key=lambda n: not near[n.cell])
        if all(reach(problem, unseen, n).far and possible(problem, unseen, n) for n in first):
            hidden = trial
    return hidden
