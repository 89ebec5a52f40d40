"""Batches worked on by a few threads, with the answers in the order of the batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(job: Callable[[Given], Made], batches: Iterable[Given], workers: int = 2) -> Iterator[Made]:
    """Give what `job` makes of each batch; no more than `workers` + 1 batches are held at a time."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        waiting: deque[Future[Made]] = deque()
        for batch in batches:
            waiting.append(pool.submit(job, batch))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
