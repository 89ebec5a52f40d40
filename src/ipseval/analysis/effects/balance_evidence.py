"""Whom the balance of a design counts: the arms, and by covariate where it is yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.evidence_parts import arm_column
from ipseval.analysis.kernels.balance import is_binary
from ipseval.core.errors import DesignError
from ipseval.core.evidence import Evidence, Line, spread, uneven
from ipseval.core.evidence_cells import Cells, Counted, whole_column

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Balanced:
    """A design, and its covariates by name (n x p), with squares and products where they were asked for."""

    design: Design
    names: Sequence[str]
    x: Array

    def evidence(self, data: pd.DataFrame | None, rows: Sequence[tuple[str, str]]) -> Evidence | None:
        """Tell of each row (covariate, "before" or "after") its people; None where their frame is gone."""
        frame = self.design.frame_at_hand() if data is None else data
        if frame is None:
            return None
        try:
            place = self.design.rows_in(frame, None)
        except DesignError:
            return None
        return self._told(frame, place, rows) if (place >= 0).all() else None

    def _told(
        self, frame: pd.DataFrame, place: NDArray[np.intp], rows: Sequence[tuple[str, str]]
    ) -> Evidence:
        design, coded = self.design, is_binary(self.x)
        arm = arm_column(frame, place, design.d, design.treatment)
        own = {} if arm is None else {design.treatment: arm}
        for at in map(int, np.flatnonzero(coded)):
            if self.names[at] not in frame.columns:
                own[self.names[at]] = whole_column(frame, place, self.x[:, at].astype(int))
        id = design.id if design.id in frame.columns else None
        cells = Cells(frame, id, own)
        needed = (design.treatment, *(c for c in design.settings["columns"] if c in frame.columns))
        everyone = np.ones(len(design.d), dtype=bool)
        used = {"before": everyone, "after": design.weight > 0}
        spot = {name: at for at, name in enumerate(self.names)}

        def line(name: str, group: str) -> Line:
            mask, at = used[group], spot[name]
            counted = Counted(np.sort(place[mask]), needed, not bool(mask.all()), design.treatment)
            arms = [] if coded[at] else [self.x[mask & (design.d == a), at] for a in (1.0, 0.0)]
            split = (design.treatment, *([name] if coded[at] else []))
            weights = [design.weight[mask & (design.d == a)] for a in (1.0, 0.0)] if group == "after" else []
            odd = min((n for n in map(uneven, weights) if n), default=0)
            return cells.line(counted, splits=(split,), of=(name,), uneven=odd, **spread(arms))

        return cells.evidence(lines=[line(*row) for row in rows])
