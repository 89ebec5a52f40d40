"""Psychiatric contacts and diagnoses, before and after LPR3, and prescriptions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.weeks import monday
from ipseval.loading.synthetic_registers.background import dated
from ipseval.loading.synthetic_registers.lives import FIRST, N_WEEKS
from ipseval.loading.synthetic_registers.world import World

DIAGNOSES = np.array(["DF321", "DF411", "DF431", "DF603", "DF840", "DF200"], dtype=object)
CHANGE = np.datetime64("2019-03-01")


def _contacts(world: World) -> tuple[NDArray[np.object_], NDArray[np.datetime64], NDArray[np.int64]]:
    """Give person, day and main diagnosis of every contact, the parents' too, by day."""
    rng, lives, kin = world.luck(7), world.lives, world.families
    n = rng.poisson(10.0 * np.array([0.5, 0.25, 0.1, 0.05, 0.02])[kin.parent_level])
    parent = np.repeat(np.arange(len(kin.parent_level)), n)
    days = monday(FIRST) + rng.integers(0, 7 * N_WEEKS, len(parent)).astype("timedelta64[D]")
    who = np.concatenate([world.young[lives.contact_row], world.parents[parent]])
    day = np.concatenate([monday(FIRST + lives.contact_week), days])
    order = np.argsort(day, kind="stable")
    return who[order], day[order], rng.integers(0, len(DIAGNOSES), len(who))


def psychiatry(world: World) -> dict[str, pd.DataFrame]:
    """Give contacts and diagnoses before March 2019 (PSYK) and from then on (LPR3)."""
    who, day, diagnosis = _contacts(world)
    old = day < CHANGE
    number = np.arange(len(who)).astype(str)
    start = day.astype("datetime64[s]")
    withdrawn = np.where(np.arange(int((~old).sum())) % 200 == 7, "Ja", "Nej")
    return {
        "psyk_adm2018": pd.DataFrame(
            {"RECNUM": number[old], "PNR": who[old], "C_PATTYPE": "2", "D_INDDTO": start[old],
             "D_UDDTO": start[old]}
        ),
        "psyk_diag2018": pd.DataFrame(
            {"RECNUM": number[old], "C_DIAG": DIAGNOSES[diagnosis[old]], "C_DIAGTYPE": "A"}
        ),
        "lpr3_kontakter": pd.DataFrame(
            {"DW_EK_KONTAKT": number[~old], "PNR": who[~old], "DATO_START": start[~old],
             "DATO_SLUT": start[~old], "HOVEDSPECIALE_ANS": "psykiatri"}
        ),
        "lpr3_diagnoser": pd.DataFrame(
            {"DW_EK_KONTAKT": number[~old], "DIAGNOSEKODE": DIAGNOSES[diagnosis[~old]],
             "DIAGNOSETYPE": "A", "SENERE_AFKRAEFTET": withdrawn}
        ),
    }  # fmt: skip


def medicine(world: World) -> pd.DataFrame:
    """Give prescriptions of antidepressants and sleeping pills."""
    row, day = dated(world, 10, (0.9, 0.6, 0.3, 0.15, 0.08))
    return pd.DataFrame(
        {
            "PNR": world.young[row],
            "EKSD": day.astype("datetime64[s]"),
            "ATC": np.where(row % 4 == 0, "N05CH01", "N06AB04"),
        }
    )
