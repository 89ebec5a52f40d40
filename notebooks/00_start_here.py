# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From file to odds ratio in ten cells
#
# The files hold invented people, fitted to the numbers that the IPS UNG report printed. To use your own
# files of the same shape, set `IPSEVAL_DATA` to their folder; no cell needs a change. The pages 01 to 08 take these
# steps one at a time, in order.

# %% 1. Keep rows of people off the screen, and say where the files are
import ipseval as ips
from ipseval.instruments import WHO5

ips.guard()  # from here on a frame of people shows its shape, never its rows
folder = ips.data_folder("ips_ung")

# %% 2. Read the questionnaires, each by its schema
start = ips.read_survey(folder / "start.sav", schema="ips_ung/start", id="id")
end = ips.read_survey(folder / "slut.sav", schema="ips_ung/slut", id="id")
start.missing()

# %% 3. Describe: counts, shares, and why answers are missing
labels = start.codebook.labels()
education = ips.describe(
    start.data, columns=["uddannelse"], levels={"uddannelse": start.codebook.levels("uddannelse")}, reasons=start.reasons
)
ips.table(education, lang="en", labels=labels, title="Education at the start")

# %% 4. Score WHO-5 at both waves; the coding is declared, never guessed
items = ["who5_1", "who5_2", "who5_3", "who5_4", "who5_5"]
before = start.data.set_index("id").join(WHO5.score(start.data.set_index("id"), items=items, coding="0-5"))
after = end.data.set_index("id").join(WHO5.score(end.data.set_index("id"), items=items, coding="0-5"))

# %% 5. Who answered when
ips.table(ips.response({"start": before.index, "end": after.index}), lang="en", title="Who answered when")

# %% 6. Lay the waves side by side, one row per person
people = before.merge(after, left_index=True, right_index=True, suffixes=("_start", "_end"))

# %% 7. Change in well-being, exact at this size
change = ips.change(people, outcomes={"who5": ("who5_start", "who5_end")})
change

# %% 8. The same as a picture
ips.change_bars(change, outcome="who5", range=(0, 100), decimals=0, lang="en")

# %% 9. Who ends in work or education? One predictor at a time: 34 people cannot carry ten at once
finished = after[after["i_forloeb"] == 0].copy()
odds = ips.odds_ratios("i_job_uddannelse ~ belastning + ensomhed", finished, models="univariable")
ips.table(odds, lang="en", title="Odds of being in work or education")

# %% 10. A known number, so that this page cannot go stale
assert ips.data_is_own() or len(people) == 40, "40 invented people answered both questionnaires"

# %% [markdown]
# Next: `01_load_and_check`, what a file holds before anything is counted.
