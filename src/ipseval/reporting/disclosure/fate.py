"""What becomes of a row of a result, and a result as the outsider sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ipseval.core.result import Result
from ipseval.reporting.disclosure.facts import Facts, records

OK, HIDDEN, PROTECTING, ROUNDED, PERSON = "ok", "hidden", "hidden_to_protect", "rounded", "needs_person"
FOR_ITSELF = ("release_all_equal", "release_rare_value", "release_dominated")
"""Why a number is hidden for itself, however many persons are behind it."""
PAIRED = ("change", "band_change", "reliable_change")


@dataclass(frozen=True)
class Fate:
    """What is shown of one row, its status, and the code of the sentence that says why."""

    n: int | None
    n_events: int | None
    estimate: float | None
    rest: bool
    status: str
    why: str = ""

    def without_numbers(self, status: str, why: str) -> Fate:
        """The row without anything but its counts; without those, too, where a person must decide."""
        if status == PERSON:
            return Fate(None, None, None, False, PERSON, why)
        return replace(self, estimate=None, rest=False, status=status, why=why)


@dataclass(frozen=True, eq=False)
class Seen:
    """One result with its facts, and what the outsider sees of each of its counts."""

    result: Result
    facts: Facts
    spots: Mapping[tuple[int, str], str]
    """(row, field) -> "ok", "hidden" or "hidden_to_protect"."""

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the estimates by column."""
        return records(self.result)

    @cached_property
    def uneven(self) -> int:
        """Persons who weigh otherwise than most of their arm, in the arm with the fewest; 0 unweighted."""
        return min((line.uneven for line in self.facts.lines if line.uneven), default=0)

    def count(self, at: int, name: str) -> int | None:
        """A count of a row, None where it has none."""
        value = self.rows[at][name]
        return None if value is None or value != value else int(value)

    def made_of(self, at: int) -> tuple[str, ...]:
        """The columns whose means or counts a number is made of."""
        return self.facts.lines[at].of or (str(self.rows[at]["outcome"]),)
