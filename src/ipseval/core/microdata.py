"""The mark that a frame holds rows of persons, and what it survives.

The mark stands in `frame.attrs`.  pandas carries it through selections, copies, `assign`, sorting,
grouping and reshaping, but not through `merge` or `concat` with an unmarked frame, `value_counts` or NumPy.
So whoever relies on it (the Jupyter guard) looks at the columns as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MARK = "ipseval_microdata"


def marked(frame: pd.DataFrame) -> pd.DataFrame:
    """Mark a frame as rows of persons, in place, and give it back."""
    frame.attrs[MARK] = True
    return frame


def is_marked(frame: Any) -> bool:
    """Say whether a frame or a column carries the mark."""
    return bool(getattr(frame, "attrs", {}).get(MARK))
