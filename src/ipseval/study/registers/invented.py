"""The invented Reconnect study: registers with a known true effect, and the participants' questionnaires."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ipseval.core.language import say
from ipseval.loading.synthetic import MARK
from ipseval.loading.synthetic_registers import write_registers
from ipseval.loading.synthetic_registers.lives import TREATED_MUNICIPALITIES

PERSONS, PARTICIPANTS, SEED = 20_000, 461, 20_190_101


def _reviews() -> pd.DataFrame:
    """Give one invented IPS-25 review per treated municipality."""
    return pd.DataFrame({"municipality": list(TREATED_MUNICIPALITIES), "ips25": [104, 97, 88]})


def write_reconnect(
    folder: Path, *, lang: str, persons: int = PERSONS, participants: int = PARTICIPANTS, seed: int = SEED
) -> None:
    """Write registers as parquet and each wave of the questionnaire as CSV, marked as invented."""
    write_registers(folder, persons=persons, participants=participants, seed=seed, formats=["parquet"])
    for path in sorted(folder.glob("survey_wave*.parquet")):
        pd.read_parquet(path).to_csv(folder / f"{path.stem}.csv", index=False)
    _reviews().to_parquet(folder / "fidelity.parquet", index=False)
    (folder / MARK).write_text(say("invented_registers", lang) + "\n", encoding="utf-8")
