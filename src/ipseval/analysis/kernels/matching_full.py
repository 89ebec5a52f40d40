"""Full matching: everybody in a set with one treated or one control, at the smallest total distance.

Sets like these are the stars of a cheapest edge cover.  The cheapest cover starts from everybody's own
nearest partner; an edge that serves both its ends saves the sum of their own nearest distances less its
length, so the edges worth that are an assignment problem, and everybody left takes the nearest.
References: Rosenbaum 1991, https://doi.org/10.1111/j.2517-6161.1991.tb01848.x; Hansen 2004,
https://doi.org/10.1198/016214504000000647.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array
from ipseval.analysis.kernels.matching import Ints, Pairs, Rows, distances, gaps_of, smallest, within


def full(treated: Rows, control: Rows, *, caliper: float, widths: Array) -> Pairs:
    """Match everybody who has a partner within the limits, as sets of one to many or many to one."""
    turn = np.lexsort((np.arange(len(treated.score)), treated.score))
    near_t, near_c, own_t, own_c = _nearest(treated, control, turn, caliper, widths)
    kept = _savings(treated, control, turn, (near_t, near_c), caliper, widths)
    i, j = _assigned(*kept, len(treated.score))
    alone_t = np.setdiff1d(np.flatnonzero(np.isfinite(near_t)), i)
    alone_c = np.setdiff1d(np.flatnonzero(np.isfinite(near_c)), j)
    i_all = np.concatenate([i, alone_t, own_c[alone_c]])
    j_all = np.concatenate([j, own_t[alone_t], alone_c])
    both = np.unique(np.column_stack([i_all, j_all]), axis=0)
    gap = gaps_of(treated, control, both[:, 0], both[:, 1])
    stars = _stars(both, gap)
    return Pairs(both[stars, 0], both[stars, 1], gap[stars], 0)


def _allowed(
    treated: Rows, control: Rows, i: int, groups: dict[int, Ints], caliper: float, widths: Array
) -> tuple[Ints, Array]:
    rows = groups.get(int(treated.stratum[i]), np.array([], dtype=np.intp))
    rows = rows[within(treated, control, i, rows, caliper, widths)]
    return rows, distances(treated, control, i, rows)


def _groups(treated: Rows, control: Rows) -> dict[int, Ints]:
    return {int(s): np.flatnonzero(control.stratum == s) for s in np.unique(treated.stratum)}


def _nearest(
    treated: Rows, control: Rows, turn: Ints, caliper: float, widths: Array
) -> tuple[Array, Array, Ints, Ints]:
    """Distance to, and place of, everybody's nearest partner; infinite where there is none."""
    groups = _groups(treated, control)
    near_t, own_t = np.full(len(treated.score), np.inf), np.zeros(len(treated.score), dtype=np.intp)
    near_c, own_c = np.full(len(control.score), np.inf), np.zeros(len(control.score), dtype=np.intp)
    for i in turn.tolist():
        rows, gap = _allowed(treated, control, i, groups, caliper, widths)
        if not len(rows):
            continue
        first = smallest(gap, control.score[rows], rows, 1)[0]
        near_t[i], own_t[i] = gap[first], rows[first]
        better = gap < near_c[rows]
        near_c[rows[better]], own_c[rows[better]] = gap[better], i
    return near_t, near_c, own_t, own_c


def _savings(
    treated: Rows, control: Rows, turn: Ints, near: tuple[Array, Array], caliper: float, widths: Array
) -> tuple[Ints, Ints, Array]:
    """Edges that save distance by serving both ends; each treated needs its n best, n being the treated."""
    groups = _groups(treated, control)
    place, columns, saved = [], [], []
    for i in turn.tolist():
        rows, gap = _allowed(treated, control, i, groups, caliper, widths)
        saving = near[0][i] + near[1][rows] - gap
        worth = np.flatnonzero(saving > 0)
        best = worth[smallest(-saving[worth], control.score[rows[worth]], rows[worth], len(turn))]
        place.append(np.full(len(best), i))
        columns.append(rows[best])
        saved.append(saving[best])
    return np.concatenate(place), np.concatenate(columns), np.concatenate(saved)


def _assigned(i: Ints, j: Ints, saved: Array, count: int) -> tuple[Ints, Ints]:
    """Choose edges, no two sharing an end, of largest total saving."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if not len(i):
        return i, j
    used, small = np.unique(j, return_inverse=True)
    # Everybody may also stay without such an edge, at no saving; a constant keeps every price above 0.
    top = float(saved.max()) * 2.0
    own = np.arange(count)
    graph = csr_array(
        (
            np.concatenate([top - saved, np.full(count, top)]),
            (np.concatenate([i, own]), np.concatenate([small, len(used) + own])),
        ),
        shape=(count, len(used) + count),
    )
    rows, columns = (np.asarray(found, dtype=np.intp) for found in min_weight_full_bipartite_matching(graph))
    real = columns < len(used)
    return rows[real], used[columns[real]]


def _stars(edges: Ints, gap: Array) -> NDArray[np.bool_]:
    """Drop edges both of whose ends have another: only distances of 0 leave such."""
    left, right = np.bincount(edges[:, 0]), np.bincount(edges[:, 1])
    kept = np.ones(len(edges), dtype=bool)
    doubtful = np.flatnonzero((left[edges[:, 0]] > 1) & (right[edges[:, 1]] > 1))
    for k in doubtful[np.argsort(-gap[doubtful], kind="stable")].tolist():
        a, b = edges[k]
        if left[a] > 1 and right[b] > 1:
            kept[k] = False
            left[a] -= 1
            right[b] -= 1
    return kept
