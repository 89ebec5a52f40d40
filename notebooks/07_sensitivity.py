# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How far can the effect be trusted?
#
# The same invented registers as in `06_effects`.  Each cell asks what would have to be wrong for the conclusion to
# change.  The last cells do it again where an unseen confounder is at work: there the estimate fails, and the
# tests say so.

# %% 1. Invent registers, and read what is needed
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import ipseval as ips

folder = Path(tempfile.mkdtemp())
truth = ips.write_registers(folder, persons=8000, participants=250, seed=2024, formats=["parquet"])
treated = pd.read_parquet(folder / "participants.parquet").assign(ips=1)
comparison = pd.read_parquet(folder / "comparison.parquet").query("qualifying == 1").assign(ips=0)
comparison = comparison[~comparison["pnr"].isin(treated["pnr"])]
people = pd.concat([treated, comparison], ignore_index=True)[["pnr", "index_date", "municipality", "ips"]]
spells = ips.dream.spells(ips.dream.read(folder / "dream.parquet"))
needed = ["ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer", "ajo_arbejdsgiver"]
jobs = ips.read_register(folder, register="bfl", columns=needed).data
names = {"PNR": "pnr", "D_INDDTO": "date", "DATO_START": "date"}
files = ("psyk_adm2018", "lpr3_kontakter")
contacts = [pd.read_parquet(folder / f"{name}.parquet").rename(columns=names) for name in files]
psychiatry = pd.concat(contacts)[["pnr", "date"]]
births = pd.concat([pd.read_parquet(folder / f"bef{y}12.parquet") for y in range(2015, 2025)])
births = births.drop_duplicates("PNR").rename(columns={"PNR": "pnr"})[["pnr", "FOED_DAG", "KOEN"]]

# %% 2. Covariates, design and outcomes as in 06
history = ips.covariates(people, dream=spells, jobs=jobs, events={"psychiatry": psychiatry})
data = people.merge(history, on="pnr").merge(births, on="pnr")
data["age"] = (data["index_date"] - data["FOED_DAG"]).dt.days / 365.25
data["woman"] = (data["KOEN"] == 2).astype(int)
data["benefit_weeks"] = data["weeks_uddannelseshjaelp_2y"] + data["weeks_kontanthjaelp_2y"]
data["psychiatry_before"] = (data["psychiatry_1y"] > 0).astype(int)
covariates = ["psychiatry_before", "benefit_weeks", "age", "woman"]
pairs = ips.match("ips ~ " + " + ".join(covariates), data, id="pnr")
after = ips.employment(people, jobs=jobs, dream=spells, window=(1, 52)).data
data = data.merge(after[["pnr", "weeks_worked", "any_work"]], on="pnr")
options = {"treatment": "ips", "covariates": covariates}

# %% 3. E-value: how strong would one unseen confounder have to be?
work = ips.effect(data, outcome="any_work", **options).estimates.set_index("term").loc["risk_ratio"]
ips.e_value(work["estimate"], work["ci_low"], work["ci_high"])

# %% 4. Rosenbaum: how much bias within pairs would the verdict stand?
ips.rosenbaum_bounds(pairs, outcome="weeks_worked", data=data, gammas=[1.0, 1.1, 1.25, 1.5])

# %% 5. Cinelli and Hazlett: how much of both sides must the unseen explain?
row = ips.effect(data, outcome="weeks_worked", **options).estimates.set_index("term").loc["difference"]
ips.robustness_value(row["statistic"], len(data) - len(covariates) - 2)

# %% 6. Oster: where would the effect be if the unseen selected as the seen did?
oster = ips.oster(data, outcome="weeks_worked", treatment="ips", covariates=covariates)
oster

# %% 7. Suppose every eighth outcome had been lost: what must the unknown be like for the verdict to change?
lost = data.assign(any_work=data["any_work"].astype(float).where(np.arange(len(data)) % 8 > 0))
ips.tipping_map(ips.tipping_point(lost, outcome="any_work", treatment="ips"), lang="en")

# %% 8. Outcomes that the programme cannot have moved: work the year before, psychiatric contacts after
before = ips.employment(people, jobs=jobs, dream=spells, window=(-52, -1)).data
data["worked_before"] = data["pnr"].map(before.set_index("pnr")["weeks_worked"])
dated = psychiatry.merge(data[["pnr", "index_date"]], on="pnr")
days = (dated["date"] - dated["index_date"]).dt.days
seen = dated[days.between(7, 370)].groupby("pnr").size()
data["contacts_after"] = data["pnr"].map(seen).fillna(0)
controls = ips.negative_controls(data, outcomes=["contacts_after", "worked_before"], **options)
controls

# %% 9. Start dates before the start, quarter by quarter
chosen = people[people["pnr"].isin(pairs.ids[pairs.weight > 0])]
quarters = [
    ips.employment(chosen, jobs=jobs, dream=spells, window=(13 * q, 13 * q + 12)).data.assign(quarter=q)
    for q in range(-4, 1)
]
panel = pd.concat(quarters, ignore_index=True)
panel["started"] = ((panel["ips"] == 1) & (panel["quarter"] >= 0)).astype(int)
ips.placebo_starts(panel, outcome="weeks_worked", id="pnr", time="quarter", treatment="started")

# %% 10. One joint test: persons are drawn anew and both roads run again (in the pairs, to be quick)
few = data.loc[data["pnr"].isin(chosen["pnr"]), ["pnr", "ips", "weeks_worked", *covariates]]
roads = {
    "regression": lambda f: ips.effect(f, outcome="weeks_worked", **options),
    "weighting": lambda f: ips.effect(f, outcome="weeks_worked", method="ipw", **options),
}
joint = ips.triangulate(roads, data=few, treatment="ips", id="pnr", resamples=199)
joint

# %% 11. A second bed: drive decides both who takes part and who gets a job, and nobody measured it
rng = np.random.default_rng(7)
drive, age = rng.normal(size=1200), rng.normal(25, 3, size=1200)
bed = pd.DataFrame({"age": age, "ips": (drive + rng.normal(size=1200) > 0.8).astype(int)})
bed["weeks"] = 20 + 3 * bed["ips"] + 6 * drive - 0.3 * age + rng.normal(0, 8, size=1200)
bed["weeks_before"] = 15 + 6 * drive - 0.3 * age + rng.normal(0, 8, size=1200)
wrong = ips.effect(bed, outcome="weeks", treatment="ips", covariates=["age"])
wrong

# %% 12. There the estimate fails, and the negative control says so
failing = ips.negative_controls(bed, outcomes=["weeks_before"], treatment="ips", covariates=["age"])
failing

# %% 13. What the sensitivity page must say of either bed
true, missed = (
    truth["weeks_1_52"]["weeks_with_paid_work"],
    wrong.estimates.set_index("term").loc["difference"],
)
assert row["ci_low"] < true < row["ci_high"]
assert missed["ci_low"] > 3
assert "placebo_fails" in [note.code for note in failing.notes]
assert "placebo_passes" in [note.code for note in controls.notes]
pd.DataFrame(
    {"estimate": [row["estimate"], missed["estimate"]], "true effect": [true, 3.0]}, index=["seen", "unseen"]
)

# %% [markdown]
# Next: `08_audit_and_release`, what may leave, and can it be true?
