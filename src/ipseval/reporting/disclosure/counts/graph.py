"""All counts of a release as one system: same people and conditions are one cell, in whatever table."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import Where
from ipseval.reporting.disclosure.counts.span import Key, Span


@dataclass(frozen=True)
class Earlier:
    """A count in an earlier release: printed and shown or hidden, or only a part of a sum.

    `small` is the threshold below which it lay, 0 where it did not; `mark` is of its people (`ties`).
    """

    key: Key
    n: int
    shown: bool
    printed: bool = True
    small: int = 0
    mark: int | None = None


@dataclass(eq=False)
class Graph:
    """Cells with counts, the results' rows that print them, and the sums between them."""

    values: dict[Key, int] = field(default_factory=dict)
    printed: dict[Key, list[tuple[int, int, str]]] = field(default_factory=dict)
    sums: list[tuple[Key, tuple[Key, ...]]] = field(default_factory=list)
    earlier: dict[Key, Earlier] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    same: dict[Key, Key] = field(default_factory=dict)
    marks: dict[Key, int] = field(default_factory=dict)
    nearly: list[tuple[Key, Key]] = field(default_factory=list)
    """Cells that lie in others but for few, as far as persons are known."""
    ids: dict[str, NDArray[np.uint64]] = field(default_factory=dict)
    """The marks of single persons by population."""
    span: Span = field(default_factory=Span)

    def key(self, population: str, place: Where) -> Key:
        """The cell of a population and conditions, after like populations and like cells were joined."""
        cell = (self.alias.get(population, population), place)
        return self.same.get(cell, cell)

    def mark(self, cell: Key) -> int | None:
        """The sum of the marks of a cell's people, where they are known."""
        everybody = self.ids.get(cell[0])
        if cell[1] or everybody is None:
            return self.marks.get(cell)
        return int(everybody.sum(dtype=np.uint64))

    def add(self, total: Key, parts: tuple[Key, ...]) -> None:
        """Take in that a cell is the sum of others, where that is so and says something new."""
        held = total in self.values and all(p in self.values for p in parts)
        if not held or parts == (total,) or self.values[total] != sum(self.values[p] for p in parts):
            return
        if self.span.take(total, parts):
            self.sums.append((total, parts))
