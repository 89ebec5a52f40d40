"""Group-time effects by diff-diff 3.13.0 (not among our dependencies).  Run in this folder: python group_time.py."""

import pandas as pd
from diff_diff import CallawaySantAnna

data = pd.read_csv("input.csv")
entry = data[data["treat"] == 1].groupby("id")["period"].min()
data["first"] = data["id"].map(entry).fillna(0).astype(int)
rows = []
for controls in ("never_treated", "not_yet_treated"):
    for ahead in (0, 1):
        model = CallawaySantAnna(control_group=controls, anticipation=ahead, base_period="universal")
        found = model.fit(data, outcome="y", unit="id", time="period", first_treat="first", aggregate="all")
        for (g, t), cell in found.group_time_effects.items():
            rows.append((controls, ahead, "cell", g, t, cell["effect"], cell["se"]))
        for lag, cell in found.event_study_effects.items():
            rows.append((controls, ahead, "event", 0, lag, cell["effect"], cell["se"]))
        rows.append((controls, ahead, "average", 0, 0, found.overall_att, found.overall_se))
names = ["controls", "anticipation", "what", "cohort", "period", "effect", "se"]
table = pd.DataFrame(rows, columns=names)
table.to_csv("group_time.csv", index=False, float_format="%.12g")
