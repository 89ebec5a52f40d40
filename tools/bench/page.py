"""What the benchmarks found, as Markdown, CSV, HTML and a picture; computes no time itself."""

from __future__ import annotations

import base64
import csv
import html
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from lines import Line, exponent

PARTS = {
    2: "house", 3: "instruments", 4: "change", 5: "odds ratios", 6: "registers", 7: "effects", 9: "release",
}  # fmt: skip
HEADS = (
    "part", "task", "size", "ours", "peer", "its time", "times as fast", "aim", "reached", "memory MB",
    "grows as size to the power",
)  # fmt: skip
OURS = "#b3123f"
BUSY = (
    ": others shared the machine all the time, so compare ratios within a row, not seconds. They shared its "
    "caches and memory too, which disturbs processor time as well."
)
HOW = (
    "Times are medians of processor time (user and system, all threads) of rounds in which the tools take "
    "turns. Answers that should be equal are held against each other before anything is timed. Memory is the "
    "largest resident size of a process of its own, ours / peer, with data and imports in; with a plus, what "
    "the task asks for on top of its data. The last column is the exponent of cost against size, ours / "
    "peer, by least squares of logarithms."
)
COLOURS = ("#1f5fa8", "#3f7f3f", "#8a6d00", "#6b4c9a")


@dataclass(frozen=True)
class Machine:
    """Where and with what the run was made."""

    day: str
    cores: int
    loads: tuple[float, ...]
    versions: tuple[tuple[str, str, str], ...]
    failed: tuple[str, ...]
    quick: bool
    note: str = ""


def seconds(value: float) -> str:
    """Show a time with three digits that count."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if abs(value) * factor >= 1 or unit == "µs":
            return f"{three(value * factor)} {unit}"
    return ""


def three(value: float) -> str:
    """Show a number with three digits that count, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def aim(line: Line) -> str:
    """Say the aims of a line in words."""
    said = []
    if line.aim_ratio is not None:
        fast = f"at least {line.aim_ratio:g} times as fast"
        said.append(fast if line.aim_ratio >= 1 else f"at most {1 / line.aim_ratio:.3g} times its time")
    if line.aim_seconds is not None:
        said.append(f"under {line.aim_seconds:g} s")
    if line.aim_mb is not None:
        said.append(f"under {line.aim_mb:g} MB")
    return ", ".join(said)


def reached(line: Line) -> str:
    """Say whether every aim was reached; an aim beside an absent peer is neither."""
    if line.missed:
        return f"missed ({', '.join(line.missed)})"
    if (line.aim_ratio is not None and line.ratio is None) or (line.aim_mb is not None and line.mb is None):
        return "not measured"
    return "yes" if aim(line) else ""


def beside(line: Line) -> str:
    """Show the peer's time, or that it was not measured."""
    if line.peer_seconds is not None:
        return seconds(line.peer_seconds)
    return "not measured" if line.peer else ""


def memory(line: Line) -> str:
    """Show peak memory; a plus where it is what the task asks for on top."""
    if line.mb is None:
        return ""
    ours = ("+" if line.on_top else "") + (f"{line.mb:,.0f}" if line.mb >= 10 else f"{line.mb:.1f}")
    return ours if line.peer_mb is None else f"{ours} / {line.peer_mb:,.0f}"


def curves(lines: list[Line]) -> dict[str, dict[str, list[tuple[int, float]]]]:
    """Return the points (size, seconds) of ours and of each peer for tasks measured at several sizes."""
    found: dict[str, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if (line.size, line.seconds) not in found[line.task]["ours"]:
            found[line.task]["ours"].append((line.size, line.seconds))
        if line.peer_seconds is not None:
            found[line.task][line.peer].append((line.size, line.peer_seconds))
    return {task: tools for task, tools in found.items() if exponent(tools["ours"]) is not None}


def growth(line: Line, drawn: dict[str, dict[str, list[tuple[int, float]]]]) -> str:
    """Show the exponents of ours and of the peer."""
    tools = drawn.get(line.task)
    if tools is None:
        return ""
    ours, peer = exponent(tools["ours"]), exponent(tools.get(line.peer, []))
    return f"{ours:.2f}" if peer is None else f"{ours:.2f} / {peer:.2f}"


def rows(lines: list[Line]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table, by part, task, peer and size."""
    drawn = curves(lines)
    order = {line.task: place for place, line in reversed(list(enumerate(lines)))}
    for line in sorted(lines, key=lambda one: (one.issue, order[one.task], one.peer, one.size)):
        yield (
            PARTS.get(line.issue, f"issue {line.issue}"),
            line.task,
            f"{line.size:,} {line.unit}",
            seconds(line.seconds) + (" (wall)" if line.clock == "wall" else ""),
            line.peer or "no peer",
            beside(line),
            "" if line.ratio is None else three(line.ratio),
            aim(line),
            reached(line),
            memory(line),
            growth(line, drawn),
        )


def said(lines: list[Line], machine: Machine) -> list[str]:
    """Return the paragraphs above the table."""
    aims = [reached(line) for line in lines if aim(line)]
    missed = sum(text.startswith("missed") for text in aims)
    low, high = min(machine.loads), max(machine.loads)
    made = "A smoke run: these times mean nothing. " if machine.quick else ""
    text = [
        f"{made}Written by `ipseval make bench` (`tools/bench/run.py`) on {machine.day}; not edited by hand.",
        f"{machine.cores} cores, load {low:.1f} to {high:.1f}{BUSY if high >= 2 * machine.cores else '.'}",
        f"Of {len(aims)} aims {aims.count('yes')} were reached, {missed} were missed and "
        f"{aims.count('not measured')} could not be judged without their peer.",
        HOW,
    ]
    if machine.note:
        text.append(machine.note)
    if machine.failed:
        text.append(f"Not measured: {', '.join(machine.failed)}.")
    return text


def older(here: str, index: str) -> str:
    """Show the newest release, and say so where the one measured is another."""
    return index if index in ("", "not asked", here) else f"**{index}**: an older one was measured"


def markdown(lines: list[Line], machine: Machine) -> str:
    """Return the page."""
    table = [" | ".join(("", *cells, "")).strip() for cells in (HEADS, ["---"] * len(HEADS))]
    for cells in rows(lines):
        shown = [f"**{cell}**" if cell.startswith("missed") else cell for cell in cells]
        table.append(" | ".join(("", *shown, "")).strip())
    kept = ["| what | version here | newest on its index |", "| --- | --- | --- |"]
    kept += [f"| {name} | {here} | {older(here, index)} |" for name, here, index in machine.versions]
    paragraphs = "\n\n".join(said(lines, machine))
    return (
        f"# Speed and memory beside the peers\n\n{paragraphs}\n\n"
        + "\n".join(table)
        + ("\n\n## Versions\n\n" + "\n".join(kept) + "\n")
    )


def page(lines: list[Line], machine: Machine, picture: bytes | None) -> str:
    """Return the same as one HTML file that asks for nothing else."""
    cut = html.escape
    body = [f"<p>{cut(text)}</p>" for text in said(lines, machine)]
    if picture is not None:
        data = base64.b64encode(picture).decode()
        body.append(
            f'<img alt="Cost against size, both axes logarithmic" src="data:image/png;base64,{data}">'
        )
    head = "".join(f"<th>{cut(name)}</th>" for name in HEADS)
    body.append(f"<table><thead><tr>{head}</tr></thead><tbody>")
    for cells in rows(lines):
        late = ' class="missed"' if cells[8].startswith("missed") else ""
        body.append(f"<tr{late}>" + "".join(f"<td>{cut(cell)}</td>" for cell in cells) + "</tr>")
    body.append("</tbody></table><h2>Versions</h2><table>")
    for row in (("what", "version here", "newest on its index"), *machine.versions):
        body.append("<tr>" + "".join(f"<td>{cut(cell)}</td>" for cell in row) + "</tr>")
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1500px;padding:0 1rem}"
        "table{border-collapse:collapse;font-size:13px}td,th{padding:.25rem .6rem;text-align:left;"
        "vertical-align:top;border-bottom:1px solid #ddd}th{border-bottom:2px solid #333}"
        "tr.missed td:nth-child(9){color:#b3123f;font-weight:600}img{max-width:100%}p{max-width:75ch}"
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Speed beside the peers</title>'
        f"<style>{style}</style><h1>Speed and memory beside the peers</h1>{''.join(body)}</table></html>\n"
    )


def plot(lines: list[Line], path: Path) -> bytes | None:
    """Draw cost against size on two logarithmic axes, a panel per task; None where no task has two sizes."""
    drawn = curves(lines)
    path.unlink(missing_ok=True)
    if not drawn:
        return None
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    wide = min(3, len(drawn))
    high = -(-len(drawn) // wide)
    figure, axes = plt.subplots(
        high, wide, figsize=(5 * wide, 3.7 * high), squeeze=False, layout="constrained"
    )
    unit = {line.task: line.unit for line in lines}
    for ax, (task, tools) in zip(axes.flat, drawn.items(), strict=False):
        for (tool, points), colour in zip(tools.items(), (OURS, *COLOURS * 3), strict=False):
            sizes, costs = zip(*sorted(points), strict=True)
            power = exponent(points)
            label = tool if power is None else f"{tool} ({power:.2f})"
            bold = {"lw": 2.4, "marker": "o"} if tool == "ours" else {"lw": 1.2, "marker": "s", "ms": 4}
            ax.plot(sizes, costs, color=colour, label=label, **bold)
        ax.set(xscale="log", yscale="log", xlabel=unit[task], ylabel="seconds")
        measured = sorted({size for points in tools.values() for size, _ in points})
        ax.set_xticks(measured, [f"{size:,}" for size in measured])
        ax.set_xticks([], minor=True)
        ax.yaxis.set_minor_formatter("")
        low, top = ax.get_ylim()
        ax.set_ylim(10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(top)))
        ax.set_title(task, fontsize=10, loc="left")
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8, frameon=False)
    for ax in list(axes.flat)[len(drawn) :]:
        ax.remove()
    figure.suptitle("Cost against size; in brackets the power of the size it grows with", fontsize=12)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path.read_bytes()


def write(lines: list[Line], machine: Machine, target: Path, folder: Path) -> None:
    """Write the Markdown page to `target`, and the table, the HTML and the picture into `folder`."""
    target.write_text(markdown(lines, machine), encoding="utf-8")
    with (folder / "bench.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            [*Line.__dataclass_fields__, "ratio", "missed"],
        )
        for line in lines:
            values = [getattr(line, name) for name in Line.__dataclass_fields__]
            writer.writerow([*values, line.ratio, " ".join(line.missed)])
    picture = plot(lines, folder / "cost.png")
    (folder / "bench.html").write_text(page(lines, machine, picture), encoding="utf-8")
