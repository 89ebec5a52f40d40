"""The invented people as frames and as files, and the report of what they cannot give back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.language import LANGUAGES, say
from ipseval.core.resources import data_root
from ipseval.loading.codebook import Codebook
from ipseval.loading.schema import load_schema
from ipseval.loading.synthetic import MARK, prepare_folder
from ipseval.study.cohort import files

QUESTIONNAIRES = ("start", "slut", "registrering")


@dataclass(frozen=True)
class CohortReport:
    """What was written: names of the files without a folder, persons per questionnaire, and the note.

    What the invented people cannot give back is told by the ledger of the report, not here.
    """

    files: tuple[str, ...]
    n: Mapping[str, int]
    note: str


def cohort_frames(*, coded: bool = False) -> dict[str, pd.DataFrame]:
    """Give the invented people of IPS UNG, the same on every run and platform.

    Parameters
    ----------
    coded : bool, default False
        True keeps the codes for missing answers (6, 8, 9) as they stand in the files; False gives
        them as missing, as reading the files does.

    Returns
    -------
    dict of DataFrame
        "start" (55 rows), "slut" (43) and "registrering" (66): one row per person and questionnaire,
        columns and codes as in the packaged schemas `ips_ung/*`, `id` shared by all three.

    Assumptions
    -----------
    The people are invented.  40 answered both questionnaires, 15 the start only, 3 the end only, 8 neither.
    Of the 43 at the end 34 have finished, one of them without a start form.  Where the print left it open:
    schooling is known of 49 of 55 (the base of its percents), 4 of 43 left the question on influence blank
    (only a base of 39 gives its printed 3 %, unless that is a misread 2 %), and five found the two ratings
    of table 9 not relevant.

    Missing data
    ------------
    A question that was not asked is blank; an answer that was not given has a code with its reason.

    Examples
    --------
    >>> {name: len(frame) for name, frame in cohort_frames().items()}
    {'start': 55, 'slut': 43, 'registrering': 66}
    """
    return {name: _frame(name, coded) for name in QUESTIONNAIRES}


def write_cohort(
    folder: str | Path, lang: str = "da", formats: Sequence[str] = files.FORMATS
) -> CohortReport:
    """Write the invented people of IPS UNG as SPSS files and workbooks in the layout of SurveyXact.

    Parameters
    ----------
    folder : str or Path
        Where the files go; made when it is not there.  A folder that holds such files of your own
        is left alone.
    lang : {"da", "en"}, default "da"
        The language of variable and value labels.
    formats : sequence of {"sav", "xlsx"}
        Which files to write of each questionnaire.

    Returns
    -------
    CohortReport
        The files and the number of persons.

    Raises
    ------
    SchemaError
        For a language or format that is not offered.
    ReadError
        When the folder cannot be written to, or holds files that were not written by this function.

    References
    ----------
    DEFACTUM, IPS UNG evaluation (Gladsaxe): the printed numbers, `study/plans/published/ips_ung.yaml`.
    """
    _offered("lang", [lang], LANGUAGES)
    _offered("formats", formats, files.FORMATS)
    target = Path(folder)
    names = [f"{name}.{ending}" for ending in formats for name in QUESTIONNAIRES]
    prepare_folder(target, names)
    note = say("invented_people", lang)
    files.write_text(target / MARK, "".join(say("invented_people", each) + "\n" for each in LANGUAGES))
    writers = {"sav": files.write_sav, "xlsx": files.write_workbook}
    frames = cohort_frames(coded=True)
    for ending in formats:
        for name, frame in frames.items():
            writers[ending](frame, codebook_of(name), target / f"{name}.{ending}", note, lang)
    return CohortReport((*names, MARK), {name: len(frame) for name, frame in frames.items()}, note)


@cache
def codebook_of(name: str) -> Codebook:
    """Return the columns, labels and codes of one questionnaire, from its packaged schema."""
    return load_schema(f"ips_ung/{name}").codebook()


def _frame(name: str, coded: bool) -> pd.DataFrame:
    raw = pd.read_csv(
        data_root() / "cohorts" / "ips_ung" / f"{name}.csv", dtype="string", keep_default_na=False
    )
    codebook = codebook_of(name)
    typed: dict[str, pd.Series[Any]] = {}
    for column in raw.columns:
        text = raw[column].where(raw[column] != "", pd.NA)
        variable = codebook[column]
        if variable.type == "integer":
            values = pd.to_numeric(text).astype("Int64")
            typed[column] = values if coded else values.mask(values.isin([m.low for m in variable.missing]))
        elif variable.type == "number":
            typed[column] = pd.to_numeric(text).astype("Float64").astype("float64")
        elif variable.type == "date":
            typed[column] = pd.to_datetime(text, format="%Y-%m-%d")
        else:
            typed[column] = text.astype("str")
    return pd.DataFrame(typed)


def _offered(argument: str, given: Sequence[str], options: Sequence[str]) -> None:
    for one in given:
        if one not in options:
            raise SchemaError(f"{argument}={one!r} is not offered: {hint_for(str(one), options)}")
