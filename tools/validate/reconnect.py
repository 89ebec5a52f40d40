"""Over fresh invented studies: how far the plain difference misses, how often intervals hold the truth.

Run: python tools/validate/reconnect.py [seeds] [persons] [participants] [file].  Defaults 200, 20000, 461 and
the screen; about 8 s a seed.  Each seed invents registers with a known true effect (weeks with paid work in
weeks 1-52), links them as the packaged plan does and estimates the effect by the plan's own designs.
"""

from __future__ import annotations

import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from ipseval.core.result import Result
from ipseval.loading.synthetic_registers.truth import true_effect
from ipseval.loading.synthetic_registers.world import invent
from ipseval.loading.synthetic_registers.write import register_frames
from ipseval.study.people import gather
from ipseval.study.plan import Plan, load_plan
from ipseval.study.registers.linked import link
from ipseval.study.runner import run_analyses

ROADS = {
    "raa_uger": "plain difference",
    "uger": "matched 1:3, caliper 0.2",
    "uger_vaegtet": "entropy weights",
    "uger_regression": "regression",
    "uger_aipw": "doubly robust",
    "uger_kommuner": "regression, municipalities named (`larger_p`)",
}
FILES = ("dream", "bfl", "bef", "psyk_adm", "lpr3_kontakter", "participants", "comparison")


def needed(plan: Plan) -> Plan:
    """Keep of the plan what leads to these estimates."""
    registers = plan.registers
    assert registers is not None
    kept = {name: plan.analyses[name] for name in ROADS}
    bases = {"alle": plan.bases["alle"]}
    return replace(
        plan, inputs={}, scores=(), bases=bases, analyses=kept, shows={}, report=(),
        designs={name: d for name, d in plan.designs.items() if name in ("parret", "vaegtet")},
        registers=replace(registers, costs=None, education={}, lists={}),
    )  # fmt: skip


def one_seed(plan: Plan, seed: int, persons: int, participants: int) -> tuple[float, dict[str, Result]]:
    """Invent one study and return its truth and the results."""
    world = invent(persons, seed, participants)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, make in register_frames(world).items():
            if name.startswith(FILES):
                make().reset_index(drop=True).to_parquet(folder / f"{name}.parquet", index=False)
        assert plan.registers is not None
        linked = link(plan.registers, folder, plan.folder, lambda *_: None)
    found = run_analyses(plan, gather(plan, {}, linked)).results
    return float(true_effect(world.lives, 1, 52)["weeks_with_paid_work"]), dict(found)


def line(name: str, found: list[tuple[float, float, float, float, float]]) -> str:
    """Return one row of the table from (truth, estimate, error, low, high) per seed."""
    truth, estimate, error, low, high = (np.array(column) for column in zip(*found, strict=True))
    cover = float(np.mean((low <= truth) & (truth <= high)))
    slack = math.sqrt(max(cover * (1 - cover), 1e-9) / len(found))
    away = (estimate - truth) / error
    miss = estimate - truth
    # Dealt shocks give an interval and no error.
    errors = f"{np.mean(error):.2f} | {np.mean(away):+.2f} | {np.mean(np.abs(away) >= 2):.2f}"
    return (
        f"| {name} | {len(found)} | {np.mean(miss):+.2f} | {np.std(miss, ddof=1):.2f} "
        f"| {'– | – | –' if np.isnan(error).any() else errors} "
        f"| {100 * cover:.1f} ± {100 * slack:.1f} |"
    )


def main() -> None:
    """Print the table, or write it to a file."""
    numbers = [int(a) for a in sys.argv[1:4]]
    seeds, persons, participants = (*numbers, *(200, 20_000, 461)[len(numbers) :])
    plan = needed(load_plan("reconnect"))
    rows: dict[str, list[tuple[float, float, float, float, float]]] = {name: [] for name in ROADS}
    for seed in range(seeds):
        truth, results = one_seed(plan, 5_000 + seed, persons, participants)
        for name, result in results.items():
            row = result.estimates.set_index("term").loc["difference"]
            limits = [float(row[c]) for c in ("estimate", "std_error", "ci_low", "ci_high")]
            rows[name].append((truth, limits[0], limits[1], limits[2], limits[3]))
        if sys.stderr.isatty() or (seed + 1) % 20 == 0:
            print(f"seed {seed + 1} of {seeds}", file=sys.stderr, flush=True)
    head = "| road | seeds | bias | spread | mean error | mean z | share 2 errors away | coverage % |"
    lines = [head, "| --- " * 8 + "|", *(line(ROADS[name], found) for name, found in rows.items())]
    if len(sys.argv) > 4:
        Path(sys.argv[4]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
