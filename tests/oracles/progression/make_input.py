"""Writes input.csv: invented repeated answers of 30 persons at irregular dates.  Run once; kept in git."""

from pathlib import Path

import numpy as np
import pandas as pd

random = np.random.default_rng(42)
rows = []
for person in range(1, 31):
    level, slope = random.normal(3, 0.8), random.normal(0.05, 0.05)
    for day in np.sort(random.choice(540, random.integers(1, 6), replace=False)):
        answer = np.clip(np.rint(level + slope * day / 30.4 + random.normal(0, 0.5)), 1, 5)
        rows.append((person, pd.Timestamp("2023-01-02") + pd.Timedelta(days=int(day)), int(answer)))
frame = pd.DataFrame(rows, columns=["id", "date", "belief"])
frame.to_csv(Path(__file__).with_name("input.csv"), index=False, date_format="%Y-%m-%d")
