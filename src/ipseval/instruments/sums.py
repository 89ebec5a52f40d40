"""A sum index of your own without a file: so many items, each from so much to so much."""

from __future__ import annotations

from collections.abc import Sequence

from ipseval.core.errors import SchemaError, ScoringError
from ipseval.instruments.inspection import score_range
from ipseval.instruments.instrument import Instrument


def sum_index(
    id: str,
    *,
    items: Sequence[str],
    item_min: int,
    item_max: int,
    reversed: Sequence[str] = (),
    max_missing: int = 0,
    better: str = "higher",
    declared_range: tuple[float, float] | None = None,
) -> Instrument:
    """Make an instrument that adds up items.

    Parameters
    ----------
    id
        Name of the score column.
    items, reversed
        Ids of the items, and of those that run the other way.
    item_min, item_max
        Lowest and highest answer of every item.
    max_missing
        How many answers may be missing.
    better
        "higher" or "lower".
    declared_range
        The range that a report prints, to be held against the one that the items can give.

    Returns
    -------
    Instrument
        It scores like a shipped one, without bands, norm or cut.

    Raises
    ------
    ScoringError
        If the declared range is not the theoretical one.
    SchemaError
        If the index is not well formed.

    Examples
    --------
    >>> from ipseval.instruments import sum_index
    >>> sum_index("mastery", items=["a", "b", "c", "d"], item_min=1, item_max=3, declared_range=(4, 12))
    <Instrument mastery: 4 items, 1 score>
    """
    if isinstance(items, str) or item_min >= item_max:
        raise SchemaError("sum_index needs a list of items and item_min below item_max.")
    made = Instrument.from_fields(
        {
            "id": id,
            "better": better,
            "items": {
                "range": [item_min, item_max],
                "list": [{"id": item} for item in items],
                "reversed": list(reversed),
            },
            "coding": {"default": f"{item_min}-{item_max}"},
            "scores": [{"id": id, "max_missing": max_missing}],
        }
    )
    low, high = score_range(made, made.coding)
    if declared_range is not None and tuple(declared_range) != (low, high):
        raise ScoringError(
            f"declared_range= says a range that {id} cannot have: {len(items)} item(s) from {item_min} to "
            f"{item_max} give {low:g} to {high:g}; check how many items there are and their codes."
        )
    return made
