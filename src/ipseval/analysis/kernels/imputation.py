"""Chained equations with predictive mean matching, all chains at once.

Every chain keeps the Gram matrix of its whole design; the Gram of the rows where a column was answered is
that minus the rows where it was not, so a step costs little more than the missing rows.  Values are always
taken from a person who answered (a donor), so numbers, codes and categories stay possible values.
References: van Buuren (2018), Flexible Imputation of Missing Data; Morris, White and Royston (2014),
https://doi.org/10.1186/1471-2288-14-75.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DONORS = 5
RIDGE = 1e-5
"""Share of the Gram's diagonal added to it, so that collinear items do not stop a survey."""


@dataclass(frozen=True, eq=False)
class Variable:
    """One column to use and fill: its values (NaN where missing) and, when nominal, its number of codes."""

    values: Floats
    n_codes: int = 0


@dataclass(frozen=True, eq=False)
class _Block:
    """Where a variable stands in the design, how it is scaled, and what is missing."""

    places: Ints
    centre: Floats
    scale: Floats
    missing: Ints
    observed: Ints
    coded: Floats


def impute(variables: list[Variable], m: int, sweeps: int, seed: int) -> list[Floats]:
    """Fill every variable `m` times; returns arrays (m, n) in the order given.

    A sweep visits the variables from the fewest missing to the most; each is regressed on all others (nominal
    ones as shares of each code), coefficients are drawn from their posterior, and each missing person gets
    the value of one of the five answerers whose prediction is nearest (type 1 matching).
    """
    rng = np.random.default_rng(seed)
    n = len(variables[0].values)
    blocks, width = _blocks(variables)
    design = np.ones((m, n, width))
    donors = [np.tile(np.arange(n), (m, 1)) for _ in variables]
    for k, block in enumerate(blocks):
        picks = rng.choice(block.observed, size=(m, len(block.missing)))
        donors[k][:, block.missing] = picks
        design[:, :, block.places] = block.coded[donors[k]]
    gram = design.transpose(0, 2, 1) @ design
    order = sorted((k for k, b in enumerate(blocks) if len(b.missing)), key=lambda k: len(blocks[k].missing))
    for _ in range(sweeps):
        for k in order:
            _step(design, gram, blocks[k], donors[k], rng)
    return [v.values[d] for v, d in zip(variables, donors, strict=True)]


def _blocks(variables: list[Variable]) -> tuple[list[_Block], int]:
    blocks, at = [], 1
    for variable in variables:
        missing = np.isnan(variable.values)
        observed = np.flatnonzero(~missing)
        if variable.n_codes:
            codes = np.where(missing, 0, variable.values).astype(int)
            raw = np.eye(variable.n_codes)[codes][:, 1:]
        else:
            raw = np.where(missing, 0.0, variable.values)[:, None]
        centre = raw[observed].mean(axis=0)
        scale = raw[observed].std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        places = np.arange(at, at + raw.shape[1])
        at += raw.shape[1]
        blocks.append(
            _Block(places, centre, scale, np.flatnonzero(missing), observed, (raw - centre) / scale)
        )
    return blocks, at


def _step(design: Floats, gram: Floats, block: _Block, donors: Ints, rng: np.random.Generator) -> None:
    m, _, width = design.shape
    others = np.setdiff1d(np.arange(width), block.places)
    gone = design[:, block.missing, :]
    answered = gram - gone.transpose(0, 2, 1) @ gone
    xx = answered[:, others[:, None], others]
    xy = answered[:, others[:, None], block.places]
    xx = xx + RIDGE * np.einsum("mii->mi", xx)[:, :, None] * np.eye(len(others))
    beta = np.linalg.solve(xx, xy)
    drawn = _draw(beta, xx, answered[:, block.places[:, None], block.places], xy, len(block.observed), rng)
    wide = np.zeros((2, m, width, len(block.places)))
    wide[0][:, others], wide[1][:, others] = beta, drawn
    fitted = (design @ wide[0])[:, block.observed]
    predicted = gone @ wide[1]
    if len(block.places) == 1:
        picked = _nearest_on_a_line(fitted[..., 0], predicted[..., 0], rng)
    else:
        picked = _nearest(fitted, predicted, rng)
    donors[:, block.missing] = block.observed[picked]
    new = block.coded[block.observed[picked]]
    design[:, block.missing[:, None], block.places] = new
    # Only this block's rows and columns of the Gram have changed.
    fresh = design.transpose(0, 2, 1) @ design[:, :, block.places]
    gram[:, :, block.places] = fresh
    gram[:, block.places, :] = fresh.transpose(0, 2, 1)


def _draw(beta: Floats, xx: Floats, yy: Floats, xy: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Draw coefficients from their posterior under a flat prior, chain by chain."""
    m, k, d = beta.shape
    df = max(n - k, 1)
    explained = xy.transpose(0, 2, 1) @ beta
    rss = np.maximum(np.einsum("mjj->mj", yy) - np.einsum("mjj->mj", explained), 1e-12)
    sigma = np.sqrt(rss / rng.chisquare(df, size=(m, d)))
    root = np.linalg.cholesky(np.linalg.inv(xx))
    return np.asarray(beta + (root @ rng.standard_normal((m, k, d))) * sigma[:, None, :])


def _nearest_on_a_line(fitted: Floats, predicted: Floats, rng: np.random.Generator) -> Ints:
    """Pick one of the nearest answerers for each missing person, by sorting (positions among answerers)."""
    m, n = fitted.shape
    k = min(DONORS, n)
    order = np.argsort(fitted, axis=1)
    ranked = np.take_along_axis(fitted, order, axis=1)
    # One search for all chains: lay the chains end to end, each shifted beyond the one before.
    low = min(float(ranked.min()), float(predicted.min()))
    span = max(float(ranked.max()), float(predicted.max())) - low + 1.0
    shift = np.arange(m)[:, None] * span - low
    places = np.searchsorted((ranked + shift).ravel(), (predicted + shift).ravel()).reshape(predicted.shape)
    places -= np.arange(m)[:, None] * n
    window = min(2 * k, n)
    first = np.clip(places - k, 0, n - window)
    candidates = first[:, :, None] + np.arange(window)
    chains = np.arange(m)[:, None, None]
    distance = np.abs(ranked[chains, candidates] - predicted[:, :, None])
    near = np.argpartition(distance, k - 1, axis=2)[:, :, :k] if window > k else None
    pick = rng.integers(0, k, size=predicted.shape)[:, :, None]
    chosen = pick if near is None else np.take_along_axis(near, pick, axis=2)
    ranks = np.take_along_axis(candidates, chosen, axis=2)[:, :, 0]
    return np.take_along_axis(order, ranks, axis=1)


def _nearest(fitted: Floats, predicted: Floats, rng: np.random.Generator) -> Ints:
    """Do the same for nominal variables: the distance is between predicted shares of the codes."""
    k = min(DONORS, fitted.shape[1])
    picked = np.empty(predicted.shape[:2], dtype=np.int64)
    for chain in range(len(fitted)):
        squares = (predicted[chain] ** 2).sum(axis=1)[:, None] + (fitted[chain] ** 2).sum(axis=1)
        distance = squares - 2.0 * predicted[chain] @ fitted[chain].T
        near = np.argpartition(distance, k - 1, axis=1)[:, :k]
        pick = rng.integers(0, k, size=(len(near), 1))
        picked[chain] = np.take_along_axis(near, pick, axis=1)[:, 0]
    return picked
