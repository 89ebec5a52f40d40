"""What importing costs on top of pandas: medians of whole processes, taken in turn.

Run: python tools/bench/imports.py [rounds].  Processor time of the processes (user and system).
"""

import os
import statistics
import subprocess
import sys

from lines import Line, record

LINES = ("import pandas", "import ipseval, pandas", "from ipseval.instruments import WHO5")
ROUNDS = 9
AIM = 0.25


def seconds(line: str) -> float:
    """Give the processor time of one fresh interpreter that runs `line`."""
    before = os.times()
    subprocess.run([sys.executable, "-c", line], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print one row per line: median seconds, and how much above pandas."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    for line in LINES:
        seconds(line)
    taken = {line: [] for line in LINES}
    for _ in range(rounds):
        for line in LINES:
            taken[line].append(seconds(line))
    base = statistics.median(taken[LINES[0]])
    print("| import | median s of processor time | above pandas s |\n| --- | --- | --- |")
    for line in LINES:
        middle = statistics.median(taken[line])
        print(f"| `{line}` | {middle:.2f} | {middle - base:+.2f} |")
        if line != LINES[0]:
            # What is added to pandas is the aim, in seconds; it can come out below zero.
            record(Line(2, f"{line}, above import pandas", 1, "process", middle - base, aim_seconds=AIM))


if __name__ == "__main__":
    main()
