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
# # Outcomes from registers: DREAM and BFL to weeks, work, education and NEET
#
# The registers are invented, with the traps of real ones and a known true effect. For your own, leave out
# cell 1 and give your folder; no other cell needs a change.

# %% 1. Invent registers (nobody in them exists)
import tempfile
from pathlib import Path

import pandas as pd

import ipseval as ips

folder = Path(tempfile.mkdtemp())
truth = ips.write_registers(folder, persons=4000, seed=7, formats=["parquet"])

# %% 2. Look at DREAM before using it: weeks, gaps, person ids
dream_file = ips.dream.read(folder / "dream.parquet")
dream_file.report.table()

# %% 3. Turn weeks into spells once, and keep them; later jobs read the store instead of DREAM
spells = ips.dream.spells(dream_file, store=folder / "spells.parquet")
by_state = spells.grouped("group", gap=2).frame()
by_state.groupby("state", observed=True)["n_weeks"].describe().round(1)

# %% 4. Read paid jobs, all years, only the columns that are needed
needed = ["ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer", "ajo_arbejdsgiver"]
jobs = ips.read_register(folder, register="bfl", columns=needed)
jobs.report.table()

# %% 5. Controls: an index date among the weeks in which they are on the same benefits
treated = pd.read_parquet(folder / "participants.parquet").assign(arm="ips")
help_states = ["uddannelseshjaelp", "kontanthjaelp"]
on_benefit = by_state[by_state["state"].isin(help_states) & ~by_state["pnr"].isin(treated["pnr"])]
eligible = on_benefit.rename(columns={"from_date": "first_date", "to_date": "last_date"})
pool = pd.DataFrame({"pnr": eligible["pnr"].unique()})
controls = ips.pseudo_index_dates(pool, treated=treated, eligible=eligible, seed=1).assign(arm="control")
people = pd.concat([treated, controls.dropna(subset=["index_date"])], ignore_index=True)[
    ["pnr", "index_date", "arm"]
]
people["arm"].value_counts()

# %% 6. Enrolments: which education codes are ordinary is a table that you give
kotre = ips.read_register(folder / "kotre2024.parquet", register="kotre").data
education = ips.enrolments(kotre, levels={"1199": "ordinary", "1006": "preparatory"})

# %% 7. Outcomes of the first year, each with its definition
year_one = ips.employment(people, jobs=jobs.data, dream=spells, education=education, window=(1, 52))
summary = year_one.summary(
    by="arm", outcomes=["any_work", "weeks_worked", "positive_destination", "star_employment"]
)
summary

# %% 8. What the columns mean, in the report's language
year_one.definitions("da")

# %% 9. Week by week: were the arms alike before, is there lock-in, when do they part?
weekly = ips.weekly_shares(people, by="arm", treated="ips", jobs=jobs.data, dream=spells, window=(-104, 52))
shares = weekly.estimates[(weekly.estimates["outcome"] == "work") & (weekly.estimates["scale"] == "share")]
lines = shares.assign(week=shares["term"].astype(int)).pivot(index="week", columns="group", values="estimate")
axes = lines.astype(float).plot(xlabel="Weeks from the index date", ylabel="Share in paid work")
axes.axvline(0, color="grey", linewidth=0.8)

# %% 10. Covariates for matching: nothing after the index date
history = ips.covariates(people, dream=spells, jobs=jobs.data)
history.shape

# %% 11. NEET by two definitions, counted on the same people
population = ips.read_register(folder / "bef202112.parquet", register="bef").data.drop_duplicates("pnr")
young = population.rename(columns={"foed_dag": "birth_date", "koen": "sex"})
neet = ips.neet(
    young,
    jobs=jobs.data,
    dream=spells,
    education=education,
    year=2021,
    definition=["dst_amr", "rockwool"],
    by=["sex"],
)
neet

# %% 12. The difference between the arms beside the true effect, which only invented data can tell
weeks = summary.estimates.query("outcome == 'weeks_worked'").set_index("group")["estimate"]
true = truth["weeks_1_52"]
assert len(treated) == true["n_treated"]
assert summary.base.n == len(people)
pd.Series({"difference": weeks["ips"] - weeks["control"], "true effect": true["weeks_with_paid_work"]})
