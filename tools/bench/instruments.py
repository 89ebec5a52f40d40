"""Scores WHO-5, GAD-7 and MDI of many respondents: ours, the usual pandas idiom, one pass over the memory.

Run: python tools/bench/instruments.py [respondents] [repeats].  All rows come from one process and one set
of answers; before anything is timed, the totals and bands of both ways are held against each other.
The rows of the table alternate within each round, and medians of processor time are shown, so that a busy
machine hits all.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from lines import Line, record

from ipseval.instruments import GAD7, MDI, WHO5

WHO5_ITEMS = [f"who5_{i}" for i in range(1, 6)]
GAD7_ITEMS = [f"gad7_{i}" for i in range(1, 8)]
MDI_ITEMS = [f"mdi_{i}" for i in ("1", "2", "3", "4", "5", "6", "7", "8a", "8b", "9", "10a", "10b")]
HIGHEST = dict.fromkeys(WHO5_ITEMS + MDI_ITEMS, 5) | dict.fromkeys(GAD7_ITEMS, 3)
SHARE_MISSING = 0.03
NO_ANSWER = -1
LARGE = 10_000_000


def invented(n: int) -> dict[str, np.ndarray]:
    """Invented answers as int8, NO_ANSWER where missing."""
    random = np.random.default_rng(1)
    answers = {}
    for name, highest in HIGHEST.items():
        column = random.integers(0, highest + 1, n, dtype=np.int8)
        column[random.random(n, dtype=np.float32) < SHARE_MISSING] = NO_ANSWER
        answers[name] = column
    return answers


def nullable(answers: dict[str, np.ndarray]) -> pd.DataFrame:
    """The answers as pandas Int8: bytes with a mask of missing ones."""
    made = {k: pd.arrays.IntegerArray(v.copy(), v == NO_ANSWER) for k, v in answers.items()}
    return pd.DataFrame(made, copy=False)


def floats(answers: dict[str, np.ndarray]) -> pd.DataFrame:
    """The answers as most people hold them: float64 with NaN."""
    return pd.DataFrame({k: np.where(v == NO_ANSWER, np.nan, v) for k, v in answers.items()})


def arrow(answers: dict[str, np.ndarray]) -> Any:
    """The answers as an Arrow table of int8 with validity bits."""
    import pyarrow as pa

    return pa.table({k: pa.array(v, mask=v == NO_ANSWER) for k, v in answers.items()})


def ours(frame: Any, missing: tuple[int, ...] = ()) -> list[pd.DataFrame]:
    """Three scores with bands, n answered, prorated, and both MDI algorithms with their bounds."""
    return [
        WHO5.score(frame, items=WHO5_ITEMS, coding="0-5", missing=missing),
        GAD7.score(frame, items=GAD7_ITEMS, coding="0-3", missing=missing),
        MDI.score(frame, items=MDI_ITEMS, coding="0-5", missing=missing),
    ]


def idiom(frame: pd.DataFrame) -> list[pd.Series]:
    """What a careful analyst writes in pandas: person means, a missing rule, and bands by pd.cut."""
    mdi = frame[[*MDI_ITEMS[:7], "mdi_9"]].copy()
    mdi["mdi_8"] = frame[["mdi_8a", "mdi_8b"]].max(axis=1)
    mdi["mdi_10"] = frame[["mdi_10a", "mdi_10b"]].max(axis=1)
    out = []
    for items, k, factor, edges in (
        (frame[WHO5_ITEMS], 5, 4, [-1, 35.999, 50, 101]),
        (frame[GAD7_ITEMS], 7, 1, [-1, 4.999, 9.999, 14.999, 22]),
        (mdi, 10, 1, [-1, 20.999, 25.999, 30.999, 51]),
    ):
        enough = items.count(axis=1) >= k - 1
        score = (items.mean(axis=1) * k * factor).where(enough)
        out += [score, pd.cut(score, edges, labels=False)]
    return out


def one_pass(answers: dict[str, np.ndarray]) -> int:
    """Read every byte once."""
    return max(int(column.max()) for column in answers.values())


def equal(found: list[pd.DataFrame], expected: list[pd.Series]) -> None:
    """Refuse to time two ways that do not agree on every score and band."""
    for at, name in enumerate(("who5", "gad7", "mdi")):
        np.testing.assert_allclose(found[at][name], expected[2 * at], rtol=1e-12)
        codes = found[at][f"{name}_band"].cat.codes.to_numpy()
        np.testing.assert_array_equal(codes, expected[2 * at + 1].fillna(-1).to_numpy())


def told(n: int, middle: dict[str, float]) -> None:
    """Record ours beside the pandas idiom, and the best of ours beside one pass over the memory."""
    idiom_seconds, best = middle["pandas idiom, float64"], "ours, int8 with a mask (pandas Int8)"
    for name, seconds in middle.items():
        if name.startswith("ours"):
            task = f"WHO-5, GAD-7 and MDI, {name.removeprefix('ours, ')}"
            aim = 10.0 if name == best and n >= LARGE else None
            record(
                Line(
                    3, task, n, "respondents", seconds, "pandas idiom on float64", "pandas", idiom_seconds,
                    aim_ratio=aim,
                )
            )  # fmt: skip
    record(
        Line(
            3, f"WHO-5, GAD-7 and MDI, {best.removeprefix('ours, ')}", n, "respondents", middle[best],
            "one pass over the int8 bytes", "numpy", middle["one pass over the int8 bytes"],
        )
    )  # fmt: skip


def main() -> None:
    """Check that both ways agree, time all rows in turn, and print medians and ratios."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    answers = invented(n)
    plain, with_mask = pd.DataFrame(answers), nullable(answers)
    table, doubles = arrow(answers), floats(answers)
    expected = idiom(doubles)
    for frame, missing in ((plain, (NO_ANSWER,)), (with_mask, ()), (table, ()), (doubles, ())):
        equal(ours(frame, missing), expected)
    del expected
    jobs: dict[str, Callable[[], object]] = {
        "one pass over the int8 bytes": lambda: one_pass(answers),
        "ours, int8 with a mask (pandas Int8)": lambda: ours(with_mask),
        "ours, int8 with a missing code": lambda: ours(plain, (NO_ANSWER,)),
        "ours, Arrow int8": lambda: ours(table),
        "ours, float64": lambda: ours(doubles),
        "pandas idiom, float64": lambda: idiom(doubles),
    }
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            gc.collect()
            start = time.process_time()
            job()
            seconds[name].append(time.process_time() - start)
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    told(n, middle)
    reference = middle["pandas idiom, float64"]
    size = f"{n:,} respondents x {len(HIGHEST)} answers"
    print(f"{size}, {SHARE_MISSING:.0%} missing, median of {repeats} rounds")
    print(f"{'':38} {'seconds':>9} {'ns/answer':>10} {'idiom / this':>13} {'this / one pass':>16}")
    for name, value in middle.items():
        per_answer = value / n / len(HIGHEST) * 1e9
        bound = value / middle["one pass over the int8 bytes"]
        print(f"{name:38} {value:9.3f} {per_answer:10.2f} {reference / value:13.1f} {bound:16.1f}")


if __name__ == "__main__":
    main()
