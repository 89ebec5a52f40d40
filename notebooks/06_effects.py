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
# # The effect of taking part: from design to triangulation
#
# Registers are invented and their true effect is known: weeks with paid work in the first year that the
# programme gave to those who took part.  First who is compared with whom, then the outcome, then the same
# effect by several roads chosen in advance.  For your own registers leave out cell 1 and give your folder.
# Before this: `05_outcomes`.

# %% 1. Invent registers (nobody in them exists)
import tempfile
from pathlib import Path

import pandas as pd

import ipseval as ips

folder = Path(tempfile.mkdtemp())
truth = ips.write_registers(folder, persons=8000, participants=250, seed=2024, formats=["parquet"])

# %% 2. Who took part, and who did not in the week drawn for them; who took part later is no control
treated = pd.read_parquet(folder / "participants.parquet").assign(ips=1)
comparison = pd.read_parquet(folder / "comparison.parquet").assign(ips=0)
comparison = comparison[~comparison["pnr"].isin(treated["pnr"])]
everybody = pd.concat([treated.assign(qualifying=1), comparison], ignore_index=True)
everybody = everybody[["pnr", "index_date", "municipality", "qualifying", "ips"]]

# %% 3. Read DREAM, jobs, psychiatric contacts and birth dates
spells = ips.dream.spells(ips.dream.read(folder / "dream.parquet"))
needed = ["ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer", "ajo_arbejdsgiver"]
jobs = ips.read_register(folder, register="bfl", columns=needed).data
names = {"PNR": "pnr", "D_INDDTO": "date", "DATO_START": "date"}
files = ("psyk_adm2018", "lpr3_kontakter")
contacts = [pd.read_parquet(folder / f"{name}.parquet").rename(columns=names) for name in files]
psychiatry = pd.concat(contacts)[["pnr", "date"]]
births = pd.concat([pd.read_parquet(folder / f"bef{y}12.parquet") for y in range(2015, 2025)])
births = births.drop_duplicates("PNR").rename(columns={"PNR": "pnr"})[["pnr", "FOED_DAG", "KOEN"]]

# %% 4. Covariates from before the index date only
history = ips.covariates(everybody, dream=spells, jobs=jobs, events={"psychiatry": psychiatry})
pool = everybody.merge(history, on="pnr").merge(births, on="pnr")
pool = pool.assign(
    age=(pool["index_date"] - pool["FOED_DAG"]).dt.days / 365.25,
    woman=(pool["KOEN"] == 2).astype(int),
    benefit_weeks=pool["weeks_uddannelseshjaelp_2y"] + pool["weeks_kontanthjaelp_2y"],
    psychiatry_before=(pool["psychiatry_1y"] > 0).astype(int),
)
covariates = ["psychiatry_before", "benefit_weeks", "age", "woman"]
eligible = pool[pool["qualifying"] == 1]
formula = "ips ~ " + " + ".join(covariates)

# %% 5. Design before outcome: pairs, and weights; neither has seen a job
pairs = ips.match(formula, eligible, id="pnr")
entropy = ips.weight(formula, eligible, id="pnr", method="entropy", estimand="ATT")
pairs

# %% 6. Balance, without p-values
ips.love(pairs.balance(), lang="en")

# %% 7. The outcome comes now
year_one = ips.employment(everybody, jobs=jobs, dream=spells, window=(1, 52)).data
outcome = year_one[["pnr", "weeks_worked", "any_work", "start_weeks", "start_event"]]
data = eligible.merge(outcome, on="pnr")

# %% 8. The plain difference to everybody is far off
naive = ips.effect(pool.merge(outcome, on="pnr"), outcome="weeks_worked", treatment="ips")
naive

# %% 9. The pairs: the effect on those who took part
matched = ips.effect(pairs, outcome="weeks_worked", data=outcome)
matched

# %% 10. What may be said where municipalities share circumstances: the gate chooses, or refuses
options = {"outcome": "weeks_worked", "treatment": "ips", "covariates": covariates}
towns = ips.effect(data, cluster="municipality", **options)
towns.extras["procedures"]

# %% 11. Weeks are a count with many zeros: more people with any, or more weeks for each?
ips.count_effect(pairs, outcome="weeks_worked", data=outcome, resamples=499)

# %% 12. Time to the first job, with death and emigration in the way
in_pairs = data[data["pnr"].isin(pairs.ids[pairs.weight > 0])]
time = ips.time_to_event(in_pairs, duration="start_weeks", event="start_event", by="ips", times=[26, 52])
ips.incidence(time, lang="en")

# %% 13. Quarter by quarter: alike before, apart after?
people = in_pairs[["pnr", "index_date", "ips"]]
quarters = [
    ips.employment(people, jobs=jobs, dream=spells, window=(13 * q, 13 * q + 12)).data.assign(quarter=q)
    for q in range(-4, 4)
]
panel = pd.concat(quarters, ignore_index=True)
panel["started"] = (panel["ips"] == 1) & (panel["quarter"] >= 0)
panel["started"] = panel["started"].astype(int)
study = ips.panel_effect(
    panel, outcome="weeks_worked", id="pnr", time="quarter", treatment="started", method="event_study"
)
ips.event_study(study, lang="en")

# %% 14. The same effect by every road chosen in advance
roads = {
    "pairs": matched,
    "entropy balancing": ips.effect(entropy, outcome="weeks_worked", data=outcome),
    "regression": ips.effect(data, **options),
    "doubly robust": ips.effect(data, method="aipw", **options),
    "regression, municipalities": towns,
}
together = ips.triangulate(roads, designs={"pairs": pairs, "entropy balancing": entropy})
ips.specification_curve(together, lang="en")

# %% 15. Every road holds the true effect, and the plain difference misses it
true = truth["weeks_1_52"]["weeks_with_paid_work"]
found = together.estimates
row = naive.estimates.set_index("term").loc["difference"]
assert found["ci_low"].lt(true).all()
assert found["ci_high"].gt(true).all()
assert abs(row["estimate"] - true) > 2 * row["std_error"]
found[["term", "estimate", "ci_low", "ci_high"]].assign(true_effect=true)

# %% [markdown]
# Next: `07_sensitivity`, what would have to be wrong?
