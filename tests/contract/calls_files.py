"""Good calls of the verbs that read and write files, in a folder of their own."""

import pandas as pd

import ipseval as ips
from contract.calls import Call, persons
from contract.calls_registers import jobs

VERBS = (
    "read_survey", "draft_schema", "read_register", "store_register", "code_list", "write_twin", "pseudonyms", "known_values",
    "scan", "write_workbook", "write_document", "release",
)  # fmt: skip


def calls(folder, key):
    """List the calls; what they write lies in `folder`, and `key` is the path of a key outside every project."""
    people = persons()
    (folder / "twin").mkdir()
    people.to_csv(folder / "answers.csv", index=False)
    jobs().to_csv(folder / "bfl2021.csv", index=False)
    survey = ips.read_survey(folder / "answers.csv", id="id")
    described = ips.describe(people, columns=["sex"], id="id")
    shown = ips.table(described, lang="en")
    return [
        Call("read_survey", {"path": folder / "answers.csv", "id": "id"}),
        Call("draft_schema", {"survey": survey}),
        Call("read_register", {"path": folder / "bfl2021.csv", "register": "bfl"}),
        Call("store_register", {"path": folder / "bfl2021.csv", "register": "bfl", "store": folder / "bfl.parquet"}),
        Call("code_list", {"name": "koen"}),
        Call("write_twin", {"folder": folder / "twin", "register": "bef", "rows": 5}),
        Call("pseudonyms", {"frame": pd.DataFrame({"id": ["a", "b"]}), "id": "id", "key": key, "kind": "text"}),
        Call("known_values", {"frame": people, "key": key, "columns": ["id"]}),
        Call("scan", {"paths": [folder / "answers.csv"]}),
        Call("write_workbook", {"tables": [shown], "path": folder / "t.xlsx"}),
        Call("write_document", {"items": [shown], "path": folder / "t.docx", "title": "T", "lang": "en"}),
        Call("release", {"results": {"one": described}, "folder": folder / "out", "replace": True}),
    ]  # fmt: skip
