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
# # Load and check: a questionnaire and the registers, before anything is counted
#
# What was read, what was wrong with it, and who is in which file. The people are invented. For your own files leave
# out cells 1 and 2 and give your folder; nothing else needs a change. Before this: `00_start_here`.

# %% 1. Questionnaires of an invented programme, and invented registers (nobody in them exists)
import tempfile
from pathlib import Path

import pandas as pd

import ipseval as ips
from ipseval.instruments import WHO5

forms = ips.data_folder("ips_ung")
folder = Path(tempfile.mkdtemp())
truth = ips.write_registers(folder, persons=2000, participants=46, seed=3, formats=["parquet", "csv"])

# %% 2. Read a questionnaire by its schema; the report says what was read and what was not as declared
start = ips.read_survey(forms / "start.sav", schema="ips_ung/start", id="id")
start.report

# %% 3. Why answers are missing, question by question
start.missing().head(8)

# %% [markdown]
# ## DREAM
# Look before you load: which weeks are there, is week 53, do person ids have their zeros?

# %% 4. The same extract with lost zeros: told, mended, counted
ips.dream.read(folder / "dream_semicolon.csv").report.table()

# %% 5. A code that is in no list is a question to the data supplier, not a blank week
wide = pd.read_parquet(folder / "dream.parquet", columns=["PNR", "y_2001", "y_2002"]).rename(columns=str.lower)
ips.dream.spells(wide.assign(y_2002="555").head(50), states="group").told

# %% [markdown]
# ## The other registers
# Yearly files are read together, by column and person; each reading has a report of its own.

# %% 6. BFL: job-months of the participants only, all years, four columns
people = pd.read_parquet(folder / "participants.parquet")
needed = ["ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer", "ajo_arbejdsgiver"]
parquet_only = sorted(folder.glob("bfl*.parquet"))
jobs = ips.read_register(parquet_only, register="bfl", columns=needed, ids=people["pnr"].to_numpy())
jobs.report.table()

# %% 7. BEF: rows that stand twice are told; one row per person and date is kept by you, knowingly
bef = ips.read_register(folder / "bef202212.parquet", register="bef")
population = bef.data.drop_duplicates("pnr")
bef.report.table()

# %% 8. The half-yearly questionnaire of the participants, linked by the pseudonym; who answered when
waves = {k: pd.read_parquet(folder / f"survey_wave{k}.parquet").set_index("pnr") for k in range(4)}
items = ["who5_1", "who5_2", "who5_3", "who5_4", "who5_5"]
scored = {k: WHO5.score(wave[items].astype("float"), items=items, coding="0-5") for k, wave in waves.items()}
ips.table(ips.response({f"wave {k}": wave.index for k, wave in waves.items()}), lang="en", title="Who answered when")

# %% 9. Who is in which file? A person who is in no row of DREAM has had no benefit, which is no error
in_dream = set(ips.dream.read(folder / "dream.parquet", columns=[]).data["pnr"])
who = pd.DataFrame(
    {"DREAM": people["pnr"].isin(in_dream), "BFL": people["pnr"].isin(jobs.data["pnr"]),
     "BEF": people["pnr"].isin(population["pnr"]), "last wave": people["pnr"].isin(waves[3].index)}
)
who.sum().to_frame("participants")

# %% 10. Controls who take part later are found before they are used
compared = pd.read_parquet(folder / "comparison.parquet")
later = compared["pnr"].isin(people["pnr"])
later.sum()

# %% 11. Known numbers, so that this page cannot go stale
assert len(people) == truth["participants"] == who["DREAM"].sum() == len(scored[0])
assert later.sum() == 2 and scored[0]["who5"].between(0, 100).sum() > 40

# %% [markdown]
# Next: `02_score`, from answers to scores.
