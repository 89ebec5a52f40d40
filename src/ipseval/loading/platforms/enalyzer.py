"""Reads Enalyzer's answer download (Excel or CSV).

Layout, as Enalyzer's help centre documents it (helpcenter.enalyzer.com, "Download Svardata", article
360016753759): one row per respondent, one column per background variable and question; closed questions
come as the label number, the value or the answer's text, as chosen per question at download; a question
with several answers has one column per answer.  The file carries no codebook, so labels are the column
headings, and a battery or tick-all question written "question - answer" becomes an answer set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from ipseval.loading.codebook import FILE_LANGUAGE, AnswerSet, Variable
from ipseval.loading.formats.columns import typed
from ipseval.loading.formats.raw import Cells, Raw

_PARTED = (" - ", ": ")


def read_enalyzer(cells: Cells, kind: str, *, decimal: str | None) -> Raw:
    """Type the cells of a download, keep headings as labels, and find tick-all questions."""
    frame, variables, problems = typed(cells, decimal=decimal)
    labelled = {name: replace(v, label={FILE_LANGUAGE: name}) for name, v in variables.items()}
    return Raw(
        frame=frame,
        variables=labelled,
        format=f"enalyzer {kind}",
        encoding=cells.encoding,
        sets=_tick_sets(frame, labelled),
        note=cells.note,
        problems=cells.problems + problems,
    )


def _tick_sets(frame: pd.DataFrame, variables: Mapping[str, Variable]) -> dict[str, AnswerSet]:
    """Group columns with one heading before the mark whose answers are all 0, 1 or blank."""
    groups: dict[str, list[str]] = {}
    for name in variables:
        stem = next((name.rsplit(mark, 1)[0] for mark in _PARTED if mark in name), None)
        if stem is not None and variables[name].type == "integer":
            groups.setdefault(stem, []).append(name)
    return {
        stem: AnswerSet(stem, tuple(columns), {FILE_LANGUAGE: stem}, "1")
        for stem, columns in groups.items()
        if len(columns) > 1 and all(frame[c].dropna().isin([0, 1]).all() for c in columns)
    }
