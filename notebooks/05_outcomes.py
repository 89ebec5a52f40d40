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
# cell 1 and give your folder; no other cell needs a change. Before this: `04_odds`.

# %% 1. Invent registers (nobody in them exists)
import tempfile
from pathlib import Path

import pandas as pd

import ipseval as ips

folder = Path(tempfile.mkdtemp())
truth = ips.write_registers(folder, persons=6000, participants=200, seed=7, formats=["parquet"])

# %% 2. Turn weeks into spells once, and keep them; later jobs read the store instead of DREAM
dream_file = ips.dream.read(folder / "dream.parquet")
spells = ips.dream.spells(dream_file, store=folder / "spells.parquet")
states = spells.grouped("group", gap=2)

# %% 3. How many are in each state, week by week
ips.state_bands(ips.dream.distribution(states, every=4), lang="en", banner="Invented people")

# %% 4. Who goes where: from state to state
ips.state_flows(ips.dream.flows(states), lang="en", banner="Invented people")

# %% 5. Read paid jobs and enrolments; which education codes are ordinary is a table that you give
needed = ["ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer", "ajo_arbejdsgiver"]
jobs = ips.read_register(folder, register="bfl", columns=needed).data
kotre = ips.read_register(folder / "kotre2024.parquet", register="kotre").data
education = ips.enrolments(kotre, levels={"1199": "ordinary", "1006": "preparatory"})

# %% 6. The treated, and everyone of their age who did not enrol in the week drawn for them
treated = pd.read_parquet(folder / "participants.parquet").assign(arm="ips")
others = pd.read_parquet(folder / "comparison.parquet").assign(arm="control")
others = others[~others["pnr"].isin(treated["pnr"])]  # some take part later: they are no controls
december = sorted(folder.glob("bef*12.parquet"))
kin = ips.read_register(december, register="bef", columns=["koen", "foed_dag", "mor_id"]).data.drop_duplicates("pnr")
kept = ["pnr", "index_date", "arm", "qualifying"]
people = pd.concat([treated.assign(qualifying=1), others], ignore_index=True)[kept]
people = people.merge(kin[["pnr", "koen", "foed_dag", "mor_id"]], on="pnr", how="left")

# %% 7. Outcomes of the first year, each with its definition
year_one = ips.employment(people, jobs=jobs, dream=spells, education=education, window=(1, 52))
summary = year_one.summary(
    by="arm", outcomes=["any_work", "weeks_worked", "positive_destination", "star_employment"]
)
summary

# %% 8. What the columns mean, in the report's language
year_one.definitions("da")

# %% 9. Week by week among those on the same benefits: alike before? lock-in? when do they part?
on_benefit = people[people["qualifying"] == 1]
weekly = ips.weekly_shares(on_benefit, by="arm", treated="ips", jobs=jobs, dream=spells, window=(-104, 52))
ips.weekly_lines(weekly, outcome="work", lang="en", banner="Invented people")

# %% 10. The difference with one band for all weeks
ips.weekly_lines(weekly, outcome="work", show="difference", lang="en", banner="Invented people")

# %% 11. Covariates for matching: nothing dated at or after the index date
old = ips.read_register(folder / "psyk_adm2018.parquet", register="psyk_adm").data
new = ips.read_register(folder / "lpr3_kontakter.parquet", register="lpr3_kontakter").data
contacts = pd.concat([old.rename(columns={"d_inddto": "date"}), new.rename(columns={"dato_start": "date"})])
history = ips.covariates(
    people, dream=spells, jobs=jobs, events={"psych": contacts[["pnr", "date"]]}, parents={"mother": "mor_id"}
)
history.shape

# %% 12. NEET by three definitions, counted on the same people, beside the published Danish levels
young = ips.read_register(folder / "bef202112.parquet", register="bef").data.drop_duplicates("pnr")
neet = ips.neet(
    young.rename(columns={"foed_dag": "birth_date", "koen": "sex"}), jobs=jobs, dream=spells,
    education=education, year=2021, definition=["dst_amr", "rockwool", "oecd_proxy"], by=["sex"],
)
neet

# %% 13. The plain difference is wrong: most of the others are not on benefit at all
frame = history.merge(year_one.data[["pnr", "arm", "qualifying", "weeks_worked", "koen", "foed_dag", "index_date"]])
frame["treat"] = (frame["arm"] == "ips").astype(int)
frame["age"] = (frame["index_date"] - frame["foed_dag"]).dt.days / 365.25
frame["benefit_weeks"] = frame["weeks_uddannelseshjaelp_2y"] + frame["weeks_kontanthjaelp_2y"]
frame["contact"] = (frame["psych_1y"] > 0).astype(int)
naive = ips.effect(frame, outcome="weeks_worked", treatment="treat", id="pnr", method="difference")

# %% 14. The same people on the same benefits, weighted by what was known at the index date
same = frame[frame["qualifying"] == 1]
design = ips.weight(
    "treat ~ contact + benefit_weeks + contact:benefit_weeks + age + C(koen)", same, method="ipw", estimand="ATT", id="pnr"
)
fair = ips.effect(design, outcome="weeks_worked", data=same, id="pnr")

# %% 15. Both beside the true effect, which only invented data can tell
true = truth["weeks_1_52"]["weeks_with_paid_work"]
plain, weighted = (r.estimates.query("term == 'difference'").iloc[0] for r in (naive, fair))
assert abs(plain["estimate"] - true) > 2 * plain["std_error"]
assert weighted["ci_low"] < true < weighted["ci_high"]
pd.Series({"plain": plain["estimate"], "weighted": weighted["estimate"], "true effect": true})

# %% [markdown]
# Next: `06_effects`, the comparison done properly: design first, then the outcome.
