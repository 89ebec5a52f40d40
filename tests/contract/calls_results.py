"""Good calls of the verbs that take numbers, designs, results or tables."""

import pandas as pd

import ipseval as ips
from contract.calls import CANARY, CPR, Call, persons


def calls():
    """List the calls."""
    return [*of_numbers(), *of_results()]


def of_numbers():
    """List the verbs that take numbers, not people."""
    trials = pd.DataFrame(
        {"study": [f"{CANARY}a", "b", "c"], "a": [5, 6, 7], "n": [20] * 3, "c": [2, 3, 4], "m": [20] * 3}
    )
    change = {"n": 40, "before": "49.0", "after": "51.4", "low": 0.0, "high": 100.0, "step": 4.0}
    return [
        Call("two_by_two", {"a": 10, "n1": 20, "c": 5, "n2": 20}),
        Call("t_from_summary", {"mean1": 1.0, "sd1": 1.0, "n1": 20, "mean2": 0.5, "sd2": 1.0, "n2": 20}),
        Call("pool_trials", {"frame": trials, "study": "study", "counts": ["a", "n", "c", "m"]}),
        Call("e_value", {"estimate": 2.0, "ci_low": 1.2, "ci_high": 3.0}),
        Call("robustness_value", {"t": 2.5, "df": 40.0}),
        Call("change_range", change),
        Call("recover", {"n": 20, "percents": ["25", "75"]}),
        Call("power", {"design": ips.PowerDesign("paired_means", sd=10.0), "n": 40}),
        Call("parse_cpr", {"text": CPR}),
    ]  # fmt: skip


def of_results():
    """List the verbs that take designs, results and tables."""
    f = persons()
    design = ips.match("arm ~ age", f, id="id")
    effects = {
        "matched": ips.effect(design, outcome="post", data=f),
        "adjusted": ips.effect(f, outcome="post", treatment="arm", covariates=["age"]),
    }
    change = ips.change(f, before="pre", after="post", resamples=99)
    described = ips.describe(f, columns=["sex", "cls"])
    reliable = ips.reliable_change(f, before="pre", after="post", reliability=0.8)
    costs = ips.cost_effectiveness(
        f, cost="odd", effect="job", treatment="arm", willingness=[0, 900], resamples=199
    )
    imputed = ips.impute(f, columns=["pre", "post"], m=2, sweeps=2)
    pooled = [ips.describe(one, columns=["sex"]) for one in getattr(imputed, "frames", [f, f])]
    moved = ips.band_change(f.iloc[:14].assign(a=f["q1"] % 2, b=f["q2"] % 2), before="a", after="b")
    columns = {"sex": "Sex", "age": "Age"}
    return [
        Call("triangulate", {"results": effects, "designs": {"matched": design}}),
        Call("rosenbaum_bounds", {"design": design, "outcome": "post", "data": f}),
        Call("love", {"result": design.balance()}),
        Call("flow_chart", {"result": change}),
        Call("acceptability", {"result": costs}),
        Call("forest", {"result": ips.odds_ratios("job ~ age", f)}),
        Call("change_bars", {"result": change, "range": [0, 100]}),
        Call("likert_bars", {"result": described}),
        Call("count_bars", {"result": ips.describe(f, columns=["sex"])}),
        Call("movement", {"result": moved}),
        Call("reliable_counts", {"result": reliable}),
        Call("reliable_scatter", {"frame": f, "before": "pre", "after": "post", "result": reliable, "range": [0, 100]}),
        Call("paired_dots", {"frame": f, "before": "pre", "after": "post", "result": change, "range": [0, 100]}),
        Call("incidence", {"result": ips.time_to_event(f, duration="weeks", event="job", by="arm")}),
        Call("specification_curve", {"result": ips.triangulate(effects, designs={"matched": design})}),
        Call("table", {"result": change, "lang": "en"}),
        Call("table_from_frame", {"frame": f.iloc[:3], "columns": columns}),
        Call("pool", {"results": pooled}),
        Call("story_checklist", {"text": "Hun er 23.", "people": f, "traits": {"sex": "f"}}),
    ]  # fmt: skip
