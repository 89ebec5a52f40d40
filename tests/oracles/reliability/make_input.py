"""Writes input.csv: invented answers to eight items in two waves, with holes.  Run once; kept in git."""

from pathlib import Path

import numpy as np
import pandas as pd

random = np.random.default_rng(20)
rows = []
for wave, n in (("start", 61), ("end", 40)):
    trait = random.normal(size=n)
    strength = np.array([0.9, 0.8, 0.7, 0.85, 0.6, 0.5, 0.75, 0.65])
    latent = trait[:, None] * strength + random.normal(size=(n, 8)) * np.sqrt(1 - strength**2)
    answers = np.clip(np.rint(2.4 + 1.3 * latent), 0, 5)
    answers[random.random(answers.shape) < 0.02] = np.nan
    answers[:, 6] = 5 - answers[:, 6]  # q7 runs the other way
    frame = pd.DataFrame(answers, columns=[f"q{i}" for i in range(1, 9)])
    frame.insert(0, "wave", wave)
    frame.insert(0, "id", range(1, n + 1))
    rows.append(frame)
pd.concat(rows).astype({f"q{i}": "Int8" for i in range(1, 9)}).to_csv(
    Path(__file__).with_name("input.csv"), index=False
)
