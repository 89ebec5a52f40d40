"""The folder that registers are read from, and which of its files were read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReadError
from ipseval.loading.registers.source import FORMATS, open_source

ENDINGS = (".parquet", *sorted(FORMATS))
"""Formats that registers come in; parquet is taken first."""


@dataclass(frozen=True)
class RegisterFolder:
    """Files by the name of their register; `read` grows with the names of those that were asked for."""

    path: Path
    read: list[str] = field(default_factory=list)

    def file(self, stem: str) -> Path:
        """Return the one file of that name."""
        for ending in ENDINGS:
            found = self.path / f"{stem}{ending}"
            if found.is_file():
                return self._told([found])[0]
        there = sorted({p.stem for p in self.path.iterdir() if p.is_file()})
        raise ReadError(f"registers: no file of {stem!r} in the folder: {hint_for(stem, there)}")

    def files(self, register: str) -> list[Path]:
        """Return the yearly files of a register, of one format each."""
        for ending in ENDINGS:
            found = sorted(self.path.glob(f"{register}[0-9]*{ending}"))
            if found:
                return self._told(found)
        return [self.file(register)]

    def frame(self, stem: str) -> pd.DataFrame:
        """Read a file that is no register of the state: a list of persons, a log of contacts."""
        source = open_source(self.file(stem))
        pieces = [piece.to_pandas() for piece in source.batches(list(source.columns))]
        return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(source.columns))

    def _told(self, found: list[Path]) -> list[Path]:
        self.read.extend(p.name for p in found if p.name not in self.read)
        return found
