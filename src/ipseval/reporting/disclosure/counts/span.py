"""Which relations between cells say something that the others do not."""

from __future__ import annotations

from collections.abc import Sequence

from ipseval.core.evidence import Where

Key = tuple[str, Where]


class Span:
    """Relations that say something new; those that follow from the ones taken before are not needed."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, float]] = {}
        self.place: dict[Key, int] = {}

    def take(self, total: Key, parts: Sequence[Key]) -> bool:
        """Take a relation in; False where it follows from the others."""
        row: dict[int, float] = {self._at(total): -1.0}
        for part in parts:
            row[self._at(part)] = row.get(self._at(part), 0.0) + 1.0
        # A total among its own parts cancels: the other parts are nobody.
        return self._keep({key: value for key, value in row.items() if value})

    def know(self, key: Key) -> bool:
        """Take in that the number of one cell is known; False where it follows from the others."""
        return self._keep({self._at(key): 1.0})

    def tells(self, key: Key) -> bool:
        """Say whether the number of a cell follows from what was taken in."""
        return key in self.place and not self._reduced({self.place[key]: 1.0})

    def copy(self) -> Span:
        """Another span that has taken in the same."""
        other = Span()
        other.rows, other.place = dict(self.rows), dict(self.place)
        return other

    def _keep(self, row: dict[int, float]) -> bool:
        row = self._reduced(row)
        if row:
            self.rows[min(row)] = row
        return bool(row)

    def _reduced(self, row: dict[int, float]) -> dict[int, float]:
        while row and (lead := min(row)) in self.rows:
            held = self.rows[lead]
            scale = row[lead] / held[lead]
            left = {key: row.get(key, 0.0) - scale * value for key, value in held.items()}
            row = {key: value for key, value in (row | left).items() if abs(value) > 1e-9}
        return row

    def _at(self, key: Key) -> int:
        return self.place.setdefault(key, len(self.place))
