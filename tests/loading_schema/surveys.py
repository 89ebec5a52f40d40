"""Small surveys and schemas for the tests of schemas; everybody is invented."""

import numpy as np
import pandas as pd

from ipseval.loading.codebook import Codebook
from ipseval.loading.schema import load_schema
from ipseval.loading.survey import ReadReport, Survey

CANARY = "CANARY-4711"
CANARY_NUMBER = 987123


def survey(columns, *, codebook=None, codes=None, file="start.csv"):
    """Make a survey as a reader would: whatever is missing is NA, with a reason."""
    data = pd.DataFrame(columns)
    reasons = pd.DataFrame(
        {
            c: pd.Series(np.where(data[c].isna(), "system_missing", None), index=data.index, dtype="str")
            for c in data
        },
        index=data.index,
    )
    return Survey(
        data,
        reasons,
        codebook or Codebook({}),
        ReadReport(file, "csv", "utf-8", *data.shape),
        codes=pd.DataFrame(codes or {}, index=data.index),
    )


def schema(tmp_path, text, name="start.yaml"):
    """Write a schema to a file and load it."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_schema(path)


SMALL = """
name: small/start
title: {da: Lille, en: Small}
primaryKey: id
blank: not_answered
missingValues:
  - {value: 9, reason: not_answered, label: {da: Ubesvaret, en: Left blank}}
  - {value: 8, reason: dont_know, label: {da: "Ved ikke", en: "Don't know"}}
codeLists:
  yes_no:
    - {value: 1, label: {da: Ja, en: "Yes"}}
    - {value: 0, label: {da: Nej, en: "No"}}
fields:
  - {name: id, type: string, role: id, title: {da: Nummer, en: Number}, aliases: [respondent]}
  - {name: koen, type: integer, title: {da: Køn, en: Gender}, aliases: [gender], role: background,
     categories: [{value: 1, label: {da: Mand, en: Man}}, {value: 2, label: {da: Kvinde, en: Woman}}]}
  - {name: alder, type: integer, title: {da: Alder, en: Age}, constraints: {minimum: 15, maximum: 29},
     missingValues: [{value: 99, reason: not_answered}]}
  - {name: job, type: integer, title: {da: Job, en: Job}, categories: yes_no}
  - {name: timer, type: number, title: {da: Timer, en: Hours}, askedIf: {column: job, in: [1]},
     constraints: {minimum: 0, maximum: 60}}
  - {name: dato, type: date, title: {da: Dato, en: Date}, constraints: {minimum: "2023-01-01"}}
  - {name: kommentar, type: string, role: free_text, optional: true, title: {da: Kommentar, en: Comment}}
"""


def good(n=4):
    """Give the columns of a file that meets SMALL."""
    return {
        "id": [f"p{i}" for i in range(n)],
        "koen": pd.array([1, 2] * (n // 2), dtype="Int64"),
        "alder": pd.array([16, 29] * (n // 2), dtype="Int64"),
        "job": pd.array([1, 0] * (n // 2), dtype="Int64"),
        "timer": [37.5, np.nan] * (n // 2),
        "dato": pd.to_datetime(["2023-05-01"] * n),
    }
