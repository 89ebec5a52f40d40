"""What importing costs on top of pandas: medians of whole processes, taken in turn."""

import statistics
import subprocess
import sys
import time

LINES = ("import pandas", "import ipseval, pandas", "from ipseval.instruments import WHO5")
ROUNDS = 9


def seconds(line: str) -> float:
    """Time one fresh interpreter that runs `line`."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", line], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print one row per line: median seconds, and how much above pandas."""
    for line in LINES:
        seconds(line)
    taken = {line: [] for line in LINES}
    for _ in range(ROUNDS):
        for line in LINES:
            taken[line].append(seconds(line))
    base = statistics.median(taken[LINES[0]])
    print("| import | median s | above pandas s |\n| --- | --- | --- |")
    for line in LINES:
        middle = statistics.median(taken[line])
        print(f"| `{line}` | {middle:.2f} | {middle - base:+.2f} |")


if __name__ == "__main__":
    main()
