"""The cheapest pattern that the cuts gathered so far allow, as a whole-number programme.

A need that gives way again and again is not worth another cut: the changes that meet it become part of the
programme, bounded by what is hidden, so that no pattern fails it any more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import block_diag, csr_array, diags_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from ipseval.reporting.disclosure.pattern.attack import (
    Floats,
    InfeasibleError,
    Ints,
    Mask,
    Need,
    Problem,
    room,
)
from ipseval.reporting.disclosure.pattern.solver import milp

PATIENCE = 8
"""Cuts of one need before its changes become part of the programme."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A pattern that meets the cuts, or None where the nodes allowed did not find one.

    No pattern that meets them costs less than `least`; `nodes` were searched.
    """

    hidden: Mask | None
    least: float
    nodes: int


@dataclass(frozen=True, eq=False)
class _Changes:
    """Changes y of the counts that meet a need: `hidden @ x + moved @ y` between `low` and 0."""

    bottom: Floats
    top: Floats
    hidden: csr_array
    moved: csr_array
    low: Floats


@dataclass(eq=False)
class Master:
    """The cuts gathered so far; a working value that never leaves its search."""

    problem: Problem
    columns: Ints = field(init=False)
    rows: list[Floats] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    failed: Counter[Need] = field(default_factory=Counter)
    changes: list[_Changes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note what may be hidden, and whether a change of one ever needs a change of two."""
        loose = self.problem.unseen(self.problem.free)
        self.columns = np.flatnonzero(self.problem.free & ~self.problem.forced)
        self.inside = np.flatnonzero(loose)
        self.network = is_network(self.problem.relations[:, loose])

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

    def gave_way(self, need: Need) -> None:
        """Count a need that a pattern did not meet; after some its changes are taken in."""
        self.failed[need] += 1
        if self.failed[need] == PATIENCE:
            self.changes.append(self._changes(need))

    def solve(self, gap: float, nodes: int) -> Answer:
        """A pattern that meets the cuts, and at most the share `gap` dearer than the cheapest that does."""
        from scipy.optimize import Bounds

        hidden = self.problem.forced.copy()
        if not self.rows:
            return Answer(hidden, 0.0, 0)
        size = len(self.columns)
        none = np.zeros(0)
        bottom = np.concatenate([none, *(c.bottom for c in self.changes)])
        top = np.concatenate([none, *(c.top for c in self.changes)])
        found = milp(
            np.concatenate([self.problem.cost[self.columns], np.zeros(len(bottom))]),
            constraints=self._limits(len(bottom)),
            bounds=Bounds(np.concatenate([np.zeros(size), bottom]), np.concatenate([np.ones(size), top])),
            integrality=np.repeat(np.array([1, 0], dtype=np.int64), (size, len(bottom))),
            options={"mip_rel_gap": gap, "node_limit": nodes},
        )
        if found.status not in (0, 1):
            raise InfeasibleError("nothing that may be hidden protects every small count.")
        least = 0.0 if found.mip_dual_bound is None else max(float(found.mip_dual_bound), 0.0)
        if found.x is None:
            return Answer(None, least, nodes)
        hidden[self.columns] |= found.x[:size] > 0.5
        return Answer(hidden, least, int(found.mip_node_count or 0))

    def _limits(self, more: int) -> list[Any]:
        from scipy.optimize import LinearConstraint

        cuts = hstack([csr_array(np.array(self.rows)), csr_array((len(self.rows), more))])
        limits = [LinearConstraint(cuts, np.array(self.least), np.inf)]
        if self.changes:
            moved = block_diag([c.moved for c in self.changes])
            linked = hstack([vstack([c.hidden for c in self.changes]), moved])
            limits.append(LinearConstraint(linked, np.concatenate([c.low for c in self.changes]), 0))
        return limits

    def _changes(self, need: Need) -> _Changes:
        """Sums hold, the target is reached, and only what is hidden moves."""
        problem, inside = self.problem, self.inside
        step = need.target - int(problem.values[need.cell])
        # Along a network a change is made of rings, one for each unit of the step.
        down, up = (np.minimum(r, abs(step) if self.network else np.inf) for r in room(problem, need, step))
        bottom, top = -down[inside], up[inside]
        at = int(np.searchsorted(inside, need.cell))
        bottom[at] = top[at] = step
        sums = csr_array(problem.relations[problem.touch[:, inside].any(axis=1)][:, inside])
        size = len(self.columns)
        place = (np.arange(size), np.searchsorted(inside, self.columns))
        each = csr_array((np.ones(size), place), shape=(size, len(inside)))
        still = csr_array((sums.shape[0], size))
        hidden = csr_array(vstack([still, -diags_array(up[self.columns]), -diags_array(down[self.columns])]))
        low = np.concatenate([np.zeros(sums.shape[0]), np.full(2 * size, -np.inf)])
        return _Changes(bottom, top, hidden, csr_array(vstack([sums, each, -each])), low)


def is_network(relations: Floats) -> bool:
    """Whether every count stands in two sums at most, and can be taken to leave one and enter the other."""
    signs = np.sign(relations)
    if not np.array_equal(signs, relations) or ((signs != 0).sum(axis=0) > 2).any():
        return False
    in_two = signs[:, (signs != 0).sum(axis=0) == 2].T
    one, other = np.nonzero(in_two)[1].reshape(-1, 2).T
    turned = (in_two.sum(axis=1) != 0).astype(np.intp)
    # Every sum as it stands and turned round; two that share a count go together in one of the two ways.
    n = len(signs)
    left = np.concatenate([one, one + n])
    right = np.concatenate([other + n * turned, other + n * (1 - turned)])
    graph = csr_array((np.ones(len(left)), (left, right)), shape=(2 * n, 2 * n))
    _, part = connected_components(graph, directed=False)
    return bool((part[:n] != part[n:]).all())
