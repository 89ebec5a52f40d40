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
# # Did they get better?
#
# WHO-5 at the start and at the end of IPS UNG, for the same people: how much it changed, for whom, and how much would
# have changed by itself. The people are invented, fitted to the printed numbers. Before this: `02_score`.

# %% 1. Score both questionnaires, and lay them side by side, one row per person
import ipseval as ips
from ipseval.instruments import WHO5

folder = ips.data_folder("ips_ung")
start = ips.read_survey(folder / "start.sav", schema="ips_ung/start", id="id").data.set_index("id")
end = ips.read_survey(folder / "slut.sav", schema="ips_ung/slut", id="id").data.set_index("id")
items = ["who5_1", "who5_2", "who5_3", "who5_4", "who5_5"]
before = start.join(WHO5.score(start, items=items, coding="0-5"))
after = end.join(WHO5.score(end, items=items, coding="0-5"))
pairs = before.merge(after, left_index=True, right_index=True, suffixes=("_start", "_end"))

# %% [markdown]
# Those who left without answering are in no pair, so first: were they different at the start?

# %% 2. Who is lost, compared with who is not
everybody = before.assign(answered_end=before.index.isin(after.index))
lost = ips.attrition(everybody, answered="answered_end", by=["alder", "who5", "ensomhed", "belastning"])
ips.table(lost, lang="en", title="Those who answered again, and those who did not")

# %% [markdown]
# A change needs a yardstick that is declared: the error of measurement, and how people came in. They came in low, and
# low scores rise by themselves; retest reliability and the mean of all adults say how much.

# %% 3. What a change is held against, from the instrument's own file
retest, norm = WHO5.reliability[0], WHO5.norms["denmark_2003"]
screened = ips.Selection(mean=norm.mean, sd=norm.sd, reliability=retest.value)
target = ips.ChangeTarget(better="higher", mdc=24, range=(0, 100), selection=screened)

# %% 4. The change, with tests that are exact at this size
change = ips.change(pairs, outcomes={"who5": ("who5_start", "who5_end")}, target=target)
change

# %% 5. The report's table, in Danish
names = ips.Labels({"who5": {"da": "Trivsel (WHO-5, 0-100)", "en": "Well-being (WHO-5, 0-100)"}})
ips.table(change, lang="da", layout="change", labels=names, title="Udvikling fra start til slut")

# %% 6. The report's figure, in Danish, over the whole range of the scale
danish = {"value": norm.mean, "label": "Dansk befolkningsgennemsnit (68)"}
ips.change_bars(change, range=(0, 100), decimals=0, reference=danish, lang="da", labels=names)

# %% 7. The gain to be expected from selection alone, and what is left when it is taken off
ips.table(
    change, lang="en", layout="estimates", labels=names, title="Selection",
    select={"term": ["difference", "expected_from_selection", "difference_beyond_selection"]},
)

# %% 8. One person's change: beyond the error of measurement, or not?
person = ips.reliable_change(
    pairs, outcomes={"who5": ("who5_start", "who5_end")}, reliability=ips.Reliability(retest.value, "retest", retest.source),
    sd=norm.sd, bin_width=20,
)
ips.table(person, lang="en", labels=names, title="Reliable change")

# %% 9. The same as a picture made of counts, so that no person is a dot
ips.reliable_counts(person, lang="en", labels=names)

# %% 10. Who moved from which band to which
bands = ips.band_change(
    pairs, outcomes={"who5_band": ("who5_band_start", "who5_band_end")}, levels=["high_risk", "risk", "no_immediate_risk"]
)
ips.movement(bands, lang="en")

# %% 11. Known numbers: the report printed 49 and 51 for 40 people, and every pair is somewhere in the table of moves
found = change.estimates.set_index("term")["estimate"]
assert ips.data_is_own() or (found["before"], found["after"], len(pairs)) == (49, 51, 40)
assert abs(found["difference"] - (pairs["who5_end"] - pairs["who5_start"]).mean()) < 1e-9
assert bands.extras["transition"]["n"].sum() == len(pairs)

# %% [markdown]
# Next: `04_odds`, who ends in work or education?
