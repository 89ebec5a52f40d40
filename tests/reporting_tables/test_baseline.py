"""A baseline table: arms side by side, and how far apart they are before and after the adjustment."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.labels import Labels

LABELS = Labels(
    names={name: {"da": word} for name, word in (("age", "Alder"), ("sex", "Køn"), ("ill", "Kontakt"))},
    values={
        "sex": {"1": {"da": "Mænd"}, "2": {"da": "Kvinder"}},
        "treated": {"1": {"da": "Deltagere"}, "0": {"da": "Kontroller"}},
    },
)


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(4)
    n = 120
    people = pd.DataFrame(
        {"id": [f"p{k}" for k in range(n)], "treated": rng.permutation([1] * 40 + [0] * 80)}
    )
    people["age"] = rng.normal(22, 3, n).round(1) + people["treated"]
    people["sex"] = rng.integers(1, 3, n)
    people["ill"] = rng.integers(0, 2, n)
    design = ips.match("treated ~ age + C(sex) + ill", people, id="id")
    levels = {"sex": [1, 2], "ill": [0, 1]}
    said = ips.describe(people, columns=["age", "sex", "ill"], by="treated", levels=levels)
    return people, said, design.balance()


def cells(table):
    rows = [line.strip("|").split("|") for line in table.to_markdown().splitlines() if line.startswith("|")]
    return {
        row[0].replace("&emsp;", "").replace("*", "").strip(): [c.strip(" †") for c in row[1:]]
        for row in rows
    }


def test_each_number_is_that_of_its_result(made):
    people, said, balance = made
    shown = cells(ips.table([said, balance], by="treated", labels=LABELS, lang="en"))
    assert shown["Variable"] == [
        "Kontroller", "Deltagere", "Standardised difference before adjustment",
        "Standardised difference after adjustment",
    ]  # fmt: skip
    gaps = balance.estimates.set_index(["group", "term"])["estimate"]

    def pair(term):
        return [f"{gaps[stage, term]:+.2f}".replace("-", "\N{MINUS SIGN}") for stage in ("before", "after")]

    by_arm = people.groupby("treated")["age"]
    assert shown["Alder, mean (SD)"] == [
        f"{by_arm.mean()[arm]:.2f} ({by_arm.std()[arm]:.2f})" for arm in (0, 1)
    ] + pair("age")
    women = people[people["sex"] == 2].groupby("treated").size()
    assert [cell.split()[0] for cell in shown["Kvinder"][:2]] == [str(women[arm]) for arm in (0, 1)]
    assert shown["Kvinder"][2:] == pair("sex[2]")
    assert shown["Mænd"][2:] == ["", ""]
    assert shown["Kontakt"] == ["", "", *pair("ill")]  # a number whose values are counted


def test_the_stages_have_words_beside_the_arms(made):
    _, said, balance = made
    table = ips.table([said, balance], by="treated", labels=LABELS)
    base = next(note.text for note in table.notes if note.kind == "base")
    assert "Før n = 120" in base
    assert "Kontroller n = 80" in base
