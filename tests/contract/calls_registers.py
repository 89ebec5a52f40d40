"""Good calls of the verbs that take rows of registers or several frames, with canaries in every id."""

import numpy as np
import pandas as pd

import ipseval as ips
from contract.calls import CANARY, CPR, Call

N = 24
IDS = [f"{CANARY}{k:03d}" for k in range(N)]


def people():
    """Young people with an index date; `secret` holds a canary and a CPR number."""
    born = pd.Timestamp("2001-03-01") + pd.to_timedelta(np.arange(N) * 20, unit="D")
    return pd.DataFrame({
        "pnr": IDS, "index_date": pd.Timestamp("2021-06-07"), "birth_date": born, "arm": ["ips", "usual"] * (N // 2),
        "sex": ["f", "m", "m"] * (N // 3), "mor_id": [*IDS[N // 2:], *[None] * (N // 2)], "arrival_age": 0.0, "above_compulsory": False, "eighth_grade": False,
        "self_employed": False, "youth_education": False,
        "secret": [f"{CPR} {CANARY}"] * N,
    })  # fmt: skip


def dream():
    """Weeks of DREAM around the index date."""
    rng = np.random.Generator(np.random.PCG64(5))
    weeks = [f"y_{y}{w:02d}" for y in (20, 21) for w in range(1, 54 if y == 20 else 53)]
    frame = pd.DataFrame(rng.choice([0, 651, 720, 730], (N, len(weeks))), columns=weeks)
    return frame.assign(pnr=IDS, VISIT01KV2021=2)


def jobs():
    """Rows of BFL."""
    start = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.arange(60) * 5, unit="D")
    return pd.DataFrame({
        "pnr": IDS * 2 + IDS[:12], "ajo_job_start_dato": start, "ajo_job_slut_dato": start, "ajo_loentimer": 40.0,
        "ajo_fuldtid_beskaeftiget": 0.3, "ajo_arbejdsgiver": CANARY,
    })  # fmt: skip


def education():
    """Enrolments as `ips.enrolments` gives them."""
    start = pd.Timestamp("2021-08-01")
    return pd.DataFrame({"pnr": IDS[:6], "from_date": start, "to_date": pd.NaT, "level": "ordinary"}).assign(
        to_date=pd.Timestamp("2022-06-30")
    )


def costs():
    """Quantities and prices."""
    payers = {"municipality": 1.0, "state": 0.0, "region": 0.0, "citizen": 0.0}
    prices = pd.DataFrame(
        [
            {
                "item": "hour",
                "kind": "resource",
                "unit_cost": 500.0,
                "price_year": 2024,
                **payers,
                "refund": False,
            }
        ]
    )
    rows = pd.DataFrame({"pnr": IDS[:5], "item": "hour", "quantity": 2.0, "year": 1, "weeks_before": np.nan})
    return {"quantities": rows, "prices": prices, "id": "pnr", "price_year": 2024, "discount": 0.035}  # fmt: skip


def towns():
    """A panel of towns, one of which starts."""
    rng = np.random.Generator(np.random.PCG64(3))
    frame = pd.DataFrame({"town": np.repeat(np.arange(8), 8), "period": np.tile(np.arange(8), 8)})
    on = (frame["town"] == 0) & (frame["period"] > 5)
    return frame.assign(
        on=on.astype(int), share=rng.normal(size=64) + frame["period"], secret=f"{CPR} {CANARY}"
    )


def panel():
    """Persons over five periods, some of whom enter in the fourth."""
    rng = np.random.Generator(np.random.PCG64(4))
    frame = pd.DataFrame({"who": np.repeat(IDS, 5), "period": np.tile(np.arange(5), N)})
    on = frame["who"].isin(IDS[:9]) & (frame["period"] >= 3)
    return frame.assign(on=on.astype(int), weeks=rng.normal(size=5 * N), secret=f"{CPR} {CANARY}")


def calls():
    """List the calls."""
    p, spells = people(), ips.dream.spells(dream())
    kotre = pd.DataFrame(
        {
            "pnr": IDS[:4],
            "elev3_vfra": "2020-08-10",
            "elev3_vtil": "2021-06-25",
            "udd": "1199",
            "audd": "1199",
        }
    )
    bef = p.rename(columns={"birth_date": "foed_dag"}).assign(far_id=None)
    udda = pd.DataFrame({"pnr": IDS[:4], "hfaudd": "1199", "hf_vfra": "2020-06-25"})
    events = pd.DataFrame({"pnr": IDS[:9], "date": pd.Timestamp("2021-02-01")})
    latest = events.assign(value="b")
    registers = {"dream": spells, "jobs": jobs(), "education": education()}
    return [
        Call("employment", {"people": p, **registers, "contacts": events, "window": (-4, 20)}),
        Call("weekly_shares", {"people": p, "by": "arm", "treated": "ips", **registers, "window": (-4, 8)}),
        Call("neet", {"people": p, **registers, "year": 2021}),
        Call("neet_flags", {"people": p, **registers, "year": 2021}),
        Call("covariates", {"people": p, "dream": spells, "jobs": jobs(), "events": {"psych": events},
                            "latest": {"grade": latest}, "parents": {"mother": "mor_id"}, "years": [1], "months": 3}),
        Call("enrolments", {"kotre": kotre, "levels": {"1199": "ordinary"}}),
        Call("own_children", {"population": bef}),
        Call("highest_education", {"udda": udda, "levels": {"1199": "upper"}}),
        Call("visitation_groups", {"dream": dream()}),
        Call("pseudo_index_dates", {"controls": p.iloc[:12], "treated": p.iloc[12:],
                                    "eligible": p.iloc[:12].assign(first_date=pd.Timestamp("2021-01-01"), last_date=pd.Timestamp("2022-01-01")), "seed": 1}),
        Call("person_costs", {"people": p, **costs()}),
        Call("synthetic_control", {"frame": towns(), "outcome": "share", "unit": "town", "time": "period", "treatment": "on"}),
        Call("dream.spells", {"source": dream(), "states": "group"}),
        Call("dream.distribution", {"spells": ips.dream.spells(dream(), states="group")}),
        Call("dream.flows", {"spells": ips.dream.spells(dream(), states="group")}),
        Call("dream.jobs", {"source": dream().assign(grad_2021_01=0.5)}),
        Call("dream.count_weeks", {"source": dream(), "sets": {"aid": [720, 730]}, "years": [2021]}),
        Call("dream.count_persons", {"source": dream(), "sets": {"aid": [720]}, "years": [2021], "people": p, "by": "sex"}),
        Call("dream.weeks_after", {"source": dream(), "people": p, "in_codes": [720], "spans": [(1, 8)]}),
        Call("dream.with_rows", {"people": p, "jobs": jobs(), "education": education(), "contacts": events}),
        Call("placebo_starts", {"frame": panel(), "outcome": "weeks", "id": "who", "time": "period", "treatment": "on"}),
    ]  # fmt: skip
