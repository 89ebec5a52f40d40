"""Fits start and end scores to each other: whole answers whose sums and bands are the printed ones.

Everything here is integers and a seeded `random.Random`; comparisons are between integers, so the
same people come out on every platform.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

WHO5_BANDS = ((0, 8), (9, 12), (13, 25))
"""Raw sums behind 0-35, 36-50 and over 50 on the 0-100 index (raw times 4)."""


def band_counts(raw: Sequence[int]) -> tuple[int, ...]:
    """Count raw WHO-5 sums in the three bands."""
    return tuple(sum(low <= r <= high for r in raw) for low, high in WHO5_BANDS)


def descend(
    state: list[int],
    cost: Callable[[list[int]], int],
    move: Callable[[list[int]], list[int]],
    steps: int = 60000,
) -> list[int]:
    """Take moves that do not raise the cost until it is zero."""
    now = cost(state)
    for _ in range(steps):
        if now == 0:
            return state
        option = move(state)
        new = cost(option)
        if new <= now:
            state, now = option, new
    raise RuntimeError(f"no whole persons found; cost left: {now}")


def who5_pairs(
    rng: random.Random,
    changes: Sequence[int],
    free: int,
    sums: tuple[int, int],
    bands: tuple[tuple[int, ...], ...],
) -> tuple[list[int], list[int]]:
    """Give raw WHO-5 at start and end: `changes` are fixed, `free` further persons may change as they like.

    `sums` are the wanted raw sums and `bands` the wanted counts per band, at start and end.
    """
    n = len(changes)

    def waves(state: list[int]) -> tuple[list[int], list[int]]:
        before = state[: n + free]
        after = [b + c for b, c in zip(before, changes, strict=False)] + state[n + free :]
        return before, after

    def cost(state: list[int]) -> int:
        before, after = waves(state)
        off = sum(40 * max(0, -v, v - 25) for v in before + after)
        gaps = abs(sum(before) - sums[0]) + abs(sum(after) - sums[1])
        for wave, wanted in zip((before, after), bands, strict=True):
            gaps += 4 * sum(abs(a - b) for a, b in zip(band_counts(wave), wanted, strict=True))
        far = sum(max(0, abs(a - b) - 9) for a, b in zip(before[n:], after[n:], strict=True))
        return off + gaps + far

    def move(state: list[int]) -> list[int]:
        new = list(state)
        for _ in range(rng.choice((1, 1, 2))):
            new[rng.randrange(len(new))] += rng.choice((-3, -2, -1, 1, 2, 3))
        return new

    middle = [min(22, max(2, 12 - c // 2 + rng.randrange(-5, 6))) for c in changes]
    start = middle + [rng.randrange(7, 19) for _ in range(2 * free)]
    return waves(descend(start, cost, move))


def starts_for(
    rng: random.Random, ends: Sequence[int], total: int, low: int, high: int, spread: Sequence[int]
) -> list[int]:
    """Give start values that sum to `total`, each a change from `spread` away from its end value."""
    state = [min(high, max(low, e - rng.choice(spread))) for e in ends]
    widest = max(spread)

    def cost(values: list[int]) -> int:
        off = sum(50 * (not low <= v <= high) for v in values)
        far = sum(20 * max(0, abs(v - e) - widest) for v, e in zip(values, ends, strict=True))
        return off + far + abs(sum(values) - total)

    def move(values: list[int]) -> list[int]:
        new = list(values)
        new[rng.randrange(len(new))] += rng.choice((-1, 1))
        return new

    return descend(state, cost, move)


def values_with_sum(rng: random.Random, n: int, total: int, low: int, high: int) -> list[int]:
    """Give n whole values between low and high that sum to `total`, spread a little."""
    base = total // n
    values = [base + (i < total - base * n) for i in range(n)]
    for _ in range(4 * n):
        i, j = rng.randrange(n), rng.randrange(n)
        if i != j and values[i] < high and values[j] > low and abs(values[i] + 1 - base) <= 2:
            values[i] += 1
            values[j] -= 1
    if sum(values) != total or min(values) < low or max(values) > high:
        raise RuntimeError("the sum cannot be spread over that many persons")
    return values


def split(rng: random.Random, total: int, items: int, low: int, high: int) -> list[int]:
    """Split a total into answers to `items` items, near one another as a person's answers are."""
    base, rest = divmod(total, items)
    answers = [base + (i < rest) for i in range(items)]
    rng.shuffle(answers)
    for _ in range(items // 2):
        i, j = rng.randrange(items), rng.randrange(items)
        if i != j and answers[i] < high and answers[j] > low:
            answers[i] += 1
            answers[j] -= 1
    return answers


def ranked(rng: random.Random, values: Sequence[float], latent: Sequence[int], pull: int) -> list[float]:
    """Hand values out so that they rise with `latent`, more strictly the larger `pull` (0: at random)."""
    order = sorted(range(len(latent)), key=lambda i: (pull * latent[i] + rng.randrange(1000), i))
    out = [0.0] * len(latent)
    for place, value in zip(order, sorted(values), strict=True):
        out[place] = value
    return out


def rated(rng: random.Random, halves: Sequence[float], others: int) -> tuple[list[int], list[int]]:
    """Split means of two ratings into the two ratings, and rate for `others` more persons.

    Appendix 5 prints, for daily life, a mean of 2.9 and the shares 35 % and 7 %, for being with
    others a mean of 3.2 and the shares 35 % and 12 %, of 43; five persons found both not relevant
    (12 %), so 38 answers count in each mean.
    """
    n = len(halves)
    twice = [round(2 * h) for h in halves]

    def ratings(state: list[int]) -> tuple[list[int], list[int]]:
        first = state[: n + others]
        second = [t - f for t, f in zip(twice, first, strict=False)] + state[n + others :]
        return first, second

    def cost(state: list[int]) -> int:
        first, second = ratings(state)
        off = sum(50 * max(0, 1 - v, v - 5) for v in first + second)
        off += sum(20 * max(0, abs(a - b) - 2) for a, b in zip(first, second, strict=True))
        off += 2 * (max(0, 109 - sum(first), sum(first) - 111) + max(0, 121 - sum(second), sum(second) - 122))
        mine = [first.count(k) for k in range(1, 6)]
        theirs = [second.count(k) for k in range(1, 6)]
        off += 3 * (abs(max(mine) - 15) + min(abs(c - 3) for c in mine) + abs(max(theirs) - 15))
        return off + 3 * (mine.count(0) + theirs.count(0))

    def move(state: list[int]) -> list[int]:
        new = list(state)
        for _ in range(rng.choice((1, 2, 3))):
            new[rng.randrange(len(new))] += rng.choice((-1, 1))
        return new

    for _ in range(40):
        start = [max(1, min(5, (t + rng.randrange(2)) // 2)) for t in twice]
        try:
            return ratings(
                descend(start + [rng.randrange(2, 5) for _ in range(2 * others)], cost, move, 30000)
            )
        except RuntimeError:
            continue  # a dead end; start elsewhere
    raise RuntimeError("the two ratings of appendix 5 cannot be met from these means")
