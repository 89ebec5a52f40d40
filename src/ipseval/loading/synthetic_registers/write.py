"""Writes the invented registers as the files that the readers meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.core.private_files import fill_private
from ipseval.loading.synthetic_registers import background, frames, health, programme
from ipseval.loading.synthetic_registers.lives import FACTOR, TREATED_MUNICIPALITIES
from ipseval.loading.synthetic_registers.transport import plain, write_transport
from ipseval.loading.synthetic_registers.truth import true_effect
from ipseval.loading.synthetic_registers.world import YEARS, World, invent

FORMATS = ("parquet", "csv", "dta", "xpt")
DEFAULT_FORMATS = ("parquet", "csv", "dta")
TRUTH = "truth.yaml"
MADE = (
    "dream", "bfl", "bef", "udda", "amrun", "kotre", "udfk", "krsi", "kraf", "bua", "lmdb",
    "psyk_adm", "psyk_diag", "lpr3_kontakter", "lpr3_diagnoser",
)  # fmt: skip
"""The registers that are invented; of the others that have a layout `write_twin` makes a twin."""
Parts = dict[str, Callable[[], pd.DataFrame]]


def write_registers(
    folder: str | Path,
    *,
    persons: int = 2_000,
    participants: int | None = None,
    seed: int = 20_190_101,
    formats: Sequence[str] = DEFAULT_FORMATS,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """Write invented registers of young people, with the traps of real ones and a known true effect.

    Parameters
    ----------
    folder
        Where to write; it is made if it is not there, and must be empty or hold earlier invented registers.
    persons
        Young people to invent (20,000 is the size of the field's test bed, 250,000 is for speed).
    participants
        How many take part; None gives 461 in 20,000.
    seed
        Seed; the same seed and numbers give the same content.
    formats
        Any of "parquet", "csv", "dta" and "xpt" (SAS transport, version 8).  DREAM comes as CSV with commas,
        and with semicolons and person ids that have lost their leading zeros.
    progress
        Called with (file, files done, files in all).

    Returns
    -------
    dict
        The truth: the programme's exact mean effect on the treated in weeks 1-52 and 1-104, also written to
        truth.yaml.

    Raises
    ------
    ReportError
        If the folder holds other files, or there are too few persons.

    Notes
    -----
    Files and columns: docs/methods/synthetic_registers.md.  Registers: DREAM, BFL, BEF, UDDA, AMRUN, KOTRE,
    UDFK, KRSI, KRAF, BUA, LMDB, PSYK_ADM, PSYK_DIAG and both parts of LPR3; other layouts have a twin
    (`write_twin`).  Planted: week 53 (2015, 2020); blank, 0, "." and
    missing; ids with lost zeros; paid work in weeks on benefit; blank weeks without work; emigration and
    return; death; overlapping jobs; pay taken back by a negative row; rows of BEF that stand twice; persons
    who move between treated municipalities; persons who are in no row of DREAM; enrolments that are under
    way; a comparison group with persons who take part later; participants who are further from work than
    those they are compared with, so that the plain difference is wrong and the registers at the index date
    make it right.  Nobody in it exists.
    """
    for kind in formats:
        require_option(kind, FORMATS, argument="formats", error=ReportError)
    if persons < 50:
        raise ReportError(f"persons={persons} are too few to hold the planted hazards; ask for 50 or more.")
    target = Path(folder)
    if target.is_dir() and any(target.iterdir()) and not (target / TRUTH).is_file():
        raise ReportError(f"folder={target.name!r} holds other files; choose an empty or a new folder.")
    world = invent(persons, seed, participants)
    target.mkdir(parents=True, exist_ok=True)
    parts = register_frames(world)
    for done, (name, make) in enumerate(parts.items(), start=1):
        _write(make(), target, name, formats)
        if progress is not None:
            progress(name, done, len(parts))
    truth = truth_of(world)
    (target / TRUTH).write_text(yaml.safe_dump(truth, sort_keys=False), encoding="utf-8")
    return truth


def truth_of(world: World) -> dict[str, Any]:
    """Give what the programme truly did, and what the invented data were made with."""
    return {
        "invented": True, "persons": world.persons, "seed": world.seed, "factor": FACTOR,
        "participants": len(world.lives.treated), "treated_municipalities": list(TREATED_MUNICIPALITIES),
        "weeks_1_52": true_effect(world.lives, 1, 52), "weeks_1_104": true_effect(world.lives, 1, 104),
        "survey": programme.surveys(world)[1],
    }  # fmt: skip


def register_frames(world: World) -> Parts:
    """Name every register and give the way to make it, each made when it is asked for."""
    made: Parts = {"dream": lambda: frames.dream(world)}
    jobs: list[pd.DataFrame] = []

    def jobs_of(year: int) -> pd.DataFrame:
        if not jobs:
            jobs.append(frames.bfl(world))
        found: pd.DataFrame = jobs[0][jobs[0]["ajo_job_slut_dato"].dt.year == year]
        return found

    for year in YEARS:
        made[f"bfl{year}"] = partial(jobs_of, year)
        made[f"udda{year}"] = partial(background.udda, world, year)
        made[f"amrun{year}"] = partial(background.amrun, world, year)
        for month in _quarters(year):
            made[f"bef{year}{month:02d}"] = partial(frames.bef, world, year, month)
    return made | dict(_others(world))


def _quarters(year: int) -> tuple[int, ...]:
    return (12,) if year <= 2018 else (3, 6, 9, 12)


def _others(world: World) -> Iterator[tuple[str, Callable[[], pd.DataFrame]]]:
    yield "kotre2024", lambda: background.kotre(world)
    yield "education_levels", background.education_levels
    yield "udfk", lambda: background.grades(world)
    yield "krsi", lambda: background.charges(world)
    yield "kraf", lambda: background.decisions(world)
    yield "bua", lambda: background.placements(world)
    yield "lmdb", lambda: health.medicine(world)
    for name in ("psyk_adm2018", "psyk_diag2018", "lpr3_kontakter", "lpr3_diagnoser"):
        yield name, partial(_one_of, health.psychiatry, world, name)
    yield "participants", lambda: programme.participants(world)
    yield "comparison", lambda: programme.comparison(world)
    yield "contact_log", lambda: programme.contact_log(world)
    for wave in range(programme.WAVES):
        yield f"survey_wave{wave}", partial(_one_of, _waves, world, f"survey_wave{wave}")


def _waves(world: World) -> dict[str, pd.DataFrame]:
    return programme.surveys(world)[0]


def _one_of(make: Callable[[World], dict[str, pd.DataFrame]], world: World, name: str) -> pd.DataFrame:
    return make(world)[name]


def _write(frame: pd.DataFrame, folder: Path, name: str, formats: Sequence[str]) -> None:
    frame = frame.reset_index(drop=True)
    writers: dict[str, Callable[[Path], Any]] = {
        "parquet": lambda part: frame.to_parquet(part, index=False),
        "csv": lambda part: frame.to_csv(part, index=False),
        "dta": lambda part: plain(frame).to_stata(part, write_index=False, version=118),
        "xpt": lambda part: write_transport(plain(frame), part),
    }
    for kind in formats:
        fill_private(folder / f"{name}.{kind}", writers[kind])
    if name == "dream" and "csv" in formats:
        bare = frame.assign(PNR=frame["PNR"].str.lstrip("0"))
        fill_private(folder / "dream_semicolon.csv", lambda part: bare.to_csv(part, index=False, sep=";"))
