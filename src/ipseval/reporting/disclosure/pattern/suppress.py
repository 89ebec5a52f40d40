"""Which further cells must be hidden: the cheapest pattern that leaves every need possible.

Fischetti and Salazar's programme by cutting planes: a master over hidden or shown, and the outsider's linear
programme on every need, whose prices become cuts.  Patterns that hold with fractions are tried in whole
numbers; where those fail, something outside the pattern must go too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ipseval.reporting.disclosure.pattern.attack import (
    InfeasibleError,
    Mask,
    Need,
    Problem,
    attainable,
    possible,
    reach,
    witness,
)
from ipseval.reporting.disclosure.pattern.master import Master

LARGEST_OPTIMAL = 170
"""Cells that may be hidden in one piece; above it the greedy pattern is taken."""
ROUNDS, NODES = 200, 20_000
"""The work after which a pattern is taken that holds and may not be the cheapest: counted, not timed, so that
the same tables give the same release on every machine."""
LOOSE, TIGHT = 0.1, 1e-4
"""How far from the cheapest the master may stop: while cuts are still being found, and in the end."""
MARGIN = 40.0
"""Hiding a sum costs as much as hiding this many of its parts."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """What is hidden, and what stays possible for an outsider.

    `gap` is the share of its cost that the cheapest pattern may save: 0 where it is the cheapest, None where
    that is not known.
    """

    hidden: Mask
    needs: tuple[Need, ...]
    gap: float | None

    @property
    def optimal(self) -> bool:
        """Whether no pattern is cheaper."""
        return self.gap == 0


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
    gaps: list[tuple[float, float | None]] = []
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
            gaps.append((float(part.cost[found.hidden & ~part.forced].sum()), found.gap))
        if not failed:
            return Pattern(hidden, tuple(met), _gap(gaps))
        # What was solved before sums were free is not solved anew with them.
        gaps += [(0.0, None)] if met else []
        waiting = tuple(failed)
    raise InfeasibleError(
        "hiding every count that may be hidden still gives a small one away: join categories or groups, or "
        "leave a table out."
    )


def _gap(pieces: Sequence[tuple[float, float | None]]) -> float | None:
    """What can be saved of all pieces, each with its cost and its own gap."""
    spare = 0.0
    for cost, gap in pieces:
        if gap is None:
            return None
        spare += cost * gap
    return spare / sum(cost for cost, _ in pieces) if spare else 0.0


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
        return Pattern(_greedy(problem), problem.needs, None)
    return _cheapest(problem)


def _cheapest(problem: Problem) -> Pattern:
    """Cut until no need gives way; what the work allowed does not prove is left to a pattern that holds."""
    master = Master(problem)
    for need in problem.needs:
        _bridges(master, need)
    gap, least, nodes = LOOSE, 0.0, NODES
    held: Mask | None = None
    for _ in range(ROUNDS):
        found = master.solve(gap, nodes)
        least, nodes = max(least, found.least), nodes - found.nodes
        if found.hidden is None or nodes <= 0:
            break
        if _cuts(master, found.hidden):
            continue
        held = found.hidden
        if gap == TIGHT:
            return Pattern(held, problem.needs, 0.0)
        gap = TIGHT
    return _unproven(problem, _greedy(problem) if held is None else held, least)


def _unproven(problem: Problem, hidden: Mask, least: float) -> Pattern:
    """A pattern that holds, and the share of its cost that the cheapest may save."""
    cost = float(problem.cost[hidden & ~problem.forced].sum())
    return Pattern(hidden, problem.needs, max(0.0, 1.0 - least / cost) if cost else 0.0)


def _bridges(master: Master, need: Need) -> None:
    """In every sum that holds the cell, another cell must be unseen."""
    problem = master.problem
    for relation in problem.relations[problem.relations[:, need.cell] != 0]:
        others = relation != 0
        others[need.cell] = False
        if not (others & (problem.gone | problem.forced)).any() and need.target != problem.values[need.cell]:
            master.cut(others.astype(float), 1.0)


def _cuts(master: Master, hidden: Mask) -> bool:
    """Attack every need; add a cut for each that gives way, and say whether there was one."""
    problem = master.problem
    unseen = problem.unseen(hidden)
    found = False
    for need in problem.needs:
        reached = reach(problem, unseen, need)
        if not reached.far:
            master.gave_way(need)
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
