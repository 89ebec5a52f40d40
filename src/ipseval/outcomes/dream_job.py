"""The job that turns weeks into spells: one pure function from a batch of persons, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from ipseval.outcomes.codes import UNKNOWN, CodeList
from ipseval.outcomes.columns import taken
from ipseval.outcomes.spells import Spells, from_columns, together
from ipseval.outcomes.store import SpellStore, StoreWriter

Batch = tuple[pl.Series, Sequence[NDArray[np.generic]]]


@dataclass
class Job:
    """Where the batches come from, which week is the first, how many persons there are, what was told."""

    batches: Callable[[], Iterator[Batch]]
    first_week: int
    n: int
    told: dict[str, Any] = field(default_factory=dict)
    progress: Callable[[str, int, int], None] | None = None


def run(job: Job, listed: CodeList, store: str | Path | None) -> Spells | SpellStore:
    """Make the spells of codes, in memory or into a store, and count the codes that the list lacks."""
    strange: dict[int, int] = {}
    parts = _parts(job, listed, strange)
    if store is None:
        whole = together(parts)  # of a source without persons one empty batch comes
        return replace(whole, told=_told(job.told, strange))
    with StoreWriter(Path(store)) as writer:
        for part in parts:
            writer.add(part)
        writer.finish(_told(job.told, strange))
    return writer.opened()


def _parts(job: Job, listed: CodeList, strange: dict[int, int]) -> Iterator[Spells]:
    done = 0
    for ids, columns in job.batches():
        part = from_columns(ids, columns, job.first_week)
        _count_strange(part, listed, strange)
        yield part
        done += len(ids)
        if job.progress is not None:
            job.progress("spells", done, job.n)


def _count_strange(part: Spells, listed: CodeList, strange: dict[int, int]) -> None:
    """Count weeks whose code the list lacks; codes say nothing of a person, so they may be named."""
    strange_code = np.zeros(2**16, dtype=bool)
    strange_code[1 : 2**15] = True
    strange_code[listed.table["code"].to_numpy()] = False
    strange_code[UNKNOWN] = True  # the last place: codes below 0 stand from the end
    odd = np.flatnonzero(taken(pa.array(strange_code.view(np.uint8)), part.runs.code.view(np.uint16)))
    if not len(odd):
        return
    code = part.runs.code.astype(np.int64)
    length = part.runs.end()[odd] - part.runs.start[odd]
    for value in np.unique(code[odd]):
        strange[int(value)] = strange.get(int(value), 0) + int(length[code[odd] == value].sum())


def _told(problems: dict[str, Any], strange: dict[int, int]) -> dict[str, Any]:
    told: dict[str, Any] = dict(problems)
    if strange:
        named = {("no number" if c == UNKNOWN else str(c)): n for c, n in sorted(strange.items())}
        told["codes_unknown"] = named
    return told
