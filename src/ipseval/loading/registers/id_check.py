"""What is wrong with the person ids of a file, found while they stream by: eight bytes a person are held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ipseval.loading.registers.normal import id_text

Pieces = Callable[[], Iterator[pl.Series]]


@dataclass(frozen=True)
class IdCheck:
    """What was found in a person column: its length, and how many ids are padded, odd, empty or repeated."""

    length: int
    n: int
    n_padded: int
    n_odd: int
    n_empty: int
    n_repeated: int


def check_ids(pieces: Pieces, lengths: Sequence[int], given: int = 0) -> IdCheck:
    """Find the length of the ids and count what does not fit; nothing is changed.

    The length is the one given, or else the longest allowed one that occurs.  Where none of the allowed
    lengths occurs the ids are taken as they are, and are odd only if their lengths differ.  `pieces` gives
    the ids anew at each call; they are gone through once more where some are too short, do not ascend, or
    stand twice.
    """
    sizes, ascending = _gone_through(pieces())
    n = sizes.total()
    empty = sizes.pop(0, 0)
    length = given or _longest(lengths, sizes)
    padded = 0
    if any(size < length for size in sizes):
        padded = sum(int(_are_digits(text, length).sum()) for text in map(id_text, pieces()))
        _, ascending = _gone_through(pieces(), length)
    fit = sizes[length or max(sizes, default=0)] + padded
    repeated = 0 if ascending else _repeated(pieces, length)
    return IdCheck(length, n, padded, n - empty - fit, empty, repeated)


def id_length(ids: pl.Series, lengths: Sequence[int]) -> int:
    """Give the longest allowed length that occurs among the ids, 0 for none."""
    return _longest(lengths, _sizes(id_text(ids)))


def _longest(lengths: Sequence[int], sizes: Container[int]) -> int:
    return max((length for length in lengths if length in sizes), default=0)


def _are_digits(text: pl.Series, length: int) -> pl.Series:
    """Say which ids are digits that are too short."""
    return (text.str.len_bytes() < length) & text.str.contains(r"^\d+$")


def _gone_through(pieces: Iterator[pl.Series], length: int = 0) -> tuple[Counter[int], bool]:
    """Count ids by length, and say whether they ascend, so that none stands twice."""
    sizes: Counter[int] = Counter()
    ascending, last = True, ""
    for piece in pieces:
        text = id_text(piece, length)
        sizes.update(_sizes(text))
        filled = text.filter(text != "") if sizes[0] else text
        if not len(filled) or not ascending:
            continue
        rising = (filled.slice(1) > filled.slice(0, len(filled) - 1)).all()
        ascending = bool(rising) and filled[0] > last
        last = filled[-1]
    return sizes, ascending


def _sizes(text: pl.Series) -> dict[int, int]:
    size = text.str.len_bytes()
    if len(size) and size.min() == size.max():
        return {int(size[0]): len(size)}
    return dict(size.value_counts(name="n").iter_rows())


def _repeated(pieces: Pieces, length: int) -> int:
    """Count the ids that stand more than once; those of one hash are held against each other as text."""
    texts = (id_text(piece, length) for piece in pieces())
    hashes = np.concatenate([text.filter(text != "").hash().to_numpy() for text in texts])
    hashes.sort()
    twice = pl.Series(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    if not len(twice):
        return 0
    texts = (id_text(piece, length) for piece in pieces())
    alike = pl.concat(text.filter((text != "") & text.hash().is_in(twice.implode())) for text in texts)
    return int(alike.is_duplicated().sum())
