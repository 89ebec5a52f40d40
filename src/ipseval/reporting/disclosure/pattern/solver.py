"""The solver, without what its inside prints: HiGHS has lines of its own that no option turns off."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def silent() -> Iterator[None]:
    """Send what compiled code writes to standard output nowhere; Python's own output is written before."""
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    with suppress(Exception):
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        # What the C library still holds must go before the way out is put back.
        with suppress(OSError, AttributeError, TypeError):
            (ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def milp(*given: Any, **words: Any) -> Any:
    """`scipy.optimize.milp`, silent."""
    from scipy.optimize import milp as solve

    with silent():
        return solve(*given, **words)


def linprog(*given: Any, **words: Any) -> Any:
    """`scipy.optimize.linprog`, silent."""
    from scipy.optimize import linprog as solve

    with silent():
        return solve(*given, **words)
