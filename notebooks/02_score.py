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
# # From answers to scores
#
# Every scale is a file: items, codes, bands, missing rule, sources and doubts. This page scores the invented
# IPS UNG answers, looks at what is missing and how well items hang together, and ends with the catalogue.
# Before this: `01_load_and_check`.

# %% 1. The answers, read by their schema
import warnings

import pandas as pd

import ipseval as ips
from ipseval.instruments import BURDEN, LONELINESS, MASTERY, MDI, WHO5, catalog, direction_check

folder = ips.data_folder("ips_ung")
start = ips.read_survey(folder / "start.sav", schema="ips_ung/start", id="id").data.set_index("id")
items = ["who5_1", "who5_2", "who5_3", "who5_4", "who5_5"]

# %% 2. What is missing, before anything is scored
WHO5.missing_report(start, items=items, coding="0-5")

# %% [markdown]
# The coding is declared, never guessed: the same codes mean other answers in another export. `extras` adds the
# cuts in use (yes, no or undetermined) and the scores that missing answers leave possible.

# %% 3. WHO-5 with its Danish bands and all cuts: persons per band
well_being = WHO5.score(start, items=items, coding="0-5", extras=["cuts", "bounds"])
ips.describe(well_being, columns=["who5_band", "who5_low", "who5_depression_level", "who5_rule_1998"])

# %% 4. The single items, and the mastery index against the range that the report printed
scores = well_being[["who5"]].join(
    [
        LONELINESS.score(start, items=["ensomhed"])[["loneliness"]],
        BURDEN.score(start, items=["belastning"])[["burden"]],
        MASTERY.score(
            start, items=["mestring_1", "mestring_2", "mestring_3"], coding="1-4", score_range=(3, 12)
        )[["mastery"]],
    ]
)
ips.describe(scores, columns=list(scores))

# %% [markdown]
# These people are invented to fit printed figures, and how the scales go together was never printed. So the
# warnings below rightly come: they are what a reversed export gives.

# %% 5. Do the scales move the way their directions say? The warnings, too, are shown
with warnings.catch_warnings(record=True) as told:
    directions = direction_check(
        scores, better={"who5": "higher", "loneliness": "lower", "burden": "lower", "mastery": "higher"}
    )
print(*[each.message for each in told], sep="\n")
directions

# %% 6. How well the five items belong together, and how much one person's score can wobble
keyed = WHO5.keyed(start, items=items, coding="0-5")
ips.reliability(keyed, items=list(keyed), multiply=4, name="who5")

# %% 7. Beside a cited norm: a group has a difference, a person a percentile; a mean has no band
ips.compare_with_norm(scores, score="who5", norm=WHO5.norms["denmark_2003"])

# %% [markdown]
# MDI has two algorithms and two sets of bands. Answers that are missing leave the symptom pattern
# undetermined where they could change it.

# %% 8. MDI: a complete form, one where a missing answer does not matter, and one where it does
forms = pd.DataFrame(
    [
        [4, 4, 4, 3, 3, 3, 3, 3, 0, 3, 0, 0],
        [4, 4, 4, 5, 5, 5, 5, 5, 0, 5, 0, None],
        [4, 4, None, 3, 3, 3, 3, 3, 0, 3, 0, 0],
    ],
    columns=["1", "2", "3", "4", "5", "6", "7", "8a", "8b", "9", "10a", "10b"],
)
depression = MDI.score(forms, items=list(forms), bands="2015", icd10_rule="mdi")
depression

# %% 9. The catalogue: every shipped scale in a row
catalog("en")[["id", "title", "answers", "score", "missing"]]

# %% 10. What is uncertain about one of them; `ipseval instruments` prints the whole page
catalog("en").set_index("id").loc["mdi", ["bands", "rules", "missing", "reliability", "doubts"]].to_frame()

# %% 11. Known numbers, so that this page cannot go stale
assert depression["mdi_icd10"].tolist() == ["severe", "severe", "undetermined"]
assert ips.data_is_own() or well_being["who5_band"].notna().sum() > 40

# %% [markdown]
# Next: `03_change`, did they get better?
