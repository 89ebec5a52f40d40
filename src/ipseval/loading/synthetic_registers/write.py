"""Writes the invented registers as the files that the readers meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.loading.synthetic_registers import frames
from ipseval.loading.synthetic_registers.lives import FACTOR, live, true_effect

FORMATS = ("parquet", "csv", "dta")
TRUTH = "truth.yaml"


def write_registers(
    folder: str | Path,
    *,
    persons: int = 2_000,
    seed: int = 20_190_101,
    formats: Sequence[str] = FORMATS,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """Write invented registers of young people, with the traps of real ones and a known true effect.

    Parameters
    ----------
    folder
        Where to write; it is made if it is not there, and must be empty or hold earlier invented registers.
    persons
        Persons to invent (20,000 is the size of the field's test bed, 250,000 is for speed).
    seed
        Seed; the same seed and persons give the same content.
    formats
        Any of "parquet", "csv" and "dta".  DREAM comes as CSV with commas, and with semicolons and person
        ids that have lost their leading zeros.
    progress
        Called with (file, files done, files in all).

    Returns
    -------
    dict
        The truth: the programme's exact mean effect on the treated in weeks 1-52 and 1-104, also written to
        truth.yaml.

    Notes
    -----
    Planted: week 53 (2015, 2020); blank, 0, "." and missing; ids with lost zeros; paid work in weeks on
    benefit; blank weeks without work; emigration and return; death; overlapping jobs; negative corrections;
    rows of BEF that stand twice; persons who move between treated municipalities; persons who are in no
    row of DREAM; enrolments that are under way.  Nobody in it exists.
    """
    for kind in formats:
        require_option(kind, FORMATS, argument="formats", error=ReportError)
    if persons < 50:
        raise ReportError(f"persons={persons} are too few to hold the planted hazards; ask for 50 or more.")
    target = Path(folder)
    if target.is_dir() and any(target.iterdir()) and not (target / TRUTH).is_file():
        raise ReportError(f"folder={target.name!r} holds other files; choose an empty or a new folder.")
    target.mkdir(parents=True, exist_ok=True)
    lives = live(persons, seed)
    truth = {
        "invented": True, "persons": persons, "seed": seed, "factor": FACTOR,
        "weeks_1_52": true_effect(lives, 1, 52), "weeks_1_104": true_effect(lives, 1, 104),
    }  # fmt: skip
    parts = _registers(lives, frames.person_ids(persons, seed), seed)
    for done, (name, make) in enumerate(parts.items(), start=1):
        _write(make(), target, name, formats)
        if progress is not None:
            progress(name, done, len(parts))
    (target / TRUTH).write_text(yaml.safe_dump(truth, sort_keys=False), encoding="utf-8")
    return truth


def _registers(lives: Any, ids: Any, seed: int) -> dict[str, Callable[[], pd.DataFrame]]:
    jobs = frames.bfl(lives, ids, seed)
    year_of_job = jobs["ajo_job_slut_dato"].dt.year
    before, after = frames.psychiatry(lives, ids, seed)
    made: dict[str, Callable[[], pd.DataFrame]] = {"dream": lambda: frames.dream(lives, ids, seed)}
    for year in frames.YEARS:
        made[f"bfl{year}"] = lambda year=year: jobs[year_of_job == year]  # type: ignore[misc]  # year is bound now
        made[f"bef{year}12"] = lambda year=year: frames.bef(lives, ids, year, seed)  # type: ignore[misc]  # as above
    return made | {
        "kotre2024": lambda: frames.kotre(lives, ids),
        "psyk_adm2018": lambda: before,
        "lpr3_kontakter": lambda: after,
        "participants": lambda: frames.participants(lives, ids),
    }


def _write(frame: pd.DataFrame, folder: Path, name: str, formats: Sequence[str]) -> None:
    frame = frame.reset_index(drop=True)
    if "parquet" in formats:
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    if "csv" in formats:
        frame.to_csv(folder / f"{name}.csv", index=False)
        if name == "dream":
            bare = frame.assign(PNR=frame["PNR"].str.lstrip("0"))
            bare.to_csv(folder / "dream_semicolon.csv", index=False, sep=";")
    if "dta" in formats:
        _stata(frame).to_stata(folder / f"{name}.dta", write_index=False, version=118)


def _stata(frame: pd.DataFrame) -> pd.DataFrame:
    """Stata has no nullable integers and no missing text."""
    out = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_extension_array_dtype(column.dtype) and pd.api.types.is_integer_dtype(
            column.dtype
        ):
            column = column.astype("float32")
        elif not pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "M":
            column = column.fillna("").astype(object)
        out[name] = column
    return pd.DataFrame(out)
