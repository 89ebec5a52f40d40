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
        row = {key: value for key, value in row.items() if value}
        while row and (lead := min(row)) in self.rows:
            held = self.rows[lead]
            scale = row[lead] / held[lead]
            left = {key: row.get(key, 0.0) - scale * value for key, value in held.items()}
            row = {key: value for key, value in (row | left).items() if abs(value) > 1e-9}
        if row:
            self.rows[min(row)] = row
        return bool(row)

    def _at(self, key: Key) -> int:
        return self.place.setdefault(key, len(self.place))
