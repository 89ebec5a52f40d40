"""What the readers hand to the scanner: texts and tables with their place, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[tuple[str, int], ...]
"""Steps from the outside in, such as (("cell", 3), ("output", 1)); numbers, so that no value slips in."""

HEAD_ROWS = 400
"""So many rows of a table are judged."""
BLOCK = 1 << 20
"""Characters or bytes taken at a time from a long file."""
LONGEST_PART = 64 << 20
"""A part of a package, or a notebook, that is longer is not unpacked."""
MOST_UNPACKED = 512 << 20
MOST_PARTS = 10_000
MOST_RATIO = 300
DEEPEST = 3
PICTURE = "picture"
"""The code of a `Trouble` that is a picture: its texts are read, what it shows is not."""


@dataclass(frozen=True, repr=False)
class Piece:
    """A stretch of text.

    `line` is the number of its first line, 0 where lines mean nothing; `tables` says whether printed tables
    are to be looked for in it, which they are not where a `Grid` says the same.
    """

    place: Place
    text: str
    line: int = 0
    tables: bool = True


@dataclass(frozen=True, repr=False)
class Grid:
    """The first rows of a table, head row first."""

    place: Place
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Trouble:
    """Something that was not read, or that is a finding by its nature (`n` of it); `code` has words."""

    place: Place
    code: str
    n: int = 1


Found = Piece | Grid | Trouble


class Budget:
    """How much may still be unpacked; shared by everything inside one file."""

    def __init__(self, most: int = MOST_UNPACKED) -> None:
        self.left = most

    def take(self, n: int) -> bool:
        """Take n bytes; False when they are not there."""
        self.left -= n
        return self.left >= 0
