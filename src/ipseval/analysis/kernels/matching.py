"""Who is matched with whom: greedy nearest neighbours, with or without replacement, and optimal pairs.

Distances are on a line (the log odds of treatment) or between whitened rows (Mahalanobis).  Every choice
is fixed: treated in the stated order, each round gives every treated one more control, and of controls at
the same distance the one with the lower score, then the earlier row, is taken.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Matched rows: positions of treated and control, their distance, and how many picks had a tie."""

    treated: Ints
    control: Ints
    distance: Array
    ties: int


@dataclass(frozen=True, eq=False)
class Rows:
    """One arm: `score` and `stratum` (n), `points` (n x k, None on a line), `limits` (n x c)."""

    score: Array
    stratum: Ints
    points: Array | None = None
    limits: Array | None = None


def nearest_on_line(
    treated: Rows, control: Rows, order: Ints, *, ratio: int, caliper: float, replace: bool
) -> Pairs:
    """Match each treated, in `order`, to its nearest unused controls of its stratum within `caliper`."""
    kept, first, last = _in_reach(treated, control, ratio, caliper)
    line = _Line(control.score[kept].tolist(), replace)
    found: list[tuple[int, int, float]] = []
    for _ in range(1 if replace else ratio):
        for i in order.tolist():
            span = (int(first[i]), int(last[i]))
            picks = line.pick(float(treated.score[i]), span, caliper, ratio if replace else 1)
            found.extend((i, int(kept[j]), gap) for j, gap in picks)
    return _pairs(found, line.ties)


def _in_reach(treated: Rows, control: Rows, ratio: int, caliper: float) -> tuple[Ints, Ints, Ints]:
    """Return the controls that may be picked, by stratum and score, and where each treated's stratum lies.

    A treated has at most (treated of its stratum) x `ratio` picks to choose from on either side; whoever lies
    further away, ties with the last aside, can be nobody's nearest.
    """
    near = _in_range(treated, control, caliper)
    stratum = control.stratum[near]
    by_stratum = near[np.argsort(_narrow(stratum), kind="stable")]
    counts = np.bincount(stratum, minlength=int(treated.stratum.max()) + 1)
    ends = np.cumsum(counts)
    parts: list[Ints] = []
    first, last = (np.zeros(len(treated.score), dtype=np.intp) for _ in range(2))
    total = 0
    for s in np.unique(treated.stratum).tolist():
        own = np.flatnonzero(treated.stratum == s)
        rows = by_stratum[ends[s] - counts[s] : ends[s]]
        rows = rows[np.argsort(control.score[rows], kind="stable")]
        rows = rows[_near(control.score[rows], treated.score[own], len(own) * ratio + 2)]
        first[own], last[own] = total, total + len(rows)
        total += len(rows)
        parts.append(rows)
    return np.concatenate(parts), first, last


def _in_range(treated: Rows, control: Rows, caliper: float) -> Ints:
    """Return the controls no further than the caliper outside their stratum's range of treated scores."""
    strata = int(max(treated.stratum.max(), control.stratum.max(initial=0))) + 1
    low, high = np.full(strata, np.inf), np.full(strata, -np.inf)
    np.minimum.at(low, treated.stratum, treated.score - caliper)
    np.maximum.at(high, treated.stratum, treated.score + caliper)
    # A hair more than the caliper, so that no rounding takes out who is just within it.
    slack = 1e-9 * (1.0 + float(np.abs(treated.score).max()))
    low, high = low - slack, high + slack
    inside = (control.score >= low[control.stratum]) & (control.score <= high[control.stratum])
    return np.flatnonzero(inside)


def _near(scores: Array, targets: Array, reach: int) -> NDArray[np.bool_]:
    """Mark the sorted `scores` within `reach` places of a target, with everybody tied to the outermost."""
    place = np.searchsorted(scores, targets)
    low, high = np.maximum(place - reach, 0), np.minimum(place + reach, len(scores)) - 1
    steps = np.zeros(len(scores) + 1, dtype=np.intp)
    if len(scores):
        np.add.at(steps, np.searchsorted(scores, scores[low.clip(max=len(scores) - 1)], "left"), 1)
        np.add.at(steps, np.searchsorted(scores, scores[high.clip(min=0)], "right"), -1)
    return np.asarray(np.cumsum(steps[:-1]) > 0)


def _narrow(codes: Ints) -> NDArray[np.generic]:
    """Return codes in 16 bits where they fit: a stable sort of those takes one pass."""
    return codes.astype(np.uint16) if len(codes) and codes.max() < 65_536 else codes


class _Line:
    """Sorted control scores with the nearest unused place on either side (two union-find forests)."""

    def __init__(self, scores: list[float], replace: bool) -> None:
        self.scores, self.replace, self.ties = scores, replace, 0
        self.right: dict[int, int] = {}
        self.left: dict[int, int] = {}

    def pick(
        self, score: float, span: tuple[int, int], caliper: float, count: int
    ) -> list[tuple[int, float]]:
        first, last = span
        start = bisect_left(self.scores, score, first, last)
        up, down = self._find(self.right, start), self._find(self.left, start - 1)
        picks: list[tuple[int, float]] = []
        while len(picks) < count:
            above = self.scores[up] - score if up < last else float("inf")
            below = score - self.scores[down] if down >= first else float("inf")
            gap = min(above, below)
            if gap > caliper or gap == float("inf"):
                break
            self.ties += self._tied(score, gap, (down, up), span)
            # Of equal distances the lower score is taken; of equal scores the earlier row.
            take = self._earliest(down, first, count) if below <= above else up
            picks.append((take, gap))
            self._use(take)
            if below <= above:
                down = down - 1 if self.replace else self._find(self.left, down)
            else:
                up = up + 1 if self.replace else self._find(self.right, up)
        return picks

    def _earliest(self, place: int, first: int, count: int) -> int:
        if self.replace and count > 1:
            return place
        low = bisect_left(self.scores, self.scores[place], first, place + 1)
        return low if self.replace else self._find(self.right, low)

    def _tied(self, score: float, gap: float, ends: tuple[int, int], span: tuple[int, int]) -> int:
        down, up = ends
        count = 0
        if down >= span[0] and score - self.scores[down] == gap:
            further = down - 1 if self.replace else self._find(self.left, down - 1)
            count += 1 + int(further >= span[0] and self.scores[further] == self.scores[down])
        if up < span[1] and self.scores[up] - score == gap:
            further = up + 1 if self.replace else self._find(self.right, up + 1)
            count += 1 + int(further < span[1] and self.scores[further] == self.scores[up])
        return int(count > 1)

    def _use(self, place: int) -> None:
        if not self.replace:
            self.right[place] = place + 1
            self.left[place] = place - 1

    @staticmethod
    def _find(forest: dict[int, int], place: int) -> int:
        root = place
        while root in forest:
            root = forest[root]
        while place in forest and forest[place] != root:
            forest[place], place = root, forest[place]
        return root


def nearest_in_space(
    treated: Rows, control: Rows, order: Ints, *, ratio: int, caliper: float, widths: Array, replace: bool
) -> Pairs:
    """Match as `nearest_on_line` does, by the distance between `points` (or scores), within all limits."""
    free = np.ones(len(control.score), dtype=bool)
    found: list[tuple[int, int, float]] = []
    ties = 0
    groups = {s: np.flatnonzero(control.stratum == s) for s in np.unique(treated.stratum)}
    for _ in range(1 if replace else ratio):
        for i in order.tolist():
            rows = groups[treated.stratum[i]]
            rows = rows[free[rows] & within(treated, control, i, rows, caliper, widths)]
            gaps = distances(treated, control, i, rows)
            chosen = smallest(gaps, control.score[rows], rows, ratio if replace else 1)
            for j in chosen.tolist():
                ties += int((gaps == gaps[j]).sum() > 1)
                found.append((i, int(rows[j]), float(gaps[j])))
                if not replace:
                    free[rows[j]] = False
    return _pairs(found, ties)


def within(
    treated: Rows, control: Rows, i: int, rows: Ints, caliper: float, widths: Array
) -> NDArray[np.bool_]:
    """Mark the controls of `rows` within all limits of treated `i`."""
    inside = np.abs(control.score[rows] - treated.score[i]) <= caliper
    if treated.limits is not None and control.limits is not None:
        inside &= (np.abs(control.limits[rows] - treated.limits[i]) <= widths).all(axis=1)
    return np.asarray(inside)


def distances(treated: Rows, control: Rows, i: int, rows: Ints) -> Array:
    """Return the distances of treated `i` to the controls of `rows`."""
    if treated.points is None or control.points is None:
        return np.asarray(np.abs(control.score[rows] - treated.score[i]))
    return np.asarray(np.sqrt(((control.points[rows] - treated.points[i]) ** 2).sum(axis=1)))


def smallest(gaps: Array, scores: Array, rows: Ints, count: int) -> Ints:
    """Return the places of the `count` smallest gaps; ties by score, then by row."""
    if len(gaps) > 10 * count + 50:
        edge = np.partition(gaps, count - 1)[count - 1]
        near = np.flatnonzero(gaps <= edge)
    else:
        near = np.arange(len(gaps))
    return np.asarray(near[np.lexsort((rows[near], scores[near], gaps[near]))][:count], dtype=np.intp)


def optimal(treated: Rows, control: Rows, *, ratio: int, caliper: float, widths: Array) -> Pairs:
    """Match as many as can be, and among such matchings the one of smallest total distance.

    Each treated needs to look no further than its n * ratio nearest controls: one of them must be free.
    """
    n = len(treated.score)
    near_by = _candidates(treated, control, n * ratio, caliper, widths)
    i_all, j_all = np.repeat(np.arange(n), [len(rows) for rows in near_by]), np.concatenate(near_by)
    gap = gaps_of(treated, control, i_all, j_all)
    used, j_small = np.unique(j_all, return_inverse=True)
    # Totals on a line are often equal: the more even pairs are taken, whatever the order of the rows.
    even = gap * (1.0 + 1e-7 * gap / max(float(gap.max(initial=0.0)), 1e-300))
    i_rep = np.concatenate([i_all + r * n for r in range(ratio)])
    solve = _dense if n * ratio * len(used) <= MOST_DENSE else _sparse
    rows_, cols_ = solve(i_rep, np.tile(j_small, ratio), np.tile(even, ratio), (n * ratio, len(used)))
    pick, taken = rows_ % n, used[cols_]
    turn = np.lexsort((taken, gaps_of(treated, control, pick, taken), pick))
    pick, taken = pick[turn], taken[turn]
    return Pairs(pick, taken, gaps_of(treated, control, pick, taken), 0)


def _candidates(treated: Rows, control: Rows, reach: int, caliper: float, widths: Array) -> list[Ints]:
    """Return, for each treated, the `reach` nearest controls of its stratum within all limits, or more."""
    found: list[Ints] = []
    if treated.points is None and treated.limits is None:
        order = np.lexsort((control.score, control.stratum))
        strata, score = control.stratum[order], control.score[order]
        for i, stratum in enumerate(treated.stratum.tolist()):
            first, last = np.searchsorted(strata, (stratum, stratum + 1)).tolist()
            middle = first + int(np.searchsorted(score[first:last], treated.score[i]))
            rows = order[max(first, middle - reach) : min(last, middle + reach)]
            found.append(rows[within(treated, control, i, rows, caliper, widths)])
        return found
    groups = {int(s): np.flatnonzero(control.stratum == s) for s in np.unique(treated.stratum)}
    for i, stratum in enumerate(treated.stratum.tolist()):
        rows = groups[stratum]
        rows = rows[within(treated, control, i, rows, caliper, widths)]
        gaps = distances(treated, control, i, rows)
        found.append(rows[smallest(gaps, control.score[rows], rows, reach)])
    return found


def gaps_of(treated: Rows, control: Rows, i: Ints, j: Ints) -> Array:
    """Return the distances between pairs of rows."""
    if treated.points is None or control.points is None:
        return np.asarray(np.abs(control.score[j] - treated.score[i]))
    return np.asarray(np.sqrt(((control.points[j] - treated.points[i]) ** 2).sum(axis=1)))


MOST_DENSE = 50_000_000
"""Up to so many cells a full cost matrix is the quickest; above it would not fit."""


def _dense(i: Ints, j: Ints, gap: Array, shape: tuple[int, int]) -> tuple[Ints, Ints]:
    """Choose as many edges as can be, no two sharing an end, and of those the cheapest."""
    from scipy.optimize import linear_sum_assignment

    price = (gap.max(initial=0.0) + 1.0) * (shape[0] + 1.0)
    cost = np.full((shape[0], max(shape)), price)
    cost[i, j] = gap
    rows, columns = linear_sum_assignment(cost)
    real = cost[rows, columns] < price
    return np.asarray(rows[real], dtype=np.intp), np.asarray(columns[real], dtype=np.intp)


def _sparse(i: Ints, j: Ints, gap: Array, shape: tuple[int, int]) -> tuple[Ints, Ints]:
    """Choose as `_dense` does; a stand-in at a price above any detour takes those who stay alone."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    price = (gap.max(initial=0.0) + 1.0) * (shape[0] + 1.0)
    own = np.arange(shape[0])
    # A constant on every edge changes no comparison of full matchings and keeps zero distances as edges.
    graph = csr_array(
        (
            np.concatenate([gap + 1.0, np.full(shape[0], price)]),
            (np.concatenate([i, own]), np.concatenate([j, shape[1] + own])),
        ),
        shape=(shape[0], shape[1] + shape[0]),
    )
    rows, columns = (np.asarray(found, dtype=np.intp) for found in min_weight_full_bipartite_matching(graph))
    real = columns < shape[1]
    return rows[real], columns[real]


def _pairs(found: list[tuple[int, int, float]], ties: int) -> Pairs:
    i, j, gap = ([row[k] for row in found] for k in range(3))
    return Pairs(np.array(i, dtype=np.intp), np.array(j, dtype=np.intp), np.array(gap, dtype=float), ties)


def whiten(x: Array, d: Array) -> Array:
    """Return rows whose Euclidean distance is Mahalanobis' with the covariance pooled within the arms."""
    parts = [x[d == arm] for arm in (1.0, 0.0)]
    pooled = sum((p - p.mean(axis=0)).T @ (p - p.mean(axis=0)) for p in parts) / (len(x) - 2.0)
    values, vectors = np.linalg.eigh(np.atleast_2d(pooled))
    keep = values > 1e-10 * values.max()
    return np.asarray(x @ (vectors[:, keep] / np.sqrt(values[keep])))
