"""Named frames that are made when they are first looked at: most readers of a table never do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

Columns = Mapping[str, list[Any]]
"""The columns of a frame, ready: figures of groups, never a row per person."""


class LaterFrames(Mapping[str, pd.DataFrame]):
    """A mapping of names to frames that holds columns and turns them into a frame once, on demand."""

    def __init__(self, columns: Mapping[str, Columns]) -> None:
        self._columns = dict(columns)
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return the frame of this name, the same one every time."""
        if name not in self._made:
            self._made[name] = pd.DataFrame(dict(self._columns[name]))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._columns)

    def __len__(self) -> int:
        """Count the frames."""
        return len(self._columns)

    def __repr__(self) -> str:
        """Say the names."""
        return f"<LaterFrames {', '.join(self._columns)}>"


def columns_of(rows: list[dict[str, Any]], names: tuple[str, ...]) -> Columns:
    """Turn rows of the same names into columns."""
    return {name: [row[name] for row in rows] for name in names}
