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
# # Who ends in work or education?
#
# Table 9 of the IPS UNG report gives ten odds ratios among 34 people who have finished. What can 34 people carry, and
# what may be said? The people are invented, fitted to the printed table. Before this: `03_change`.

# %% 1. The 34 who have finished, with what table 9 asks of them
import ipseval as ips
from ipseval.instruments import MASTERY, WHO5

folder = ips.data_folder("ips_ung")
start = ips.read_survey(folder / "start.sav", schema="ips_ung/start", id="id").data.set_index("id")
end = ips.read_survey(folder / "slut.sav", schema="ips_ung/slut", id="id").data.set_index("id")
who5 = ["who5_1", "who5_2", "who5_3", "who5_4", "who5_5"]
people = end.join(start[["koen", "alder", "uddannelse", "erfaring_aar"]])
people["mastery"] = MASTERY.score(end, items=["mestring_1", "mestring_2", "mestring_3"], coding="1-4")["mastery"]
people["rating"] = people[["opl_hverdag", "opl_sammen"]].mean(axis=1)
waves = [WHO5.score(wave, items=who5, coding="0-5")["who5"] for wave in (start, end)]
people["who5_change"] = waves[1] - waves[0]
finished = people[people["i_forloeb"] == 0].copy()

# %% 2. One predictor at a time, as the report did: by maximum likelihood
asked = "uddannelse + varighed + alder + C(koen) + erfaring_aar + rating + mastery + who5_change + ensomhed + belastning"
single = ips.odds_ratios(
    f"i_job_uddannelse ~ {asked}", finished, models="univariable", rows="available", method="ml"
)
ips.table(single, lang="en", title="Table 9: one predictor per model")

# %% [markdown]
# All ten at once ask more than the people can answer: count the events for each parameter before believing a row.

# %% 3. All at once: events per parameter, and what the rows say of themselves
both = ips.odds_ratios(f"i_job_uddannelse ~ {asked}", finished, models="multivariable", method="ml")
both.extras["models"]

# %% 4. The rows of that model
ips.table(both, lang="en", title="All ten in one model")

# %% 5. A picture of the ten single ones: the lines are long
ips.forest(single, lang="en")

# %% [markdown]
# None of those who felt no burden at all was without work or education, so their odds have no upper end: the data
# separate. A program that prints a number there prints where its iterations stopped; here the rows are refused.

# %% 6. Refused, with the reason; the reference is the middle answer
separated = ips.odds_ratios(
    "i_job_uddannelse ~ C(belastning)", finished, reference={"belastning": 3}, method="ml"
)
ips.table(separated, lang="en", title="Burden as five answers")

# %% 7. Firth's penalty, which is the default, gives numbers here too; their rows say that the data separate
firth = ips.odds_ratios("i_job_uddannelse ~ C(belastning)", finished, reference={"belastning": 3})
ips.table(firth, lang="en", title="Burden as five answers, by Firth's method")

# %% 8. Odds are hard to picture: how many more per hundred?
per_hundred = ips.marginal_effects("i_job_uddannelse ~ belastning", finished)
ips.table(per_hundred, lang="en", title="Burden, as a difference in risk")

# %% 9. Does burden tell who will be in work? On its own people, and when the optimism is taken off
ips.table(
    ips.calibration("i_job_uddannelse ~ belastning", finished, resamples=200), lang="en", title="Discrimination"
)

# %% 10. Known numbers: a two-by-two table by hand, and the interval that the report printed for burden
contact = ips.odds_ratios("i_job_uddannelse ~ psyk_kontakt", finished, method="ml").estimates["estimate"].iloc[0]
counts = finished.groupby(["psyk_kontakt", "i_job_uddannelse"]).size()
assert abs(contact - counts[1, 1] * counts[0, 0] / (counts[1, 0] * counts[0, 1])) < 1e-6
burden = single.estimates.set_index("term").loc["belastning"]
assert ips.data_is_own() or (round(burden["ci_low"], 2), round(burden["ci_high"], 2)) == (0.22, 0.95)

# %% [markdown]
# Next: `05_outcomes`, the same question asked of registers.
